// From requests to answers: what each action does, at once or when its time has come.
// Part of Loop; included by loop_turn.hpp only.
#pragma once

#include "base/clock.hpp"
#include "target/loop.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ringblast {

/// Says why and ends the connection.
template <class Io>
void Loop<Io>::refuse(uint32_t slot, uint16_t status, std::string_view problem) {
    std::string body = fmt::format("{}\n", problem);
    start_reply(slot, render_text({.status = status, .body = body},
                                  {.persistence = Persistence::ends, .date = date_}));
}

/// The request is whole: does what it asks.
template <class Io>
void Loop<Io>::answer(uint32_t slot) {
    Exchange& exchange = *connections_[slot].exchange;
    const Action& action = exchange.action;
    switch (action.kind) {
    case ActionKind::delay:
        wait(slot, Exchange::Wait::reply, now_ns_ + action.time_ns);
        return;
    case ActionKind::queue:
        if (auto due_ns = state_.pass_queue(action.queue, now_ns_)) {
            wait(slot, Exchange::Wait::reply, *due_ns);
            return;
        }
        exchange.action = {.status = 503, .body = "the queue is full\n"};
        break;
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

template <class Io>
void Loop<Io>::wait(uint32_t slot, Exchange::Wait what, int64_t due_ns) {
    TargetConnection& connection = connections_[slot];
    Exchange& exchange = *connection.exchange;
    exchange.phase = Exchange::Phase::waiting;
    exchange.wait = what;
    exchange.due_ns = due_ns;
    timers_.push({.due_ns = due_ns, .slot = slot, .generation = connection.generation});
}

template <class Io>
void Loop<Io>::on_due(uint32_t slot) {
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
template <class Io>
void Loop<Io>::drip(uint32_t slot) {
    Exchange& exchange = *connections_[slot].exchange;
    const std::string& bytes = exchange.reply.first;
    write(slot, std::string_view(bytes).substr(exchange.dripped++, 1));
    if (exchange.dripped < bytes.size()) {
        wait(slot, Exchange::Wait::drip, exchange.due_ns + exchange.reply.per_byte_ns);
    } else {
        finish_reply(slot, exchange.reply.ends);
    }
}

template <class Io>
Reply Loop<Io>::make_reply(const Exchange& exchange) {
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
        if (int64_t wait_ns = state_.pass_rate_limit({action.rate, action.burst}, now_ns_);
            wait_ns > 0) {
            std::string fields =
                fmt::format("Retry-After: {}\r\n", (wait_ns + ns_per_second - 1) / ns_per_second);
            return render_text({.status = 429, .fields = fields, .body = "too many\n"}, context);
        }
        break;
    case ActionKind::leak:
        if (!state_.leak(action.size)) {
            return render_text({.status = 500, .body = "out of memory\n"}, context);
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

template <class Io>
void Loop<Io>::start_reply(uint32_t slot, Reply reply) {
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

template <class Io>
void Loop<Io>::finish_reply(uint32_t slot, bool ends) {
    TargetConnection& connection = connections_[slot];
    Exchange& exchange = *connection.exchange;
    exchange.phase = Exchange::Phase::head;
    exchange.reply = {};
    connection.ending = ends;
}

} // namespace ringblast
