// The cookies of one user, by RFC 6265 as far as one host needs it: name, value, path; Max-Age and
// Expires only to delete; Secure over http is kept out, Domain must fit the host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

class CookieJar {
public:
    static constexpr size_t cookies_max = 50;
    static constexpr size_t cookie_size_max = 4096; ///< of name and value

    bool empty() const { return cookies_.empty(); }
    /// Takes the value of a Set-Cookie field that answered a request for `request_path` (without
    /// query). Rubbish is passed over. At most 50 cookies of 4 KiB; the oldest goes.
    void take(std::string_view set_cookie, std::string_view request_path, std::string_view host,
              bool secure, int64_t unix_now_s);
    /// Appends "Cookie: a=b; c=d\r\n", or nothing when none fits the path.
    void append_header(std::string& out, std::string_view request_path) const;
    /// Appends "a=b; c=d", those with longer paths first. `first`: nothing stands before them; else
    /// each is put behind "; ". `request_path` may be a view into `out`.
    void append_pairs(std::string& out, std::string_view request_path, bool first = true) const;
    /// Value by name; nullptr view when there is none.
    std::string_view find(std::string_view name) const;
    void clear() { cookies_.clear(); }

private:
    struct Cookie {
        std::string name, value, path;
        uint32_t number; ///< in the order of their first coming
    };
    uint64_t fitting(std::string_view request_path) const;
    void append_fitting(std::string& out, uint64_t fits, bool first) const;
    void keep(Cookie cookie);

    std::vector<Cookie> cookies_; ///< longest path first, then in order of coming
    uint32_t next_number_ = 0;
};

/// The value that a Set-Cookie field gives to the cookie of that name; nullptr view when it is for
/// another one or cannot be read.
std::string_view set_cookie_value(std::string_view set_cookie, std::string_view name);

/// The time that an Expires attribute means, seconds since 1970; nothing when it is no date (RFC
/// 6265 § 5.1.1, kind to all the forms that servers send).
std::optional<int64_t> parse_cookie_date(std::string_view text);

} // namespace ringblast
