#include "scenario/text_template.hpp"

#include "temporary_file.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace ringblast;
using namespace ringblast::test;

namespace {

/// x = `a "b"/c`, n = 7, empty; stored: token (set), unset.
struct Scene {
    Variables variables = Variables::compile({{.name = "x", .texts = {"a \"b\"/c"}},
                                              {.name = "n", .texts = {"7"}},
                                              {.name = "empty", .texts = {""}},
                                              {.name = "next", .texts = {"/p/q?r=s t"}}},
                                             {"token", "unset"}, {}, 1)
                              .value();
    UserValues values{2};

    Scene() { values.set(0, "T"); }
    std::string render(const TextTemplate& text) const {
        std::string out;
        text.append(out, variables, {}, values);
        return out;
    }
};

} // namespace

TEST_CASE("texts with insertions") {
    struct Row {
        const char* why;
        const char* text;
        Escape escape;
        const char* rendered;
    };
    const Row rows[] = {
        {"no insertion", "plain }} text {", Escape::none, "plain }} text {"},
        {"nothing", "", Escape::json, ""},
        {"one alone", "{{n}}", Escape::none, "7"},
        {"blanks are allowed", "<{{  n\t}}>", Escape::none, "<7>"},
        {"side by side", "{{n}}{{token}}-{{n}}", Escape::none, "7T-7"},
        {"in braces", "{{{n}}}", Escape::none, "{7}"},
        {"a JSON object ends behind it", "{\"a\":{{n}}}", Escape::json, "{\"a\":7}"},
        {"escaped for JSON", "\"{{x}}\"", Escape::json, "\"a \\\"b\\\"/c\""},
        {"raw inside a longer JSON string", "\"v{{n | raw}}\"", Escape::json, "\"v7\""},
        {"raw as a whole JSON string", "{\"a\":\"{{n | raw}}\",\"b\":1}", Escape::json,
         "{\"a\":7,\"b\":1}"},
        {"a whole JSON string at the end", "\"{{n|raw}}\"", Escape::json, "7"},
        {"but a key stays one", "{\"{{n | raw}}\": 1}", Escape::json, "{\"7\": 1}"},
        {"an escaped quote is no end", "\"\\\"{{n | raw}}\"", Escape::json, "\"\\\"7\""},
        {"two in one string are a string", "\"{{n}}{{n | raw}}\"", Escape::json, "\"77\""},
        {"the same text in no JSON", "\"{{n | raw}}\"", Escape::none, "\"7\""},
        {"escaped for a form", "a={{x}}", Escape::form, "a=a+%22b%22%2Fc"},
        {"raw in a form", "{{x | raw}}", Escape::form, "a \"b\"/c"},
        {"literal braces", "{{\"{{\"}}n}}", Escape::none, "{{n}}"},
        {"literal braces with blanks", "{{ \"{{\" }}", Escape::none, "{{"},
        {"literal braces as a JSON writer has them", "\"{{\\\"{{\\\"}}\"", Escape::json, "\"{{\""},
        {"any literal", "{{\"a}}b\"}}", Escape::none, "a}}b"},
    };
    Scene scene;
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        Expected<TextTemplate> text = TextTemplate::compile(row.text, row.escape, scene.variables);
        REQUIRE(text.has_value());
        CHECK(scene.render(*text) == row.rendered);
    }
}

TEST_CASE("request targets") {
    struct Row {
        const char* why;
        const char* text;
        const char* rendered;
    };
    const Row rows[] = {
        {"a path segment cannot become two", "/a/{{x}}/b", "/a/a%20%22b%22%2Fc/b"},
        {"a query value", "/a?q={{x}}&n={{n}}", "/a?q=a%20%22b%22%2Fc&n=7"},
        {"fixed parts are made fit", "/a b/{{n}}?c d", "/a%20b/7?c%20d"},
        {"what is encoded stays so", "/a%20b/{{n}}%2", "/a%20b/7%252"},
        {"raw keeps its slashes, not its spaces", "{{next | raw}}&{{n}}", "/p/q?r=s%20t&7"},
        {"a fragment goes", "/a{{n}}#b{{n}}", "/a7"},
        {"literal braces", "/{{\"{{\"}}", "/%7B%7B"},
    };
    Scene scene;
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        Expected<TextTemplate> text = TextTemplate::compile_target(row.text, scene.variables);
        REQUIRE(text.has_value());
        CHECK(scene.render(*text) == row.rendered);
    }
    CHECK(TextTemplate::compile_target("{{next | raw}}/x", scene.variables)->starts_raw());
    CHECK(!TextTemplate::compile_target("{{next}}/x", scene.variables)->starts_raw());
    CHECK(!TextTemplate::compile_target("/{{next | raw}}", scene.variables)->starts_raw());
}

TEST_CASE("templates that cannot be read") {
    struct Row {
        const char* text;
        const char* message;
    };
    const Row rows[] = {
        {"a {{tokn}}", "unknown variable \"tokn\" (nearest: \"token\")"},
        {"a {{n", "\"{{\" without \"}}\" in \"{{n\": write {{\"{{\"}} for a pair of braces"},
        {"{{n | upper}}", "unknown word \"upper\" behind '|' in \"{{n | upper}}\": only raw is "
                          "known"},
        {"{{ }}", "an insertion without a name: write {{name}}, or {{\"{{\"}} for a pair of "
                  "braces"},
        {"{{\"a}}", "unknown variable \"\"a\""},
    };
    Scene scene;
    for (const Row& row : rows) {
        INFO(std::string(row.text));
        Expected<TextTemplate> text =
            TextTemplate::compile(row.text, Escape::none, scene.variables);
        REQUIRE(!text.has_value());
        CHECK(text.error().message == row.message);
    }
}

TEST_CASE("what a text reads") {
    Scene scene;
    TextTemplate text =
        TextTemplate::compile("{{unset}}{{n}}{{token}}{{unset}}", Escape::none, scene.variables)
            .value();
    CHECK(text.stored_reads() == std::vector<uint32_t>{1, 0});
    CHECK(text.unsure_reads(scene.variables).size() == 2);
    CHECK(!text.has_values(scene.variables, {}, scene.values));
    scene.values.set(1, "");
    CHECK(text.has_values(scene.variables, {}, scene.values));
    CHECK(scene.render(text) == "7T");
    TextTemplate joined = TextTemplate::fixed("<");
    joined.join(text);
    joined.join(TextTemplate::fixed(">"));
    joined.join(text);
    CHECK(scene.render(joined) == "<7T>7T");
    CHECK(TextTemplate::fixed("{{n}}").text() == "{{n}}");
    CHECK(TextTemplate().empty());
}
