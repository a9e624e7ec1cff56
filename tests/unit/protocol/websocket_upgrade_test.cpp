#include "protocol/websocket_upgrade.hpp"

#include "guarded.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace ringblast;
using namespace ringblast::test;

namespace {

using std::string;

constexpr std::string_view rfc_key = "dGhlIHNhbXBsZSBub25jZQ==";
const string rfc_accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

const string good_answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                           "Connection: Upgrade\r\nSec-WebSocket-Accept: " +
                           rfc_accept + "\r\n\r\n";

/// The good answer with one text in place of another.
string changed(std::string_view from, std::string_view to) {
    string answer = good_answer;
    size_t at = answer.find(from);
    REQUIRE(at != answer.npos);
    return answer.replace(at, from.size(), to);
}

string with_field(std::string_view line) {
    return changed("\r\n\r\n", "\r\n" + string(line) + "\r\n\r\n");
}

struct Answered {
    ParseStatus status = ParseStatus::need_more;
    size_t consumed = 0;
    string problem{};
    int code = 0;
    int subprotocol = -1;
};

/// Reads pieces of `piece_size` behind a first one of `first_size`.
Answered answered(std::string_view bytes, size_t first_size, size_t piece_size) {
    static GuardedBytes guarded;
    static HeadPool pool;
    const std::vector<string> offered = {"chat", "superchat"};
    const UpgradeExpectation expected{.accept = websocket_accept(rfc_key), .subprotocols = offered};
    UpgradeReader reader;
    Answered answered;
    for (size_t at = 0; at < bytes.size() && answered.status == ParseStatus::need_more;) {
        std::string_view piece = bytes.substr(at, at == 0 ? first_size : piece_size);
        UpgradeReader::Progress progress = reader.feed(guarded.put(piece), expected, pool);
        answered.status = progress.status;
        answered.consumed += progress.consumed;
        answered.problem = progress.problem;
        at += piece.size();
    }
    answered.code = reader.status();
    answered.subprotocol = reader.subprotocol();
    reader.abandon(pool);
    CHECK(pool.blocks_taken() == 0);
    return answered;
}

template <class Check>
void in_all_deliveries(const string& bytes, Check check) {
    check(answered(bytes, bytes.size(), 1));
    check(answered(bytes, 1, 1));
    check(answered(bytes, 5, 7));
    for (size_t first = 1; first < std::min(bytes.size(), size_t{1000}); ++first) {
        check(answered(bytes, first, bytes.size()));
    }
}

RequestSpec chat_request() {
    return {.url = parse_url("ws://example.com/chat?a=b").value()};
}

} // namespace

TEST_CASE("a key is answered as in RFC 6455 § 1.3") {
    WebSocketAccept accept = websocket_accept(rfc_key);
    CHECK(string(accept.data(), accept.size()) == rfc_accept);
}

TEST_CASE("each connection has its own key, the same in each run") {
    WebSocketKey first = make_websocket_key({.seed = 1}, 0);
    CHECK(first == make_websocket_key({.seed = 1}, 0));
    CHECK(first != make_websocket_key({.seed = 1}, 1));
    CHECK(first != make_websocket_key({.seed = 2}, 0));
    CHECK(string(first.data(), first.size()).ends_with("=="));
}

TEST_CASE("the request holds what makes it an upgrade, and a server reads it so") {
    RequestSpec spec = chat_request();
    spec.headers = {{"Origin", "http://example.com"}, {"User-Agent", ""}};
    UpgradeTemplate upgrade = render_upgrade(spec, {"chat", "superchat"}).value();
    CHECK(upgrade.request.substr(upgrade.key_offset, 24) == string(24, '='));
    string request(upgrade.request.size(), '?');
    WebSocketKey key;
    std::ranges::copy(rfc_key, key.begin());
    write_upgrade(request.data(), upgrade, key);
    CHECK(request == "GET /chat?a=b HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\n"
                     "Origin: http://example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                     "Sec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Protocol: chat, superchat\r\n\r\n");
    ParsedRequest parsed = parse_request_head(request);
    REQUIRE(parsed.status == ParseStatus::complete);
    UpgradeRequest read = read_upgrade_request(parsed.head);
    CHECK(read.status == 101);
    CHECK(read.key == rfc_key);
    CHECK(read.subprotocol == "chat");
    string answer = render_upgrade_response(read.key, read.subprotocol);
    Answered back = answered(answer, answer.size(), 1);
    CHECK(back.status == ParseStatus::complete);
    CHECK(back.code == 101);
    CHECK(back.subprotocol == 0);
}

TEST_CASE("subprotocols also come from the user's header") {
    RequestSpec spec = chat_request();
    spec.headers = {{"Sec-WebSocket-Protocol", "mqtt, v2.soap"}};
    UpgradeTemplate upgrade = render_upgrade(spec).value();
    CHECK(upgrade.subprotocols == std::vector<string>{"mqtt", "v2.soap"});
    CHECK(upgrade.request.find("\r\nSec-WebSocket-Protocol: mqtt, v2.soap\r\n") != string::npos);
    CHECK(render_upgrade(chat_request())->request.find("Sec-WebSocket-Protocol") == string::npos);
}

TEST_CASE("what cannot be part of an upgrade is refused") {
    struct Row {
        string what;
        RequestSpec spec;
        std::vector<string> subprotocols;
        string told;
    };
    RequestSpec plain = chat_request();
    auto with = [&](auto change) {
        RequestSpec spec = plain;
        change(spec);
        return spec;
    };
    auto with_header = [&](string name, string value) {
        return with([&](RequestSpec& spec) { spec.headers = {{name, value}}; });
    };
    const Row rows[] = {
        {"POST", with([](RequestSpec& spec) { spec.method = "POST"; }), {}, "a GET"},
        {"a body", with([](RequestSpec& spec) { spec.body = "x"; }), {}, "without a body"},
        {"another Upgrade", with_header("upgrade", "h2c"), {}, "upgrade cannot be set"},
        {"Connection", with_header("Connection", "close"), {}, "Connection cannot be set"},
        {"a key", with_header("Sec-WebSocket-Key", "x"), {}, "Sec-WebSocket-Key cannot be set"},
        {"a version", with_header("Sec-WebSocket-Version", "8"), {}, "cannot be set"},
        {"compression",
         with_header("Sec-WebSocket-Extensions", "permessage-deflate"),
         {},
         "no extension"},
        {"a line break", with_header("X", "a\r\nb"), {}, "line break"},
        {"a subprotocol with a space", plain, {"a b"}, "one word"},
        {"an empty subprotocol", plain, {""}, "one word"},
        {"one twice", plain, {"a", "b", "a"}, "twice"},
        {"one twice in two places", with_header("sec-websocket-protocol", "a"), {"a"}, "twice"},
        {"too many", plain,
         [] {
             std::vector<string> names;
             for (int i = 0; i < 101; ++i) {
                 names.push_back("p" + std::to_string(i));
             }
             return names;
         }(),
         "more than 100"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        Expected<UpgradeTemplate> upgrade = render_upgrade(row.spec, row.subprotocols);
        REQUIRE(!upgrade.has_value());
        CAPTURE(upgrade.error().message);
        CHECK(upgrade.error().message.find(row.told) != string::npos);
    }
}

TEST_CASE("good answers, in all deliveries") {
    struct Row {
        string what, bytes;
        int code = 101;
        int subprotocol = -1;
        string behind{};
    };
    const Row rows[] = {
        {"as in the RFC", good_answer},
        {"names and values in other cases", changed("Upgrade: websocket", "UPGRADE:WebSocket")},
        {"Connection as a list", changed("n: Upgrade", "n: keep-alive, upgrade")},
        {"Connection in two fields", with_field("Connection: keep-alive")},
        {"a subprotocol", with_field("Sec-WebSocket-Protocol: superchat"), 101, 1},
        {"frames in the same bytes", good_answer, 101, -1, "\x81\x02hi"},
        {"an interim answer before",
         "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + good_answer},
        {"a long head", with_field("X: " + string(5000, 'x')), 101, -1, "\x81\x02hi"},
        {"forbidden", "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n", 403, -1, "no"},
        {"an ordinary 200", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200},
        {"an old version", "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 8\r\n\r\n",
         426},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        in_all_deliveries(row.bytes + row.behind, [&](const Answered& answered) {
            REQUIRE(answered.status == ParseStatus::complete);
            REQUIRE(answered.consumed == row.bytes.size());
            REQUIRE(answered.code == row.code);
            REQUIRE(answered.subprotocol == row.subprotocol);
        });
    }
}

TEST_CASE("answers that are no proof, in all deliveries") {
    struct Row {
        string what, bytes, problem;
    };
    const string foreign = "a Sec-WebSocket-Accept that does not belong to our key";
    const Row rows[] = {
        {"HTTP/1.0", changed("HTTP/1.1", "HTTP/1.0"), "a 101 in another version than HTTP/1.1"},
        {"no Upgrade", changed("Upgrade: websocket\r\n", ""), "a 101 without Upgrade: websocket"},
        {"another Upgrade", changed("websocket", "h2c"), "a 101 without Upgrade: websocket"},
        {"two Upgrades", with_field("Upgrade: websocket"), "a 101 without Upgrade: websocket"},
        {"no Connection", changed("Connection: Upgrade\r\n", ""),
         "a 101 without Connection: Upgrade"},
        {"Connection: close", changed("n: Upgrade", "n: close"),
         "a 101 without Connection: Upgrade"},
        {"part of a word", changed("n: Upgrade", "n: upgraded"),
         "a 101 without Connection: Upgrade"},
        {"no Accept", changed("Sec-WebSocket-Accept", "X"),
         "a 101 without one Sec-WebSocket-Accept"},
        {"two Accepts", with_field("Sec-WebSocket-Accept: " + rfc_accept),
         "a 101 without one Sec-WebSocket-Accept"},
        {"another key's Accept", changed(rfc_accept, "t3pPLMBiTxaQ9kYGzzhZRbK+xOo="), foreign},
        {"Accept in another case", changed(rfc_accept, "S3PPLMBITXAQ9KYGZZHZRBK+XOO="), foreign},
        {"an empty Accept", changed(rfc_accept, ""), foreign},
        {"an unasked extension", with_field("Sec-WebSocket-Extensions: permessage-deflate"),
         "an extension that nobody asked for"},
        {"a subprotocol that was not offered", with_field("Sec-WebSocket-Protocol: soap"),
         "a subprotocol that was not offered"},
        {"two subprotocols", with_field("Sec-WebSocket-Protocol: chat, superchat"),
         "a subprotocol that was not offered"},
        {"a subprotocol twice",
         with_field("Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: chat"),
         "a subprotocol that was not offered"},
        {"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", ""},
        {"a head without end", "HTTP/1.1 101 S\r\nX: " + string(70'000, 'x'),
         "the head is longer than 64 KiB"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        auto check = [&](const Answered& answered) {
            REQUIRE(answered.status == ParseStatus::bad);
            REQUIRE((row.problem.empty() || answered.problem == row.problem));
        };
        if (row.bytes.size() < 1000) {
            in_all_deliveries(row.bytes, check);
        } else {
            check(answered(row.bytes, row.bytes.size(), 1));
            check(answered(row.bytes, 4096, 4096));
            check(answered(row.bytes, 4095, 100));
        }
    }
}

TEST_CASE("interim answers without end are a fault") {
    string interims;
    for (int i = 0; i < 33; ++i) {
        interims += "HTTP/1.1 100 Continue\r\n\r\n";
    }
    CHECK(answered(interims, interims.size(), 1).problem == "too many interim responses");
    CHECK(answered(interims, 1, 1).status == ParseStatus::bad);
}

TEST_CASE("requests that are no upgrade, from the server's side") {
    struct Row {
        string what, lines;
        int status;
    };
    const string good = "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
                        string(rfc_key) + "\r\n";
    auto without = [&](std::string_view from, std::string_view to = "") {
        string lines = good;
        return lines.replace(lines.find(from), from.size(), to);
    };
    const Row rows[] = {
        {"a good one", good, 101},
        {"a plain GET", "", 426},
        {"no Connection", without("Connection: keep-alive, Upgrade\r\n"), 426},
        {"another Upgrade", without("websocket", "h2c"), 426},
        {"version 8", without("13", "8"), 426},
        {"no version", without("Sec-WebSocket-Version: 13\r\n"), 426},
        {"no key", without("Sec-WebSocket-Key", "X"), 400},
        {"two keys", good + "Sec-WebSocket-Key: " + string(rfc_key) + "\r\n", 400},
        {"a short key", without("ZQ==", ""), 400},
        {"a key of 18 bytes", without("ZQ==", "ZQAA"), 400},
        {"a key that is no base64", without("dGhl", "d*hl"), 400},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        string bytes = "GET /ws/echo HTTP/1.1\r\nHost: x\r\n" + row.lines + "\r\n";
        ParsedRequest parsed = parse_request_head(bytes);
        REQUIRE(parsed.status == ParseStatus::complete);
        CHECK(read_upgrade_request(parsed.head).status == row.status);
        bytes.replace(0, 3, "PUT");
        CHECK(read_upgrade_request(parse_request_head(bytes).head).status == 405);
    }
}
