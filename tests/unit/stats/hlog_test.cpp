// The log's text form, and the reference logs of HdrHistogram where they are at hand.
#include "stats/hlog.hpp"

#include "base/base64.hpp"
#include "stats/hdr_codec.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <zlib.h>

using namespace ringblast;

namespace {

Histogram one_sample(int64_t value_ns) {
    Histogram histogram;
    histogram.record(value_ns);
    return histogram;
}

/// The text of a reference log, or nothing with a visible notice.
std::optional<std::string> load_reference(const char* name) {
    const char* set = std::getenv("RINGBLAST_CONFORMANCE");
    std::filesystem::path path = std::filesystem::path(set ? set : CONFORMANCE_DIR) / "hdr" / name;
    std::ifstream file(path);
    if (!file) {
        MESSAGE("SKIPPED: no reference log " << path.string());
        return std::nullopt;
    }
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// Adds as the reference's own test does: each slot's lowest value into three digits from 1 up.
void add_recorded_anew(Histogram& sum, const Histogram& histogram) {
    for (size_t index = histogram.slots_begin(); index < histogram.slots_end(); ++index) {
        REQUIRE(sum.record(histogram.layout().value_of(index), histogram.slot(index)));
    }
}

std::string inflate_payload(std::string_view base64) {
    std::string zipped = decode_base64(base64).value().substr(8);
    std::string plain(1 << 20, '\0');
    uLongf size = plain.size();
    REQUIRE(uncompress(reinterpret_cast<Bytef*>(plain.data()), &size,
                       reinterpret_cast<const Bytef*>(zipped.data()), zipped.size()) == Z_OK);
    plain.resize(size);
    return plain;
}

} // namespace

TEST_CASE("a log reads as its format asks, and comes back") {
    std::string text = render_hlog_header(1'441'812'279'474'999'999);
    CHECK(text == "#[Logged with ringblast]\n"
                  "#[Histogram log format version 1.3]\n"
                  "#[StartTime: 1441812279.474 (seconds since epoch), Wed Sep 09 15:24:39 UTC "
                  "2015]\n"
                  "#[BaseTime: 1441812279.474 (seconds since epoch)]\n"
                  "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
                  "\"Interval_Compressed_Histogram\"\n");
    Histogram sample = one_sample(1'234'567);
    std::string line =
        render_hlog_interval({.start_s = 0.1274, .length_s = 1, .histogram = sample});
    CHECK(line == "0.127,1.000,1.235," + encode_hdr_base64(sample) + "\n");
    text += line;
    text += render_hlog_interval({.tag = "warm-up", .start_s = 1.1274, .length_s = 1});

    Expected<ParsedHlog> log = parse_hlog(text);
    REQUIRE(log);
    CHECK(log->start_time_s == 1441812279.474);
    CHECK(log->base_time_s == 1441812279.474);
    CHECK_FALSE(log->torn);
    REQUIRE(log->intervals.size() == 2);
    CHECK(log->intervals[0].tag.empty());
    CHECK(log->intervals[0].start_s == 0.127);
    CHECK(log->intervals[0].length_s == 1);
    CHECK(log->intervals[0].max_ms == 1.235);
    CHECK(log->intervals[0].histogram.count() == 1);
    CHECK(log->intervals[1].tag == "warm-up");
    CHECK(log->intervals[1].histogram.empty());
}

TEST_CASE("a log cut off anywhere is good up to the last whole line") {
    std::string first = render_hlog_header(0) +
                        render_hlog_interval({.length_s = 1, .histogram = one_sample(5'000)});
    std::string second =
        render_hlog_interval({.start_s = 1, .length_s = 1, .histogram = one_sample(6'000)});
    for (size_t cut = 0; cut < second.size() - 1; ++cut) {
        Expected<ParsedHlog> log = parse_hlog(first + second.substr(0, cut));
        REQUIRE(log);
        CHECK(log->intervals.size() == 1);
        CHECK(log->torn == (cut > 0));
    }
    Expected<ParsedHlog> log = parse_hlog(first + second.substr(0, second.size() - 1));
    REQUIRE(log);
    CHECK(log->intervals.size() == 2); // only the line break is missing
    CHECK_FALSE(log->torn);
}

TEST_CASE("a wrong line is named") {
    std::string good = render_hlog_interval({.length_s = 1, .histogram = one_sample(5'000)});
    std::string payload = encode_hdr_base64(one_sample(5'000));
    struct Row {
        const char* why;
        std::string line, reason;
    };
    const Row rows[] = {
        {"no number", "x,1.000,1.000," + payload, "line 3: 'x' is not a number"},
        {"an infinite number", "inf,1.000,1.000," + payload, "line 3: 'inf' is not a number"},
        {"too few fields", "1.000,1.000", "line 3: '' is not a number"},
        {"no payload", "1.000,1.000,1.000,", "line 3: not an HdrHistogram"},
        {"a payload cut", "1.000,1.000,1.000," + payload.substr(0, 40), "line 3: HdrHistogram cut"},
        {"not base64", "1.000,1.000,1.000,***", "line 3: HdrHistogram that is not base64"},
        {"a tag without the rest", "Tag=a", "line 3: '' is not a number"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Expected<ParsedHlog> log = parse_hlog("# hello\r\n" + good + row.line + "\n" + good);
        REQUIRE_FALSE(log);
        CAPTURE(log.error().message);
        CHECK(log.error().message.starts_with(row.reason));
    }
    CHECK(parse_hlog("")->intervals.empty());
}

TEST_CASE("the reference logs of HdrHistogram have their published totals") {
    struct Row {
        const char* name;
        size_t untagged, tagged;
        uint64_t count; ///< of the untagged intervals
        std::optional<int64_t> p999, max;
    };
    const Row rows[] = {
        {"jHiccup-2.0.7S.logV2.hlog", 62, 0, 48761, 1'745'879'039, 1'796'210'687},
        {"tagged-Log.logV2.hlog", 21, 21, 16145, std::nullopt, std::nullopt},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        std::optional<std::string> text = load_reference(row.name);
        if (!text) {
            continue;
        }
        Expected<ParsedHlog> log = parse_hlog(*text);
        REQUIRE(log);
        CHECK(log->start_time_s == 1441812279.474);
        CHECK_FALSE(log->base_time_s);
        CHECK_FALSE(log->torn);
        Histogram untagged({1, 3'600'000'000'000, 3});
        Histogram tagged = untagged;
        size_t untagged_count = 0;
        for (const HlogInterval& interval : log->intervals) {
            CHECK((interval.tag.empty() || interval.tag == "A"));
            untagged_count += interval.tag.empty();
            add_recorded_anew(interval.tag.empty() ? untagged : tagged, interval.histogram);
            double max_ms = static_cast<double>(interval.histogram.max()) / 1e6;
            CHECK(interval.max_ms == doctest::Approx(max_ms).epsilon(0.001));
        }
        CHECK(untagged_count == row.untagged);
        CHECK(log->intervals.size() == row.untagged + row.tagged);
        CHECK(untagged.count() == row.count);
        if (row.p999) {
            CHECK(untagged.percentile(99.9) == *row.p999);
            // The reference rounds its maximum up to the slot's end.
            CHECK(untagged.layout().value_max_of(untagged.slots_end() - 1) == *row.max);
        }
        if (row.tagged > 0) {
            CHECK(encode_hdr(tagged) == encode_hdr(untagged));
        }
    }
}

TEST_CASE("what the reference wrote is encoded again to the same bytes before compression") {
    std::optional<std::string> text = load_reference("jHiccup-2.0.7S.logV2.hlog");
    if (!text) {
        return;
    }
    std::istringstream lines(*text);
    size_t compared = 0;
    for (std::string line; std::getline(lines, line);) {
        size_t payload = line.find("HISTFAAA");
        if (payload == std::string::npos) {
            continue;
        }
        Expected<Histogram> histogram = decode_hdr_base64(line.substr(payload));
        REQUIRE(histogram);
        CHECK(encode_hdr(*histogram) == inflate_payload(line.substr(payload)));
        ++compared;
    }
    CHECK(compared == 62);
}
