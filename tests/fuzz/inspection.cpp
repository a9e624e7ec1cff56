// Whatever a server sends, looked at in every way there is: nothing crashes or hangs, what is taken
// is what the bytes say, and a chunked body is decoded as the engine's reader counts it.
#include "scenario/inspection.hpp"

#include "fuzz.hpp"
#include "protocol/chunked.hpp"
#include "scenario/json_text.hpp"
#include "scenario/redirect.hpp"

#include <algorithm>

using namespace ringblast;
using namespace ringblast::fuzz;

namespace {

constexpr uint64_t max_body = 100'000;

using From = Extract::Kind;
using Is = JsonCondition::Kind;

struct Scene {
    Variables variables =
        Variables::compile({{.name = "x", .texts = {"a\"b"}}}, {"a", "b", "c", "d", "e"}, {}, 1)
            .value();
    Inspection lenient = Inspection::compile({}, extracts("none"), variables).value();
    Inspection strict =
        Inspection::compile({.headers = {{"content-type", "{{x}}"}},
                             .body_contains = "{{x}}",
                             .body_matches = "(a|\\w+)*[b-d]$",
                             .json = {{"/a/*/b", Is::equals, "{\"a\":[1,\"{{x}}\"]}"},
                                      {"/a", Is::equals, "1.5"},
                                      {"/*", Is::exists},
                                      {"/b", Is::absent}}},
                            extracts(std::nullopt), variables)
            .value();
    Inspector inspector{variables};
    CookieJar jar;

    Scene() { inspector.set_max_body(max_body); }

    static std::vector<Extract> extracts(const std::optional<std::string>& fallback) {
        return {{"a", From::json, "/a/*/b", 1, fallback},
                {"b", From::json, "/0", 1, fallback},
                {"c", From::regex, "\"(\\w|\\W)*?\"", 1, fallback},
                {"d", From::header, "location", 1, fallback},
                {"e", From::cookie, "a", 1, fallback}};
    }
};

void check_parts(std::string_view bytes) {
    SplitResponse split = split_response(bytes);
    require(bytes.ends_with(split.body), "the body is at the end");
    BodyDecoder decoder;
    std::optional<std::string_view> body = decoder.decode(split, max_body);
    require(!body || body->size() <= max_body, "bodies are bounded");
    if (split.transfer_encoding != "chunked" || !split.content_encoding.empty() ||
        split.body.empty()) {
        return;
    }
    ChunkedDecoder reader;
    ChunkedDecoder::Progress progress = reader.feed(split.body);
    require(body.has_value() ==
                (progress.status == ParseStatus::complete && progress.payload <= max_body),
            "the reader's verdict on chunks");
    require(!body || body->size() == progress.payload, "the reader's size");
}

void check_json(std::string_view text) {
    JsonText json;
    JsonPointer whole = JsonPointer::parse("").value(), some = JsonPointer::parse("/*/*").value();
    if (!json.read(text)) {
        return;
    }
    // A name that stands twice in an object equals its first value only.
    bool objects = text.find('{') != text.npos;
    require(json.has_equal(whole, json) || objects, "a text equals itself");
    std::string found;
    if (json.append_found(found, some, 0x9e3779b97f4a7c15u)) {
        require(json.has(some), "what was found is there");
        JsonText again;
        if (again.read(found) && !again.has(JsonPointer::parse("/x").value())) {
            found.clear();
        }
    }
    std::string all;
    JsonText again;
    if (json.append_found(all, whole, 0) && (all.starts_with('{') || all.starts_with('['))) {
        if (again.read(all)) {
            require(json.has_equal(whole, again) || objects, "what is taken is what it was");
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static Scene scene;
    Exact exact({reinterpret_cast<const char*>(data), size});
    std::string_view bytes = exact.view();
    UserValues values(scene.variables.stored_count());
    Inspector::Who who{.origin = {.turn = size}, .values = values, .cookies = &scene.jar};
    RawResponse response{.bytes = bytes, .status = 200};

    uint32_t problem = scene.inspector.inspect(scene.lenient, response, who);
    require(problem == Inspector::fine || problem == Inspector::body_unreadable ||
                !scene.lenient.problem_text(problem).empty(),
            "with defaults only a body can fail, or a search be too hard");
    require(values.is_set(0) == (problem == Inspector::fine), "all values or none");
    problem = scene.inspector.inspect(scene.strict, response, who);
    require((problem == Inspector::fine) == scene.strict.problem_text(problem).empty(),
            "every problem has a text");

    check_parts(bytes);
    check_json(split_response(bytes).body);
    std::string_view location = split_response(bytes).body;
    std::optional<std::string> target =
        redirect_target(parse_url("http://localhost/").value(), "/a/b?c", location);
    require(!target || (target->starts_with('/') &&
                        std::ranges::all_of(*target,
                                            [](char c) {
                                                return static_cast<uint8_t>(c) > 0x20 &&
                                                       static_cast<uint8_t>(c) < 0x7f;
                                            })),
            "a redirect leads to one word");
    return 0;
}
