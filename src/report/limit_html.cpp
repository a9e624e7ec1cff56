#include "report/limit_html.hpp"

#include "base/print.hpp"
#include "report/escape.hpp"
#include "report/html.hpp"
#include "report/html_table.hpp"
#include "report/limit_text.hpp"
#include "report/time_text.hpp"

#include <fmt/format.h>

namespace ringblast {

namespace {

std::string latency(const std::optional<double>& ms) {
    return ms ? print_latency(*ms * 1e6) : "–";
}

std::string card(std::string_view value, std::string_view label) {
    return fmt::format("<div class=\"card\"><b>{}</b><span class=\"label\">{}</span></div>\n",
                       escape_xml(value), escape_xml(label));
}

std::string cards(const LimitResult& result) {
    const CapacityAnswer& answer = result.capacity;
    double requests = result.requests_per_arrival;
    std::string text = "<div class=\"cards\">\n";
    if (answer.rate) {
        text += card(print_rate(*answer.rate * requests), "requests/s");
        text +=
            card(print_rate(*answer.low * requests) + " – " + print_rate(*answer.high * requests),
                 "95 % interval");
        if (requests != 1) {
            text += card(print_rate(*answer.rate), "tasks/s");
        }
    } else if (answer.at_least) {
        text += card(print_rate(*answer.at_least * requests), "requests/s at least");
    } else {
        bool unknown = result.interrupted || result.mode == BreakingMode::generator_limited;
        text += card(unknown ? "not known" : "none", "capacity");
    }
    if (answer.sustainable) {
        text += card(print_rate(*answer.sustainable * requests), "sustainable (9 of 10 holds)");
    }
    text += card(mode_words(result.mode), "breaks by");
    if (result.recovery_s) {
        text += card(print_latency(*result.recovery_s * 1e9), "to recover");
    }
    return text + "</div>\n";
}

std::string evidence(const LimitResult& result) {
    std::string text;
    for (const std::string& sentence : result.mode_evidence) {
        text += "<li>" + escape_xml(sentence) + "</li>\n";
    }
    return text.empty() ? text : "<h2>How it breaks</h2>\n<ul>\n" + text + "</ul>\n";
}

std::string curve(const LimitResult& result) {
    if (result.curve.empty()) {
        return "";
    }
    return "<h2>Saturation</h2>\n<div class=\"charts\">\n<figure class=\"panel wide\">"
           "<figcaption>Saturation <span>what came back at each rate</span></figcaption>"
           "<div class=\"plot\"><canvas id=\"chart-saturation\" role=\"img\" "
           "aria-label=\"Saturation\"></canvas></div></figure>\n"
           "</div>\n";
}

/// What the probes showed at each rate.
std::string probes(const LimitResult& result) {
    std::vector<size_t> shown = probes_of_curve(result);
    if (shown.empty() || result.curve.empty()) {
        return "";
    }
    std::vector<HtmlColumn> columns = {{"Asked"}};
    for (size_t probe : shown) {
        columns.push_back({result.probes[probe].name});
    }
    HtmlTable table("probes", columns, true);
    for (const CurvePoint& point : result.curve) {
        table.row().number(print_rate(point.offered) + "/s", point.offered);
        for (size_t i = 0; i < shown.size(); ++i) {
            size_t probe = shown[i];
            bool known = probe < point.probes.size() && point.probes[probe];
            table.number(mean_text(result, point, probe), known ? *point.probes[probe] : 0);
        }
    }
    return "<h2>Probes by rate</h2>\n" + table.render();
}

std::string trials(const LimitResult& result) {
    HtmlTable table("trials",
                    {{"Trial", true},
                     {"Asked", false},
                     {"Seconds", false},
                     {"ok/s", false},
                     {"p50", false},
                     {"p99", false},
                     {"Errors", false},
                     {"Verdict", true}},
                    true);
    for (const TrialResult& trial : result.trials) {
        bool closed = trial.trial.kind == TrialKind::closed;
        table.row()
            .text(trial_kind_names[static_cast<size_t>(trial.trial.kind)])
            .number(closed ? print_counted(trial.trial.users, "user")
                           : print_rate(trial.trial.rate) + "/s",
                    closed ? static_cast<double>(trial.trial.users) : trial.trial.rate)
            .number(fmt::format("{:.1f}", trial.load_s), trial.load_s)
            .number(print_rate(trial.goodput_rps), trial.goodput_rps)
            .number(latency(trial.p50_ms), trial.p50_ms.value_or(0))
            .number(latency(trial.p99_ms), trial.p99_ms.value_or(0))
            .number(print_share(trial.error_share), trial.error_share)
            .text(!trial.valid    ? "not counted"
                  : closed        ? ""
                  : trial.slo_met ? "holds"
                                  : "breaks",
                  trial.slo_met || closed ? "" : "bad");
    }
    return "<h2>Trials</h2>\n" + table.render();
}

std::string chart_data(const LimitResult& result) {
    std::string points;
    auto number = [](const std::optional<double>& value) {
        return value ? fmt::format("{:.6g}", *value) : std::string("null");
    };
    for (const CurvePoint& point : result.curve) {
        points += fmt::format("{}{{\"goal\":{:.6g},\"ok\":{:.6g},\"p50\":{},\"p99\":{}}}",
                              points.empty() ? "" : ",", point.offered, point.goodput_rps,
                              number(point.p50_ms), number(point.p99_ms));
    }
    std::string saturation =
        points.empty()
            ? "null"
            : fmt::format("{{\"unit\":\"{}/s\",\"tail\":\"p99\",\"points\":[{}]}}",
                          result.requests_per_arrival == 1 ? "requests" : "tasks", points);
    return "{\"rows\":null,\"curves\":[],\"heat\":null,\"bands\":[],\"stages\":[],"
           "\"saturation\":" +
           saturation + "}";
}

std::string about(const LimitResult& result) {
    std::string state(result.validity.state == ValidityState::valid     ? "valid"
                      : result.validity.state == ValidityState::suspect ? "suspect"
                                                                        : "invalid");
    std::string text = "<h2>Validity and generator</h2>\n<p><span class=\"mark " + state + "\">" +
                       state + "</span></p>\n";
    for (const std::string& reason : result.validity.reasons) {
        text += "<p>" + escape_xml(reason) + "</p>\n";
    }
    for (const std::string& note : result.notes) {
        text += "<p>" + escape_xml(note) + "</p>\n";
    }
    return text + fmt::format("<p class=\"soft wrap\">{} trials in {} · {} · <code>{}</code></p>\n"
                              "<footer>ringblast {}</footer>\n",
                              result.trials.size(), print_span(result.duration_s),
                              escape_xml(result.generator.engine),
                              escape_xml(result.generator.command),
                              escape_xml(result.generator.version));
}

} // namespace

std::string render_limit_html(const LimitResult& result) {
    std::string content = fmt::format(
        "<div class=\"head\"><div><h1>{}</h1>\n<p class=\"soft wrap\">{} · {}</p></div></div>\n",
        escape_xml(result.name), escape_xml(result.url), print_utc_plain(result.started_at_ns));
    if (result.not_made) {
        content += "<p class=\"notice fail\">" + escape_xml(*result.not_made) + "</p>\n";
    } else {
        content += "<p>" + escape_xml("capacity: " + capacity_text(result)) + "</p>\n" +
                   cards(result) + evidence(result) + curve(result) + probes(result) +
                   trials(result);
    }
    return fill_page({.title = escape_xml(result.name) + " · limit",
                      .content = content + about(result),
                      .data = chart_data(result)});
}

} // namespace ringblast
