#include "protocol/url.hpp"

#include "guarded.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace ringblast;

TEST_CASE("URLs and what they mean") {
    struct Row {
        std::string what;
        std::string text;
        Url url;
        std::string host_field;
        std::string rendered; ///< empty: as `text`
    };
    const Url base{.host = "localhost"};
    auto with = [](Url url, auto change) {
        change(url);
        return url;
    };
    const Row rows[] = {
        {"only a host", "http://localhost", base, "localhost", "http://localhost/"},
        {"a port and a path", "http://localhost:8080/a/b",
         with(base, [](Url& u) { u.port = 8080, u.target = "/a/b"; }), "localhost:8080", ""},
        {"the default port is left out", "http://localhost:80/", base, "localhost",
         "http://localhost/"},
        {"an empty port is the default", "http://localhost:/", base, "localhost",
         "http://localhost/"},
        {"https", "https://localhost/",
         with(base, [](Url& u) { u.scheme = Scheme::https, u.port = 443; }), "localhost", ""},
        {"the other scheme's port stays", "https://localhost:80/",
         with(base, [](Url& u) { u.scheme = Scheme::https, u.port = 80; }), "localhost:80", ""},
        {"ws", "ws://localhost/chat",
         with(base, [](Url& u) { u.scheme = Scheme::ws, u.target = "/chat"; }), "localhost", ""},
        {"wss", "wss://localhost/",
         with(base, [](Url& u) { u.scheme = Scheme::wss, u.port = 443; }), "localhost", ""},
        {"scheme and host in any case", "HTTP://LocalHost/Path",
         with(base, [](Url& u) { u.target = "/Path"; }), "localhost", "http://localhost/Path"},
        {"white space around", " http://localhost/ \n", base, "localhost", "http://localhost/"},
        {"a query without path", "http://localhost?a=b",
         with(base, [](Url& u) { u.target = "/?a=b"; }), "localhost", "http://localhost/?a=b"},
        {"the fragment is dropped", "http://localhost/a?b#c/d?e",
         with(base, [](Url& u) { u.target = "/a?b"; }), "localhost", "http://localhost/a?b"},
        {"a fragment right behind the host", "http://localhost#c", base, "localhost",
         "http://localhost/"},
        {"IPv4", "http://127.0.0.1:8080/",
         with(base,
              [](Url& u) { u.host = "127.0.0.1", u.host_kind = HostKind::ipv4, u.port = 8080; }),
         "127.0.0.1:8080", ""},
        {"IPv6", "http://[::1]/",
         with(base, [](Url& u) { u.host = "::1", u.host_kind = HostKind::ipv6; }), "[::1]", ""},
        {"IPv6 with port, in lower case", "http://[2001:DB8::1]:81/",
         with(base,
              [](Url& u) { u.host = "2001:db8::1", u.host_kind = HostKind::ipv6, u.port = 81; }),
         "[2001:db8::1]:81", "http://[2001:db8::1]:81/"},
        {"IPv6 with a zone, which stays at home", "http://[fe80::1%25eth0]:81/",
         with(base,
              [](Url& u) { u.host = "fe80::1%eth0", u.host_kind = HostKind::ipv6, u.port = 81; }),
         "[fe80::1]:81", ""},
        {"names with '_', '-' and a final dot", "http://a_b-c.example./",
         with(base, [](Url& u) { u.host = "a_b-c.example."; }), "a_b-c.example.", ""},
        {"user and password, decoded", "http://us%65r:p%40ss:w@localhost/",
         with(base, [](Url& u) { u.user_info = "user:p@ss:w"; }), "localhost",
         "http://user:p%40ss%3Aw@localhost/"},
        {"a user alone", "http://user@localhost/", with(base, [](Url& u) { u.user_info = "user"; }),
         "localhost", ""},
        {"an '@' in a password, taken kindly", "http://user:p@ss@localhost/",
         with(base, [](Url& u) { u.user_info = "user:p@ss"; }), "localhost",
         "http://user:p%40ss@localhost/"},
        {"an '@' in the path is the path's", "http://localhost/@me:80",
         with(base, [](Url& u) { u.target = "/@me:80"; }), "localhost", ""},
        {"what URLs may not hold is encoded", "http://localhost/a b\"<>\\^`{|}\x01\xc3\xa9?x y",
         with(base, [](Url& u) { u.target = "/a%20b%22%3C%3E%5C%5E%60%7B%7C%7D%01%C3%A9?x%20y"; }),
         "localhost", "http://localhost/a%20b%22%3C%3E%5C%5E%60%7B%7C%7D%01%C3%A9?x%20y"},
        {"what is encoded stays, a lone '%' is encoded", "http://localhost/%41%zz%",
         with(base, [](Url& u) { u.target = "/%41%25zz%25"; }), "localhost",
         "http://localhost/%41%25zz%25"},
        {"brackets and dots stay", "http://localhost/../a?b[]=1",
         with(base, [](Url& u) { u.target = "/../a?b[]=1"; }), "localhost", ""},
    };
    test::GuardedBytes guarded;
    for (const Row& row : rows) {
        CAPTURE(row.what);
        Expected<Url> url = parse_url(guarded.put(row.text));
        REQUIRE(url.has_value());
        CHECK(*url == row.url);
        CHECK(render_host(*url) == row.host_field);
        std::string rendered = render_url(*url, Secrets::shown);
        CHECK(rendered == (row.rendered.empty() ? row.text : row.rendered));
        CHECK(parse_url(rendered).value() == *url);
    }
}

TEST_CASE("user info is masked unless asked for") {
    Url url = parse_url("http://me:secret@localhost:81/a").value();
    CHECK(render_url(url) == "http://***@localhost:81/a");
    CHECK(render_url(url, Secrets::shown) == "http://me:secret@localhost:81/a");
}

TEST_CASE("tls and websocket follow the scheme") {
    struct Row {
        const char* text;
        bool tls, websocket;
    };
    for (Row row : {Row{"http://a", false, false}, Row{"https://a", true, false},
                    Row{"ws://a", false, true}, Row{"wss://a", true, true}}) {
        Url url = parse_url(row.text).value();
        CHECK(url.tls() == row.tls);
        CHECK(url.websocket() == row.websocket);
    }
}

TEST_CASE("errors name the cure and no secret") {
    struct Row {
        std::string what;
        std::string text;
        std::string message;
    };
    const Row rows[] = {
        {"nothing", "", "the URL is empty: write something like http://localhost:8080/"},
        {"no scheme", "localhost:8080",
         "'localhost:8080' has no scheme: write 'http://localhost:8080'"},
        {"no scheme, a path", "example.com/a?u=http://b",
         "'example.com/a?u=http://b' has no scheme: write 'http://example.com/a?u=http://b'"},
        {"no scheme, user info", "me:pw@localhost",
         "'***@localhost' has no scheme: write 'http://***@localhost'"},
        {"only slashes", "//localhost/a",
         "'//localhost/a' has no scheme: write 'http://localhost/a'"},
        {"a path", "/health", "'/health' has no host: write 'http://localhost:8080/health'"},
        {"one slash", "http:/localhost/",
         "'http:/localhost/' lacks '//' behind the scheme: write 'http://localhost/'"},
        {"no slash", "https:localhost",
         "'https:localhost' lacks '//' behind the scheme: write 'https://localhost'"},
        {"another scheme", "ftp://localhost/",
         "the scheme 'ftp' of 'ftp://localhost/' is not known: use http, https, ws or wss"},
        {"no host", "http:///a",
         "'http:///a' has no host: write something like http://localhost:8080/"},
        {"a port without host", "http://:80/",
         "'http://:80/' has no host: write something like http://localhost:8080/"},
        {"port 0", "http://a:0/", "the port '0' in 'http://a:0/' is not a number from 1 to 65535"},
        {"a port too high", "http://a:65536/",
         "the port '65536' in 'http://a:65536/' is not a number from 1 to 65535"},
        {"a port with letters", "http://a:80x/",
         "the port '80x' in 'http://a:80x/' is not a number from 1 to 65535"},
        {"a '/' in a password", "http://me:pa/ss@localhost/",
         "'http://***@localhost/' has a bad port; '/', '?', '#' and '@' in a user name or "
         "password must be written %2F, %3F, %23 and %40"},
        {"IPv6 without brackets", "http://::1/",
         "the host of 'http://::1/' has more than one ':': an IPv6 address needs brackets, as in "
         "http://[::1]:8080/"},
        {"an open bracket", "http://[::1/", "the host of 'http://[::1/' has '[' without ']'"},
        {"no IPv6 address", "http://[1.2.3.4]/",
         "'1.2.3.4' in 'http://[1.2.3.4]/' is not an IPv6 address"},
        {"a NUL in an IPv6 address", std::string("http://[::1\0]/", 14),
         "'::1?' in 'http://[::1?]/' is not an IPv6 address"},
        {"text behind the bracket", "http://[::1]x/",
         "'http://[::1]x/' has text between ']' and the port"},
        {"no IPv4 address", "http://256.1.1.1/",
         "'256.1.1.1' in 'http://256.1.1.1/' is not an IPv4 address"},
        {"a space in the host", "http://my host/",
         "the host of 'http://my host/' may hold letters, digits, '-', '_' and '.' only"},
        {"a host outside of ASCII",
         "http://b\xc3\xbc"
         "cher.example/",
         "the host of 'http://b\xc3\xbc"
         "cher.example/' is not ASCII: write its punycode form (xn--...)"},
        {"a control character", "http://a\nb/",
         "the host of 'http://a?b/' may hold letters, digits, '-', '_' and '.' only"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        Expected<Url> url = parse_url(row.text);
        REQUIRE(!url.has_value());
        CHECK(url.error().message == row.message);
    }
}

TEST_CASE("targets under a base URL") {
    auto joined = [](const char* base, const char* path) {
        return join_target(parse_url(base).value(), path);
    };
    CHECK(joined("http://a", "/b") == "/b");
    CHECK(joined("http://a", "b") == "/b");
    CHECK(joined("http://a", "") == "/");
    CHECK(joined("http://a", "?b=c") == "/?b=c");
    CHECK(joined("http://a/api", "/b?c") == "/api/b?c");
    CHECK(joined("http://a/api/", "b") == "/api/b");
    CHECK(joined("http://a/api?x=1", "/b c") == "/api/b%20c");
    CHECK(joined("http://a/api", "?b=c") == "/api?b=c");
}
