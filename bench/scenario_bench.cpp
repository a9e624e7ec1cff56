// What a scenario adds to an exchange: a request rendered with three variables and a JSON body, a
// response looked at. Goal: both together well below 1 µs, since a dynamic request must reach 60 %
// of a static one's rate at about 5 µs per exchange.
#include "scenario/inspection.hpp"
#include "scenario/request_program.hpp"

#include <benchmark/benchmark.h>
#include <string>

using namespace ringblast;

namespace {

using Kind = Variable::Kind;

Variables make_variables() {
    return Variables::compile({{.name = "page", .kind = Kind::integer, .low = 1, .high = 50},
                               {.name = "id", .kind = Kind::uuid},
                               {.name = "name", .kind = Kind::text, .low = 12}},
                              {"token"}, {}, 1)
        .value();
}

struct Scene {
    Variables variables = make_variables();
    UserValues values{1};
    CookieJar cookies;
    DrawOrigin origin;

    Scene() {
        values.set(0, "eyJhbGciOiJIUzI1NiJ9.e30.ZRrHA1JJJW8opsbCGfG_HACGpVUMN_a9IV7pAx_Zmeo");
    }
};

const Request create{.method = "POST",
                     .path = "/api/runs?page={{page}}",
                     .body = R"({"id":"{{id}}","name":"{{name}}","kind":"nightly","retries":3})",
                     .body_kind = BodyKind::json};

void render(benchmark::State& state, std::vector<Header> headers, bool cookies) {
    Scene scene;
    if (cookies) {
        scene.cookies.take("sid=0123456789abcdef; Path=/", "/", "localhost", false, 0);
    }
    Url url = parse_url("http://localhost:8080/").value();
    RequestProgram program =
        RequestProgram::compile({.request = create, .url = url, .headers = std::move(headers)},
                                scene.variables)
            .value();
    std::string out;
    for (auto _ : state) {
        ++scene.origin.turn;
        program.render(out, scene.variables, scene.origin, scene.values, &scene.cookies);
        benchmark::DoNotOptimize(out.data());
    }
    state.SetLabel(std::to_string(out.size()) + " B");
}

std::string response(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
           "Content-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string list_of(int count) {
    std::string items;
    for (int i = 0; i < count; ++i) {
        items += (i == 0 ? "" : ",") + std::string(R"({"id":)") + std::to_string(i) +
                 R"(,"name":"run number )" + std::to_string(i) + R"(","status":"completed"})";
    }
    return "{\"items\":[" + items + "],\"total\":" + std::to_string(count) + "}";
}

const std::string created = R"({"id":"6f1c1b1e-7a2d-4c3f-8a21-0123456789ab","status":"queued"})";

void inspect(benchmark::State& state, const std::string& body, const Expect& expect,
             const std::vector<Extract>& extracts) {
    Scene scene;
    Inspection inspection = Inspection::compile(expect, extracts, scene.variables).value();
    Inspector inspector(scene.variables);
    std::string bytes = response(body);
    RawResponse raw{.bytes = bytes, .status = 200};
    for (auto _ : state) {
        ++scene.origin.turn;
        uint32_t problem = inspector.inspect(
            inspection, raw, {.origin = scene.origin, .values = scene.values, .cookies = nullptr});
        benchmark::DoNotOptimize(problem);
        if (problem != Inspector::fine) {
            state.SkipWithError(inspection.problem_text(problem).c_str());
        }
    }
    state.SetLabel(std::to_string(bytes.size()) + " B");
}

using From = Extract::Kind;
using Is = JsonCondition::Kind;

BENCHMARK_CAPTURE(render, three_variables, {}, false);
BENCHMARK_CAPTURE(render, and_token_and_cookie, {{"Authorization", "Bearer {{token}}"}}, true);
BENCHMARK_CAPTURE(inspect, json_extraction, created, {}, {{"token", From::json, "/id"}});
BENCHMARK_CAPTURE(inspect, json_condition_and_extraction, created,
                  {.json = {{"/status", Is::equals, "\"queued\""}}},
                  {{"token", From::json, "/id"}});
BENCHMARK_CAPTURE(inspect, one_of_ten, list_of(10), {}, {{"token", From::json, "/items/*/id"}});
BENCHMARK_CAPTURE(inspect, one_of_thousand, list_of(1000), {},
                  {{"token", From::json, "/items/*/id"}});
BENCHMARK_CAPTURE(inspect, regex_extraction, created, {},
                  {{"token", From::regex, "\"id\":\"([^\"]+)\""}});
BENCHMARK_CAPTURE(inspect, header_extraction, created, {}, {{"token", From::header, "Server"}});
BENCHMARK_CAPTURE(inspect, body_contains, created, {.body_contains = "queued"}, {});

} // namespace

BENCHMARK_MAIN();
