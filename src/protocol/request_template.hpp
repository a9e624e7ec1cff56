// Renders a request that never changes into the bytes that go out. It is done once, before the
// load; the engine sends the bytes from where they lie.
#pragma once

#include "protocol/url.hpp"
#include "ringblast/error.hpp"
#include "ringblast/profile.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

struct RequestSpec {
    std::string method = "GET";
    /// Host, user info (as Basic authorization) and, unless `target` is given, path and query.
    Url url;
    std::string target{}; ///< encoded (encode_target, join_target); empty: the URL's
    /// In order of rising precedence: of equal names (in any case) the last one counts. It takes
    /// the place of a field that we would send; an empty value leaves the field out.
    std::vector<Header> headers{};
    std::string body{};
    bool keep_alive = true;
};

/// The whole request. We send, where `headers` do not say otherwise: Host, User-Agent, Accept,
/// Authorization (with user info), Connection: close (without keep-alive) and Content-Length (with
/// a body, or for POST, PUT and PATCH). Errors: a method, target, name or value that would not stay
/// in its place on the wire (line breaks and other controls), or a framing field of the user's that
/// contradicts the body. Their text never holds a header's value.
Expected<std::string> render_request(const RequestSpec& spec);

/// The fields of that request but for Content-Length: what we send by default and the user's on
/// top, in their order, values trimmed. Checks what render_request() checks, but for the body.
Expected<std::vector<Header>> merge_headers(const RequestSpec& spec);

/// A Content-Length of the user's may only repeat what is true.
Expected<void> check_length(const std::vector<Header>& headers, size_t body_size);

/// Whether a request has a Content-Length: with a body, or where one is expected.
bool states_length(std::string_view method, bool has_body);

/// The value of User-Agent: "ringblast/VERSION".
std::string_view user_agent();

/// `count` times the same request in one piece, for pipelining. Requires: count >= 1.
std::string repeated(std::string_view request, unsigned count);

/// The last value of a header (name in any case), trimmed; nullopt when it is absent or empty.
std::optional<std::string> header_value(const std::vector<Header>& headers, std::string_view name);

} // namespace ringblast
