// WebSocket frames (RFC 6455) as they are written, and the words that both directions share.
//
//     | FIN RSV opcode | MASK length | 2 or 8 bytes of length | 4 bytes of key | payload |
//
// A client masks what it sends with a key per frame, a server must not. Lengths are written in
// their shortest form. Nothing here allocates: the caller has room for frame_size() bytes.
#pragma once

#include "base/random.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace ringblast {

/// Which end we are.
enum class WebSocketRole : uint8_t { client, server };

enum class Opcode : uint8_t {
    continuation = 0,
    text = 1,
    binary = 2,
    close = 8,
    ping = 9,
    pong = 10
};

/// Close codes that we say or report ourselves (RFC 6455 § 7.4.1).
inline constexpr uint16_t close_normal = 1000;
inline constexpr uint16_t close_going_away = 1001;
inline constexpr uint16_t close_protocol_error = 1002;
inline constexpr uint16_t close_no_code = 1005;  ///< never sent: a close frame without a code
inline constexpr uint16_t close_abnormal = 1006; ///< never sent: no close frame came
inline constexpr uint16_t close_bad_text = 1007; ///< not UTF-8
inline constexpr uint16_t close_too_big = 1009;
inline constexpr uint16_t close_internal_error = 1011;

/// Whether a close frame may hold it: registered with IANA for that, or 3000..4999.
bool is_valid_close_code(uint16_t code);

/// The largest payload of close, ping and pong; a close reason has two bytes less.
inline constexpr size_t control_size_max = 125;
inline constexpr size_t close_reason_size_max = control_size_max - 2;
inline constexpr size_t frame_header_size_max = 14;

/// Four bytes in the order in which they lie in memory.
using MaskKey = uint32_t;

/// The key of frame number `counter`: reproducible, which is what a load test wants. RFC 6455
/// § 5.3 asks for keys that a script in a browser cannot foresee; here nobody else has a say.
constexpr MaskKey mask_key(RandomKey key, uint64_t counter) {
    return static_cast<MaskKey>(random_bits(key, counter));
}

/// Masks or unmasks `from` into `to` (room for as much; may be the same place, else apart).
/// Returns the key for the byte behind it, so a payload may be masked in parts. About 16 bytes
/// per nanosecond.
MaskKey copy_masked(char* to, std::string_view from, MaskKey key);

struct FrameSpec {
    Opcode opcode = Opcode::text;
    bool final = true;
    std::optional<MaskKey> mask_key{}; ///< a client's frames have one
};

/// Bytes of the frame around and with a payload.
constexpr size_t frame_size(size_t payload_size, bool masked) {
    return 2 +
           (payload_size > 0xffff ? 8
            : payload_size > 125  ? 2
                                  : 0) +
           (masked ? 4 : 0) + payload_size;
}

/// Writes what stands before the payload, at most frame_header_size_max bytes; returns its end.
/// The payload must follow, masked by copy_masked().
char* write_frame_header(char* to, const FrameSpec& spec, size_t payload_size);

/// Writes frame_size() bytes; returns their end. Requires: a control frame is final and holds at
/// most control_size_max bytes.
char* write_frame(char* to, const FrameSpec& spec, std::string_view payload);

/// A whole message.
struct MessageSpec {
    Opcode opcode = Opcode::text;    ///< text or binary
    size_t fragment_size = 0;        ///< payload of a frame at most; 0: all in one
    std::optional<RandomKey> mask{}; ///< a client's: where the keys come from
    uint64_t mask_counter = 0;       ///< number of the first frame, and so on upwards
};

/// Frames that it takes: how far mask_counter goes on.
constexpr uint64_t frame_count(const MessageSpec& spec, size_t payload_size) {
    return spec.fragment_size == 0 || payload_size == 0
               ? 1
               : (payload_size + spec.fragment_size - 1) / spec.fragment_size;
}
/// Bytes that write_message() writes.
size_t message_size(const MessageSpec& spec, size_t payload_size);
/// Writes the frames of a message; returns their end.
char* write_message(char* to, const MessageSpec& spec, std::string_view payload);

/// Writes a close frame of at most frame_size(control_size_max) bytes; returns its end.
/// close_no_code: one without a code. Requires: a valid code or close_no_code, a reason of at most
/// close_reason_size_max bytes.
char* write_close(char* to, std::optional<MaskKey> key, uint16_t code,
                  std::string_view reason = {});

/// The close handshake (RFC 6455 § 7): each end says close once; then the server ends the
/// connection, and the client waits for that (with a time-out of its own).
class CloseHandshake {
public:
    /// We want to close. True: send a close frame now; false: one was sent.
    bool start() { return !std::exchange(sent_, true); }
    /// We must, because of what the peer did: the same, and `code` is what is reported.
    bool fail(uint16_t code) {
        code_ = received_ ? code_ : code;
        return start();
    }
    /// A close frame came. True: answer with write_close(code); false: ours went first.
    bool on_close(uint16_t code) {
        received_ = true;
        code_ = code;
        return start();
    }
    /// Nothing was said yet: messages may be sent.
    bool is_open() const { return !sent_ && !received_; }
    /// Both have said it: the rest is the end of the connection.
    bool is_done() const { return sent_ && received_; }
    /// For the report, once the connection has ended: the peer's code (close_no_code without one);
    /// else the one with which we failed the connection; else close_abnormal.
    uint16_t code() const { return code_; }

private:
    uint16_t code_ = close_abnormal;
    bool sent_ = false;
    bool received_ = false;
};

static_assert(sizeof(CloseHandshake) == 4, "with the reader at most 64 bytes a connection");

} // namespace ringblast
