#include "base/units.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace ringblast;
using namespace std::chrono_literals;

namespace {

/// Checks that the text was refused, for that reason, with the text and the allowed forms named.
template <class T>
void check_refused(const Expected<T>& parsed, std::string_view text, std::string_view reason) {
    CAPTURE(text);
    REQUIRE_FALSE(parsed);
    const std::string& message = parsed.error().message;
    CAPTURE(message);
    CHECK(message.front() == '"');
    CHECK(message.substr(1).starts_with(text.substr(0, 2)));
    CHECK(message.find(reason) != std::string::npos);
    CHECK(message.find("; allowed: ") != std::string::npos);
    CHECK(message.find('\n') == std::string::npos);
}

} // namespace

TEST_CASE("durations are read exactly") {
    struct Row {
        std::string_view text;
        int64_t ns;
    };
    const Row rows[] = {
        {"0", 0},
        {"0s", 0},
        {"10", 10'000'000'000},
        {"0.25", 250'000'000},
        {"1ns", 1},
        {"500us", 500'000},
        {"500µs", 500'000},
        {"500μs", 500'000},
        {"250ms", 250'000'000},
        {"10s", 10'000'000'000},
        {"5m", 300'000'000'000},
        {"5min", 300'000'000'000},
        {"1h", 3'600'000'000'000},
        {"1h30m", 5'400'000'000'000},
        {"1h30min", 5'400'000'000'000},
        {"2h3m4s5ms6us7ns", 7'384'005'006'007},
        {"1.5s", 1'500'000'000},
        {"0.000000001s", 1},
        {"1.50000000000000000000000000s", 1'500'000'000},
        {"0.1ms", 100'000},
        {"007s", 7'000'000'000},
        {"9223372036854775807ns", std::numeric_limits<int64_t>::max()},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        auto parsed = parse_duration(row.text);
        REQUIRE(parsed);
        CHECK(parsed->count() == row.ns);
    }
}

TEST_CASE("what is not a duration says why") {
    struct Row {
        std::string_view text, reason;
    };
    const Row rows[] = {
        {"", "it is empty"},
        {"-5s", "it is negative"},
        {"+5s", "a number is missing"},
        {"s", "a number is missing"},
        {".5s", "a number is missing"},
        {"5.s", "a number is missing"},
        {" 5s", "a number is missing"},
        {"5s ", "there is no unit \"s \""},
        {"5 s", "there is no unit \" s\""},
        {"5S", "there is no unit \"S\""},
        {"5x", "there is no unit \"x\""},
        {"5days", "there is no unit \"days\""},
        {"5s-3ms", "there is no unit \"s-\""},
        {"1e3s", "there is no unit \"e\""},
        {"1.2.3s", "there is no unit \".\""},
        {"1h30", "a number has no unit"},
        {"30m1h", "its units do not descend"},
        {"1m1min", "its units do not descend"},
        {"1s1s", "its units do not descend"},
        {"0.1ns", "finer than a nanosecond"},
        {"0.0000000001s", "finer than a nanosecond"},
        {"0.0000000000000000001s", "too many decimals"},
        {"9223372036854775808ns", "too large"},
        {"99999999999999999999s", "too large"},
        {"3000000h", "too large"},
        {"2562047h47m16s854ms775us808ns", "too large"},
        {std::string_view("5s\0", 3), "there is no unit \"s?\""},
        {"a long text that nobody would want to read again in full", "a number is missing"},
    };
    for (const Row& row : rows) {
        check_refused(parse_duration(row.text), row.text, row.reason);
    }
    check_refused(parse_duration("500", BareNumber::refused), "500", "a number has no unit");
    CHECK(parse_duration("500ms", BareNumber::refused) == 500ms);
    CHECK(parse_duration("").error().message ==
          "\"\" is not a duration: it is empty; allowed: 500us, 250ms, 10s, 5m, 5min, 1h30m, or a "
          "bare number of seconds");
}

TEST_CASE("counts and sizes are whole numbers with decimal and binary units") {
    struct Row {
        std::string_view text;
        uint64_t value;
        bool size_only;
    };
    const Row rows[] = {
        {"0", 0, false},
        {"500", 500, false},
        {"10k", 10'000, false},
        {"10K", 10'000, false},
        {"1M", 1'000'000, false},
        {"1.5k", 1'500, false},
        {"3G", 3'000'000'000, false},
        {"1T", 1'000'000'000'000, false},
        {"64KiB", 65'536, false},
        {"64Ki", 65'536, false},
        {"0.5KiB", 512, false},
        {"1MiB", 1'048'576, false},
        {"1GiB", 1'073'741'824, false},
        {"1TiB", 1'099'511'627'776, false},
        {"18446744073709551615", UINT64_MAX, false},
        {"5B", 5, true},
        {"5kB", 5'000, true},
        {"5KB", 5'000, true},
        {"5MB", 5'000'000, true},
        {"1GB", 1'000'000'000, true},
        {"1TB", 1'000'000'000'000, true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(parse_size(row.text) == row.value);
        if (row.size_only) {
            check_refused(parse_count(row.text), row.text, "there is no unit");
        } else {
            CHECK(parse_count(row.text) == row.value);
        }
    }
}

TEST_CASE("what is not a count says why") {
    struct Row {
        std::string_view text, reason;
    };
    const Row rows[] = {
        {"", "it is empty"},
        {"-1", "it is negative"},
        {"k", "a number is missing"},
        {"10m", "there is no unit \"m\""},
        {"10s", "there is no unit \"s\""},
        {"10 k", "there is no unit \" k\""},
        {"1,000", "there is no unit \",000\""},
        {"2.50", "it is not a whole number"},
        {"1.0001k", "it is not a whole number"},
        {"18446744073709551616", "it is too large"},
        {"18446744073709552k", "it is too large"},
        {"0x10", "there is no unit \"x10\""},
    };
    for (const Row& row : rows) {
        check_refused(parse_count(row.text), row.text, row.reason);
        check_refused(parse_size(row.text), row.text, row.reason);
    }
}

TEST_CASE("rates are per second, or say per what") {
    struct Row {
        std::string_view text;
        double per_second;
    };
    const Row rows[] = {
        {"100", 100},   {"100/s", 100}, {"100/sec", 100},  {"1000/min", 1000 / 60.0},
        {"60/m", 1},    {"3600/h", 1},  {"10k/s", 10'000}, {"1.5k/min", 25},
        {"0.5/s", 0.5}, {"0", 0},       {"0.1", 0.1},      {"1MiB/min", 1048576 / 60.0},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(parse_rate(row.text) == row.per_second);
    }
    struct BadRow {
        std::string_view text, reason;
    };
    const BadRow bad_rows[] = {
        {"", "it is empty"},
        {"-1/s", "it is negative"},
        {"/s", "a number is missing"},
        {"100/", "there is no period \"\""},
        {"100/day", "there is no period \"day\""},
        {"100/s/s", "there is no period \"s/s\""},
        {"100rps", "there is no unit \"rps\""},
        {"100 /s", "there is no unit \" \""},
        {"nan", "a number is missing"},
        {"inf", "a number is missing"},
        {"99999999999999999999", "it is too large"},
    };
    for (const BadRow& row : bad_rows) {
        check_refused(parse_rate(row.text), row.text, row.reason);
    }
}
