// Frames read the same wherever they are cut, from both ends; what is read as whole messages can be
// written and is read back the same.
#include "protocol/websocket_reader.hpp"

#include "fuzz.hpp"

#include <string>
#include <vector>

using namespace ringblast;
using namespace ringblast::fuzz;

namespace {

/// Everything that does not depend on the cuts: whole messages, controls, the end.
class Transcript {
public:
    explicit Transcript(WebSocketRole role) : scratch_(role == WebSocketRole::server ? 125 : 200) {
        rules_.role = role;
        rules_.message_size_max = 2000;
        rules_.pool = &pool_;
        rules_.scratch = scratch_;
    }
    ~Transcript() {
        reader_.abandon(pool_);
        require(pool_.blocks_taken() == 0, "all blocks are given back");
    }

    void read(std::string_view bytes) {
        while (!bytes.empty()) {
            WebSocketEvent event = reader_.read(bytes, rules_);
            require(event.consumed > 0 && event.consumed <= bytes.size(), "consumed is sensible");
            require(event.kind != WebSocketEvent::Kind::need_more || event.consumed == bytes.size(),
                    "need_more takes all");
            bytes.remove_prefix(event.consumed);
            add(event);
        }
    }

    std::string text;
    bool over = false;

private:
    void add(const WebSocketEvent& event) {
        using Kind = WebSocketEvent::Kind;
        require(!over || event.kind == Kind::need_more, "nothing is told behind the end");
        if (event.kind == Kind::need_more) {
            return;
        }
        if (event.kind == Kind::data) {
            require(event.first == message_.empty(), "a message starts once");
            if (event.first) {
                message_ = event.opcode == Opcode::text ? "T" : "B";
            }
            message_ += event.payload;
            require(message_.size() <= 2001, "the limit holds");
            if (event.last) {
                require(message_[0] == 'B' || is_utf8(std::string_view(message_).substr(1)),
                        "text is UTF-8");
                text += message_;
                write_back(event.opcode);
                message_.clear();
            }
            return;
        }
        text += static_cast<char>('0' + static_cast<int>(event.kind));
        text += std::to_string(event.close_code);
        text += event.payload;
        text += event.problem;
        over = event.kind == Kind::close || event.kind == Kind::bad;
        require(event.kind != Kind::close || event.close_code == close_no_code ||
                    is_valid_close_code(event.close_code),
                "a close code is valid");
        require(event.kind != Kind::bad || is_valid_close_code(event.close_code),
                "a fault has a code to say");
    }
    void write_back(Opcode opcode) {
        const bool masked = rules_.role == WebSocketRole::server;
        MessageSpec spec{.opcode = opcode, .fragment_size = message_.size() % 7 * 50};
        if (masked) {
            spec.mask = RandomKey{.seed = message_.size()};
        }
        std::string_view payload = std::string_view(message_).substr(1);
        Exact room(std::string(ringblast::message_size(spec, payload.size()), '?'));
        char* start = const_cast<char*>(room.view().data());
        require(write_message(start, spec, payload) == start + room.view().size(),
                "the size is known before");
        WebSocketReader reader;
        std::string read_back;
        bool whole = false;
        for (std::string_view bytes = room.view(); !bytes.empty();) {
            WebSocketEvent event = reader.read(bytes, rules_);
            require(event.kind == WebSocketEvent::Kind::data, "what is written can be read");
            bytes.remove_prefix(event.consumed);
            read_back += event.payload;
            whole = event.last;
        }
        require(whole && read_back == payload, "and is the same");
    }

    WebSocketReader reader_;
    WebSocketRules rules_;
    std::vector<char> scratch_;
    HeadPool pool_;
    std::string message_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) {
        return 0;
    }
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const WebSocketRole role = bytes[0] & 1 ? WebSocketRole::server : WebSocketRole::client;
    bytes.remove_prefix(1);
    Transcript whole(role);
    whole.read(Exact(bytes).view());
    for (uint64_t round = 0; round < 3; ++round) {
        Cuts cuts(bytes, round);
        Transcript parts(role);
        for (size_t at = 0; at < bytes.size();) {
            size_t piece = cuts.next(bytes.size() - at);
            parts.read(Exact(bytes.substr(at, piece)).view());
            at += piece;
        }
        require(parts.text == whole.text, "what is read does not depend on the cuts");
        require(parts.over == whole.over, "nor whether it is over");
    }
    return 0;
}
