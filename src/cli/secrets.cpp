#include "cli/secrets.hpp"

#include "protocol/url.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace ringblast {

namespace {

constexpr std::string_view mask = "***";

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

/// NAME=VALUE of --set, by what its name says.
std::string masked_setting(const std::string& text) {
    constexpr std::array secrets = {"key", "token", "secret", "password", "passwd", "credential"};
    size_t equals = text.find('=');
    std::string name = lower(text.substr(0, equals));
    bool secret =
        std::ranges::any_of(secrets, [&](const char* word) { return name.contains(word); });
    return secret && equals != std::string::npos ? text.substr(0, equals + 1) + std::string(mask)
                                                 : text;
}

/// A value by the option it belongs to ("" for a word of its own).
std::string masked_value(std::string_view option, const std::string& value) {
    if (option == "--api-key" || option == "--bearer") {
        return std::string(mask);
    }
    if (option == "--set") {
        return masked_setting(value);
    }
    if (option == "-H" || option == "--header") {
        return masked_header(value);
    }
    size_t scheme = value.find("://");
    if (scheme != std::string::npos) {
        size_t at = value.find('@', scheme);
        size_t path = value.find_first_of("/?#", scheme + 3);
        if (at != std::string::npos && (path == std::string::npos || at < path)) {
            return value.substr(0, scheme + 3) + std::string(mask) + value.substr(at);
        }
    }
    return value;
}

std::string quoted(const std::string& word) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@%+*[]";
    if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) {
        return word;
    }
    std::string result = "'";
    for (char c : word) {
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return result + "'";
}

std::string masked_word(const std::string& previous, const std::string& word) {
    if (word.starts_with("--")) {
        size_t equals = word.find('=');
        if (equals == std::string::npos) {
            return word;
        }
        return word.substr(0, equals + 1) +
               masked_value(word.substr(0, equals), word.substr(equals + 1));
    }
    if (word.starts_with("-H") && word.size() > 2) {
        return "-H" + masked_header(word.substr(2));
    }
    return masked_value(previous, word);
}

} // namespace

bool is_secret_header(std::string_view name) {
    constexpr std::array secrets = {"authorization", "proxy-authorization", "cookie", "set-cookie",
                                    "x-api-key"};
    return std::ranges::find(secrets, lower(name)) != secrets.end();
}

std::string masked_header(const std::string& text) {
    size_t colon = text.find(':');
    if (colon == std::string::npos || !is_secret_header(text.substr(0, colon))) {
        return text;
    }
    return text.substr(0, colon) + ": " + std::string(mask);
}

std::string render_command(const std::vector<std::string>& arguments, bool show_secrets) {
    std::string text = "ringblast";
    std::string previous;
    for (const std::string& word : arguments) {
        text += ' ';
        text += quoted(show_secrets ? word : masked_word(previous, word));
        previous = word;
    }
    return text;
}

} // namespace ringblast
