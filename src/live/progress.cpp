#include "live/progress.hpp"

#include "base/print.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace ringblast {

namespace {

constexpr double line_every_s = 10;
constexpr size_t bar_width_max = 40;

double share_done(const Snapshot& snapshot) {
    double done = 0;
    if (snapshot.total_s > 0) {
        done = snapshot.elapsed_s / snapshot.total_s;
    }
    if (snapshot.planned_requests > 0) {
        done = std::max(done, static_cast<double>(snapshot.completed) /
                                  static_cast<double>(snapshot.planned_requests));
    }
    return std::clamp(done, 0.0, 1.0);
}

/// Whole seconds, so that the text doesn't jump with the collector's jitter.
std::string clock_text(double seconds) {
    return print_span(std::round(std::max(seconds, 0.0)));
}

std::string padding_of(std::string_view text, size_t width) {
    return std::string(width - std::min(width, display_width(text)), ' ');
}

std::string padded(const std::string& text, size_t width) {
    return text + padding_of(text, width);
}

} // namespace

void Progress::add(const Snapshot& snapshot) {
    if (snapshot.interval != nullptr) {
        if (window_.latency.empty()) {
            window_.latency = *snapshot.interval;
        } else {
            window_.latency.merge(*snapshot.interval);
        }
    }
    if (const TimelineRow* row = snapshot.row) {
        window_.seconds += row->span_s;
        window_.completed += row->ok + row->failed + row->rate_limited;
        dropped_ += row->dropped;
    }
}

std::string Progress::time_text(const Snapshot& snapshot) const {
    std::string text = clock_text(snapshot.elapsed_s);
    if (snapshot.total_s > 0) {
        text += " of " + print_span(snapshot.total_s);
    }
    if (snapshot.planned_requests > 0) {
        text += " · " + print_count(snapshot.completed) + " of " +
                print_count(snapshot.planned_requests) + " requests";
    }
    if (snapshot.stage_count > 1) {
        text += " · stage " + std::to_string(snapshot.stage) + "/" +
                std::to_string(snapshot.stage_count);
    }
    if (snapshot.row != nullptr && snapshot.row->warm_up) {
        text += " · warm-up";
    }
    if (snapshot.row != nullptr && snapshot.row->after) {
        text += " · waiting for the last responses";
    }
    return text;
}

std::string Progress::figures_text(const Snapshot& snapshot) const {
    std::string text;
    if (snapshot.row != nullptr) {
        text += print_counted(snapshot.row->users, "user") + " · ";
    }
    const double rps =
        window_.seconds > 0 ? static_cast<double>(window_.completed) / window_.seconds : 0;
    text += terminal_.paint().bold(print_rate(rps) + "/s");
    if (!window_.latency.empty()) {
        const auto at = [&](double p) {
            return print_latency(static_cast<double>(window_.latency.percentile(p)));
        };
        text += " · p50 " + at(50) + " · p99 " + at(99);
    }
    std::string errors = print_counted(snapshot.failed, "error");
    if (snapshot.failed > 0) {
        const double share = static_cast<double>(snapshot.failed) /
                             static_cast<double>(std::max<uint64_t>(snapshot.completed, 1));
        errors = terminal_.paint().red(errors + " (" + print_share(share) + ")");
    }
    text += " · " + errors;
    if (dropped_ > 0) {
        text += " · " + terminal_.paint().yellow(print_count(dropped_) + " dropped");
    }
    return text;
}

std::string Progress::bar_text(const Snapshot& snapshot) const {
    const double done = share_done(snapshot);
    const size_t width = std::min(bar_width_max, terminal_.columns() / 3);
    const auto filled = static_cast<size_t>(done * static_cast<double>(width));
    std::string bar;
    for (size_t i = 0; i < width; ++i) {
        bar += i < filled ? "━" : i == filled ? "╸" : "─";
    }
    std::array<char, 8> percent{};
    std::snprintf(percent.data(), percent.size(), "%3.0f %%", std::floor(done * 100));
    std::string text = bar + " " + percent.data() + "  " + time_text(snapshot);
    if (snapshot.total_s > snapshot.elapsed_s) {
        text += " · " + clock_text(snapshot.total_s - snapshot.elapsed_s) + " left";
    }
    return text;
}

void Progress::on_second(const Snapshot& snapshot) {
    add(snapshot);
    if (terminal_.smart()) {
        const bool has_end = snapshot.total_s > 0 || snapshot.planned_requests > 0;
        terminal_.show_block(
            {has_end ? bar_text(snapshot) : time_text(snapshot), figures_text(snapshot)});
        window_ = {};
        return;
    }
    // A second may end a little early: half a second of grace keeps the lines at 10, 20, 30 s.
    if (snapshot.elapsed_s + 0.5 >= next_line_s_) {
        terminal_.print_line(time_text(snapshot) + " · " + figures_text(snapshot));
        window_ = {};
        next_line_s_ = line_every_s * (std::floor((snapshot.elapsed_s + 0.5) / line_every_s) + 1);
    }
}

void Progress::on_finish(const Result&) {
    terminal_.clear_block();
}

void SamplePrinter::on_sample(const Sample& sample) {
    std::array<char, 48> head{};
    std::snprintf(head.data(), head.size(), "%9.3f s  user %-5llu ", sample.t_s,
                  static_cast<unsigned long long>(sample.user));
    const std::string result =
        sample.status > 0 ? std::to_string(sample.status) : std::string(name_of(sample.outcome));
    const bool bad = sample.outcome != Outcome::ok && sample.outcome != Outcome::cancelled;
    const Paint& paint = terminal_.paint();
    std::string line = head.data() + padded(printable(sample.name), 24) + "  ";
    line += bad ? paint.red(padded(result, 14)) : padded(result, 14);
    const std::string latency = print_latency(static_cast<double>(sample.latency_ns));
    const std::string bytes = print_bytes(static_cast<double>(sample.bytes));
    line += padding_of(latency, 9) + latency + padding_of(bytes, 10) + bytes;
    if (!sample.error.empty()) {
        line += "  " + printable(sample.error);
    }
    terminal_.print_line(line);
}

} // namespace ringblast
