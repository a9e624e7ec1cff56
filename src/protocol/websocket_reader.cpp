#include "protocol/websocket_reader.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <cstring>

namespace ringblast {

namespace {

bool is_control(Opcode opcode) {
    return opcode >= Opcode::close;
}

} // namespace

[[gnu::noinline]] WebSocketEvent WebSocketReader::read_slowly(std::string_view bytes,
                                                              const WebSocketRules& rules) {
    if (phase_ == Phase::over) {
        return {.consumed = bytes.size()};
    }
    size_t used = 0;
    if (phase_ == Phase::header) {
        // A fault is found with the byte that makes it one, so the answer does not depend on cuts.
        while (used < bytes.size() && header_size_ < header_size_wanted()) {
            header_[header_size_++] = static_cast<uint8_t>(bytes[used++]);
            Fault fault = header_size_ == 1   ? check_first_byte()
                          : header_size_ == 2 ? check_second_byte(rules.role)
                                              : Fault{};
            if (fault.code != 0) {
                return fail(fault, used);
            }
        }
        if (header_size_ < header_size_wanted()) {
            return {.consumed = used};
        }
        if (Fault fault = start_frame(rules.message_size_max); fault.code != 0) {
            return fail(fault, used);
        }
    }
    return phase_ == Phase::data ? read_data(bytes, used, rules) : read_control(bytes, used, rules);
}

size_t WebSocketReader::header_size_wanted() const {
    if (header_size_ < 2) {
        return 2;
    }
    const uint8_t size = header_[1] & 0x7f;
    return 2 + (size == 127 ? 8 : size == 126 ? 2 : 0) + (is_masked() ? sizeof(MaskKey) : 0);
}

WebSocketReader::Fault WebSocketReader::check_first_byte() const {
    if ((header_[0] & 0x70) != 0) {
        return {close_protocol_error, "a reserved bit is set without an extension"};
    }
    switch (frame_opcode()) {
    case Opcode::continuation:
        if (message_opcode_ == Opcode::continuation) {
            return {close_protocol_error, "a continuation without a message to continue"};
        }
        return {};
    case Opcode::text:
    case Opcode::binary:
        if (message_opcode_ != Opcode::continuation) {
            return {close_protocol_error, "a new message within an unfinished one"};
        }
        return {};
    case Opcode::close:
    case Opcode::ping:
    case Opcode::pong:
        if (!is_final()) {
            return {close_protocol_error, "a control frame in fragments"};
        }
        return {};
    default:
        return {close_protocol_error, "a reserved opcode"};
    }
}

WebSocketReader::Fault WebSocketReader::check_second_byte(WebSocketRole role) const {
    if (is_masked() != (role == WebSocketRole::server)) {
        return {close_protocol_error, role == WebSocketRole::server ? "a client's frame unmasked"
                                                                    : "a server's frame masked"};
    }
    const uint8_t size = header_[1] & 0x7f;
    if (is_control(frame_opcode()) && size > control_size_max) {
        return {close_protocol_error, "a control frame longer than 125 bytes"};
    }
    if (frame_opcode() == Opcode::close && size == 1) {
        return {close_protocol_error, "a close code of one byte"};
    }
    return {};
}

/// The header is whole.
WebSocketReader::Fault WebSocketReader::start_frame(uint64_t message_size_max) {
    const uint8_t* at = header_ + 2;
    left_ = header_[1] & 0x7f;
    if (left_ == 126) {
        uint16_t size;
        std::memcpy(&size, at, sizeof size);
        at += sizeof size;
        left_ = __builtin_bswap16(size);
        if (left_ < 126) {
            return {close_protocol_error, "a length longer than its shortest form"};
        }
    } else if (left_ == 127) {
        uint64_t size;
        std::memcpy(&size, at, sizeof size);
        at += sizeof size;
        left_ = __builtin_bswap64(size);
        if (left_ >> 63 != 0) {
            return {close_protocol_error, "a length of 2^63 or more"};
        }
        if (left_ <= 0xffff) {
            return {close_protocol_error, "a length longer than its shortest form"};
        }
    }
    if (is_masked()) {
        std::memcpy(&mask_key_, at, sizeof mask_key_);
    }
    header_size_ = 0;
    if (is_control(frame_opcode())) {
        phase_ = Phase::control;
        return {};
    }
    if (frame_opcode() != Opcode::continuation) {
        message_opcode_ = frame_opcode();
        message_size_ = 0;
        first_ = true;
        utf8_ = {};
    }
    if (left_ > message_size_max - std::min(message_size_, message_size_max)) {
        return {close_too_big, "a message longer than the limit"};
    }
    message_size_ += left_;
    phase_ = Phase::data;
    return {};
}

WebSocketEvent WebSocketReader::read_data(std::string_view bytes, size_t used,
                                          const WebSocketRules& rules) {
    size_t size = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size() - used));
    std::string_view payload = bytes.substr(used, size);
    if (rules.role == WebSocketRole::server) {
        size = std::min(size, rules.scratch.size());
        mask_key_ = copy_masked(rules.scratch.data(), payload.substr(0, size), mask_key_);
        payload = {rules.scratch.data(), size};
    }
    used += size;
    left_ -= size;
    const bool last = left_ == 0 && is_final();
    if (message_opcode_ == Opcode::text) {
        if (!utf8_.feed(payload) || (last && !utf8_.at_boundary())) {
            return fail({close_bad_text, "text that is not UTF-8"}, used);
        }
    }
    WebSocketEvent event{.kind = WebSocketEvent::Kind::data,
                         .opcode = message_opcode_,
                         .first = first_,
                         .last = last,
                         .consumed = used,
                         .payload = payload};
    first_ = false;
    if (left_ == 0) {
        phase_ = Phase::header;
    }
    if (last) {
        message_opcode_ = Opcode::continuation;
        message_size_ = 0;
    }
    return event;
}

WebSocketEvent WebSocketReader::read_control(std::string_view bytes, size_t used,
                                             const WebSocketRules& rules) {
    CHECK(rules.scratch.size() >= control_size_max && rules.pool != nullptr);
    const size_t size = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size() - used));
    std::string_view part = bytes.substr(used, size);
    used += size;
    left_ -= size;
    if (left_ > 0 && size > 0 && control_size_ == 0) {
        block_ = rules.pool->take_small();
        if (block_ == nullptr) {
            return fail({close_internal_error, "no memory left for unfinished frames"}, used);
        }
    }
    const bool gathered = left_ > 0 || control_size_ > 0;
    char* to = gathered ? block_ + control_size_ : rules.scratch.data();
    if (rules.role == WebSocketRole::server) {
        mask_key_ = copy_masked(to, part, mask_key_);
        part = {to, size};
    } else if (gathered && size > 0) {
        std::memcpy(to, part.data(), size);
    }
    if (left_ > 0) {
        control_size_ += static_cast<uint8_t>(size);
        return {.consumed = used};
    }
    if (gathered) {
        const size_t whole = control_size_ + size;
        std::memcpy(rules.scratch.data(), block_, whole);
        rules.pool->give_small(block_);
        control_size_ = 0;
        part = {rules.scratch.data(), whole};
    }
    return finish_control(part, used);
}

WebSocketEvent WebSocketReader::finish_control(std::string_view payload, size_t used) {
    phase_ = Phase::header;
    WebSocketEvent event{.kind = frame_opcode() == Opcode::ping ? WebSocketEvent::Kind::ping
                                                                : WebSocketEvent::Kind::pong,
                         .consumed = used,
                         .payload = payload};
    if (frame_opcode() != Opcode::close) {
        return event;
    }
    phase_ = Phase::over;
    event.kind = WebSocketEvent::Kind::close;
    event.close_code = close_no_code;
    if (!payload.empty()) {
        event.close_code = static_cast<uint16_t>(static_cast<uint8_t>(payload[0]) << 8 |
                                                 static_cast<uint8_t>(payload[1]));
        event.payload = payload.substr(2);
        if (!is_valid_close_code(event.close_code)) {
            return fail({close_protocol_error, "a close code that must not be sent"}, used);
        }
        if (!is_utf8(event.payload)) {
            return fail({close_bad_text, "a close reason that is not UTF-8"}, used);
        }
    }
    return event;
}

[[gnu::cold]] WebSocketEvent WebSocketReader::fail(Fault fault, size_t used) {
    phase_ = Phase::over;
    return {.kind = WebSocketEvent::Kind::bad,
            .close_code = fault.code,
            .consumed = used,
            .problem = fault.problem};
}

void WebSocketReader::abandon(HeadPool& pool) {
    if (control_size_ > 0) {
        pool.give_small(block_);
    }
    *this = {};
}

} // namespace ringblast
