#include "scenario/cookie_jar.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace ringblast;

namespace {

constexpr int64_t now_s = 1'700'000'000; // 2023-11-14

std::string header(const CookieJar& jar, std::string_view path = "/") {
    std::string out;
    jar.append_header(out, path);
    return out;
}

} // namespace

TEST_CASE("one after the other into a jar") {
    struct Row {
        const char* why;
        std::vector<std::string> fields; ///< answers to /app/login at shop.example.com over http
        const char* path;
        const char* header;
    };
    const Row rows[] = {
        {"a plain one, for the folder of its request", {"sid=1"}, "/app/x", "Cookie: sid=1\r\n"},
        {"not for other folders", {"sid=1"}, "/apple", ""},
        {"nor above", {"sid=1"}, "/", ""},
        {"a path of its own", {"sid=1; Path=/"}, "/", "Cookie: sid=1\r\n"},
        {"a path that ends in a slash", {"sid=1; path=/a/"}, "/a/b", "Cookie: sid=1\r\n"},
        {"a path that is none is the default", {"sid=1; Path=x"}, "/app", "Cookie: sid=1\r\n"},
        {"several", {"a=1; Path=/", "b=2; Path=/"}, "/", "Cookie: a=1; b=2\r\n"},
        {"longer paths first",
         {"a=1; Path=/", "b=2; Path=/app", "c=3; Path=/"},
         "/app",
         "Cookie: b=2; a=1; c=3\r\n"},
        {"the same name again replaces it",
         {"a=1; Path=/", "b=2; Path=/", "a=3; Path=/"},
         "/",
         "Cookie: a=3; b=2\r\n"},
        {"but not that of another path",
         {"a=1; Path=/", "a=2; Path=/app"},
         "/app",
         "Cookie: a=2; a=1\r\n"},
        {"Max-Age deletes", {"a=1; Path=/", "a=; Path=/; Max-Age=0"}, "/", ""},
        {"a negative Max-Age too", {"a=1; Path=/", "a=; Path=/; max-age=-5"}, "/", ""},
        {"Expires in the past deletes",
         {"a=1; Path=/", "a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"},
         "/",
         ""},
        {"Expires to come does not",
         {"a=1; Path=/; Expires=Wed, 09 Jun 2100 10:18:14 GMT"},
         "/",
         "Cookie: a=1\r\n"},
        {"Max-Age goes before Expires",
         {"a=1; Path=/; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"},
         "/",
         "Cookie: a=1\r\n"},
        {"a Max-Age that is no number is passed over",
         {"a=1; Path=/; Max-Age=x"},
         "/",
         "Cookie: a=1\r\n"},
        {"Secure is kept out over http", {"a=1; Path=/; Secure"}, "/", ""},
        {"a fitting Domain", {"a=1; Path=/; Domain=.Example.COM"}, "/", "Cookie: a=1\r\n"},
        {"the host itself as Domain",
         {"a=1; Path=/; Domain=shop.example.com"},
         "/",
         "Cookie: a=1\r\n"},
        {"a foreign Domain", {"a=1; Path=/; Domain=example.org"}, "/", ""},
        {"a Domain that only ends like the host's",
         {"a=1; Path=/; Domain=op.example.com"},
         "/",
         ""},
        {"HttpOnly and SameSite say nothing to us",
         {"a=1; HttpOnly; Path=/; SameSite=Lax"},
         "/",
         "Cookie: a=1\r\n"},
        {"an empty value", {"a=; Path=/"}, "/", "Cookie: a=\r\n"},
        {"quotes and '=' in a value stay", {"a=\"b=c\"; Path=/"}, "/", "Cookie: a=\"b=c\"\r\n"},
        {"blanks around are not part of it", {"  a = b c ;Path=/"}, "/", "Cookie: a=b c\r\n"},
        {"no name", {"=1; Path=/"}, "/", ""},
        {"no '='", {"sid; Path=/"}, "/", ""},
        {"nothing at all", {""}, "/", ""},
        {"a control character", {"a=1\x01; Path=/", "b=1\r\n x; Path=/"}, "/", ""},
        {"too large", {"a=" + std::string(4096, 'x') + "; Path=/"}, "/", ""},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        CookieJar jar;
        for (const std::string& field : row.fields) {
            jar.take(field, "/app/login", "shop.example.com", false, now_s);
        }
        CHECK(header(jar, row.path) == row.header);
    }
}

TEST_CASE("over https, at an address") {
    CookieJar jar;
    jar.take("a=1; Secure", "/", "10.0.0.1", true, now_s);
    jar.take("b=1; Domain=0.0.1", "/", "10.0.0.1", true, now_s);
    jar.take("c=1; Domain=10.0.0.1", "/", "10.0.0.1", true, now_s);
    CHECK(header(jar) == "Cookie: a=1; c=1\r\n");
}

TEST_CASE("a full jar loses its oldest") {
    CookieJar jar;
    for (int i = 0; i < 60; ++i) {
        std::string path = i % 2 == 0 ? "; Path=/" : "; Path=/a";
        jar.take("c" + std::to_string(i) + "=v" + path, "/", "h", false, now_s);
    }
    CHECK(jar.find("c9").data() == nullptr);
    CHECK(jar.find("c10") == "v");
    CHECK(jar.find("c59") == "v");
    jar.clear();
    CHECK(jar.empty());
}

TEST_CASE("looking into a jar and a field") {
    CookieJar jar;
    jar.take("a=1; Path=/", "/", "h", false, now_s);
    jar.take("e=; Path=/", "/", "h", false, now_s);
    CHECK(jar.find("a") == "1");
    CHECK(jar.find("b").data() == nullptr);
    CHECK(jar.find("e").data() != nullptr);
    CHECK(set_cookie_value("a=1; Path=/", "a") == "1");
    CHECK(set_cookie_value("a=1; Path=/", "b").data() == nullptr);
    CHECK(set_cookie_value("", "a").data() == nullptr);
    std::string out = "Cookie: x=y";
    jar.append_pairs(out, "/", false);
    CHECK(out == "Cookie: x=y; a=1; e=");
}

TEST_CASE("the path may be a view into what is appended to") {
    CookieJar jar;
    jar.take("a=" + std::string(3000, 'v') + "; Path=/x", "/", "h", false, now_s);
    jar.take("b=2; Path=/x", "/", "h", false, now_s);
    std::string out = "/x/y";
    out.shrink_to_fit();
    jar.append_pairs(out, out, true);
    CHECK(out.ends_with("; b=2"));
}

TEST_CASE("dates as servers write them") {
    struct Row {
        const char* text;
        std::optional<int64_t> unix_s;
    };
    const Row rows[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"06 nov 1994 8:49:37", 784111777},
        {"Thu, 01-Jan-1970 00:00:00 GMT", 0},
        {"Wed, 01 Jan 20 00:00:00 GMT", 1577836800},
        {"Thu, 29 Feb 2024 23:59:59 GMT", 1709251199},
        {"Fri, 30 Feb 2024 23:59:59 GMT", std::nullopt},
        {"Thu, 01 Jan 1970 24:00:00 GMT", std::nullopt},
        {"Thu, 01 Jan 1600 00:00:00 GMT", std::nullopt},
        {"Thu, 01 Jan 1970", std::nullopt},
        {"0", std::nullopt},
        {"", std::nullopt},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.text));
        CHECK(parse_cookie_date(row.text) == row.unix_s);
    }
}
