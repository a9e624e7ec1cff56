// Verdicts, the exit codes of SPEC § 9 in their order, and hints.
#include "analysis/hints.hpp"
#include "analysis/verdict.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

namespace {

Result run_of(uint64_t ok, uint64_t failed) {
    Result result;
    result.duration_s = 10;
    result.counts.started = ok + failed;
    result.counts.outcomes[static_cast<size_t>(Outcome::ok)] = ok;
    result.counts.outcomes[static_cast<size_t>(Outcome::reset)] = failed;
    result.self_check = {.started = ok + failed, .ended = ok + failed};
    if (ok > 0) {
        result.latency.record(10'000'000, ok);
    }
    result.stages = {{.index = 1, .counts = result.counts}};
    return result;
}

std::vector<Threshold> thresholds_of(std::initializer_list<ThresholdText> texts) {
    std::vector<Threshold> thresholds;
    for (const ThresholdText& text : texts) {
        thresholds.push_back(parse_threshold(text).value());
    }
    return thresholds;
}

} // namespace

TEST_CASE("the verdict is that of the worst threshold") {
    struct Row {
        const char* why;
        uint64_t ok, failed;
        std::initializer_list<ThresholdText> texts;
        Verdict verdict;
    };
    const Row rows[] = {
        {"no thresholds, some ok", 1, 99, {}, Verdict::pass},
        {"no thresholds, none ok", 0, 99, {}, Verdict::fail},
        {"nothing was sent", 0, 0, {}, Verdict::fail},
        {"held", 90, 10, {{"error_rate <= 10%", {}}}, Verdict::pass},
        {"one missed", 90, 10, {{"rps >= 0", {}}, {"error_rate < 10%", {}}}, Verdict::fail},
        {"marginal", 90, 10, {{"error_rate < 5%", "error_rate < 20%"}}, Verdict::marginal},
        {"marginal and fail",
         90,
         10,
         {{"error_rate < 5%", "error_rate < 20%"}, {"errors == 0", {}}},
         Verdict::fail},
        {"only skipped ones count as none", 0, 10, {{"gone: errors == 0", {}}}, Verdict::fail},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Result result = run_of(row.ok, row.failed);
        decide(result, thresholds_of(row.texts));
        CHECK(result.verdict == row.verdict);
    }
}

TEST_CASE("a stage has the verdict of its own thresholds") {
    Result result = run_of(90, 10);
    result.stages.push_back({.index = 2, .counts = result.counts});
    decide(result, thresholds_of({{"stage(2): errors == 0", {}}, {"errors < 20", {}}}));
    CHECK(result.stages[0].verdict == Verdict::pass);
    CHECK(result.stages[1].verdict == Verdict::fail);
    CHECK(result.verdict == Verdict::fail);
}

TEST_CASE("exit codes, the first that applies") {
    struct Row {
        const char* why;
        void (*change)(Result&, ExitPolicy&);
        int code;
    };
    const Row rows[] = {
        {"passed", [](Result&, ExitPolicy&) {}, 0},
        {"failed", [](Result& r, ExitPolicy&) { r.verdict = Verdict::fail; }, 1},
        {"marginal", [](Result& r, ExitPolicy&) { r.verdict = Verdict::marginal; }, 0},
        {"--fail-on marginal",
         [](Result& r, ExitPolicy& p) {
             r.verdict = Verdict::marginal;
             p.fail_on_marginal = true;
         },
         1},
        {"invalid alone", [](Result& r, ExitPolicy&) { r.validity.state = ValidityState::invalid; },
         0},
        {"--strict and invalid goes before fail",
         [](Result& r, ExitPolicy& p) {
             r.validity.state = ValidityState::invalid;
             r.verdict = Verdict::fail;
             p.strict = true;
         },
         4},
        {"--strict and suspect",
         [](Result& r, ExitPolicy& p) {
             r.validity.state = ValidityState::suspect;
             p.strict = true;
         },
         0},
        {"SIGINT goes before --strict",
         [](Result& r, ExitPolicy& p) {
             r.interrupted = true;
             r.validity.state = ValidityState::invalid;
             p.strict = true;
         },
         130},
        {"SIGTERM",
         [](Result& r, ExitPolicy& p) {
             r.interrupted = true;
             p.terminated = true;
         },
         143},
        {"not made goes before all",
         [](Result& r, ExitPolicy&) {
             r.not_made = "refused";
             r.interrupted = true;
         },
         3},
        {"--exit-code-on-error with failed requests",
         [](Result&, ExitPolicy& p) { p.exit_code_on_error = 7; }, 7},
        {"--exit-code-on-error 0 forgives them",
         [](Result& r, ExitPolicy& p) {
             r.verdict = Verdict::fail;
             p.exit_code_on_error = 0;
         },
         0},
        {"but not a missed threshold",
         [](Result& r, ExitPolicy& p) {
             r.thresholds = {{.verdict = Verdict::fail}};
             r.verdict = Verdict::fail;
             p.exit_code_on_error = 0;
         },
         1},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Result result = run_of(90, 10);
        ExitPolicy policy;
        row.change(result, policy);
        CHECK(exit_code(result, policy) == row.code);
    }
}

TEST_CASE("hints name cause and cure") {
    struct Row {
        Outcome outcome;
        const char* message;
        const char* url;
        const char* part;
    };
    using enum Outcome;
    const char* url = "http://localhost:8080/x";
    const Row rows[] = {
        {connect_error, "connection refused", url, "nothing listens at localhost:8080"},
        {connect_error, "cannot resolve nohost: Name or service not known", url, "not known"},
        {connect_error, "no local port left (EADDRNOTAVAIL)", url, "--local-ips"},
        {connect_error, "no file descriptor left", url, "ulimit -n"},
        {connect_error, "connect timed out", url, "did not accept"},
        {connect_error, "Network is unreachable", url, "no way to localhost:8080"},
        {timeout, "no response in 10 s", url, "--timeout"},
        {reset, "connection closed before the response was whole", url, "its log says why"},
        {reset, "connection reset by the target", url, "out of workers"},
        {http_error, "status 401", url, "--bearer"},
        {http_error, "status 403", url, "refused"},
        {http_error, "status 404", url, "path"},
        {http_error, "status 405", url, "--method"},
        {http_error, "status 500", url, "its log"},
        {http_error, "status 503", url, "overloaded"},
        {http_error, "status 301", url, "redirect"},
        {http_error, "status 400", "http://h:443/", "https://"},
        {rate_limited, "", url, "limits the rate"},
        {protocol_error, "not an HTTP response", url, "https://"},
        {protocol_error, "not an HTTP response", "http://h:443", "this port seems to speak TLS"},
        {protocol_error, "Content-Length is not a number", url, "breaks the rules"},
        {tls_error, "the certificate expired on Jan  1 00:00:00 2026 GMT (/CN=x)", url, "renew"},
        {tls_error, "the certificate is for a.example, not for localhost", url, "--sni"},
        {tls_error, "the certificate is self-signed (/CN=x)", url, "--cacert"},
        {tls_error, "the TLS handshake timed out", url, "keep connections alive"},
        {tls_error, "TLS alert 116 from the target: certificate required", url, "--key"},
        {tls_error, "TLS alert 80 from the target: internal error", url, "its log says why"},
        {tls_error, "no TLS version in common", url, "--tls-max"},
        {http_error, "status 429", url, "lower --rate"},
        {http_error, "status 418", url, ""},
        {check_failed, "body", url, ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.message);
        Result result;
        result.name = result.url = row.url;
        const std::string hint = hint_for({.outcome = row.outcome, .message = row.message}, result);
        CAPTURE(hint);
        CHECK((row.part[0] == '\0' ? hint.empty() : hint.find(row.part) != std::string::npos));
    }
}

TEST_CASE("hints for a profile name its words, not those of a blast") {
    Result result;
    result.name = "shop";
    result.url = "http://localhost:8080";
    for (const auto& [outcome, message, part] :
         {std::tuple{Outcome::rate_limited, "status 429", "rate_limited = \"ok\""},
          std::tuple{Outcome::http_error, "status 429", "fewer users, longer waits"},
          std::tuple{Outcome::http_error, "status 405", "`method`"},
          std::tuple{Outcome::http_error, "status 415", "`headers`"},
          std::tuple{Outcome::http_error, "status 302", "`follow_redirects`"},
          std::tuple{Outcome::http_error, "status 401", "--bearer"}}) {
        const std::string hint = hint_for({.outcome = outcome, .message = message}, result);
        CAPTURE(hint);
        CHECK(hint.find(part) != std::string::npos);
        CHECK(hint.find("--rate") == std::string::npos);
    }
}
