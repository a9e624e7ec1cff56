// What the tests of messages share: the messages of a text as one string, and tables of them.
#pragma once

#include "profile/load.hpp"

#include <doctest/doctest.h>
#include <initializer_list>
#include <string>
#include <string_view>

namespace ringblast::messages_test {

/// The messages, one a line; `ok` where there are none.
inline std::string messages(std::string_view text, const LoadOptions& options = {}) {
    const auto profile = load_profile_text(text, {.name = "p.toml"}, options);
    if (profile) {
        return "ok";
    }
    std::string lines;
    for (const Error& error : profile.error()) {
        lines.append(lines.empty() ? "" : "\n").append(error.message);
    }
    return lines;
}

/// A whole profile with these lines on top of it.
inline std::string with_user(std::string_view top) {
    return std::string(top) + "\n[[user]]\nname = \"u\"\ntask = [{ path = \"/\" }]\n";
}

/// A whole profile whose task has these lines, from line 4.
inline std::string with_task(std::string_view task) {
    return "[[user]]\nname = \"u\"\n[[user.task]]\n" + std::string(task) + "\n";
}

struct Row {
    const char* why;
    std::string text, expected;
};

inline void check(std::initializer_list<Row> rows) {
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(messages(row.text) == row.expected);
    }
}

} // namespace ringblast::messages_test
