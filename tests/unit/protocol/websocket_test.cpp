#include "protocol/websocket.hpp"

#include "websocket_listener.hpp"

#include <doctest/doctest.h>

using namespace ringblast;
using namespace ringblast::test;

namespace {

using Heard = std::vector<std::string>;
using std::string;

string written(const FrameSpec& spec, std::string_view payload) {
    string bytes(frame_size(payload.size(), spec.mask_key.has_value()), '?');
    char* end = write_frame(bytes.data(), spec, payload);
    CHECK(end == bytes.data() + bytes.size());
    return bytes;
}

string written(const MessageSpec& spec, std::string_view payload) {
    string bytes(message_size(spec, payload.size()), '?');
    char* end = write_message(bytes.data(), spec, payload);
    CHECK(end == bytes.data() + bytes.size());
    return bytes;
}

constexpr MaskKey rfc_mask = 0x3d21fa37; // 37 fa 21 3d in memory

} // namespace

TEST_CASE("frames are written byte for byte") {
    struct Row {
        std::string what;
        FrameSpec spec;
        string payload, bytes;
    };
    const Row rows[] = {
        {"RFC 6455 § 5.7: unmasked", {}, "Hello", "\x81\x05Hello"},
        {"RFC 6455 § 5.7: masked",
         {.mask_key = rfc_mask},
         "Hello",
         "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"},
        {"a first fragment", {.final = false}, "Hel", "\x01\x03Hel"},
        {"a last one", {.opcode = Opcode::continuation}, "lo", "\x80\x02lo"},
        {"a ping", {.opcode = Opcode::ping}, "Hello", "\x89\x05Hello"},
        {"256 bytes",
         {.opcode = Opcode::binary},
         string(256, 'x'),
         string("\x82\x7e\x01\x00", 4) + string(256, 'x')},
        {"64 KiB",
         {.opcode = Opcode::binary},
         string(65536, 'x'),
         string("\x82\x7f\0\0\0\0\0\x01\0\0", 10) + string(65536, 'x')},
        {"125 bytes", {}, string(125, 'x'), "\x81\x7d" + string(125, 'x')},
        {"126 bytes", {}, string(126, 'x'), string("\x81\x7e\0\x7e", 4) + string(126, 'x')},
        {"65535 bytes", {}, string(65535, 'x'), "\x81\x7e\xff\xff" + string(65535, 'x')},
        {"nothing, masked", {.mask_key = rfc_mask}, "", "\x81\x80\x37\xfa\x21\x3d"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        CHECK(written(row.spec, row.payload) == row.bytes);
        REQUIRE(frame_header_size_max >= row.bytes.size() - row.payload.size());
    }
}

TEST_CASE("masking is the same for every size, place and cut, and undoes itself") {
    string text;
    for (int i = 0; i < 100; ++i) {
        text += static_cast<char>(i * 37);
    }
    for (size_t size = 0; size <= text.size(); ++size) {
        std::string_view part = std::string_view(text).substr(text.size() - size);
        string expected(part);
        for (size_t i = 0; i < size; ++i) {
            expected[i] = static_cast<char>(part[i] ^ "\x37\xfa\x21\x3d"[i % 4]);
        }
        string masked(size, '?');
        copy_masked(masked.data(), part, rfc_mask);
        REQUIRE(masked == expected);
        for (size_t cut = 0; cut <= size; ++cut) {
            string in_parts(size, '?');
            MaskKey key = copy_masked(in_parts.data(), part.substr(0, cut), rfc_mask);
            copy_masked(in_parts.data() + cut, part.substr(cut), key);
            REQUIRE(in_parts == expected);
        }
        copy_masked(masked.data(), masked, rfc_mask);
        REQUIRE(masked == part);
    }
}

TEST_CASE("messages in any fragments are read back by the other end") {
    const string text = "a text with \xc3\xa9 and \xf0\x9f\x98\x80 in it, long enough for some";
    const RandomKey mask{.seed = 7, .stream = 3};
    for (size_t fragment_size = 0; fragment_size <= text.size() + 1; ++fragment_size) {
        CAPTURE(fragment_size);
        MessageSpec from_client{.fragment_size = fragment_size, .mask = mask, .mask_counter = 5};
        MessageSpec from_server{.fragment_size = fragment_size};
        uint64_t frames =
            fragment_size == 0 ? 1 : (text.size() + fragment_size - 1) / fragment_size;
        CHECK(frame_count(from_client, text.size()) == frames);
        CHECK(hear(written(from_client, text), 0, 5, WebSocketRole::server) ==
              Heard{"text " + text});
        CHECK(hear(written(from_server, text), 0, 5) == Heard{"text " + text});
    }
    CHECK(written(MessageSpec{.opcode = Opcode::binary, .fragment_size = 4}, "") ==
          string("\x82\0", 2));
    CHECK(frame_count({.fragment_size = 4}, 8) == 2);
}

TEST_CASE("each frame has its own key, the same in each run") {
    const MessageSpec spec{.fragment_size = 4, .mask = RandomKey{.seed = 7}, .mask_counter = 9};
    const string bytes = written(spec, "abcdefgh");
    REQUIRE(bytes.size() == 20);
    CHECK(bytes.substr(2, 4) != bytes.substr(12, 4));
    MaskKey second = mask_key({.seed = 7}, 10);
    CHECK(bytes.substr(12, 4) == string(reinterpret_cast<const char*>(&second), 4));
    CHECK(written(spec, "abcdefgh") == bytes);
}

TEST_CASE("closes are written with a code, with a reason and with none") {
    char bytes[frame_size(control_size_max, true)];
    auto closed = [&](std::optional<MaskKey> key, uint16_t code, std::string_view reason) {
        return string(bytes, write_close(bytes, key, code, reason));
    };
    CHECK(closed({}, close_normal, "") == "\x88\x02\x03\xe8");
    CHECK(closed({}, close_protocol_error, "why") == "\x88\x05\x03\xeawhy");
    CHECK(closed({}, close_no_code, "") == string("\x88\0", 2));
    string longest(close_reason_size_max, 'r');
    CHECK(hear(closed(rfc_mask, 4000, longest), 0, 7, WebSocketRole::server) ==
          Heard{"close 4000 " + longest});
}

TEST_CASE("each end says close once, and the code that is reported is the peer's if it has one") {
    SUBCASE("nobody says it") {
        CloseHandshake close;
        CHECK(close.is_open());
        CHECK(close.code() == close_abnormal);
    }
    SUBCASE("we go first") {
        CloseHandshake close;
        CHECK(close.start());
        CHECK(!close.is_open());
        CHECK(!close.is_done());
        CHECK(!close.start());
        CHECK(close.code() == close_abnormal);
        CHECK(!close.on_close(close_normal));
        CHECK(close.is_done());
        CHECK(close.code() == close_normal);
    }
    SUBCASE("the peer goes first") {
        CloseHandshake close;
        CHECK(close.on_close(close_no_code));
        CHECK(close.is_done());
        CHECK(!close.start());
        CHECK(close.code() == close_no_code);
    }
    SUBCASE("the peer breaks the rules and says no more") {
        CloseHandshake close;
        CHECK(close.fail(close_bad_text));
        CHECK(!close.is_done());
        CHECK(close.code() == close_bad_text);
    }
    SUBCASE("the peer breaks the rules after our close") {
        CloseHandshake close;
        CHECK(close.start());
        CHECK(!close.fail(close_protocol_error));
        CHECK(close.code() == close_protocol_error);
    }
}
