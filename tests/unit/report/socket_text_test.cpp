// What reports for people say of WebSockets, with and without everything that may be missing.
#include "report/socket_text.hpp"

#include "report/html.hpp"
#include "report/markdown.hpp"
#include "report/text.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

namespace {

WebSocketResult some() {
    WebSocketResult ws{.connections = 64,
                       .messages_sent = 2000,
                       .messages_received = 1999,
                       .dropped = 2,
                       .close_codes = {{1000, 62}, {1006, 2}}};
    ws.connect.record(2'000'000, 200'000);
    return ws;
}

} // namespace

TEST_CASE("in words") {
    const WebSocketResult ws = some();
    CHECK(socket_connections_text(ws) == "64 connections made in p50 2.00 ms, p99 2.00 ms");
    CHECK(socket_messages_text(ws, 10) == "2,000 messages sent, 1,999 received (200/s and 200/s)");
    CHECK(socket_drops_text(ws) == "2 dropped by the target");
    CHECK(socket_closes_text(ws) == "closes 1000: 62, 1006: 2");
}

TEST_CASE("what is not there is not said") {
    const WebSocketResult none;
    CHECK(socket_connections_text(none) == "0 connections");
    CHECK(socket_messages_text(none, 0) == "0 messages sent, 0 received");
    CHECK(socket_drops_text(none).empty());
    CHECK(socket_closes_text(none).empty());
}

TEST_CASE("every report for people has it, and only of runs with WebSockets") {
    Result result{.name = "r"};
    result.duration_s = 10;
    for (bool with : {false, true}) {
        CAPTURE(with);
        if (with) {
            result.ws = some();
        }
        for (const std::string& report :
             {render_text(result, {}), render_markdown(result, {}), render_html(result)}) {
            CHECK((report.find("2,000 messages sent") != report.npos) == with);
            CHECK((report.find("2 dropped by the target") != report.npos) == with);
            CHECK((report.find("1006: 2") != report.npos) == with);
        }
    }
}
