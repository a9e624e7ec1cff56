// From bytes to answers: heads, bodies, what each action does.
#include "base/clock.hpp"
#include "protocol/field_lines.hpp"
#include "protocol/request_head.hpp"
#include "target/loop.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ringblast {

namespace {

constexpr size_t input_size_max = 1 << 20;  // unread by us while we are busy
constexpr size_t echo_size_max = 64u << 20; // more is refused

} // namespace

/// Answers the requests at the start of `bytes` that are known, and returns the rest.
std::string_view Loop::answer_repeated(uint32_t slot, std::string_view bytes) {
    Connection& connection = connections_[slot];
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

void Loop::consume(uint32_t slot, std::string_view bytes) {
    Exchange& exchange = exchange_of(connections_[slot]);
    if (exchange.input.size() + bytes.size() > input_size_max) {
        close(slot, CloseHow::abort);
        return;
    }
    exchange.input += bytes;
    resume(slot);
}

/// Goes on with the input as far as it will go.
void Loop::resume(uint32_t slot) {
    Connection& connection = connections_[slot];
    Exchange& exchange = *connection.exchange;
    size_t used = 0;
    while (connection.open && !connection.ending && used < exchange.input.size()) {
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
    bool idle = exchange.phase == Exchange::Phase::head && exchange.queued.empty() &&
                !connection.sending && !connection.ending;
    if (idle && connection.peer_ended && !connection.dirty) {
        close(slot, CloseHow::orderly); // what is left of the input will never be whole
    } else if (idle && exchange.input.empty()) {
        release(connection);
    }
}

/// Returns the bytes used; 0 when more are needed.
size_t Loop::read_head(uint32_t slot, std::string_view bytes) {
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
size_t Loop::read_body(uint32_t slot, std::string_view bytes) {
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

/// Says why and ends the connection.
void Loop::refuse(uint32_t slot, uint16_t status, std::string_view problem) {
    std::string body = fmt::format("{}\n", problem);
    start_reply(slot, render_text({.status = status, .body = body},
                                  {.persistence = Persistence::ends, .date = date_}));
}

/// The request is whole: does what it asks.
void Loop::answer(uint32_t slot) {
    Exchange& exchange = *connections_[slot].exchange;
    const Action& action = exchange.action;
    switch (action.kind) {
    case ActionKind::delay:
        wait(slot, Exchange::Wait::reply, now_ns_ + action.time_ns);
        return;
    case ActionKind::queue: {
        FifoQueue::Shape shape{
            .workers = action.workers, .service_ns = action.time_ns, .waiting_max = action.size};
        if (auto due_ns = state_.pass_queue(shape, now_ns_)) {
            wait(slot, Exchange::Wait::reply, *due_ns);
            return;
        }
        exchange.action = {.status = 503, .body = "the queue is full\n"};
        break;
    }
    case ActionKind::pause:
        still_until_ns_ = std::max(still_until_ns_, now_ns_ + action.time_ns);
        wait(slot, Exchange::Wait::reply, still_until_ns_);
        return;
    case ActionKind::stall:
        if (action.time_ns == 0) {
            exchange.phase = Exchange::Phase::waiting;
            exchange.wait = Exchange::Wait::for_ever;
            return;
        }
        break;
    case ActionKind::reset:
        close(slot, CloseHow::abort);
        return;
    default:
        break;
    }
    start_reply(slot, make_reply(exchange));
}

void Loop::wait(uint32_t slot, Exchange::Wait what, int64_t due_ns) {
    Connection& connection = connections_[slot];
    Exchange& exchange = *connection.exchange;
    exchange.phase = Exchange::Phase::waiting;
    exchange.wait = what;
    exchange.due_ns = due_ns;
    timers_.push({.due_ns = due_ns, .slot = slot, .generation = connection.generation});
}

void Loop::on_due(uint32_t slot) {
    Exchange& exchange = *connections_[slot].exchange;
    switch (exchange.wait) {
    case Exchange::Wait::reply:
        start_reply(slot, make_reply(exchange));
        break;
    case Exchange::Wait::tail:
        write(slot, exchange.reply.tail);
        finish_reply(slot, exchange.reply.ends);
        break;
    case Exchange::Wait::drip:
        drip(slot);
        break;
    case Exchange::Wait::for_ever:
        break;
    }
    resume(slot);
}

/// One more byte, and the next one when it is due by the schedule.
void Loop::drip(uint32_t slot) {
    Exchange& exchange = *connections_[slot].exchange;
    const std::string& bytes = exchange.reply.first;
    write(slot, std::string_view(bytes).substr(exchange.dripped++, 1));
    if (exchange.dripped < bytes.size()) {
        wait(slot, Exchange::Wait::drip, exchange.due_ns + exchange.reply.per_byte_ns);
    } else {
        finish_reply(slot, exchange.reply.ends);
    }
}

Reply Loop::make_reply(const Exchange& exchange) {
    ReplyContext context = exchange.context;
    context.date = date_;
    const Action& action = exchange.action;
    switch (action.kind) {
    case ActionKind::echo:
        return render_text({.content_type = action.content_type, .body = exchange.body}, context);
    case ActionKind::flaky:
        if (state_.next_fails(action.rate)) {
            return render_text({.status = 500, .body = "one of those\n"}, context);
        }
        break;
    case ActionKind::rate_limit:
        if (int64_t wait_ns = state_.pass_rate_limit(action.rate, now_ns_); wait_ns > 0) {
            std::string fields =
                fmt::format("Retry-After: {}\r\n", (wait_ns + ns_per_second - 1) / ns_per_second);
            return render_text({.status = 429, .fields = fields, .body = "too many\n"}, context);
        }
        break;
    case ActionKind::login: {
        std::string body = fmt::format("{{\"token\":\"{}\"}}\n", state_.new_token());
        return render_text({.content_type = "application/json", .body = body}, context);
    }
    case ActionKind::me:
        if (exchange.authorized) {
            return render_text({.content_type = "application/json", .body = "{\"name\":\"you\"}\n"},
                               context);
        }
        return render_text({.status = 401,
                            .fields = "WWW-Authenticate: Bearer\r\n",
                            .body = "no token of /login\n"},
                           context);
    case ActionKind::metrics:
        return render_text(
            {.content_type = "text/plain; version=0.0.4", .body = state_.render_metrics()},
            context);
    default:
        break;
    }
    return render_reply(action, context);
}

void Loop::start_reply(uint32_t slot, Reply reply) {
    Exchange& exchange = exchange_of(connections_[slot]);
    exchange.body.clear();
    exchange.reply = std::move(reply);
    Reply& kept = exchange.reply;
    if (kept.per_byte_ns > 0) {
        exchange.dripped = 0;
        exchange.due_ns = now_ns_;
        drip(slot);
        return;
    }
    write_owned(slot, std::move(kept.first));
    if (kept.tail_after_ns > 0) {
        wait(slot, Exchange::Wait::tail, now_ns_ + kept.tail_after_ns);
    } else if (kept.repeated_size > 0 || !kept.tail.empty()) {
        exchange.phase = Exchange::Phase::sending;
    } else {
        finish_reply(slot, kept.ends);
    }
}

void Loop::finish_reply(uint32_t slot, bool ends) {
    Connection& connection = connections_[slot];
    Exchange& exchange = *connection.exchange;
    exchange.phase = Exchange::Phase::head;
    exchange.reply = {};
    connection.ending = ends;
}

} // namespace ringblast
