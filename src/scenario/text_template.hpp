// A text with insertions, compiled once and appended in one pass:
//
//     template  = *(literal | "{{" insertion "}}")
//     insertion = name ["|" "raw"] | DQUOTE literal DQUOTE        blanks around each part allowed
//
// Of more than two opening braces the last two open the insertion, so that `{{{x}}}` is a value in
// braces. In a JSON text the quotes of the second form may be written \", as a JSON writer does,
// and a JSON string (not a key) that is only `{{x | raw}}` loses its quotes.
#pragma once

#include "ringblast/error.hpp"
#include "scenario/variables.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

class TextTemplate {
public:
    /// An empty text.
    TextTemplate() = default;

    /// Where the text stands decides how insertions are escaped; `{{x | raw}}` is not, but in a
    /// header, where it must stay in its line. Errors: an unknown variable (with the nearest known
    /// one), `{{` without `}}`.
    static Expected<TextTemplate> compile(std::string_view text, Escape escape,
                                          const Variables& variables);
    /// A request target: insertions before the first '?' are escaped as path, behind it as query,
    /// raw ones as Escape::target. The fixed parts are made fit for a request line, a fragment is
    /// dropped; whether it starts with '/' is the caller's business.
    static Expected<TextTemplate> compile_target(std::string_view text, const Variables& variables);
    /// A text without insertions.
    static TextTemplate fixed(std::string text);

    bool is_fixed() const { return insertions_.empty(); }
    bool empty() const { return literals_.empty() && insertions_.empty(); }
    /// The first thing in it is a value that is not escaped.
    bool starts_raw() const;
    /// The extracted variables that it reads, without repetition.
    std::vector<uint32_t> stored_reads() const;
    /// What it reads that may have no value, without repetition.
    std::vector<VariableRef> unsure_reads(const Variables& variables) const;
    bool has_values(const Variables& variables, const DrawOrigin& origin,
                    const UserValues& values) const;
    /// Requires: has_values(). Allocates only where `out` has to grow.
    void append(std::string& out, const Variables& variables, const DrawOrigin& origin,
                const UserValues& values) const;
    /// Requires: is_fixed().
    std::string_view text() const { return literals_; }

    /// Puts another text behind this one.
    void join(const TextTemplate& next);

private:
    struct Insertion {
        VariableRef ref;
        Escape escape;
        uint32_t literal_end; ///< the literal before it ends there in literals_
    };
    class Compiler;

    std::string literals_;
    std::vector<Insertion> insertions_;
};

} // namespace ringblast
