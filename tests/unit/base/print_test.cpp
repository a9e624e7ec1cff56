#include "base/print.hpp"

#include "base/nearest.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace ringblast;

TEST_CASE("latencies have three digits, also where rounding reaches the next unit") {
    CHECK(print_latency(0) == "0 ns");
    CHECK(print_latency(850) == "850 ns");
    CHECK(print_latency(999.6) == "1.00 µs");
    CHECK(print_latency(41'234) == "41.2 µs");
    CHECK(print_latency(99'960) == "100 µs");
    CHECK(print_latency(999'600) == "1.00 ms");
    CHECK(print_latency(9'996'000) == "10.0 ms");
    CHECK(print_latency(1'940'000) == "1.94 ms");
    CHECK(print_latency(999'600'000) == "1.00 s");
    CHECK(print_latency(1234e9) == "1234 s");
}

TEST_CASE("spans") {
    CHECK(print_span(0) == "0 ms");
    CHECK(print_span(0.0005) == "0.5 ms");
    CHECK(print_span(0.25) == "250 ms");
    CHECK(print_span(0.9996) == "1 s");
    CHECK(print_span(2.5) == "2.5 s");
    CHECK(print_span(59.96) == "1 min");
    CHECK(print_span(90) == "1 min 30 s");
    CHECK(print_span(3600) == "1 h");
    CHECK(print_span(3909) == "1 h 5 min");
}

TEST_CASE("counts, rates, bytes and shares") {
    CHECK(print_count(0) == "0");
    CHECK(print_count(999) == "999");
    CHECK(print_count(1000) == "1,000");
    CHECK(print_count(1234567) == "1,234,567");
    CHECK(print_counted(1, "request") == "1 request");
    CHECK(print_counted(1200, "request") == "1,200 requests");
    CHECK(print_rate(0.5) == "0.5");
    CHECK(print_rate(12.34) == "12.3");
    CHECK(print_rate(99.96) == "100");
    CHECK(print_rate(123456.7) == "123,457");
    CHECK(print_bytes(612) == "612 B");
    CHECK(print_bytes(1'234'567) == "1.23 MB");
    CHECK(print_share(0) == "0 %");
    CHECK(print_share(0.00001) == "<0.01 %");
    CHECK(print_share(0.0028) == "0.28 %");
    CHECK(print_share(0.123) == "12.3 %");
    CHECK(print_share(0.9972) == "99.72 %");
    CHECK(print_share(0.999999) == ">99.99 %");
    CHECK(print_share(1) == "100 %");
}

TEST_CASE("texts from strangers can't steer the terminal") {
    CHECK(printable("GET /a\x1b[2J\r\n\x7f") == "GET /a?[2J???");
    CHECK(printable("caf\u00e9 \u009b2J") == "caf\u00e9 ?2J");
    CHECK(display_width("498 \u00b5s") == 6);
    CHECK(display_width("\x1b[1mbold\x1b[0m") == 4);
}

TEST_CASE("the nearest word") {
    constexpr std::array<std::string_view, 3> known = {"error_rate", "rps", "goodput"};
    CHECK(nearest_word("eror_rate", known) == "error_rate");
    CHECK(nearest_word("nmae", std::array<std::string_view, 2>{"rate", "name"}) == "name");
    CHECK(nearest_word("RPS", known) == "rps");
    CHECK(nearest_word("rqs", known) == "rps");
    CHECK(nearest_word("xyz", known).empty());
    CHECK(nearest_hint("godput", known) == " (nearest: goodput)");
    CHECK(nearest_hint("", {}).empty());
}
