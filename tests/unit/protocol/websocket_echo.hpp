// A client that sends back what it gets, made of the reader and the writer as an engine would: the
// one that cases of conformance talk to, in memory.
#pragma once

#include "websocket_listener.hpp"

#include <string>
#include <string_view>

namespace ringblast::test {

class EchoClient {
public:
    EchoClient() : scratch_(1024) {
        rules_.pool = &pool_;
        rules_.scratch = scratch_;
    }
    EchoClient(const EchoClient&) = delete;
    EchoClient& operator=(const EchoClient&) = delete;
    ~EchoClient() { reader_.abandon(pool_); }

    /// What it answers to these bytes of the server.
    std::string on_received(std::string_view bytes) {
        output_.clear();
        while (!bytes.empty()) {
            WebSocketEvent event = reader_.read(bytes, rules_);
            bytes.remove_prefix(event.consumed);
            on_event(event);
        }
        return output_;
    }

    const CloseHandshake& closing() const { return close_; }

private:
    void on_event(const WebSocketEvent& event) {
        using Kind = WebSocketEvent::Kind;
        switch (event.kind) {
        case Kind::data:
            if (event.first) {
                message_.clear();
            }
            message_ += event.payload;
            if (event.last && close_.is_open()) {
                say(event.opcode, message_);
            }
            break;
        case Kind::ping:
            if (close_.is_open()) {
                say(Opcode::pong, event.payload);
            }
            break;
        case Kind::close:
            if (close_.on_close(event.close_code)) {
                say_close(event.close_code);
            }
            break;
        case Kind::bad:
            if (close_.fail(event.close_code)) {
                say_close(event.close_code);
            }
            break;
        case Kind::pong:
        case Kind::need_more:
            break;
        }
    }
    void say(Opcode opcode, std::string_view payload) {
        size_t before = output_.size();
        output_.resize(before + frame_size(payload.size(), true));
        write_frame(output_.data() + before,
                    {.opcode = opcode, .mask_key = mask_key({}, frames_++)}, payload);
    }
    void say_close(uint16_t code) {
        char frame[frame_size(control_size_max, true)];
        output_.append(frame, write_close(frame, mask_key({}, frames_++), code));
    }

    WebSocketReader reader_;
    CloseHandshake close_;
    WebSocketRules rules_;
    std::vector<char> scratch_;
    HeadPool pool_;
    std::string message_, output_;
    uint64_t frames_ = 0;
};

} // namespace ringblast::test
