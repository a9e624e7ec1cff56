// What groups 1 to 7 of the Autobahn test suite ask of a client that echoes, told anew as tables:
// frames of the server and what the client must say, in all deliveries. The numbers are Autobahn's.
#include "websocket_echo.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace ringblast;
using namespace ringblast::test;

namespace {

using Heard = std::vector<std::string>;
using std::string;

struct Row {
    string what;
    std::vector<RawFrame> frames; ///< of the server, which then says close 1000
    Heard heard;                  ///< from the client
};

const string good_bye = "close 1000 ";
const Heard protocol_error = {"close 1002 "};
const Heard bad_text = {"close 1007 "};
constexpr int more = 0, text = 1, binary = 2, close_frame = 8, ping = 9, pong = 10;

/// What the client says to `bytes` in pieces of `piece_size`.
Heard said(std::string_view bytes, size_t piece_size) {
    EchoClient client;
    Listener server(WebSocketRole::server);
    for (size_t at = 0; at < bytes.size(); at += piece_size) {
        server.hear(client.on_received(bytes.substr(at, piece_size)));
    }
    server.hang_up();
    CHECK(!client.closing().is_open());
    return server.heard;
}

void run(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        CAPTURE(row.what);
        string bytes;
        for (const RawFrame& frame : row.frames) {
            bytes += raw(frame);
        }
        bytes += raw({.opcode = close_frame, .payload = close_payload(1000)});
        for (size_t piece_size : {bytes.size(), size_t{1}, size_t{3}, size_t{997}}) {
            CAPTURE(piece_size);
            REQUIRE(said(bytes, piece_size) == row.heard);
        }
    }
}

std::vector<RawFrame> repeated(const RawFrame& frame, size_t count) {
    return std::vector<RawFrame>(count, frame);
}

} // namespace

TEST_CASE("group 1: messages of all sizes come back") {
    std::vector<Row> rows;
    for (size_t size : {0, 125, 126, 127, 128, 65535, 65536}) {
        string stars(size, '*');
        string bytes(size, '\xfe');
        rows.push_back({"1.1: text of " + std::to_string(size),
                        {{.opcode = text, .payload = stars}},
                        {"text " + stars, good_bye}});
        rows.push_back({"1.2: binary of " + std::to_string(size),
                        {{.opcode = binary, .payload = bytes}},
                        {"binary " + bytes, good_bye}});
    }
    run(rows);
}

TEST_CASE("group 2: pings and pongs") {
    const string octets = string("\0\xff\xfe\xfd\xfc\xfb\0\xff", 8);
    const RawFrame hello{.opcode = ping, .payload = "Hello"};
    Heard ten_pongs(10, "pong Hello");
    ten_pongs.push_back(good_bye);
    run({
        {"2.1: a ping of nothing", {{.opcode = ping}}, {"pong ", good_bye}},
        {"2.2: a ping with text", {hello}, {"pong Hello", good_bye}},
        {"2.3: a ping with any bytes",
         {{.opcode = ping, .payload = octets}},
         {"pong " + octets, good_bye}},
        {"2.4, 2.6: 125 bytes",
         {{.opcode = ping, .payload = string(125, '\xfe')}},
         {"pong " + string(125, '\xfe'), good_bye}},
        {"2.5: 126 bytes", {{.opcode = ping, .payload = string(126, '\xfe')}}, protocol_error},
        {"2.7: an unasked pong", {{.opcode = pong}}, {good_bye}},
        {"2.8: an unasked pong with text", {{.opcode = pong, .payload = "unasked"}}, {good_bye}},
        {"2.9: the same and a ping",
         {{.opcode = pong, .payload = "unasked"}, hello},
         {"pong Hello", good_bye}},
        {"2.10, 2.11: ten pings", repeated(hello, 10), ten_pongs},
    });
}

TEST_CASE("group 3: reserved bits") {
    const RawFrame hello{.opcode = text, .payload = "Hello"};
    const Heard after_one = {"text Hello", "close 1002 "};
    auto reserved = [](int bits, int opcode) {
        return RawFrame{.opcode = opcode, .payload = "Hello", .reserved = bits};
    };
    run({
        {"3.1: the third", {reserved(1, text)}, protocol_error},
        {"3.2: the second, behind a good message",
         {hello, reserved(2, text), {.opcode = ping}},
         after_one},
        {"3.3, 3.4: two and three", {hello, reserved(3, text), {.opcode = ping}}, after_one},
        {"3.4: the first", {hello, reserved(4, text), {.opcode = ping}}, after_one},
        {"3.5: in binary", {reserved(5, binary)}, protocol_error},
        {"3.6: in a ping", {reserved(6, ping)}, protocol_error},
        {"3.7: in a close",
         {{.opcode = close_frame, .payload = close_payload(1000), .reserved = 7}},
         protocol_error},
    });
}

TEST_CASE("group 4: reserved opcodes") {
    const RawFrame hello{.opcode = text, .payload = "Hello"};
    std::vector<Row> rows;
    for (int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
        string number = std::to_string(opcode);
        rows.push_back({"4.1.1, 4.2.1: " + number, {{.opcode = opcode}}, protocol_error});
        rows.push_back({"4.1.2, 4.2.2: " + number + " with payload",
                        {{.opcode = opcode, .payload = "what"}},
                        protocol_error});
        rows.push_back({"4.1.3, 4.2.3: " + number + " behind a message, a ping behind it",
                        {hello, {.opcode = opcode}, {.opcode = ping}},
                        {"text Hello", "close 1002 "}});
    }
    run(rows);
}

TEST_CASE("group 5: fragments") {
    const RawFrame first{.opcode = text, .payload = "frag1", .final = false};
    const RawFrame middle{.opcode = more, .payload = "frag2", .final = false};
    const RawFrame last{.opcode = more, .payload = "frag3"};
    const RawFrame whole{.opcode = text, .payload = "whole"};
    const RawFrame between{.opcode = ping, .payload = "between"};
    run({
        {"5.1: a ping in two",
         {{.opcode = ping, .payload = "a", .final = false}, last},
         protocol_error},
        {"5.2: a pong in two",
         {{.opcode = pong, .payload = "a", .final = false}, last},
         protocol_error},
        {"5.3 to 5.5: a text in two", {first, last}, {"text frag1frag3", good_bye}},
        {"5.6 to 5.8: a ping between",
         {first, between, last},
         {"pong between", "text frag1frag3", good_bye}},
        {"5.9 to 5.11: a last fragment of nothing", {last, whole}, protocol_error},
        {"5.12 to 5.14: a fragment of nothing", {middle, whole}, protocol_error},
        {"5.15: one behind a finished message",
         {first, last, middle, whole},
         {"text frag1frag3", "close 1002 "}},
        {"5.16, 5.17: the same again", {last, first, last}, protocol_error},
        {"5.18: the second fragment is no continuation",
         {first, {.opcode = text, .payload = "frag2"}},
         protocol_error},
        {"5.19, 5.20: five fragments, pings between",
         {first, middle, between, middle, middle, between, last},
         {"pong between", "pong between", "text frag1frag2frag2frag2frag3", good_bye}},
    });
}

namespace {

/// Texts that are UTF-8, by Autobahn's groups 6.2 and 6.5 to 6.23.
const std::vector<string> good_texts = {
    "Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!",
    "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5",
    string("\0", 1),
    "\xc2\x80",
    "\xe0\xa0\x80",
    "\xf0\x90\x80\x80",
    "\x7f",
    "\xdf\xbf",
    "\xef\xbf\xbf",
    "\xf4\x8f\xbf\xbf",
    "\xed\x9f\xbf",
    "\xee\x80\x80",
    "\xef\xbf\xbd",
    "\xef\xbf\xbe",
    "\xf0\x9f\xbf\xbe",
    "\xf3\xaf\xbf\xbf",
    "\xf0\x9d\x84\x9e",
};
const std::vector<string> bad_texts = {
    "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80"
    "edited",
    "\xf8\x88\x80\x80\x80",
    "\xfc\x84\x80\x80\x80\x80",
    "\xf7\xbf\xbf\xbf",
    "\xfb\xbf\xbf\xbf\xbf",
    "\xfd\xbf\xbf\xbf\xbf\xbf",
    "\xf4\x90\x80\x80",
    "\x80",
    "\xbf",
    "\x80\xbf",
    "\x80\xbf\x80\xbf\x80\xbf",
    "\xc0 \xc1 ",
    "\xe0 \xe1 \xef ",
    "\xf0 \xf4 \xf7 ",
    "\xf8 \xfb ",
    "\xfc \xfd ",
    "\xc0",
    "\xe0\x80",
    "\xf0\x80\x80",
    "\xf8\x80\x80\x80",
    "\xdf",
    "\xef\xbf",
    "\xf7\xbf\xbf",
    "\xfe",
    "\xff",
    "\xfe\xfe\xff\xff",
    "\xc0\xaf",
    "\xe0\x80\xaf",
    "\xf0\x80\x80\xaf",
    "\xc1\xbf",
    "\xe0\x9f\xbf",
    "\xf0\x8f\xbf\xbf",
    "\xc0\x80",
    "\xe0\x80\x80",
    "\xf0\x80\x80\x80",
    "\xed\xa0\x80",
    "\xed\xad\xbf",
    "\xed\xae\x80",
    "\xed\xaf\xbf",
    "\xed\xb0\x80",
    "\xed\xbe\x80",
    "\xed\xbf\xbf",
    "\xed\xa0\x80\xed\xb0\x80",
    "\xed\xaf\xbf\xed\xbf\xbf",
};

/// One frame per byte.
std::vector<RawFrame> byte_frames(std::string_view bytes) {
    std::vector<RawFrame> frames;
    for (size_t i = 0; i < bytes.size(); ++i) {
        frames.push_back({.opcode = i == 0 ? text : more,
                          .payload = string(bytes.substr(i, 1)),
                          .final = i + 1 == bytes.size()});
    }
    return frames;
}

} // namespace

TEST_CASE("group 6: UTF-8, whole and a frame per byte") {
    std::vector<Row> rows = {
        {"6.1.1: nothing", {{.opcode = text}}, {"text ", good_bye}},
        {"6.1.2: nothing in three",
         {{.opcode = text, .final = false}, {.opcode = more, .final = false}, {.opcode = more}},
         {"text ", good_bye}},
        {"6.1.3: nothing around something",
         {{.opcode = text, .final = false},
          {.opcode = more, .payload = "middle", .final = false},
          {.opcode = more}},
         {"text middle", good_bye}},
    };
    for (const string& good : good_texts) {
        rows.push_back({good, {{.opcode = text, .payload = good}}, {"text " + good, good_bye}});
        rows.push_back({good + " in bytes", byte_frames(good), {"text " + good, good_bye}});
    }
    for (const string& bad : bad_texts) {
        rows.push_back({bad, {{.opcode = text, .payload = bad}}, bad_text});
        rows.push_back({bad + " in bytes", byte_frames(bad), bad_text});
    }
    run(rows);
}

TEST_CASE("6.4: text that cannot become UTF-8 is refused before its end is known") {
    const string start = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";
    const string wrong = "\xf4\x90"; // over U+10FFFF with its second byte
    EchoClient fragments;
    CHECK(fragments.on_received(raw({.payload = start, .final = false})).empty());
    CHECK(!fragments.on_received(raw({.opcode = more, .payload = wrong, .final = false})).empty());
    CHECK(fragments.closing().code() == close_bad_text);
    EchoClient in_one_frame;
    const string frame = raw({.payload = start + wrong + "\x80\x80 and the rest"});
    CHECK(in_one_frame.on_received(frame.substr(0, 2 + start.size() + 1)).empty());
    CHECK(!in_one_frame.on_received(frame.substr(2 + start.size() + 1, 1)).empty());
    CHECK(in_one_frame.closing().code() == close_bad_text);
}

TEST_CASE("group 7: closes") {
    const RawFrame bye{.opcode = close_frame, .payload = close_payload(1000)};
    const RawFrame hello{.opcode = text, .payload = "Hello"};
    const string large(256 * 1024, '*');
    auto closed = [](const string& payload) {
        return RawFrame{.opcode = close_frame, .payload = payload};
    };
    run({
        {"7.1.1: behind a message", {hello, bye}, {"text Hello", good_bye}},
        {"7.1.2: twice", {bye, bye}, {good_bye}},
        {"7.1.3: a ping behind it", {bye, {.opcode = ping}}, {good_bye}},
        {"7.1.4: a message behind it", {bye, hello}, {good_bye}},
        {"7.1.5: a fragment before and behind it",
         {{.opcode = text, .payload = "a", .final = false}, bye, {.opcode = more, .payload = "b"}},
         {good_bye}},
        {"7.1.6: 256 KiB before, more behind it",
         {{.opcode = text, .payload = large}, bye, {.opcode = ping}},
         {"text " + large, good_bye}},
        {"7.3.1: no payload", {closed("")}, {"close 1005 "}},
        {"7.3.2: one byte", {closed("a")}, protocol_error},
        {"7.3.3: a code", {closed(close_payload(1000))}, {good_bye}},
        {"7.3.4: a reason", {closed(close_payload(1000, "Hello World!"))}, {good_bye}},
        {"7.3.5: the longest reason", {closed(close_payload(1000, string(123, '*')))}, {good_bye}},
        {"7.3.6: a longer one", {closed(close_payload(1000, string(124, '*')))}, protocol_error},
        {"7.5.1: a reason that is not UTF-8",
         {closed(close_payload(1000, "\xce\xba\xed\xa0\x80"
                                     "edited"))},
         bad_text},
    });
    std::vector<Row> codes;
    for (int code :
         {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999}) {
        string number = std::to_string(code);
        codes.push_back(
            {"7.7: " + number, {closed(close_payload(code))}, {"close " + number + " "}});
    }
    for (int code : {0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535}) {
        codes.push_back(
            {"7.9, 7.13: " + std::to_string(code), {closed(close_payload(code))}, protocol_error});
    }
    run(codes);
}
