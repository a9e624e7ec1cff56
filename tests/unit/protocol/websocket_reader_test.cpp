#include "protocol/websocket_reader.hpp"

#include "websocket_listener.hpp"

#include <doctest/doctest.h>

using namespace ringblast;
using namespace ringblast::test;

namespace {

using Heard = std::vector<std::string>;
using std::string;

/// Whole, at every cut in two, byte by byte and in threes.
template <class Check>
void in_all_deliveries(const string& bytes, WebSocketRole role, Check check) {
    check(hear(bytes, bytes.size(), 1, role));
    check(hear(bytes, 0, 1, role));
    check(hear(bytes, 0, 3, role));
    if (bytes.size() < 400) {
        for (size_t first = 1; first < bytes.size(); ++first) {
            check(hear(bytes, first, bytes.size(), role));
        }
    } else {
        check(hear(bytes, 3, 1460, role));
        check(hear(bytes, 200, 2048, role));
    }
}

const string smile = "\xf0\x9f\x98\x80";

} // namespace

TEST_CASE("good frames of a server, in all deliveries") {
    struct Row {
        std::string what;
        string bytes;
        Heard heard;
    };
    const Row rows[] = {
        {"RFC 6455 § 5.7: Hello", "\x81\x05Hello", {"text Hello"}},
        {"in two fragments", "\x01\x03Hel\x80\x02lo", {"text Hello"}},
        {"a ping with text", "\x89\x05Hello", {"ping Hello"}},
        {"nothing in it", string("\x81\0", 2), {"text "}},
        {"nothing in any fragment", string("\x01\0\0\0\x80\0", 6), {"text "}},
        {"an empty first fragment", string("\x02\0\x80\x01x", 5), {"binary x"}},
        {"two messages",
         "\x81\x01"
         "a\x82\x01"
         "b",
         {"text a", "binary b"}},
        {"125 bytes", raw({.payload = string(125, 'x')}), {"text " + string(125, 'x')}},
        {"126 bytes", raw({.payload = string(126, 'x')}), {"text " + string(126, 'x')}},
        {"65535 bytes", raw({.payload = string(65535, 'x')}), {"text " + string(65535, 'x')}},
        {"65536 bytes",
         raw({.opcode = 2, .payload = string(65536, '\xff')}),
         {"binary " + string(65536, '\xff')}},
        {"an unasked pong", string("\x8a\0", 2), {"pong "}},
        {"the longest ping",
         raw({.opcode = 9, .payload = string(125, '\xfe')}),
         {"ping " + string(125, '\xfe')}},
        {"a ping within a message",
         "\x01\x01"
         "a\x89\x02hi\x80\x01"
         "b",
         {"ping hi", "text ab"}},
        {"many controls within a message",
         raw({.opcode = 2, .payload = "a", .final = false}) + raw({.opcode = 9}) +
             raw({.opcode = 10, .payload = "p"}) +
             raw({.opcode = 0, .payload = "b", .final = false}) +
             raw({.opcode = 9, .payload = "q"}) + raw({.opcode = 0}),
         {"ping ", "pong p", "ping q", "binary ab"}},
        {"a character cut by fragments",
         raw({.payload = smile.substr(0, 1), .final = false}) +
             raw({.opcode = 0, .payload = smile.substr(1, 2), .final = false}) +
             raw({.opcode = 9, .payload = "\xff"}) + raw({.opcode = 0, .payload = smile.substr(3)}),
         {"ping \xff", "text " + smile}},
        {"a close without a code", string("\x88\0", 2), {"close 1005 "}},
        {"a close with a code",
         raw({.opcode = 8, .payload = close_payload(1000)}),
         {"close 1000 "}},
        {"a close with a reason",
         raw({.opcode = 8, .payload = close_payload(4999, "so " + smile)}),
         {"close 4999 so " + smile}},
        {"a close within a message",
         "\x01\x01"
         "a" +
             raw({.opcode = 8, .payload = close_payload(1001)}),
         {"close 1001 "}},
        {"what follows a close is dropped",
         raw({.opcode = 8, .payload = close_payload(1000)}) + "\xff\xff\x81\x01"
                                                              "a",
         {"close 1000 "}},
        {"half a frame", "\x81\x05Hell", {}},
        {"half a header", string("\x81\x7f\0\0\0", 5), {}},
        {"half a ping", "\x89\x05Hell", {}},
        {"an unfinished message", "\x01\x05Hello", {}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        in_all_deliveries(row.bytes, WebSocketRole::client,
                          [&](const Heard& heard) { REQUIRE(heard == row.heard); });
    }
}

TEST_CASE("bad frames of a server, in all deliveries") {
    struct Row {
        std::string what;
        string bytes;
        Heard heard;
    };
    const string reserved = "bad 1002 a reserved bit is set without an extension";
    const string longer = "bad 1002 a length longer than its shortest form";
    const string not_text = "bad 1007 text that is not UTF-8";
    const Row rows[] = {
        {"the bit of compression", raw({.payload = "a", .reserved = 4}), {reserved}},
        {"another reserved bit", raw({.payload = "a", .reserved = 1}), {reserved}},
        {"a reserved bit in a ping", raw({.opcode = 9, .reserved = 2}), {reserved}},
        {"a reserved bit in the second message",
         "\x81\x01"
         "a\xc1\x01"
         "b",
         {"text a", reserved}},
        {"opcode 3", raw({.opcode = 3}), {"bad 1002 a reserved opcode"}},
        {"opcode 7", raw({.opcode = 7}), {"bad 1002 a reserved opcode"}},
        {"opcode 11", raw({.opcode = 11}), {"bad 1002 a reserved opcode"}},
        {"opcode 15", raw({.opcode = 15}), {"bad 1002 a reserved opcode"}},
        {"masked", raw({.payload = "a", .masked = true}), {"bad 1002 a server's frame masked"}},
        {"a masked ping", raw({.opcode = 9, .masked = true}), {"bad 1002 a server's frame masked"}},
        {"126 bytes in a ping",
         raw({.opcode = 9, .payload = string(126, 'a')}),
         {"bad 1002 a control frame longer than 125 bytes"}},
        {"a close of 64 KiB",
         raw({.opcode = 8, .payload = string(65536, 'a')}),
         {"bad 1002 a control frame longer than 125 bytes"}},
        {"a ping in fragments",
         raw({.opcode = 9, .final = false}),
         {"bad 1002 a control frame in fragments"}},
        {"a close in fragments",
         raw({.opcode = 8, .final = false}),
         {"bad 1002 a control frame in fragments"}},
        {"a continuation of nothing",
         raw({.opcode = 0, .payload = "a"}),
         {"bad 1002 a continuation without a message to continue"}},
        {"a continuation of a finished message",
         raw({.payload = "a"}) + raw({.opcode = 0}),
         {"text a", "bad 1002 a continuation without a message to continue"}},
        {"a message within a message",
         raw({.final = false}) + raw({.payload = "a"}),
         {"bad 1002 a new message within an unfinished one"}},
        {"125 in two bytes", raw({.payload = string(125, 'a'), .length_size = 2}), {longer}},
        {"none in two bytes", raw({.length_size = 2}), {longer}},
        {"65535 in eight bytes", raw({.payload = string(65535, 'a'), .length_size = 8}), {longer}},
        {"one in eight bytes", raw({.payload = "a", .length_size = 8}), {longer}},
        {"a length of 2^63",
         string("\x82\x7f\x80\0\0\0\0\0\0\0", 10),
         {"bad 1002 a length of 2^63 or more"}},
        {"the longest length",
         string("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 10),
         {"bad 1009 a message longer than the limit"}},
        {"a close code of one byte",
         raw({.opcode = 8, .payload = "a"}),
         {"bad 1002 a close code of one byte"}},
        {"a close reason that is not UTF-8",
         raw({.opcode = 8, .payload = close_payload(1000, "\xc3(")}),
         {"bad 1007 a close reason that is not UTF-8"}},
        {"a close reason that ends within a character",
         raw({.opcode = 8, .payload = close_payload(1000, "\xc3")}),
         {"bad 1007 a close reason that is not UTF-8"}},
        {"text that is not UTF-8", raw({.payload = "a\xc0\xaf"}), {not_text}},
        {"text that ends within a character", raw({.payload = "a\xc3"}), {not_text}},
        {"a wrong character in the first fragment",
         raw({.payload = "\xed\xa0", .final = false}),
         {not_text}},
        {"a fragment that does not go on",
         raw({.payload = "\xe2\x82", .final = false}) +
             raw({.opcode = 0, .payload = "a", .final = false}),
         {not_text}},
        {"the last fragment ends within a character",
         raw({.payload = "a", .final = false}) + raw({.opcode = 0, .payload = "\xc3"}),
         {not_text}},
        {"an empty last fragment within a character",
         raw({.payload = "\xc3", .final = false}) + raw({.opcode = 0}),
         {not_text}},
        {"what follows a fault is dropped",
         raw({.opcode = 3}) + raw({.payload = "a"}),
         {"bad 1002 a reserved opcode"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        in_all_deliveries(row.bytes, WebSocketRole::client,
                          [&](const Heard& heard) { REQUIRE(heard == row.heard); });
    }
}

TEST_CASE("a server's reader unmasks, and takes nothing that is not masked") {
    struct Row {
        std::string what;
        string bytes;
        Heard heard;
    };
    const Row rows[] = {
        {"RFC 6455 § 5.7: Hello", "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", {"text Hello"}},
        {"nothing", raw({.masked = true}), {"text "}},
        {"a ping within fragments",
         raw({.payload = "abcdefg", .final = false, .masked = true}) +
             raw({.opcode = 9, .payload = "ping!", .masked = true, .key = "wxyz"}) +
             raw({.opcode = 0, .payload = smile, .masked = true, .key = "1234"}),
         {"ping ping!", "text abcdefg" + smile}},
        {"more than the scratch holds",
         raw({.opcode = 2, .payload = string(40'000, 'x'), .masked = true}),
         {"binary " + string(40'000, 'x')}},
        {"a close",
         raw({.opcode = 8, .payload = close_payload(1000, "bye"), .masked = true}),
         {"close 1000 bye"}},
        {"unmasked", raw({.payload = "a"}), {"bad 1002 a client's frame unmasked"}},
        {"an unmasked close", raw({.opcode = 8}), {"bad 1002 a client's frame unmasked"}},
        {"the second one unmasked",
         raw({.payload = "a", .masked = true}) + raw({.payload = "b"}),
         {"text a", "bad 1002 a client's frame unmasked"}},
        {"text that is not UTF-8",
         raw({.payload = "\xff", .masked = true}),
         {"bad 1007 text that is not UTF-8"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        in_all_deliveries(row.bytes, WebSocketRole::server,
                          [&](const Heard& heard) { REQUIRE(heard == row.heard); });
    }
}

TEST_CASE("which close codes may be sent") {
    const int good[] = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010,
                        1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999};
    for (int code : good) {
        CAPTURE(code);
        CHECK(is_valid_close_code(static_cast<uint16_t>(code)));
    }
    const int bad[] = {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535};
    for (int code : bad) {
        CAPTURE(code);
        string bytes = raw({.opcode = 8, .payload = close_payload(code)});
        CHECK(hear(bytes, 0, 1) == Heard{"bad 1002 a close code that must not be sent"});
    }
}

TEST_CASE("the limit of a message counts all its fragments and is told before the payload") {
    const string part = raw({.opcode = 2, .payload = string(60, 'a'), .final = false});
    const string more = raw({.opcode = 0, .payload = string(40, 'a'), .final = false});
    const string end = raw({.opcode = 0});
    const Heard too_long = {"bad 1009 a message longer than the limit"};
    CHECK(hear(part + more + end, 0, 7, WebSocketRole::client, 100) ==
          Heard{"binary " + string(100, 'a')});
    CHECK(hear(part + more.substr(0, 2), 0, 7, WebSocketRole::client, 99) == too_long);
    CHECK(hear("\x81\x65", 2, 1, WebSocketRole::client, 100) == too_long);
    CHECK(hear(raw({.payload = string(101, 'a')}), 103, 1, WebSocketRole::client, 100) == too_long);
    // The next message starts from nothing again.
    const string whole = raw({.payload = string(100, 'a')});
    CHECK(hear(whole + whole, 0, 50, WebSocketRole::client, 100).size() == 2);
}

TEST_CASE("a message is told when its header is there, and in parts as it comes") {
    Listener listener;
    WebSocketEvent event = listener.reader.read("\x01\x05", listener.rules);
    CHECK(event.kind == WebSocketEvent::Kind::data);
    CHECK(event.first);
    CHECK(!event.last);
    CHECK(event.payload.empty());
    CHECK(listener.reader.message_size() == 5);
    event = listener.reader.read("He", listener.rules);
    CHECK(!event.first);
    CHECK(event.payload == "He");
    event = listener.reader.read({"llo\x80\0", 5}, listener.rules);
    CHECK(event.payload == "llo");
    CHECK(!event.last);
    CHECK(event.consumed == 3);
    CHECK(!listener.reader.is_between_messages());
    event = listener.reader.read({"\x80\0", 2}, listener.rules);
    CHECK(event.last);
    CHECK(event.payload.empty());
    CHECK(listener.reader.is_between_messages());
}

TEST_CASE("without memory for an unfinished control frame the connection fails, others go on") {
    std::vector<char> scratch(125);
    HeadPool pool(0);
    WebSocketRules rules{.pool = &pool, .scratch = scratch};
    WebSocketReader reader;
    CHECK(reader.read("\x89\x02hi", rules).payload == "hi");
    WebSocketEvent event = reader.read("\x89\x02h", rules);
    CHECK(event.kind == WebSocketEvent::Kind::bad);
    CHECK(event.close_code == close_internal_error);
    reader.abandon(pool);
    CHECK(pool.blocks_taken() == 0);
}
