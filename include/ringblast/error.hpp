// Errors that a user can act on. They carry one sentence that names what was read, what is
// allowed and the cure; they are collected per phase and printed once (exit code 2 or 3).
// What happens to a request under load is not an Error but an Outcome (outcome.hpp).
#pragma once

#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace ringblast {

struct Error {
    std::string message; ///< one line, no final newline
};

template <class T> using Expected = std::expected<T, Error>;
template <class T> using ExpectedAll = std::expected<T, std::vector<Error>>;

inline std::unexpected<Error> failure(std::string message) {
    return std::unexpected(Error{std::move(message)});
}

} // namespace ringblast
