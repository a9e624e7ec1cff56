// What a scenario looks at in a response: expectations, extraction, `until`. Compiled once
// (Inspection, immutable, shared), carried out by an Inspector (one per thread: it owns the scratch
// memory of the JSON parser, the regular expressions and the inflated body).
#pragma once

#include "ringblast/error.hpp"
#include "ringblast/profile.hpp"
#include "scenario/cookie_jar.hpp"
#include "scenario/response_parts.hpp"
#include "scenario/variables.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

/// A whole response as its bytes came: interim 1xx heads first, then the head, then the body in
/// its transfer coding.
struct RawResponse {
    std::string_view bytes;
    int status = 0;
    int64_t latency_ns = 0;
};

class Inspection {
public:
    /// Looks at nothing.
    Inspection();
    Inspection(Inspection&&) noexcept;
    Inspection& operator=(Inspection&&) noexcept;
    ~Inspection();

    /// Errors: a pointer or regular expression that cannot be read, an unknown variable.
    static ExpectedAll<Inspection>
    compile(const Expect& expect, const std::vector<Extract>& extracts, const Variables& variables);

    bool looks_at_head() const; ///< headers or cookies matter
    bool looks_at_body() const;
    bool empty() const; ///< nothing but the status matters
    /// What failed, in words, for the number that Inspector::inspect gave: "json /items: missing",
    /// "body does not contain \"id\"", "slower than 2 s", "variable token: no json /access_token".
    std::string problem_text(uint32_t number) const;

private:
    friend class Inspector;
    struct Parts;
    class Compiler;
    std::unique_ptr<Parts> parts_; ///< null: empty
};

class Inspector {
public:
    /// `variables` must outlive it.
    explicit Inspector(const Variables& variables);
    Inspector(Inspector&&) noexcept;
    ~Inspector();

    struct Who {
        const DrawOrigin& origin; ///< for insertions in expectations, random picks of `*`
        UserValues& values;       ///< where extracted values go
        const CookieJar* cookies; ///< may be null
    };
    static constexpr uint32_t fine = 0;
    static constexpr uint32_t body_unreadable = UINT32_MAX; ///< bad gzip, too large when inflated

    /// Checks all conditions and, when all hold, extracts. `fine`, or the number of the first
    /// problem (problem_text). Values of a response of which anything failed are not taken. The
    /// status itself is not looked at here. Extractions with `*` of one response take the same
    /// element where their arrays are equally long. Allocates only where scratch memory has to
    /// grow.
    uint32_t inspect(const Inspection& inspection, const RawResponse& response, const Who& who);

    /// Decoded body of a response, valid until the next call of either; the body as it came where
    /// it cannot be decoded.
    std::string_view body_of(const RawResponse& response);
    /// Largest body that is decoded, bytes; larger ones are body_unreadable.
    void set_max_body(uint64_t size);

private:
    struct Scratch;
    class Look;
    std::unique_ptr<Scratch> scratch_;
};

} // namespace ringblast
