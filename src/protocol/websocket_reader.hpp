// Reads WebSocket frames (RFC 6455) wherever their bytes are cut, as strict as § 5 allows: reserved
// bits, opcodes, order of fragments, control frames of at most 125 bytes and never in fragments,
// shortest lengths below 2^63, masks exactly where they belong, UTF-8 of text over all fragments,
// codes and reasons of closes.
//
//     while (!bytes.empty()) {
//         WebSocketEvent event = reader.read(bytes, rules);
//         bytes.remove_prefix(event.consumed);
//         switch (event.kind) ...
//     }
//
// The payload is handed on as it comes, nothing of it is kept: whoever wants a message in one piece
// gathers it. A small message that came whole is one event and a view into the received bytes.
#pragma once

#include "protocol/head_pool.hpp"
#include "protocol/utf8.hpp"
#include "protocol/websocket.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace ringblast {

/// What all readers of one thread share.
struct WebSocketRules {
    WebSocketRole role = WebSocketRole::client;     ///< who reads: a client's peer does not mask
    uint64_t message_size_max = uint64_t{64} << 20; ///< larger ones are refused with 1009
    HeadPool* pool = nullptr; ///< holds control frames that have not come whole; not null
    /// Where a server unmasks, and control frames are joined; at least control_size_max bytes. An
    /// event of a server's reader holds no more than fits.
    std::span<char> scratch{};
};

struct WebSocketEvent {
    enum class Kind : uint8_t {
        need_more, ///< all bytes were used
        data,      ///< a part of a message: opcode, first, last, payload (may be empty)
        ping,      ///< payload, to be sent back in a pong
        pong,      ///< payload
        close,     ///< close_code (close_no_code without one); payload is the reason
        bad,       ///< fail the connection: send close_code, then end it; problem says why
    };
    Kind kind = Kind::need_more;
    Opcode opcode = Opcode::text; ///< of the message: text or binary
    bool first = false;           ///< the message starts with this part
    bool last = false;            ///< and ends with it
    uint16_t close_code = 0;
    size_t consumed = 0;
    std::string_view payload{}; ///< in the bytes read or in the scratch: valid until the next read
    const char* problem = "";   ///< with bad: a static text
};

class WebSocketReader {
public:
    WebSocketReader() {}

    /// Reads up to the next event. With need_more all of `bytes` was used. After close and bad
    /// everything is dropped. Allocates only in the pool (cold).
    WebSocketEvent read(std::string_view bytes, const WebSocketRules& rules) {
        if (is_between_messages() && rules.role == WebSocketRole::client && bytes.size() >= 2)
            [[likely]] {
            const uint8_t start = static_cast<uint8_t>(bytes[0]);
            const uint8_t size = static_cast<uint8_t>(bytes[1]);
            if ((start == whole_text || start == whole_binary) && size <= 125 &&
                bytes.size() - 2 >= size && size <= rules.message_size_max) [[likely]] {
                std::string_view payload = bytes.substr(2, size);
                if (start == whole_binary || is_utf8(payload)) [[likely]] {
                    return {.kind = WebSocketEvent::Kind::data,
                            .opcode = static_cast<Opcode>(start & 15),
                            .first = true,
                            .last = true,
                            .consumed = size_t{2} + size,
                            .payload = payload};
                }
            }
        }
        return read_slowly(bytes, rules);
    }

    /// Nothing is unfinished: neither a frame nor a message in fragments.
    bool is_between_messages() const {
        return phase_ == Phase::header && header_size_ == 0 &&
               message_opcode_ == Opcode::continuation;
    }
    /// Payload announced so far for the message in progress.
    uint64_t message_size() const { return message_size_; }

    /// Gives a block back to the pool and drops all state: for a connection that is gone.
    void abandon(HeadPool& pool);

private:
    enum class Phase : uint8_t {
        header,  ///< header_size_ bytes of it are in header_
        data,    ///< left_ bytes of payload are to come
        control, ///< the same; control_size_ bytes are in block_
        over,    ///< after close or bad
    };
    static constexpr uint8_t whole_text = 0x81, whole_binary = 0x82;

    /// Why the connection fails; code 0: it does not.
    struct Fault {
        uint16_t code = 0;
        const char* problem = "";
    };

    WebSocketEvent read_slowly(std::string_view bytes, const WebSocketRules& rules);
    size_t header_size_wanted() const;
    Fault check_first_byte() const;
    Fault check_second_byte(WebSocketRole role) const;
    Fault start_frame(uint64_t message_size_max);
    WebSocketEvent read_data(std::string_view bytes, size_t used, const WebSocketRules& rules);
    WebSocketEvent read_control(std::string_view bytes, size_t used, const WebSocketRules& rules);
    WebSocketEvent finish_control(std::string_view payload, size_t used);
    WebSocketEvent fail(Fault fault, size_t used);
    Opcode frame_opcode() const { return static_cast<Opcode>(header_[0] & 15); }
    bool is_final() const { return (header_[0] & 0x80) != 0; }
    bool is_masked() const { return (header_[1] & 0x80) != 0; }

    uint64_t left_ = 0;
    uint64_t message_size_ = 0;
    char* block_ = nullptr; // with control_size_ > 0
    MaskKey mask_key_ = 0;  // for the next byte
    uint8_t header_[frame_header_size_max];
    uint8_t header_size_ = 0;
    uint8_t control_size_ = 0;
    Utf8Checker utf8_;
    Opcode message_opcode_ = Opcode::continuation; // that: no message is in progress
    Phase phase_ = Phase::header;
    bool first_ = false; // nothing of the message was handed on yet
};

static_assert(sizeof(WebSocketReader) <= 56, "with the close handshake at most 64 bytes");

} // namespace ringblast
