// A request with variables: compiled once into pieces, rendered whole in one pass into the user's
// own buffer. What does not vary is copied in runs; each insertion is escaped for its place. The
// Content-Length of a body that varies is written into room kept for it, right-aligned (RFC 9112
// allows blanks in front of a field's value), so that nothing is rendered twice.
//
//     METHOD target HTTP/1.1 | field lines ... | Cookie | Content-Length, empty line, body
//     start_                   lines_            cookie_  end_, body_
#pragma once

#include "protocol/url.hpp"
#include "ringblast/error.hpp"
#include "ringblast/profile.hpp"
#include "scenario/cookie_jar.hpp"
#include "scenario/redirect.hpp"
#include "scenario/text_template.hpp"
#include "scenario/variables.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

/// Everything that goes into the bytes of a request.
struct RequestProgramSpec {
    const Request& request;
    const Url& url;
    std::vector<Header> headers; ///< all of them, in order of rising precedence
    bool keep_alive = true;
};

class RequestProgram {
public:
    /// The rules of render_request() with templates in the path, header values and body; a body
    /// of JSON or a form has its Content-Type by default. Errors: as there, and an insertion that
    /// cannot be read.
    static Expected<RequestProgram> compile(const RequestProgramSpec& spec,
                                            const Variables& variables);

    /// The whole bytes where nothing varies; else empty.
    std::string_view fixed_bytes() const { return fixed_; }
    /// Extracted variables that the target or the body reads (not those of headers, which are left
    /// out while unset).
    const std::vector<uint32_t>& stored_reads() const { return stored_reads_; }

    /// Replaces `out` with the request. Cookies are added where there are any that fit (behind
    /// those of a Cookie header of the profile, in one field). False, and `out` useless, when a
    /// variable of the target or the body has no value. Allocates only where `out` has to grow.
    bool render(std::string& out, const Variables& variables, const DrawOrigin& origin,
                const UserValues& values, const CookieJar* cookies) const;

    /// A redirect of this request. `sent`: the request that was answered (as rendered, here or for
    /// the redirect before); `target`: redirect_target(). Neither may be a view into `out`.
    struct Redirection {
        std::string_view sent;
        int status;
        std::string_view target;
    };
    /// Replaces `out` with the request that follows a redirect: with its values drawn as before and
    /// the cookies of the new path. As GET, without body and Content-* fields, where the status
    /// asks for it (redirects_to_get) or a redirect before did. False as render().
    bool render_redirect(std::string& out, const Redirection& redirection,
                         const Variables& variables, const DrawOrigin& origin,
                         const UserValues& values, const CookieJar* cookies) const;

    /// The request target of a rendered request; a view into it.
    static std::string_view target_of(std::string_view rendered);

private:
    /// Field lines that are sent or left out together.
    struct Lines {
        TextTemplate text;
        bool optional = false; ///< reads what may be unset
        bool of_body = false;  ///< Content-*
    };
    struct Context;
    class Compiler;

    bool has_values(const Context& context) const;
    void append_start(std::string& out, const Context& context) const;
    void append_lines(std::string& out, const Context& context, bool with_body) const;
    void append_cookies(std::string& out, const Context& context) const;
    void append_end(std::string& out, const Context& context) const;

    std::string method_;
    TextTemplate start_;
    uint32_t slash_at_ = 0; ///< a '/' must stand there; 0: one does
    std::vector<Lines> lines_;
    std::optional<TextTemplate> cookie_; ///< value of a Cookie header of the profile
    std::string end_;                    ///< from behind the cookies to the body's varying part
    uint32_t length_end_ = 0; ///< of a varying body: in end_, behind the last digit of its length
    TextTemplate body_;       ///< when it varies
    std::string fixed_;
    std::vector<uint32_t> stored_reads_;
    std::vector<VariableRef> unsure_reads_; ///< of target and body: what may have no value
};

} // namespace ringblast
