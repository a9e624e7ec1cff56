// ${...} and {{...}}: what is replaced, what stays, what is refused.
#include "profile/insertions.hpp"
#include "profile/json_text.hpp"
#include "profile/substitute.hpp"

#include <cstdlib>
#include <doctest/doctest.h>

using namespace ringblast;

TEST_CASE("values from --set and from the environment") {
    REQUIRE(setenv("RINGBLAST_TEST_ENV", "env", 1) == 0);
    const SetValues set = {{"A", "1"}, {"B", "${A}"}, {"EMPTY", ""}, {"D", "$"}, {"A", "2"}};
    struct Row {
        const char* why;
        std::string_view text, expected;
    };
    const Row rows[] = {
        {"nothing to do", "plain $A {b} }", "plain $A {b} }"},
        {"the last of equal names counts", "x${A}y", "x2y"},
        {"a value is not looked into", "${B}", "${A}"},
        {"the environment", "${RINGBLAST_TEST_ENV}", "env"},
        {"a default that is not needed", "${A:-9}", "2"},
        {"a default", "${NONE:-9}", "9"},
        {"an empty default", "<${NONE:-}>", "<>"},
        {"empty counts as unset where there is a default", "${EMPTY:-9}", "9"},
        {"but is a value without one", "<${EMPTY}>", "<>"},
        {"a default in a default", "${NONE:-${NONE:-${A}}}", "2"},
        {"braces in a default match", "${NONE:-{\"a\":{{x}}}}!", "{\"a\":{{x}}}!"},
        {"the characters themselves", "$${A}", "${A}"},
        {"a dollar that a value ends with", "${D}${A}", "$2"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto text = substitute(row.text, set);
        REQUIRE(text);
        CHECK(*text == row.expected);
    }
}

TEST_CASE("what is no value") {
    for (const std::string_view text :
         {"${RINGBLAST_TEST_UNSET}", "${", "${}", "${A", "${1A}", "${a b}", "${NONE:-${NONE}}",
          "${N:-${N:-${N:-${N:-${N:-${N:-${N:-${N:-${N:-${N:-1}}}}}}}}}}"}) {
        CAPTURE(text);
        const auto result = substitute(text, {});
        REQUIRE_FALSE(result);
        CHECK(result.error().message.find("; allowed: ") != std::string::npos);
    }
}

TEST_CASE("texts fall into pieces") {
    struct Row {
        std::string_view text;
        std::vector<std::string_view> pieces, names;
    };
    const Row rows[] = {
        {"", {}, {}},
        {"plain } {", {"plain } {"}, {""}},
        {"{{a}}", {"{{a}}"}, {"a"}},
        {"x{{a}}{{ b.c | raw }}y", {"x", "{{a}}", "{{ b.c | raw }}", "y"}, {"", "a", "b.c", ""}},
        {"{{\"{{\"}}{{a}}", {"{{\"{{\"}}", "{{a}}"}, {"", "a"}},
        {"{{ \"{{\" }}", {"{{ \"{{\" }}"}, {""}},
        {"{{a}}}}", {"{{a}}", "}}"}, {"a", ""}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto pieces = split_insertions(row.text);
        REQUIRE(pieces);
        REQUIRE(pieces->size() == row.pieces.size());
        for (size_t i = 0; i < pieces->size(); ++i) {
            CHECK((*pieces)[i].text == row.pieces[i]);
            CHECK((*pieces)[i].name == row.names[i]);
            CHECK((*pieces)[i].raw == (row.pieces[i].find('|') != std::string_view::npos));
        }
    }
    for (const std::string_view text :
         {"{{", "{{a", "{{a}", "{{}}", "{{ }}", "{{1a}}", "{{-a}}", "{{a b}}", "{{a.}}", "{{.a}}",
          "{{a|}}", "{{a|rw}}", "{{\"{{\"", "{{{a}}}"}) {
        CAPTURE(text);
        CHECK_FALSE(split_insertions(text));
    }
}

TEST_CASE("only strings that are nothing but a raw insertion lose their quotes") {
    struct Row {
        std::string_view json, expected;
    };
    const Row rows[] = {
        {"", ""},
        {R"({"a":"{{x | raw}}"})", R"({"a":{{x | raw}}})"},
        {R"(["{{x}}", " {{x | raw}}", "{{x|raw}}"])", R"(["{{x}}", " {{x | raw}}", {{x|raw}}])"},
        {R"(["\"{{x | raw}}", "{{"{{"}}", "{{x|raw}}"])",
         R"(["\"{{x | raw}}", "{{"{{"}}", {{x|raw}}])"},
        {R"({{x | raw}} "open {{x | raw}})", R"({{x | raw}} "open {{x | raw}})"},
        {R"("\)", R"("\)"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.json);
        CHECK(unquote_raw_insertions(row.json) == row.expected);
    }
}
