#include "scenario/redirect.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace ringblast;

TEST_CASE("where redirects lead") {
    struct Row {
        const char* why;
        const char* location; ///< in an answer to /a/b/c?d on http://example.com:8080
        std::optional<std::string> target;
    };
    const std::optional<std::string> none;
    const Row rows[] = {
        {"absolute", "http://example.com:8080/x?y", "/x?y"},
        {"absolute in other letters", "HTTP://EXAMPLE.com:8080/x", "/x"},
        {"absolute without a path", "http://example.com:8080", "/"},
        {"absolute with dot segments", "http://example.com:8080/x/../y/./z", "/y/z"},
        {"another host", "http://example.org:8080/x", none},
        {"another port", "http://example.com/x", none},
        {"another scheme", "https://example.com:8080/x", none},
        {"no web at all", "mailto:me@example.com", none},
        {"a host that cannot be read", "http://[::1/x", none},
        {"without scheme", "//example.com:8080/x", "/x"},
        {"without scheme, another host", "//example.org/x", none},
        {"an absolute path", "/x/y", "/x/y"},
        {"an absolute path with dots", "/x/../../y/.", "/y/"},
        {"relative", "x", "/a/b/x"},
        {"relative, upwards", "../x?y=../z", "/a/x?y=../z"},
        {"relative, further up than there is", "../../../../x", "/x"},
        {"relative, the folder", ".", "/a/b/"},
        {"a colon behind a slash is no scheme", "./x:y", "/a/b/x:y"},
        {"a query alone", "?e=f", "/a/b/c?e=f"},
        {"the fragment goes", "/x?y#z", "/x?y"},
        {"a fragment alone leads nowhere else", "#z", none},
        {"empty", "", none},
        {"blanks around it", "  /x ", "/x"},
        {"what a request line may not hold", "/x y/\xc3\xa9", "/x%20y/%C3%A9"},
        {"a line break", "/x\r\n /y", none},
    };
    Url base = parse_url("http://example.com:8080/ignored").value();
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        CHECK(redirect_target(base, "/a/b/c?d", row.location) == row.target);
    }
    Url ipv6 = parse_url("http://[::1]:8080/").value();
    CHECK(redirect_target(ipv6, "/", "http://[::1]:8080/x") == "/x");
}

TEST_CASE("which method follows") {
    struct Row {
        int status;
        const char* method;
        bool get;
    };
    const Row rows[] = {
        {301, "GET", false},  {301, "POST", true},  {302, "POST", true},
        {302, "PUT", false},  {303, "POST", true},  {303, "PUT", true},
        {303, "HEAD", false}, {307, "POST", false}, {308, "POST", false},
    };
    for (const Row& row : rows) {
        INFO(std::string(std::to_string(row.status) + " " + row.method));
        CHECK(is_redirect(row.status));
        CHECK(redirects_to_get(row.status, row.method) == row.get);
    }
    for (int status : {200, 300, 304, 305, 306, 309, 400}) {
        CHECK(!is_redirect(status));
    }
}
