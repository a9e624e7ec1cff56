// Whatever stands in a template and in the variables that it inserts: a text that compiles keeps
// its values in their place, and a request made of such texts is one request that a strict parser
// reads back with the body that was rendered.
#include "scenario/request_program.hpp"

#include "fuzz.hpp"
#include "protocol/field_lines.hpp"
#include "protocol/request_head.hpp"
#include "scenario/json_text.hpp"

#include <algorithm>

using namespace ringblast;
using namespace ringblast::fuzz;

namespace {

void check_message(const Error& error) {
    require(!error.message.empty() && find_control(error.message, 0) == error.message.size(),
            "a message is one printable line");
}

bool is_word(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return static_cast<uint8_t>(c) > 0x20 && static_cast<uint8_t>(c) < 0x7f;
    });
}

struct Scene {
    Variables variables;
    UserValues values{2};

    explicit Scene(std::string_view value) {
        variables = Variables::compile({{.name = "v", .texts = {std::string(value)}},
                                        {.name = "n", .kind = Variable::Kind::integer, .high = 9}},
                                       {"s", "unset"}, {}, 1)
                        .value();
        values.set(0, value);
    }
    std::string render(const TextTemplate& text) const {
        std::string out;
        text.append(out, variables, {}, values);
        return out;
    }
};

void check_text(const Scene& scene, std::string_view text, Escape escape) {
    Exact exact(text);
    Expected<TextTemplate> compiled = TextTemplate::compile(exact.view(), escape, scene.variables);
    if (!compiled) {
        check_message(compiled.error());
    } else if (compiled->has_values(scene.variables, {}, scene.values)) {
        std::string rendered = scene.render(*compiled);
        if (text.find("{{") == text.npos) {
            require(rendered == text, "a text without insertions is itself");
        }
    }
}

void check_escapes(const Scene& scene) {
    auto one = [&](Escape escape, const char* text = "{{v}}") {
        return scene.render(TextTemplate::compile(text, escape, scene.variables).value());
    };
    require(is_word(one(Escape::path)) && is_word(one(Escape::query)) && is_word(one(Escape::form)),
            "an encoded value is one word");
    require(one(Escape::path).find_first_of("/?#&=") == std::string::npos, "and one segment");
    std::string header = one(Escape::header, "{{v | raw}}");
    require(find_control(header, 0) == header.size(), "a header stays in its line");
    std::string json = one(Escape::json, "\"{{v}}\"");
    require(json.find('\n') == json.npos, "a JSON string has no line break");
    JsonText read;
    Expected<JsonPointer> whole = JsonPointer::parse("");
    if (read.read(json)) {
        std::string back;
        require(read.append_found(back, *whole, 0) && back == scene.values.get(0),
                "a JSON string is read back");
    }
}

void check_request(const Scene& scene, const Request& request, const std::string& header) {
    Url url = parse_url("http://localhost:81/base").value();
    Expected<RequestProgram> program = RequestProgram::compile(
        {.request = request, .url = url, .headers = {{"A", header}, {"B", "{{unset}}"}}},
        scene.variables);
    if (!program) {
        check_message(program.error());
        return;
    }
    CookieJar cookies;
    cookies.take("sid=1; Path=/", "/", "localhost", false, 0);
    std::string out;
    if (!program->render(out, scene.variables, {}, scene.values, &cookies)) {
        require(!program->stored_reads().empty(), "only an unset variable stops a request");
        return;
    }
    ParsedRequest parsed = parse_request_head(out);
    if (parsed.status != ParseStatus::complete) {
        require(out.size() > head_size_max, "what is rendered can be read");
        return;
    }
    require(parsed.head.method == "POST" && is_word(parsed.head.target) &&
                parsed.head.target.starts_with("/base"),
            "method and target");
    require(!parsed.head.chunked && parsed.head.content_length == out.size() - parsed.head.size,
            "the length is that of the body");
    require(find_field(parsed.head.field_lines, "b").data() == nullptr, "an unset header is out");
    std::string again;
    require(program->render_redirect(again, {.sent = out, .status = 303, .target = "/x"},
                                     scene.variables, {}, scene.values, &cookies),
            "a redirect can be rendered");
    ParsedRequest redirected = parse_request_head(again);
    require(redirected.status == ParseStatus::complete && redirected.head.method == "GET" &&
                redirected.head.size == again.size(),
            "a redirect is a GET");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    auto take = [&rest] {
        std::string_view part = rest.substr(0, rest.find('\x02'));
        rest.remove_prefix(part.size() < rest.size() ? part.size() + 1 : rest.size());
        return part;
    };
    std::string_view value = take(), path = take(), header = take(), body = take();
    Scene scene(value);
    for (Escape escape :
         {Escape::none, Escape::json, Escape::path, Escape::query, Escape::form, Escape::header}) {
        check_text(scene, body, escape);
    }
    check_escapes(scene);
    for (BodyKind kind : {BodyKind::text, BodyKind::json, BodyKind::form}) {
        check_request(scene,
                      {.method = "POST",
                       .path = std::string(path),
                       .body = std::string(body),
                       .body_kind = kind},
                      std::string(header));
    }
    return 0;
}
