// A user with a program: where it is in it, and what it owns beside its connection: values,
// cookies, the bytes of its request. Only plans with scenarios have users; a blast's connections
// stand for themselves.
#pragma once

#include "engine/backlog.hpp"
#include "plan/plan.hpp"

#include <cstdint>
#include <string>

namespace ringblast {

enum class UserState : uint8_t {
    fresh,    ///< has not run on_start yet
    starting, ///< runs on_start
    ready,    ///< between two tasks
    busy,     ///< runs a task
    stopping, ///< runs on_stop
    ended,    ///< takes part no more
};

struct User {
    UserState state = UserState::fresh;
    bool answered = false;    ///< a request of its program ended and has not been followed up yet
    bool failed = false;      ///< that request did not end as `ok`
    bool fulfilled = false;   ///< its `until` holds
    bool polling = false;     ///< poll_until_ns counts
    bool first_step = false;  ///< the next request is the first of its task
    bool rendered = false;    ///< `bytes` hold the request in flight, not the plan
    bool head_kept = false;   ///< `response` holds a whole head
    bool overflown = false;   ///< the body is larger than what may be kept
    bool has_arrival = false; ///< open load: `arrival` is this user's
    uint16_t class_index = 0;
    uint32_t task = 0;    ///< index into plan.tasks
    uint32_t request = 0; ///< within the task
    unsigned redirects = 0;
    uint64_t repeat_left = 0;
    uint64_t turns = 0;      ///< programs begun
    uint64_t tasks_done = 0; ///< without on_start
    int64_t turn_due_ns = 0;
    int64_t poll_until_ns = 0;
    Waiting arrival{};
    DrawOrigin origin;
    std::string bytes, spare; ///< the request as rendered; room for that of a redirect
    std::string response;     ///< what must be kept of a response that comes in pieces
    UserValues values;
    CookieJar cookies;
};

} // namespace ringblast
