// A request with variables: compiled once into pieces, rendered whole in one pass into the user's
// own buffer. What does not vary is copied in runs; each insertion is escaped for its place. The
// Content-Length of a body that varies is written into room kept for it, right-aligned (RFC 9112
// allows blanks in front of a field's value), so that nothing is rendered twice.
#pragma once

#include "protocol/url.hpp"
#include "ringblast/error.hpp"
#include "ringblast/profile.hpp"
#include "scenario/cookie_jar.hpp"
#include "scenario/variables.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

/// A text with insertions.
class TextTemplate {
public:
    /// Where the text stands decides how insertions are escaped; `{{x | raw}}` is not.
    /// Errors: an unknown variable (with the nearest known one), `{{` without `}}`.
    static Expected<TextTemplate> compile(std::string_view text, Escape escape,
                                          const Variables& variables);
    /// A request target: insertions before the first '?' are escaped as path, behind it as query;
    /// the fixed parts are made fit for a request line (encode_target).
    static Expected<TextTemplate> compile_target(std::string_view text, const Variables& variables);
    /// A text without insertions.
    static TextTemplate fixed(std::string text);

    bool is_fixed() const { return insertions_.empty(); }
    /// The extracted variables that it reads, without repetition.
    std::vector<uint32_t> stored_reads() const;
    bool has_values(const Variables& variables, const DrawOrigin& origin,
                    const UserValues& values) const;
    /// Requires: has_values().
    void append(std::string& out, const Variables& variables, const DrawOrigin& origin,
                const UserValues& values) const;
    /// Requires: is_fixed().
    std::string_view text() const { return literals_; }

private:
    struct Insertion {
        VariableRef ref;
        Escape escape;
        uint32_t literal_end; ///< the literal before it ends there in literals_
    };
    std::string literals_;
    std::vector<Insertion> insertions_;
};

/// Everything that goes into the bytes of a request.
struct RequestProgramSpec {
    const Request& request;
    const Url& url;
    std::vector<Header> headers; ///< all of them, in order of rising precedence
    bool keep_alive = true;
};

class RequestProgram {
public:
    static Expected<RequestProgram> compile(const RequestProgramSpec& spec,
                                            const Variables& variables);

    /// The whole bytes where nothing varies; else empty.
    std::string_view fixed_bytes() const { return fixed_; }
    /// Extracted variables that the target or the body reads (not those of headers, which are left
    /// out while unset).
    const std::vector<uint32_t>& stored_reads() const { return stored_reads_; }

    /// Replaces `out` with the request. Cookies are added where there are any. False, and `out`
    /// useless, when a variable of the target or the body has no value.
    bool render(std::string& out, const Variables& variables, const DrawOrigin& origin,
                const UserValues& values, const CookieJar* cookies) const;

private:
    struct HeaderLine {
        TextTemplate line; ///< "Name: value\r\n"
        bool varies;
    };
    std::string method_;
    TextTemplate target_;
    std::vector<HeaderLine> headers_; ///< without those of the body
    std::string body_headers_fixed_;
    TextTemplate body_;
    bool has_length_ = false; ///< Content-Length is sent
    std::string fixed_;
    std::vector<uint32_t> stored_reads_;
};

/// The request that follows a redirect: `original` as rendered, with the target and, for `get`,
/// the method GET without body and body headers (Content-*). Replaces `out`.
void render_redirect(std::string& out, std::string_view original, std::string_view target,
                     bool get);

/// Where a redirect leads, seen from the request's own target: path and query when it stays with
/// scheme, host and port of `base`; nothing when it leaves them or cannot be read.
std::optional<std::string> redirect_target(const Url& base, std::string_view request_target,
                                           std::string_view location);

} // namespace ringblast
