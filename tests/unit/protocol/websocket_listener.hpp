// Reads frames as a connection would, whatever way their bytes are cut, and says in words what came
// out of it. Frames are written by hand here, so that wrong ones can be, too.
#pragma once

#include "guarded.hpp"
#include "protocol/websocket_reader.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast::test {

/// Bytes of a frame that need not be right.
struct RawFrame {
    int opcode = 1;
    std::string payload{};
    bool final = true;
    int reserved = 0;     ///< 0..7
    int length_size = -1; ///< 0, 2 or 8 bytes of length; -1: the right one
    bool masked = false;
    std::string key = "\x11\x22\x33\x44";
};

inline std::string raw(const RawFrame& frame) {
    std::string bytes;
    bytes += static_cast<char>((frame.final ? 0x80 : 0) | frame.reserved << 4 | frame.opcode);
    size_t size = frame.payload.size();
    int length_size = frame.length_size >= 0 ? frame.length_size
                      : size > 0xffff        ? 8
                      : size > 125           ? 2
                                             : 0;
    int mark = length_size == 0 ? static_cast<int>(size) : length_size == 2 ? 126 : 127;
    bytes += static_cast<char>((frame.masked ? 0x80 : 0) | mark);
    for (int i = length_size; i-- > 0;) {
        bytes += static_cast<char>(uint64_t{size} >> 8 * i);
    }
    std::string payload = frame.payload;
    if (frame.masked) {
        bytes += frame.key;
        for (size_t i = 0; i < payload.size(); ++i) {
            payload[i] = static_cast<char>(payload[i] ^ frame.key[i % 4]);
        }
    }
    return bytes + payload;
}

inline std::string close_payload(int code, std::string_view reason = {}) {
    return {std::string{static_cast<char>(code >> 8), static_cast<char>(code & 255)} +
            std::string(reason)};
}

class Listener {
public:
    explicit Listener(WebSocketRole role = WebSocketRole::client, size_t scratch_size = 16'384)
        : scratch_(scratch_size) {
        rules.role = role;
        rules.pool = &pool_;
        rules.scratch = scratch_;
    }

    /// One portion of bytes.
    void hear(std::string_view bytes) {
        while (!bytes.empty()) {
            WebSocketEvent event = reader.read(bytes, rules);
            sound_ = sound_ && event.consumed <= bytes.size() && event.consumed > 0;
            if (!sound_) {
                heard.push_back("consumed too much or nothing");
                return;
            }
            bytes.remove_prefix(event.consumed);
            note(event);
        }
    }

    WebSocketReader reader;
    WebSocketRules rules;
    std::vector<std::string> heard; ///< whole messages, controls and the end
    size_t blocks_taken() const { return pool_.blocks_taken(); }
    void hang_up() { reader.abandon(pool_); }

private:
    void note(const WebSocketEvent& event) {
        using Kind = WebSocketEvent::Kind;
        std::string payload(event.payload);
        switch (event.kind) {
        case Kind::need_more:
            break;
        case Kind::data:
            if (event.first != !in_message_) {
                heard.push_back("a message that starts twice or never");
            }
            message_ = event.first ? payload : message_ + payload;
            in_message_ = !event.last;
            if (event.last) {
                heard.push_back((event.opcode == Opcode::text ? "text " : "binary ") + message_);
            }
            break;
        case Kind::ping:
            heard.push_back("ping " + payload);
            break;
        case Kind::pong:
            heard.push_back("pong " + payload);
            break;
        case Kind::close:
            heard.push_back("close " + std::to_string(event.close_code) + " " + payload);
            break;
        case Kind::bad:
            heard.push_back("bad " + std::to_string(event.close_code) + " " + event.problem);
            break;
        }
    }

    std::vector<char> scratch_;
    HeadPool pool_;
    std::string message_;
    bool in_message_ = false;
    bool sound_ = true;
};

/// What is heard of `bytes` in pieces of `piece_size` behind a first one of `first_size`; with
/// "leaked" where a block of the pool was not given back.
inline std::vector<std::string> hear(std::string_view bytes, size_t first_size, size_t piece_size,
                                     WebSocketRole role = WebSocketRole::client,
                                     uint64_t message_size_max = 1 << 20) {
    static GuardedBytes guarded(2 << 20);
    Listener listener(role);
    listener.rules.message_size_max = message_size_max;
    listener.hear(guarded.put(bytes.substr(0, first_size)));
    for (size_t at = first_size; at < bytes.size(); at += piece_size) {
        listener.hear(guarded.put(bytes.substr(at, piece_size)));
    }
    listener.hang_up();
    if (listener.blocks_taken() != 0) {
        listener.heard.push_back("leaked");
    }
    return listener.heard;
}

} // namespace ringblast::test
