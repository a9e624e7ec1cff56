// The cookies of one user, by RFC 6265 as far as one host needs it: name, value, path; Max-Age and
// Expires only to delete; Secure over http is kept out, Domain must fit the host.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

class CookieJar {
public:
    bool empty() const { return cookies_.empty(); }
    /// Takes the value of a Set-Cookie field that answered a request for `request_path` (without
    /// query). Rubbish is passed over. At most 50 cookies of 4 KiB; the oldest goes.
    void take(std::string_view set_cookie, std::string_view request_path, std::string_view host,
              bool secure, int64_t unix_now_s);
    /// Appends "Cookie: a=b; c=d\r\n", or nothing when none fits the path.
    void append_header(std::string& out, std::string_view request_path) const;
    /// Value by name; nullptr view when there is none.
    std::string_view find(std::string_view name) const;
    void clear() { cookies_.clear(); }

private:
    struct Cookie {
        std::string name, value, path;
    };
    std::vector<Cookie> cookies_;
};

} // namespace ringblast
