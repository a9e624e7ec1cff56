// Three bytes are four letters of six bits; the last group may be padded with '='.
#include "base/base64.hpp"

#include <array>
#include <cstdint>

namespace ringblast {

namespace {

constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t no_letter = 64;

constexpr std::array<uint8_t, 256> make_values() {
    std::array<uint8_t, 256> values{};
    values.fill(no_letter);
    for (size_t i = 0; i < letters.size(); ++i) {
        values[static_cast<uint8_t>(letters[i])] = static_cast<uint8_t>(i);
    }
    return values;
}
constexpr std::array<uint8_t, 256> values = make_values();

} // namespace

std::string encode_base64(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4, '=');
    write_base64(text.data(), bytes);
    return text;
}

char* write_base64(char* to, std::string_view bytes) {
    for (size_t at = 0; at < bytes.size(); at += 3) {
        size_t have = bytes.size() - at < 3 ? bytes.size() - at : 3;
        uint32_t group = 0;
        for (size_t i = 0; i < 3; ++i) {
            group = group << 8 | (i < have ? static_cast<uint8_t>(bytes[at + i]) : 0u);
        }
        for (size_t i = 0; i < 4; ++i) {
            *to++ = i <= have ? letters[group >> (18 - 6 * i) & 63] : '=';
        }
    }
    return to;
}

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
    text.remove_suffix(padding);
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    uint32_t group = 0;
    int bits = 0;
    for (char letter : text) {
        uint8_t value = values[static_cast<uint8_t>(letter)];
        if (value == no_letter) {
            return std::nullopt;
        }
        group = group << 6 | value;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes += static_cast<char>(group >> bits & 255);
        }
    }
    return bytes;
}

} // namespace ringblast
