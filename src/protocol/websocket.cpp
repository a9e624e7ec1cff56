#include "protocol/websocket.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace ringblast {

static_assert(std::endian::native == std::endian::little, "keys are turned as words");

bool is_valid_close_code(uint16_t code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

MaskKey copy_masked(char* to, std::string_view from, MaskKey key) {
    const uint64_t key_twice = uint64_t{key} << 32 | key;
    size_t at = 0;
    for (; at + 8 <= from.size(); at += 8) {
        uint64_t word;
        std::memcpy(&word, from.data() + at, sizeof word);
        word ^= key_twice;
        std::memcpy(to + at, &word, sizeof word);
    }
    for (; at < from.size(); ++at) {
        to[at] = static_cast<char>(from[at] ^ static_cast<char>(key >> 8 * (at & 3)));
    }
    return std::rotr(key, static_cast<int>(8 * (from.size() & 3)));
}

char* write_frame_header(char* to, const FrameSpec& spec, size_t payload_size) {
    *to++ = static_cast<char>((spec.final ? 0x80 : 0) | static_cast<int>(spec.opcode));
    const int mask_bit = spec.mask_key ? 0x80 : 0;
    if (payload_size <= 125) {
        *to++ = static_cast<char>(mask_bit | static_cast<int>(payload_size));
    } else if (payload_size <= 0xffff) {
        *to++ = static_cast<char>(mask_bit | 126);
        uint16_t size = __builtin_bswap16(static_cast<uint16_t>(payload_size));
        std::memcpy(to, &size, sizeof size);
        to += sizeof size;
    } else {
        *to++ = static_cast<char>(mask_bit | 127);
        uint64_t size = __builtin_bswap64(payload_size);
        std::memcpy(to, &size, sizeof size);
        to += sizeof size;
    }
    if (spec.mask_key) {
        std::memcpy(to, &*spec.mask_key, sizeof(MaskKey));
        to += sizeof(MaskKey);
    }
    return to;
}

char* write_frame(char* to, const FrameSpec& spec, std::string_view payload) {
    CHECK(spec.opcode < Opcode::close || (spec.final && payload.size() <= control_size_max));
    to = write_frame_header(to, spec, payload.size());
    if (spec.mask_key) {
        copy_masked(to, payload, *spec.mask_key);
    } else if (!payload.empty()) {
        std::memcpy(to, payload.data(), payload.size());
    }
    return to + payload.size();
}

size_t message_size(const MessageSpec& spec, size_t payload_size) {
    const uint64_t frames = frame_count(spec, payload_size);
    const bool masked = spec.mask.has_value();
    if (frames == 1) {
        return frame_size(payload_size, masked);
    }
    const size_t last_size = payload_size - (frames - 1) * spec.fragment_size;
    return (frames - 1) * frame_size(spec.fragment_size, masked) + frame_size(last_size, masked);
}

char* write_message(char* to, const MessageSpec& spec, std::string_view payload) {
    const uint64_t frames = frame_count(spec, payload.size());
    for (uint64_t i = 0; i < frames; ++i) {
        FrameSpec frame{.opcode = i == 0 ? spec.opcode : Opcode::continuation,
                        .final = i + 1 == frames};
        if (spec.mask) {
            frame.mask_key = mask_key(*spec.mask, spec.mask_counter + i);
        }
        std::string_view part = payload;
        if (frames > 1) {
            part = payload.substr(0, spec.fragment_size);
            payload.remove_prefix(part.size());
        }
        to = write_frame(to, frame, part);
    }
    return to;
}

char* write_close(char* to, std::optional<MaskKey> key, uint16_t code, std::string_view reason) {
    CHECK(code == close_no_code ? reason.empty() : is_valid_close_code(code));
    CHECK(reason.size() <= close_reason_size_max);
    std::array<char, control_size_max> payload;
    size_t size = 0;
    if (code != close_no_code) {
        payload[size++] = static_cast<char>(code >> 8);
        payload[size++] = static_cast<char>(code & 0xff);
        std::ranges::copy(reason, payload.begin() + 2);
        size += reason.size();
    }
    return write_frame(to, {.opcode = Opcode::close, .mask_key = key}, {payload.data(), size});
}

} // namespace ringblast
