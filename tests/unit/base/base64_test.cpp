#include "base/base64.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

TEST_CASE("base64 of RFC 4648 § 10, both ways") {
    struct Row {
        std::string_view bytes, text;
    };
    const Row rows[] = {{"", ""},
                        {"f", "Zg=="},
                        {"fo", "Zm8="},
                        {"foo", "Zm9v"},
                        {"foob", "Zm9vYg=="},
                        {"fooba", "Zm9vYmE="},
                        {"foobar", "Zm9vYmFy"},
                        {"\xff\xfe\xfd\xfb", "//79+w=="}};
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(encode_base64(row.bytes) == row.text);
        CHECK(decode_base64(row.text) == row.bytes);
    }
}

TEST_CASE("what is not whole base64 is refused") {
    for (std::string_view text : {"Z", "Zg", "Zg=", "Zg==Zg==", "Z===", "====", "Zm9\n", "Zm9-",
                                  "Zm9 ", "=m9v", "Zm=v", "Zm9vY"}) {
        CAPTURE(text);
        CHECK_FALSE(decode_base64(text).has_value());
    }
}
