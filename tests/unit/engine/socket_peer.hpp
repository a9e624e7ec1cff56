// A WebSocket server behind a FakeIo, as strict as a server is with what a client says, and as rude
// in its answers as a test wants it.
#pragma once

#include "../protocol/websocket_listener.hpp"
#include "fake_io.hpp"
#include "protocol/websocket_upgrade.hpp"

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace ringblast::test {

inline std::string frame_of(std::string_view payload, int opcode = 1) {
    return raw({.opcode = opcode, .payload = std::string(payload)});
}
inline std::string close_of(int code, std::string_view reason = {}) {
    return frame_of(close_payload(code, reason), 8);
}

class SocketPeer {
public:
    /// What comes after the bytes and how; `bytes` is not used.
    using How = Answer;
    struct Said {
        std::string bytes;
        How how{};
    };

    // The script.
    std::function<Said(std::string right_answer)> on_upgrade = [](std::string right_answer) {
        return Said{std::move(right_answer)};
    };
    /// `count` of messages before it on this connection.
    std::function<Said(const std::string& message, uint64_t count)> on_message =
        [](const std::string& message, uint64_t) { return Said{frame_of(message)}; };
    /// To our close; at first it is said back and the connection ends.
    std::function<Said(uint64_t)> on_close = [](uint64_t) {
        return Said{close_of(1000), {.end = PeerEnd::fin}};
    };

    // What was heard.
    uint64_t upgrades = 0, messages = 0;
    std::map<std::string, uint64_t> controls; ///< "pong x", "close 1000 why"
    std::string violation;                    ///< the first; empty: none

    Answer answer(const Asked& asked) {
        if (lines_.size() <= asked.slot) {
            lines_.resize(asked.slot + 1);
        }
        Line& line = lines_[asked.slot];
        if (asked.index == 0) {
            line = Line{};
            ++upgrades;
            return keep(line, on_upgrade(answer_upgrade(asked.bytes)));
        }
        line.listener->hear(asked.bytes);
        Said all;
        for (const std::string& heard : std::exchange(line.listener->heard, {})) {
            Said said = react(line, heard);
            said.bytes.insert(0, all.bytes);
            all = std::move(said);
        }
        return keep(line, std::move(all));
    }

private:
    struct Line {
        std::unique_ptr<Listener> listener = std::make_unique<Listener>(WebSocketRole::server);
        uint64_t messages = 0;
    };

    Said react(Line& line, const std::string& heard) {
        size_t space = heard.find(' ');
        std::string kind = heard.substr(0, space), rest = heard.substr(space + 1);
        if (kind == "text" || kind == "binary") {
            ++messages;
            return on_message(rest, line.messages++);
        }
        ++controls[heard];
        if (kind == "bad") {
            violation = violation.empty() ? heard : violation;
        }
        return kind == "close" ? on_close(line.messages) : Said{};
    }

    std::string answer_upgrade(std::string_view bytes) {
        ParsedRequest parsed = parse_request_head(bytes);
        if (parsed.status != ParseStatus::complete) {
            violation = "no request head";
            return "";
        }
        UpgradeRequest request = read_upgrade_request(parsed.head);
        if (request.status != 101) {
            violation = request.problem;
        }
        return render_upgrade_response(request.key, request.subprotocol);
    }

    /// Bytes are borrowed until they have been received: they stay.
    Answer keep(Line&, Said said) {
        texts_.push_back(std::move(said.bytes));
        Answer answer = said.how;
        answer.bytes = texts_.back();
        return answer;
    }

    std::vector<Line> lines_;
    std::deque<std::string> texts_;
};

} // namespace ringblast::test
