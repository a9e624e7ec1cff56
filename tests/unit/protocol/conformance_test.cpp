// Runs the shared HTTP/1.1 conformance cases through ResponseReader: each as given, in one write
// and a byte per write. Exit code 77 where the cases are absent.
#define DOCTEST_CONFIG_IMPLEMENT
#include "delivery.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace ringblast;
using namespace ringblast::test;
using nlohmann::json;

namespace {

std::filesystem::path conformance_folder() {
    const char* given = std::getenv("RINGBLAST_CONFORMANCE");
    return given != nullptr ? given : CONFORMANCE_DIR;
}

json load(const char* name) {
    std::ifstream file(conformance_folder() / name);
    return json::parse(file);
}

/// In the file each byte of a response is one code point below 256.
std::string bytes_of(const std::string& utf8) {
    std::string bytes;
    for (size_t i = 0; i < utf8.size(); ++i) {
        uint8_t lead = static_cast<uint8_t>(utf8[i]);
        if (lead < 0x80) {
            bytes += utf8[i];
        } else {
            bytes += static_cast<char>((lead & 0x03) << 6 | (utf8[++i] & 0x3f));
        }
    }
    return bytes;
}

/// What the case's words for an outcome mean to a reader.
ParseStatus status_of(const json& expected) {
    if (expected["outcome"] == "ok") {
        return ParseStatus::complete;
    }
    std::string kind = expected["error_class"];
    return kind == "eof" || kind == "timeout" ? ParseStatus::need_more : ParseStatus::bad;
}

bool matches(const json& expected, const Reading& reading, bool reusable) {
    if (reading.status != status_of(expected)) {
        return false;
    }
    if (expected["outcome"] != "ok") {
        return true;
    }
    return reading.code == expected["status"] && reading.body_size == expected["body_len"] &&
           (!expected.contains("reusable") || expected["reusable"] == reusable);
}

bool accepted(const json& test, const Reading& reading, bool reusable) {
    if (matches(test["expect"], reading, reusable)) {
        return true;
    }
    json alternatives = test.value("alt", json::array());
    return std::ranges::any_of(alternatives, [&](const json& alternative) {
        return matches(alternative, reading, reusable);
    });
}

void run_case(const json& test, const std::vector<std::string_view>& pieces, HeadCache& cache) {
    size_t size = 0;
    for (std::string_view piece : pieces) {
        size += piece.size();
    }
    bool close = test["close_after"];
    HeadPool pool;
    Reading reading = read_response(pieces, test["request_method"] == "HEAD", close, pool, cache);
    // The worker's rule: surplus bytes with nothing asked for end the connection.
    bool reusable = reading.keep_alive && !close && reading.consumed == size;
    INFO(pieces.size(), " pieces: ", reading, " reusable ", reusable);
    CHECK(accepted(test, reading, reusable));
    CHECK(pool.blocks_taken() == 0);
    CHECK(pool.bytes() <= 2 * HeadPool::large_size);
}

/// A part of a generated case: a text, repeated.
struct Part {
    std::string text;
    uint64_t count;
};

std::vector<Part> parts_of(const json& test) {
    std::vector<Part> parts;
    for (const json& part : test["gen"]) {
        if (part[0] == "lit") {
            parts.push_back({bytes_of(part[1]), 1});
        } else {
            parts.push_back({bytes_of(part[2]), part[1]});
        }
    }
    return parts;
}

/// Streams the parts in pieces of about `piece_size`, without ever holding the whole.
Reading stream(const json& test, size_t piece_size, HeadPool& pool) {
    HeadCache cache;
    ResponseReader reader;
    reader.start(false);
    uint64_t consumed = 0;
    ResponseReader::Progress progress{ParseStatus::need_more, 0};
    for (const Part& part : parts_of(test)) {
        uint64_t left = part.text.size() * part.count;
        std::string buffer;
        while (buffer.size() < std::min<uint64_t>(left, piece_size + part.text.size())) {
            buffer += part.text;
        }
        for (uint64_t at = 0; left > 0 && progress.status == ParseStatus::need_more;) {
            size_t size = static_cast<size_t>(std::min<uint64_t>(left, piece_size));
            progress = reader.feed(std::string_view(buffer).substr(at, size), pool, cache);
            consumed += progress.consumed;
            left -= size;
            at = (at + size) % part.text.size();
        }
    }
    Reading reading{.status = progress.status,
                    .code = reader.status(),
                    .body_size = reader.body_size(),
                    .consumed = consumed,
                    .keep_alive = progress.status == ParseStatus::complete && reader.keep_alive()};
    reader.abandon(pool);
    return reading;
}

} // namespace

TEST_CASE("responses that fit a buffer, in three deliveries") {
    json cases = load("http1_cases.json");
    CHECK(cases.size() >= 180);
    HeadCache shared; // as in a worker: what one case leaves must not confuse another
    for (const json& test : cases) {
        std::vector<std::string> chunks;
        std::string whole;
        for (const json& chunk : test["response_chunks"]) {
            chunks.push_back(bytes_of(chunk));
            whole += chunks.back();
        }
        CAPTURE(test["id"].get<std::string>());
        for (int round = 0; round < 2; ++round) {
            run_case(test, {chunks.begin(), chunks.end()}, shared);
            run_case(test, {whole}, shared);
            run_case(test, byte_by_byte(whole), shared);
        }
    }
}

TEST_CASE("large responses, streamed") {
    for (const json& test : load("http1_cases_large.json")) {
        CAPTURE(test["id"].get<std::string>());
        uint64_t size = 0;
        for (const Part& part : parts_of(test)) {
            size += part.text.size() * part.count;
        }
        for (size_t piece_size : {size_t(1) << 20, size_t(1460), size_t(1)}) {
            if (size / piece_size > 4'000'000) {
                continue;
            }
            CAPTURE(piece_size);
            HeadPool pool;
            Reading reading = stream(test, piece_size, pool);
            INFO(reading);
            CHECK(accepted(test, reading, reading.keep_alive && reading.consumed == size));
            CHECK(pool.blocks_taken() == 0);
            CHECK(pool.bytes() <= 2 * HeadPool::large_size);
        }
    }
}

int main(int argc, char** argv) {
    if (!std::filesystem::exists(conformance_folder() / "http1_cases.json")) {
        std::printf(
            "SKIPPED: no conformance cases in %s (RINGBLAST_CONFORMANCE names the folder)\n",
            conformance_folder().c_str());
        return 77;
    }
    return doctest::Context(argc, argv).run();
}
