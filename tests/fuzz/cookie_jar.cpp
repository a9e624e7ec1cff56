// Set-Cookie fields of any bytes, one per line: the jar stays small, and what it sends back is one
// line that fits the path.
#include "scenario/cookie_jar.hpp"

#include "fuzz.hpp"
#include "protocol/field_lines.hpp"

using namespace ringblast;
using namespace ringblast::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    CookieJar jar;
    std::string_view path = rest.substr(0, rest.find('\n'));
    while (!rest.empty()) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(line.size() < rest.size() ? line.size() + 1 : rest.size());
        Exact exact(line);
        jar.take(exact.view(), path, "shop.example.com", line.size() % 2 == 0, 1'700'000'000);
        parse_cookie_date(exact.view());
        std::string_view a = set_cookie_value(exact.view(), "a");
        require(a.data() == nullptr || line.find('a') != line.npos, "a name that is there");
    }
    for (std::string_view to : {path, std::string_view("/"), std::string_view("/a/b")}) {
        std::string out = "x";
        jar.append_header(out, to);
        if (out == "x") {
            continue;
        }
        require(out.starts_with("xCookie: ") && out.ends_with("\r\n"), "a header line");
        require(find_control(out, 0) == out.size() - 2, "one line");
        require(out.size() <= 20 + CookieJar::cookies_max * (CookieJar::cookie_size_max + 3),
                "bounded");
    }
    return 0;
}
