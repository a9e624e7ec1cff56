#include "report/limit_text.hpp"

#include "base/paint.hpp"
#include "base/print.hpp"
#include "report/probe_text.hpp"
#include "report/table.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace ringblast {

namespace {

constexpr size_t label_width = 13;
constexpr size_t curve_probes_max = 4; ///< columns; the JSON has all

std::string latency(const std::optional<double>& ms) {
    return ms ? print_latency(*ms * 1e6) : "–";
}

std::string conditions(const LimitResult& result) {
    return fmt::format("at {}, hold {}", fmt::join(result.slo, ", "), print_span(result.hold_s));
}

std::string unit(const LimitResult& result) {
    return result.requests_per_arrival == 1 ? "requests/s" : "tasks/s";
}

class LimitText {
public:
    LimitText(const LimitResult& result, const TextOptions& options)
        : result_(result), options_(options), paint_(options.color) {}

    std::string render() && {
        text_ = paint_.bold("ringblast limit") + "  " + printable(result_.name) + "\n";
        if (result_.url != result_.name) {
            line("target", printable(result_.url));
        }
        if (result_.not_made) {
            return text_ + paint_.red("not made") + "     " + printable(*result_.not_made) + "\n";
        }
        text_ += "\n" + paint_.bold("capacity: " + capacity_text(result_)) + "\n";
        add_findings();
        add_curve();
        add_search();
        return std::move(text_);
    }

private:
    void line(std::string_view label, std::string_view text) {
        std::string padded = fmt::format("{:<{}}", label, label_width);
        text_ += paint_.dim(padded) +
                 wrap_text(text, label_width, std::max<size_t>(options_.width, 60)) + "\n";
    }
    void add_findings() {
        if (result_.capacity.sustainable) {
            line("sustainable", print_rate(*result_.capacity.sustainable) + " " + unit(result_) +
                                    ": nine of ten holds pass");
        }
        if (result_.mode != BreakingMode::none) {
            line("breaks by", std::string(mode_words(result_.mode)));
        }
        for (const std::string& evidence : result_.mode_evidence) {
            line("", printable(evidence));
        }
        if (result_.recovery_s) {
            line("recovery", *result_.recovery_s < 0.05
                                 ? "at once after the overload"
                                 : fmt::format("{} after the overload",
                                               print_latency(*result_.recovery_s * 1e9)));
        }
        if (result_.knee) {
            line("knee", "latency begins to rise at " + print_rate(*result_.knee) + "/s");
        }
        if (result_.usl) {
            std::string peak = result_.usl->users_at_peak
                                   ? fmt::format(", most with {:.0f} users",
                                                 std::max(1.0, *result_.usl->users_at_peak))
                                   : std::string();
            line("scaling",
                 fmt::format("{} requests/s with one user; σ {:.3g} (waits for each other), κ "
                             "{:.3g} (agrees with each other){}",
                             print_rate(result_.usl->lambda), result_.usl->sigma,
                             result_.usl->kappa, peak));
        }
    }
    void add_curve() {
        if (result_.curve.empty()) {
            return;
        }
        Table table(0);
        std::vector<std::string> heads = {unit(result_) == "tasks/s" ? "tasks/s" : "asked/s",
                                          "ok/s", "p50", "p99", "errors"};
        std::vector<size_t> shown = probes_of_curve(result_);
        for (size_t probe : shown) {
            heads.push_back(printable(result_.probes[probe].name));
        }
        table.add(std::move(heads));
        for (const CurvePoint& point : result_.curve) {
            std::vector<std::string> cells = {print_rate(point.offered),
                                              print_rate(point.goodput_rps), latency(point.p50_ms),
                                              latency(point.p99_ms), print_share(point.error_rate)};
            for (size_t probe : shown) {
                cells.push_back(mean_text(result_, point, probe));
            }
            cells.push_back(point.slo_met ? paint_.green("holds") : paint_.red("breaks"));
            table.add(std::move(cells));
        }
        text_ += "\n" + table.render(2);
    }
    void add_search() {
        text_ += "\n";
        for (const ProbeResult& probe : result_.probes) {
            if (std::string failures = failures_text(probe); !failures.empty()) {
                line("probe", printable(probe.name) + ": " + failures);
            }
        }
        for (const std::string& note : result_.notes) {
            line("note", printable(note));
        }
        line("search",
             fmt::format("{} trials in {}{}", result_.trials.size(), print_span(result_.duration_s),
                         result_.interrupted ? ", interrupted" : ""));
        constexpr std::array states = {"valid", "suspect", "invalid"};
        std::string validity = states[static_cast<size_t>(result_.validity.state)];
        for (const std::string& reason : result_.validity.reasons) {
            validity += "; " + printable(reason);
        }
        line("validity", validity);
    }

    const LimitResult& result_;
    const TextOptions& options_;
    Paint paint_;
    std::string text_;
};

} // namespace

std::vector<size_t> probes_of_curve(const LimitResult& result) {
    std::vector<size_t> shown;
    for (size_t i = 0; i < result.probes.size() && shown.size() < curve_probes_max; ++i) {
        const std::string& name = result.probes[i].name;
        if (!name.ends_with(".threads") && !name.ends_with(".fds")) {
            shown.push_back(i);
        }
    }
    return shown;
}

std::string mean_text(const LimitResult& result, const CurvePoint& point, size_t probe) {
    bool known = probe < point.probes.size() && point.probes[probe];
    return known ? measured_text(*point.probes[probe], result.probes[probe].unit) : "–";
}

std::string render_limit_text(const LimitResult& result, const TextOptions& options) {
    return LimitText(result, options).render();
}

std::string capacity_text(const LimitResult& result) {
    const CapacityAnswer& answer = result.capacity;
    double requests = result.requests_per_arrival;
    if (answer.rate && answer.low && answer.high) {
        std::string text = fmt::format("{} {} [{}, {}]", print_rate(*answer.rate), unit(result),
                                       print_rate(*answer.low), print_rate(*answer.high));
        if (requests != 1) {
            text += fmt::format(" = {} requests/s [{}, {}]", print_rate(*answer.rate * requests),
                                print_rate(*answer.low * requests),
                                print_rate(*answer.high * requests));
        }
        return text + " " + conditions(result);
    }
    if (answer.at_least) {
        std::string text =
            fmt::format("at least {} {}", print_rate(*answer.at_least), unit(result));
        if (requests != 1) {
            text += fmt::format(" = {} requests/s", print_rate(*answer.at_least * requests));
        }
        return text + " " + conditions(result);
    }
    bool unknown = result.interrupted || result.mode == BreakingMode::generator_limited;
    return std::string(unknown ? "not known " : "none ") + conditions(result);
}

std::string trial_text(const TrialResult& result) {
    const Trial& trial = result.trial;
    bool closed = trial.kind == TrialKind::closed;
    std::string asked = closed ? print_counted(trial.users, "user") : print_rate(trial.rate) + "/s";
    std::string verdict = !result.valid    ? "not counted: " + result.invalid_reason
                          : closed         ? ""
                          : result.slo_met ? "holds"
                          : result.aborted ? "breaks (ended early)"
                                           : "breaks";
    return fmt::format("{:<9} {:>12}  {:>9} ok/s  p99 {:>8}  errors {:>7}  {}",
                       trial_kind_names[static_cast<size_t>(trial.kind)], asked,
                       print_rate(result.goodput_rps), latency(result.p99_ms),
                       print_share(result.error_share), verdict);
}

std::string_view mode_words(BreakingMode mode) {
    switch (mode) {
    case BreakingMode::none:
        return "not known";
    case BreakingMode::generator_limited:
        return "the generator was the limit";
    case BreakingMode::never_met:
        return "the conditions are never met";
    case BreakingMode::not_reached:
        return "limit not reached";
    case BreakingMode::refused:
        return "connections refused";
    case BreakingMode::rate_limited:
        return "rate limited";
    case BreakingMode::load_shed:
        return "load shed";
    case BreakingMode::reset:
        return "connections reset";
    case BreakingMode::timeout:
        return "time-outs";
    case BreakingMode::failing:
        return "requests fail";
    case BreakingMode::collapse:
        return "collapse";
    case BreakingMode::latency_cliff:
        return "latency cliff";
    case BreakingMode::plateau:
        return "plateau";
    }
    return "not known";
}

} // namespace ringblast
