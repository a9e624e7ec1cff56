#include "report/suite_lines.hpp"

#include "base/print.hpp"
#include "report/result_words.hpp"
#include "report/text.hpp"
#include "ringblast/exit_code.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

namespace ringblast {

namespace {

constexpr std::array<std::string_view, 8> state_words = {
    "pass", "marginal", "fail", "invalid", "interrupted", "not made", "refused", "not run"};

SuiteState state_of_verdict(Verdict verdict) {
    return verdict == Verdict::fail       ? SuiteState::fail
           : verdict == Verdict::marginal ? SuiteState::marginal
                                          : SuiteState::pass;
}

/// Of a run over its tasks: that of the first that explains its exit code.
SuiteState state_of_run(const SuiteRun& run) {
    if (!run.not_run.empty()) {
        return SuiteState::not_run;
    }
    if (!run.problems.empty()) {
        return SuiteState::refused;
    }
    for (const SuitePart& part : run.parts) {
        if (run.exit_code != 0 && part.exit_code == run.exit_code) {
            return state_of(part);
        }
    }
    return state_of_verdict(run.verdict);
}

void add_reasons(SuiteLine& line, const SuitePart& part) {
    const Result& result = part.result;
    for (const ThresholdResult& threshold : result.thresholds) {
        if (threshold.verdict == Verdict::fail || threshold.verdict == Verdict::marginal) {
            line.missed.push_back(&threshold);
        }
    }
    if (result.not_made) {
        line.reasons.push_back(*result.not_made);
        return;
    }
    if (line.state == SuiteState::not_made) {
        line.reasons.emplace_back("a report could not be written");
    }
    if (result.aborted) {
        line.reasons.push_back("ended early: " + *result.aborted);
    }
    if (result.verdict == Verdict::fail && line.missed.empty() && !result.aborted) {
        line.reasons.emplace_back("no request was ok");
    }
    if (result.validity.state != ValidityState::valid) {
        std::string text(word_of(validity_words, result.validity.state));
        for (const std::string& reason : result.validity.reasons) {
            text += (&reason == result.validity.reasons.data() ? ": " : "; ") + reason;
        }
        line.reasons.push_back(std::move(text));
    }
}

} // namespace

std::string_view state_word(SuiteState state) {
    return state_words[static_cast<size_t>(state)];
}

Verdict state_role(SuiteState state) {
    switch (state) {
    case SuiteState::pass:
        return Verdict::pass;
    case SuiteState::marginal:
    case SuiteState::interrupted:
        return Verdict::marginal;
    case SuiteState::not_run:
        return Verdict::skipped;
    default:
        return Verdict::fail;
    }
}

SuiteState state_of(const SuitePart& part) {
    if (part.result.not_made || part.exit_code == static_cast<int>(ExitCode::not_made)) {
        return SuiteState::not_made;
    }
    if (part.result.interrupted) {
        return SuiteState::interrupted;
    }
    if (part.exit_code == static_cast<int>(ExitCode::invalid)) {
        return SuiteState::invalid;
    }
    return state_of_verdict(part.result.verdict);
}

std::vector<SuiteLine> suite_lines(const SuiteResult& suite) {
    std::vector<SuiteLine> lines;
    for (const SuiteRun& run : suite.runs) {
        const bool plain = run.parts.size() == 1 && run.parts.front().task.empty();
        SuiteLine line{.name = run.name, .state = state_of_run(run), .run = &run};
        line.reasons = run.problems;
        if (!run.not_run.empty()) {
            line.reasons.push_back(run.not_run);
        }
        if (plain) {
            line.part = &run.parts.front();
            add_reasons(line, *line.part);
        }
        lines.push_back(std::move(line));
        for (const SuitePart& part : run.parts) {
            if (!plain) {
                SuiteLine task{.name = part.task,
                               .state = state_of(part),
                               .run = &run,
                               .part = &part,
                               .task = true};
                add_reasons(task, part);
                lines.push_back(std::move(task));
            }
        }
    }
    return lines;
}

SuiteCounts suite_counts(const SuiteResult& suite) {
    SuiteCounts counts;
    for (const SuiteRun& run : suite.runs) {
        const SuiteState state = state_of_run(run);
        const Verdict role = state_role(state);
        counts.passed += role == Verdict::pass;
        counts.marginal += state == SuiteState::marginal;
        counts.interrupted += state == SuiteState::interrupted;
        counts.failed += role == Verdict::fail;
        counts.not_run += state == SuiteState::not_run;
    }
    return counts;
}

std::string suite_count_text(const SuiteResult& suite) {
    const SuiteCounts counts = suite_counts(suite);
    std::string names;
    for (const SuiteRun& run : suite.runs) {
        if (state_role(state_of_run(run)) == Verdict::fail) {
            names += (names.empty() ? "" : ", ") + run.name;
        }
    }
    std::string text =
        print_count(counts.passed) + " of " + print_counted(suite.runs.size(), "run") + " passed";
    const auto add = [&text](uint64_t count, const std::string& what) {
        text += count > 0 ? ", " + print_count(count) + " " + what : "";
    };
    add(counts.marginal, "marginal");
    add(counts.failed, "failed (" + names + ")");
    add(counts.interrupted, "interrupted");
    add(counts.not_run, "not run");
    return text;
}

std::string suite_url(const SuiteResult& suite) {
    std::string url;
    for (const SuiteRun& run : suite.runs) {
        for (const SuitePart& part : run.parts) {
            if (!url.empty() && url != part.result.url) {
                return "";
            }
            url = part.result.url;
        }
    }
    return url;
}

std::string suite_percentile(const Histogram& latency, double percentile) {
    if (latency.empty()) {
        return "–";
    }
    const bool few = latency.count() < samples_needed(percentile);
    return (few ? "~" : "") + print_latency(static_cast<double>(latency.percentile(percentile)));
}

std::string suite_failed(const Counts& counts) {
    return counts.completed() == 0 ? "–" : print_share(*counts.error_rate());
}

std::string thresholds_held(const Result& result) {
    const auto count_of = [&](Verdict verdict) {
        return static_cast<uint64_t>(
            std::ranges::count(result.thresholds, verdict, &ThresholdResult::verdict));
    };
    const uint64_t decided = result.thresholds.size() - count_of(Verdict::skipped);
    return decided == 0 ? "–"
                        : print_count(count_of(Verdict::pass)) + " of " + print_count(decided);
}

std::string path_from(const std::string& folder, const std::string& path) {
    const std::filesystem::path relative =
        std::filesystem::path(path).lexically_relative(folder.empty() ? "." : folder);
    return relative.empty() ? path : relative.generic_string();
}

} // namespace ringblast
