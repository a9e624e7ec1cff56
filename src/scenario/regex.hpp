// Regular expressions (PCRE2, compiled to machine code where the system allows it). Text is UTF-8;
// what is none in a body matches nothing and does no harm. The effort of a search is bounded, so
// that no expression can stop a core.
#pragma once

#include "ringblast/error.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

struct pcre2_real_code_8; // <pcre2.h>

namespace ringblast {

class Regex {
public:
    Regex() = default;
    /// The error says what is wrong and where.
    static Expected<Regex> compile(std::string_view pattern);
    /// Groups in parentheses.
    uint32_t group_count() const;

private:
    friend class RegexMatcher;
    struct Free {
        void operator()(pcre2_real_code_8* code) const;
    };
    std::unique_ptr<pcre2_real_code_8, Free> code_;
};

/// Searches; one per thread, it owns the memory that a search needs.
class RegexMatcher {
public:
    RegexMatcher();
    ~RegexMatcher();

    enum class Result : uint8_t { found, absent, too_hard };
    struct Found {
        Result result;
        std::string_view group{}; ///< a view into the subject; nullptr: it took no part
    };
    /// Looks for the expression anywhere in `subject`. Requires: group <= group_count(). Allocates
    /// only at first and for a group with a number higher than before.
    Found search(const Regex& regex, std::string_view subject, uint32_t group);

private:
    struct Scratch;
    std::unique_ptr<Scratch> scratch_;
};

} // namespace ringblast
