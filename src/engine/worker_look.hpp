// A look at a response, where the request's checks, extractions, cookies or redirects want one.
// A response that came in one piece is looked at where it lies in the receive buffer; what comes in
// more is kept with the user first. Part of Worker; included by worker.hpp only.
#pragma once

namespace ringblast {

template <class Io> bool Worker<Io>::wants_look(const Connection& connection) const {
    Watch watch = connection.request->watch;
    bool demanded = connection.reader.sets_cookie() || connection.reader.status() / 100 == 3;
    return watch > Watch::on_demand || (watch == Watch::on_demand && demanded);
}

/// Bytes of a response that goes on with a later event.
template <class Io>
void Worker<Io>::keep_bytes(uint32_t slot, const Connection& connection, std::string_view bytes) {
    User& user = program_users_[slot];
    Watch watch = connection.request->watch;
    bool head_whole = connection.reader.status() != 0;
    bool head_wanted = !user.head_kept && (!head_whole || wants_look(connection));
    user.head_kept |= head_whole;
    if (watch == Watch::whole) {
        user.overflown |= user.response.size() + bytes.size() > plan_.max_body + head_size_max;
        head_wanted = !user.overflown;
    }
    if (head_wanted) {
        user.response.append(bytes);
    }
}

/// Decides the outcome of a whole response, whose last bytes are given. True: it was a redirect
/// that is being followed.
template <class Io>
bool Worker<Io>::look(uint32_t slot, Connection& connection, std::string_view bytes,
                      bool surplus) {
    User& user = program_users_[slot];
    const PlannedRequest& request = *connection.request;
    if (!user.response.empty() || plan_.keeps_exchanges) {
        user.response.append(bytes);
        bytes = user.response;
    }
    std::string_view head = split_response(bytes).head;
    if (connection.reader.sets_cookie() && plan_.classes[user.class_index].cookies) {
        take_cookies(user, connection, head);
    }
    if (user.redirects < request.redirects_max &&
        follow_redirect(slot, connection, head, surplus)) {
        return true;
    }
    Outcome outcome = outcome_by_status(connection);
    int detail = connection.reader.status();
    if (outcome == Outcome::ok) {
        int problem = find_problem(user, connection, bytes);
        if (problem != 0) {
            outcome = Outcome::check_failed;
            detail = problem;
        }
    }
    response_complete(connection, outcome, detail);
    return false;
}

/// The first expectation that does not hold: a number of the inspection or a CheckDetail; 0: none.
template <class Io>
int Worker<Io>::find_problem(User& user, const Connection& connection, std::string_view bytes) {
    const PlannedRequest& request = *connection.request;
    if (request.watch == Watch::whole &&
        (user.overflown || connection.reader.body_size() > plan_.max_body)) {
        return check_body_too_large;
    }
    RawResponse response{.bytes = bytes,
                         .status = connection.reader.status(),
                         .latency_ns = now_ns_ - connection.due_ns};
    Inspector::Who who{.origin = user.origin, .values = user.values, .cookies = &user.cookies};
    if (!request.inspection.empty()) {
        uint32_t problem = inspector_.inspect(request.inspection, response, who);
        if (problem != Inspector::fine) {
            return static_cast<int>(problem);
        }
    }
    if (request.until) {
        user.fulfilled =
            request.until->outcome_of[static_cast<size_t>(response.status)] == Outcome::ok &&
            (request.until->condition.empty() ||
             inspector_.inspect(request.until->condition, response, who) == Inspector::fine);
        if (!user.fulfilled && now_ns_ + request.until->every_ns > user.poll_until_ns) {
            return check_until;
        }
    }
    return 0;
}

template <class Io>
std::string_view Worker<Io>::sent_bytes(const User& user, const Connection& connection) const {
    return user.rendered ? std::string_view(user.bytes)
                         : std::string_view(connection.request->bytes);
}

template <class Io>
void Worker<Io>::take_cookies(User& user, const Connection& connection, std::string_view head) {
    std::string_view target = RequestProgram::target_of(sent_bytes(user, connection));
    std::string_view path = target.substr(0, target.find('?'));
    int64_t now_s = (zero_unix_ns_ + now_ns_) / ns_per_second;
    for_each_field(head, "set-cookie", [&](std::string_view value) {
        user.cookies.take(value, path, plan_.base.host, plan_.base.tls(), now_s);
    });
}

/// Sends the request that a 3xx asks for. False: it is none, or leads elsewhere.
template <class Io>
bool Worker<Io>::follow_redirect(uint32_t slot, Connection& connection, std::string_view head,
                                 bool surplus) {
    int status = connection.reader.status();
    if (!is_redirect(status)) {
        return false;
    }
    User& user = program_users_[slot];
    std::string_view sent = sent_bytes(user, connection);
    std::string_view fields = head.substr(head.find('\n') + 1);
    std::optional<std::string> target = redirect_target(
        plan_.base, RequestProgram::target_of(sent), find_field(fields, "location"));
    if (!target) {
        return false;
    }
    if (!connection.request->program.render_redirect(
            user.spare, {.sent = sent, .status = status, .target = *target}, plan_.variables,
            user.origin, user.values, &user.cookies)) {
        return false;
    }
    user.bytes.swap(user.spare);
    user.rendered = true;
    user.response.clear();
    user.head_kept = user.overflown = false;
    ++user.redirects;
    ++connection.responses;
    bool again = connection.reader.keep_alive() && !surplus && !connection.send_pending &&
                 connection.responses < responses_max_;
    if (again) {
        int64_t sent_ns = connection.sent_ns; // service time runs from the first send
        send_of_user(slot, connection);
        connection.sent_ns = sent_ns;
        return true;
    }
    connection.request_waits = true;
    close_connection(slot, connection, CloseHow::orderly);
    if (connection.state == ConnectionState::closed) {
        open_connection(slot);
    }
    return true;
}

template <class Io> void Worker<Io>::send_specially(uint32_t slot, Connection& connection) {
    if (speaks(slot)) {
        sockets_->send(slot, connection);
    } else {
        send_of_user(slot, connection);
    }
}

template <class Io> void Worker<Io>::send_of_user(uint32_t slot, Connection& connection) {
    const PlannedRequest& request = *connection.request;
    std::string_view bytes = sent_bytes(program_users_[slot], connection);
    bool noticed = bytes.size() > silent_send_size_max;
    io_.send(slot, bytes, noticed ? SendNotice::always : SendNotice::on_failure);
    connection.state = ConnectionState::busy;
    connection.sent_ns = now_ns_;
    connection.first_byte_ns = 0;
    connection.send_pending |= noticed;
    connection.reader.start(request.head);
    deadlines_ms_[slot] = deadline_ms(now_ns_ + request.timeout_ns);
    tally_.bytes_sent += bytes.size();
    if (connection.mode == ReceiveMode::once) {
        io_.receive(slot, ReceiveMode::once);
    }
}

} // namespace ringblast
