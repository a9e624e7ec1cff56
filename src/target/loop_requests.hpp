// From bytes to requests: heads and bodies; the memory of exchanges.
// Part of Loop; included by loop_turn.hpp only.
#pragma once

#include "protocol/field_lines.hpp"
#include "protocol/request_head.hpp"
#include "target/loop.hpp"

#include <algorithm>

namespace ringblast {

namespace {

constexpr size_t free_exchanges_max = 256;
constexpr size_t kept_capacity_max = 64 * 1024; // of a string in a free exchange

} // namespace

/// Answers the requests at the start of `bytes` that are known, and returns the rest.
template <class Io>
std::string_view Loop<Io>::answer_repeated(uint32_t slot, std::string_view bytes) {
    TargetConnection& connection = connections_[slot];
    uint64_t answered = 0;
    while (!bytes.empty()) {
        const ReplyCache::Entry* entry = cache_.find(bytes, second_, date_);
        if (entry == nullptr || is_clogged(connection)) {
            break;
        }
        mark_dirty(slot, connection);
        std::string_view& output = connection.output;
        size_t size = output.size() + entry->reply_size;
        bool prefix = output.empty() || output.data() == entry->block.data();
        if (prefix && size <= entry->block.size()) [[likely]] {
            output = std::string_view(entry->block.data(), size);
        } else {
            write(slot, std::string_view(entry->block).substr(0, entry->reply_size));
        }
        bytes.remove_prefix(entry->request_size);
        ++answered;
    }
    LoopCounters::add(counters_.requests, answered);
    return bytes;
}

template <class Io>
void Loop<Io>::consume(uint32_t slot, std::string_view bytes) {
    Exchange& exchange = exchange_of(connections_[slot]);
    if (exchange.input.size() + bytes.size() > input_size_max) {
        close(slot, CloseHow::abort);
        return;
    }
    exchange.input += bytes;
    resume(slot);
}

/// Goes on with the input as far as it will go.
template <class Io>
void Loop<Io>::resume(uint32_t slot) {
    TargetConnection& connection = connections_[slot];
    if (connection.websocket) {
        resume_frames(slot);
        return;
    }
    Exchange& exchange = *connection.exchange;
    size_t used = 0;
    while (connection.open && !connection.ending && !connection.websocket &&
           used < exchange.input.size()) {
        std::string_view rest = std::string_view(exchange.input).substr(used);
        size_t taken = 0;
        if (exchange.phase == Exchange::Phase::body) {
            taken = read_body(slot, rest);
        } else if (exchange.phase == Exchange::Phase::head && !is_clogged(connection)) {
            taken = read_head(slot, rest);
        }
        used += taken;
        if (taken == 0) {
            break;
        }
    }
    if (!connection.open) {
        return;
    }
    exchange.input.erase(0, connection.ending ? exchange.input.npos : used);
    if (connection.websocket) {
        resume_frames(slot); // frames may have come with the request
        return;
    }
    bool idle = exchange.phase == Exchange::Phase::head && exchange.queued.empty() &&
                !connection.sending && !connection.ending;
    if (idle && connection.peer_ended && !connection.dirty) {
        close(slot, CloseHow::orderly); // what is left of the input will never be whole
    } else if (idle && exchange.input.empty()) {
        release(connection);
    }
}

/// Returns the bytes used; 0 when more are needed.
template <class Io>
size_t Loop<Io>::read_head(uint32_t slot, std::string_view bytes) {
    ParsedRequest parsed = parse_request_head(bytes);
    if (parsed.status == ParseStatus::need_more) {
        return 0;
    }
    if (parsed.status == ParseStatus::bad) {
        LoopCounters::add(counters_.bad_requests, 1);
        refuse(slot, parsed.error_status, parsed.problem);
        return bytes.size();
    }
    const RequestHead& request = parsed.head;
    LoopCounters::add(counters_.requests, 1);
    Exchange& exchange = *connections_[slot].exchange;
    exchange.action = route(request.method, request.target);
    exchange.context = reply_context(request, date_);
    exchange.chunked = request.chunked;
    exchange.authorized = exchange.action.kind == ActionKind::me &&
                          state_.is_authorized(find_field(request.field_lines, "authorization"));
    if (exchange.action.kind >= ActionKind::ws_echo) {
        upgrade(slot, request);
        return request.size;
    }
    if (!request.chunked && request.content_length == 0) {
        cache_.store(bytes.substr(0, request.size), exchange.action, exchange.context, second_);
        answer(slot);
        return request.size;
    }
    exchange.phase = Exchange::Phase::body;
    exchange.body_left = request.content_length;
    exchange.chunks = {};
    if (request.expects_continue && bytes.size() == request.size) {
        write(slot, "HTTP/1.1 100 Continue\r\n\r\n");
    }
    return request.size;
}

/// Returns the bytes used.
template <class Io>
size_t Loop<Io>::read_body(uint32_t slot, std::string_view bytes) {
    Exchange& exchange = *connections_[slot].exchange;
    bool keeps = exchange.action.kind == ActionKind::echo;
    size_t used = 0;
    bool complete = false;
    if (!exchange.chunked) {
        used = static_cast<size_t>(std::min<uint64_t>(bytes.size(), exchange.body_left));
        exchange.body_left -= used;
        complete = exchange.body_left == 0;
        if (keeps) {
            exchange.body += bytes.substr(0, used);
        }
    }
    // Byte by byte, since the decoder counts the data but does not show it.
    while (exchange.chunked && !complete && used < bytes.size()) {
        ChunkedDecoder::Progress progress = exchange.chunks.feed(bytes.substr(used, 1));
        if (progress.status == ParseStatus::bad) {
            LoopCounters::add(counters_.bad_requests, 1);
            refuse(slot, 400, progress.problem);
            return bytes.size();
        }
        if (keeps && progress.payload > 0) {
            exchange.body += bytes[used];
        }
        used += progress.consumed;
        complete = progress.status == ParseStatus::complete;
    }
    if (exchange.body.size() > echo_size_max) {
        refuse(slot, 413, "more than 64 MiB to echo");
        return bytes.size();
    }
    if (complete) {
        answer(slot);
    }
    return used;
}

template <class Io>
Exchange& Loop<Io>::exchange_of(TargetConnection& connection) {
    if (connection.exchange == nullptr) {
        if (free_exchanges_.empty()) {
            connection.exchange = std::make_unique<Exchange>();
        } else {
            connection.exchange = std::move(free_exchanges_.back());
            free_exchanges_.pop_back();
        }
    }
    return *connection.exchange;
}

template <class Io>
void Loop<Io>::release(TargetConnection& connection) {
    std::unique_ptr<Exchange> exchange = std::move(connection.exchange);
    if (exchange == nullptr || free_exchanges_.size() >= free_exchanges_max) {
        return;
    }
    Exchange blank;
    for (std::string Exchange::*text :
         {&Exchange::input, &Exchange::body, &Exchange::in_flight, &Exchange::queued}) {
        std::string& used = (*exchange).*text;
        if (used.capacity() <= kept_capacity_max) {
            used.clear();
            blank.*text = std::move(used);
        }
    }
    *exchange = std::move(blank);
    free_exchanges_.push_back(std::move(exchange));
}

} // namespace ringblast
