#include "report/findings_text.hpp"

#include "base/print.hpp"

#include <algorithm>

namespace ringblast {

std::string intervals_text(const Result& result) {
    const std::vector<PercentileInterval>& intervals = result.findings.latency_intervals;
    std::string text;
    bool unknown = false;
    for (const double percentile : {50.0, 95.0, 99.0, 99.9}) {
        const auto found =
            std::ranges::find(intervals, percentile, &PercentileInterval::percentile);
        text += (text.empty() ? "p" : " · p") + print_rate(percentile) + " ";
        unknown |= found == intervals.end();
        text += found == intervals.end()
                    ? "n/a"
                    : print_latency(static_cast<double>(found->low_ns)) + " to " +
                          print_latency(static_cast<double>(found->high_ns));
    }
    if (unknown) { // though there are many: requests resemble their neighbours
        text += " (n/a: too few independent samples)";
    }
    return intervals.empty() ? "" : text;
}

std::vector<std::string> course_sentences(const Result& result) {
    const RunFindings& findings = result.findings;
    std::vector<std::string> sentences;
    for (const TrendFinding& trend : findings.trends) {
        sentences.push_back(trend.words);
    }
    if (findings.error_clustering && findings.error_clustering->significant) {
        sentences.push_back(findings.error_clustering->words);
    }
    if (findings.steady_state && !findings.steady_state->words.empty()) {
        sentences.push_back(findings.steady_state->words);
    }
    return sentences;
}

std::vector<std::string> stage_sentences(const Result& result) {
    std::vector<std::string> sentences;
    if (result.findings.breaking_stage) {
        sentences.push_back(result.findings.breaking_stage->words);
    }
    for (const BurstFinding& burst : result.findings.bursts) {
        sentences.push_back(burst.words);
    }
    return sentences;
}

} // namespace ringblast
