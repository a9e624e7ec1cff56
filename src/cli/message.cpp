#include "cli/message.hpp"

#include "base/units.hpp"
#include "protocol/url.hpp"

#include <fmt/format.h>

namespace ringblast {

namespace {

constexpr uint64_t size_default = 16;
constexpr uint64_t size_max = uint64_t{64} << 20; ///< what our reader takes of a peer

std::string letters(uint64_t size) {
    std::string text(size, 'a');
    for (uint64_t i = 0; i < size; ++i) {
        text[i] = static_cast<char>('a' + i % 26);
    }
    return text;
}

} // namespace

std::vector<Error> read_message(const std::optional<std::string>& message,
                                const std::optional<std::string>& size, Profile& profile) {
    Expected<Url> url = parse_url(profile.target.base_url);
    if (!url) {
        return {}; // told elsewhere
    }
    Request& request = profile.classes.front().tasks.front().requests.front();
    if (!url->websocket()) {
        if (message || size) {
            return {{fmt::format("{} goes with ws:// and wss://: what an http:// request sends is "
                                 "its --body",
                                 message ? "--message" : "--message-size")}};
        }
        return {};
    }
    std::vector<Error> errors;
    if (!request.body.empty()) {
        errors.push_back({"--body goes with http://: what a WebSocket sends is its --message"});
    }
    if (message && size) {
        errors.push_back({"--message and --message-size: give one of them"});
    }
    Expected<uint64_t> bytes = size ? parse_size(*size) : size_default;
    if (!bytes) {
        errors.push_back({fmt::format("--message-size: {}", bytes.error().message)});
    } else if (*bytes > size_max) {
        errors.push_back({fmt::format("--message-size {}: 64MiB is the most", *size)});
    }
    if (errors.empty()) {
        request.body = message ? *message : letters(*bytes);
    }
    return errors;
}

} // namespace ringblast
