// Where a redirect leads (RFC 3986 § 5, RFC 9110 § 15.4): only within the scheme, host and port
// that are under load; another host is not ours to blast.
#pragma once

#include "protocol/url.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ringblast {

/// 301, 302, 303, 307 and 308.
bool is_redirect(int status);

/// Whether the request that follows is a GET without body: after 303 (but for HEAD), and as all
/// browsers do after 301 and 302 of a POST.
bool redirects_to_get(int status, std::string_view method);

/// Where a redirect leads, seen from the request's own target: path and query when it stays with
/// scheme, host and port of `base`; nothing when it leaves them or cannot be read. A fragment is
/// dropped; what a request line may not hold is percent-encoded.
std::optional<std::string> redirect_target(const Url& base, std::string_view request_target,
                                           std::string_view location);

} // namespace ringblast
