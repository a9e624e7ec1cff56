// What the bytes of one exchange cost in user space: heads parsed, heads known, chunks, the
// template, WebSocket frames. Goals on the development machine: a known head <= 10 ns, a head of
// 117 bytes parsed
// <= 100 ns.
#include "protocol/request_head.hpp"
#include "protocol/request_template.hpp"
#include "protocol/response_reader.hpp"
#include "protocol/websocket_reader.hpp"
#include "protocol/websocket_upgrade.hpp"

#include <benchmark/benchmark.h>
#include <string>

using namespace ringblast;

namespace {

const std::string date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

/// 117 bytes, as a small server sends it.
const std::string small_head = "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n" + date +
                               "Content-Length: 2\r\nA: 0123456789abcde\r\n\r\n";

/// 390 bytes, as an application behind a proxy sends it.
const std::string large_head =
    "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n" + date +
    "Content-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n"
    "Connection: keep-alive\r\nCache-Control: no-cache, no-store, must-revalidate\r\n"
    "ETag: W/\"2-vyGp6PvFo4RvsFtPoIWeCReyIC8\"\r\nVary: Accept-Encoding\r\n"
    "X-Frame-Options: SAMEORIGIN\r\nX-Request-Id: 6f1c1b1e7a2d4c3f\r\n"
    "Strict-Transport-Security: max-age=15552000\r\n\r\n";

void parse_head(benchmark::State& state, const std::string& head) {
    for (auto _ : state) {
        ParsedHead parsed = parse_response_head(head, false);
        benchmark::DoNotOptimize(parsed);
    }
    state.SetLabel(std::to_string(head.size()) + " B");
}

/// Whole exchanges through the reader; `buffer` holds responses of equal size.
void read_responses(benchmark::State& state, const std::string& buffer, size_t count,
                    HeadCache& cache) {
    HeadPool pool;
    ResponseReader reader;
    for (auto _ : state) {
        std::string_view rest = buffer;
        for (size_t i = 0; i < count; ++i) {
            reader.start(false);
            ResponseReader::Progress progress = reader.feed(rest, pool, cache);
            benchmark::DoNotOptimize(progress);
            rest.remove_prefix(progress.consumed);
        }
        if (!rest.empty()) {
            state.SkipWithError("not all was read");
        }
    }
    state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * count));
}

void head_known(benchmark::State& state, const std::string& head) {
    HeadCache cache;
    read_responses(state, head + "ok", 1, cache);
}

void head_unknown(benchmark::State& state, const std::string& head) {
    HeadCache disabled(false);
    read_responses(state, head + "ok", 1, disabled);
}

void pipelined_known(benchmark::State& state) {
    HeadCache cache;
    read_responses(state, repeated(small_head + "ok", 16), 16, cache);
}

/// The Date changes with every response: the worst case of the renewed entry.
void date_changes(benchmark::State& state) {
    HeadCache cache;
    std::string other = small_head;
    other.replace(other.find("08:49:37"), 8, "08:49:38");
    read_responses(state, small_head + "ok" + other + "ok", 2, cache);
}

/// Every head carries another id: what the cache costs where it cannot help.
void head_always_changes(benchmark::State& state) {
    HeadPool pool;
    HeadCache cache;
    ResponseReader reader;
    std::string response = small_head + "ok";
    char* id = response.data() + response.find("0123");
    uint32_t count = 0;
    for (auto _ : state) {
        std::memcpy(id, &(++count |= 0x40404040), sizeof count);
        reader.start(false);
        ResponseReader::Progress progress = reader.feed(response, pool, cache);
        benchmark::DoNotOptimize(progress);
    }
}

void chunked_known(benchmark::State& state) {
    HeadCache cache;
    read_responses(state,
                   "HTTP/1.1 200 OK\r\n" + date +
                       "Transfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n",
                   1, cache);
}

void head_byte_by_byte(benchmark::State& state) {
    HeadPool pool;
    HeadCache cache;
    ResponseReader reader;
    std::string response =
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nA: " + std::string(65'000, 'a') + "\r\n\r\n";
    for (auto _ : state) {
        reader.start(false);
        for (char c : response) {
            benchmark::DoNotOptimize(reader.feed(std::string_view(&c, 1), pool, cache));
        }
    }
    state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * response.size()));
}

void parse_request(benchmark::State& state) {
    std::string request =
        render_request({.url = parse_url("http://127.0.0.1:8080/").value()}).value();
    for (auto _ : state) {
        ParsedRequest parsed = parse_request_head(request);
        benchmark::DoNotOptimize(parsed);
    }
    state.SetLabel(std::to_string(request.size()) + " B");
}

void render(benchmark::State& state) {
    RequestSpec spec{.method = "POST", .url = parse_url("http://127.0.0.1:8080/a?b").value()};
    spec.headers = {{"Content-Type", "application/json"}, {"X-Api-Key", "k"}};
    spec.body = "{}";
    for (auto _ : state) {
        benchmark::DoNotOptimize(render_request(spec));
    }
}

/// A message of so many bytes as a client writes it: header, key, masked payload.
void websocket_write(benchmark::State& state) {
    std::string payload(static_cast<size_t>(state.range(0)), 'x');
    std::string frame(frame_size(payload.size(), true), '?');
    uint64_t count = 0;
    for (auto _ : state) {
        FrameSpec spec{.opcode = Opcode::text, .mask_key = mask_key({}, ++count)};
        benchmark::DoNotOptimize(write_frame(frame.data(), spec, payload));
        benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * payload.size()));
}

/// Sixteen messages as one end reads them.
void websocket_read(benchmark::State& state, WebSocketRole role, Opcode opcode) {
    HeadPool pool;
    std::string scratch(16 * 1024, '?');
    const WebSocketRules rules{.role = role, .pool = &pool, .scratch = scratch};
    std::string payload(static_cast<size_t>(state.range(0)), 'x');
    MessageSpec spec{.opcode = opcode};
    if (role == WebSocketRole::server) {
        spec.mask = RandomKey{};
    }
    std::string message(message_size(spec, payload.size()), '?');
    write_message(message.data(), spec, payload);
    const std::string messages = repeated(message, 16);
    WebSocketReader reader;
    for (auto _ : state) {
        std::string_view rest = messages;
        while (!rest.empty()) {
            WebSocketEvent event = reader.read(rest, rules);
            benchmark::DoNotOptimize(event);
            rest.remove_prefix(event.consumed);
        }
    }
    state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * 16));
    state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * messages.size()));
}

void websocket_proof(benchmark::State& state) {
    uint64_t count = 0;
    for (auto _ : state) {
        WebSocketKey key = make_websocket_key({}, ++count);
        benchmark::DoNotOptimize(websocket_accept({key.data(), key.size()}));
    }
}

} // namespace

BENCHMARK_CAPTURE(parse_head, small, small_head);
BENCHMARK_CAPTURE(parse_head, large, large_head);
BENCHMARK_CAPTURE(head_known, small, small_head);
BENCHMARK_CAPTURE(head_known, large, large_head);
BENCHMARK_CAPTURE(head_unknown, small, small_head);
BENCHMARK_CAPTURE(head_unknown, large, large_head);
BENCHMARK(pipelined_known);
BENCHMARK(date_changes);
BENCHMARK(head_always_changes);
BENCHMARK(chunked_known);
BENCHMARK(head_byte_by_byte);
BENCHMARK(parse_request);
BENCHMARK(render);
BENCHMARK(websocket_write)->Arg(16)->Arg(125)->Arg(1024)->Arg(16384);
BENCHMARK_CAPTURE(websocket_read, client_text, WebSocketRole::client, Opcode::text)
    ->Arg(16)
    ->Arg(125)
    ->Arg(1024)
    ->Arg(16384);
BENCHMARK_CAPTURE(websocket_read, client_binary, WebSocketRole::client, Opcode::binary)
    ->Arg(16)
    ->Arg(1024);
BENCHMARK_CAPTURE(websocket_read, server_text, WebSocketRole::server, Opcode::text)
    ->Arg(16)
    ->Arg(1024);
BENCHMARK(websocket_proof);

BENCHMARK_MAIN();
