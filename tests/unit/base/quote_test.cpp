#include "base/quote.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

TEST_CASE("quoted text stays one short line") {
    std::string forty(40, 'a');
    CHECK(quoted("") == "\"\"");
    CHECK(quoted("5 µs") == "\"5 µs\"");
    CHECK(quoted(std::string_view("a\n\x1b\0\x7f", 5)) == "\"a????\"");
    CHECK(quoted(forty) == std::string("\"").append(forty).append("\""));
    CHECK(quoted(forty + "b") == std::string("\"").append(forty).append("…\""));
    CHECK(quoted(forty.substr(1) + "µb") == std::string("\"").append(39, 'a').append("…\""));
    CHECK(quoted(std::string(60, '\x80')) == "\"…\"");
}
