// What is said during a run, and how a terminal or a file shows it.
#include "live/progress.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

using namespace ringblast;

namespace {

/// A stream that keeps what was written to it.
class Memory {
public:
    Memory() : stream_(open_memstream(&data_, &size_)) {}
    ~Memory() {
        std::fclose(stream_);
        std::free(data_);
    }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    std::FILE* stream() { return stream_; }
    std::string text() {
        std::fflush(stream_);
        return {data_, size_};
    }

private:
    char* data_ = nullptr;
    size_t size_ = 0;
    std::FILE* stream_;
};

/// Second `t` of a run: 100 requests of 1 ms, of which `failed` failed.
struct Second {
    Second(double t, uint64_t failed)
        : row{.t_s = t - 1, .users = 5, .ok = 100 - failed, .failed = failed} {
        interval.record(1'000'000, 100);
        snapshot = {.elapsed_s = t,
                    .total_s = 30,
                    .row = &row,
                    .interval = &interval,
                    .completed = static_cast<uint64_t>(t) * 100,
                    .failed = failed};
    }
    TimelineRow row;
    Histogram interval;
    Snapshot snapshot;
};

} // namespace

TEST_CASE("a file gets a line every ten seconds with the figures of those seconds") {
    Memory memory;
    Terminal terminal(memory.stream(), {});
    Progress progress(terminal);
    for (int t = 1; t <= 9; ++t) {
        progress.on_second(Second(t, 0).snapshot);
    }
    CHECK(memory.text().empty());
    progress.on_second(Second(9.998, 0).snapshot); // the collector was a little early
    CHECK(memory.text() ==
          "10 s of 30 s · 5 users · 100/s · p50 1.00 ms · p99 1.00 ms · 0 errors\n");
    for (int t = 11; t <= 20; ++t) {
        progress.on_second(Second(t, 1).snapshot);
    }
    CHECK(memory.text().find("\n20 s of 30 s · 5 users · 100/s · p50 1.00 ms · p99 1.00 ms · "
                             "1 error (0.05 %)\n") != std::string::npos);
    progress.on_finish({});
    CHECK(memory.text().find('\x1b') == std::string::npos);
}

TEST_CASE("a terminal gets one block that is drawn in place and removed at the end") {
    Memory memory;
    Terminal terminal(memory.stream(), {.smart = true, .columns = 100});
    Progress progress(terminal);
    progress.on_second(Second(15, 0).snapshot);
    const std::string first = memory.text();
    CHECK(first == "━━━━━━━━━━━━━━━━╸────────────────  50 %  15 s of 30 s · 15 s left\n"
                   "5 users · 100/s · p50 1.00 ms · p99 1.00 ms · 0 errors\n");
    progress.on_second(Second(16, 0).snapshot);
    CHECK(memory.text().substr(first.size()).starts_with("\x1b[2A\r\x1b[J━"));
    progress.on_finish({});
    CHECK(memory.text().ends_with("\x1b[2A\r\x1b[J"));
}

TEST_CASE("stage, warm-up, drops, tail and a number of requests are said") {
    Memory memory;
    Terminal terminal(memory.stream(), {});
    Progress progress(terminal);
    Second second(10, 0);
    second.snapshot.stage = 2;
    second.snapshot.stage_count = 3;
    second.snapshot.total_s = 0;
    second.snapshot.planned_requests = 5'000;
    second.row.warm_up = true;
    second.row.after = true;
    second.row.dropped = 7;
    progress.on_second(second.snapshot);
    CHECK(memory.text() ==
          "10 s · 1,000 of 5,000 requests · stage 2/3 · warm-up · waiting for the last responses · "
          "5 users · 100/s · p50 1.00 ms · p99 1.00 ms · 0 errors · 7 dropped\n");
}

TEST_CASE("a snapshot without figures is no harm") {
    Memory memory;
    Terminal terminal(memory.stream(), {.smart = true});
    Progress progress(terminal);
    progress.on_second({.elapsed_s = 1});
    CHECK(memory.text() == "1 s\n0/s · 0 errors\n");
}

TEST_CASE("lines of --verbose stand above the block") {
    Memory memory;
    Terminal terminal(memory.stream(), {.smart = true});
    SamplePrinter printer(terminal);
    terminal.show_block({"block"});
    printer.on_sample({.t_s = 1.25,
                       .user = 7,
                       .name = "GET /api/runs",
                       .status = 200,
                       .latency_ns = 498'000,
                       .bytes = 612});
    printer.on_sample({.t_s = 1.5,
                       .user = 12,
                       .name = "POST /login",
                       .outcome = Outcome::reset,
                       .latency_ns = 12'000'000,
                       .error = "closed after 17 bytes\x1b[2J"});
    const std::string erase = "\x1b[1A\r\x1b[J";
    CHECK(
        memory.text() ==
        "block\n" + erase +
            "    1.250 s  user 7     GET /api/runs             200              498 µs     612 B\n"
            "block\n" +
            erase +
            "    1.500 s  user 12    POST /login               reset           12.0 ms       0 B"
            "  closed after 17 bytes?[2J\nblock\n");
}

TEST_CASE("lines are cut at the width, codes and letters kept whole") {
    CHECK(cut_to_width("abc", 3) == "abc");
    CHECK(cut_to_width("abcd", 3) == "abc");
    CHECK(cut_to_width("µµµµ", 3) == "µµµ");
    CHECK(cut_to_width("\x1b[31mabcd\x1b[0m", 3) == "\x1b[31mabc\x1b[0m");
    CHECK(cut_to_width("\x1b[31mabc\x1b[0m", 3) == "\x1b[31mabc\x1b[0m");
}

TEST_CASE("a stream that is no terminal is plain") {
    Memory memory;
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    const TerminalTraits traits = probe_terminal(file);
    CHECK(!traits.smart);
    CHECK(!traits.color);
    std::fclose(file);
}
