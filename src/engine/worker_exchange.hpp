// A request's life: send, response, one outcome. Part of Worker; included by worker.hpp only.
#pragma once

namespace ringblast {

template <class Io> void Worker<Io>::send_requests(uint32_t slot, Connection& connection) {
    if (special_) [[unlikely]] {
        send_specially(slot, connection);
        return;
    }
    const PlannedRequest& request = *connection.request;
    size_t size = static_cast<size_t>(request.size) * connection.outstanding;
    io_.send(slot, std::string_view(request.bytes.data(), size), request.notice);
    connection.state = ConnectionState::busy;
    connection.sent_ns = now_ns_;
    connection.first_byte_ns = 0;
    if (request.notice == SendNotice::always) [[unlikely]] {
        connection.send_pending = true;
    }
    connection.reader.start(request.head);
    deadlines_ms_[slot] = request_deadline_ms_;
    tally_.bytes_sent += size;
    if (connection.mode == ReceiveMode::once) {
        io_.receive(slot, ReceiveMode::once);
    }
}

template <class Io>
void Worker<Io>::on_received(uint32_t slot, Connection& connection, const Event& event) {
    if (event.result <= 0) [[unlikely]] {
        ++activity_;
        on_peer_end(slot, connection, event.result);
        return;
    }
    std::string_view bytes = event.bytes;
    tally_.bytes_received += bytes.size();
    if (connection.state != ConnectionState::busy) [[unlikely]] {
        on_unasked(slot, connection, bytes);
        return;
    }
    for (;;) {
        ResponseReader::Progress progress = connection.reader.feed(
            bytes, head_pool_, head_caches_[connection.request->leaf]);
        std::string_view consumed = bytes.substr(0, progress.consumed);
        bytes.remove_prefix(progress.consumed);
        if (progress.status == ParseStatus::need_more) [[unlikely]] {
            await_more(slot, connection, consumed);
            return;
        }
        if (progress.status == ParseStatus::bad) [[unlikely]] {
            end_outstanding(connection, Outcome::protocol_error,
                            static_text_number(connection.reader.problem()));
            break_connection(slot, connection, CloseHow::abort);
            return;
        }
        if (watch_ && wants_look(connection)) [[unlikely]] {
            if (look(slot, connection, consumed, !bytes.empty())) {
                return;
            }
        } else {
            response_complete(connection, outcome_by_status(connection),
                              connection.reader.status());
        }
        if (connection.outstanding == 0) {
            batch_complete(slot, connection, !bytes.empty());
            return;
        }
        bool last = !connection.reader.keep_alive();
        connection.first_byte_ns = 0;
        connection.reader.start(connection.request->head);
        if (last) [[unlikely]] {
            on_peer_end(slot, connection, 0); // what is pipelined behind it gets no answer here
            return;
        }
        if (bytes.empty()) {
            return;
        }
    }
}

/// The response goes on with a later event.
template <class Io>
void Worker<Io>::await_more(uint32_t slot, Connection& connection, std::string_view bytes) {
    if (connection.request->watch != Watch::nothing) {
        keep_bytes(slot, connection, bytes);
    }
    if (connection.first_byte_ns == 0 && connection.reader.anything_received()) {
        connection.first_byte_ns = now_ns_;
    }
    if (connection.mode != ReceiveMode::once) {
        return;
    }
    uint64_t rest = connection.reader.discardable();
    if (rest > 0 && connection.request->watch != Watch::whole && io_.discard(slot, rest)) {
        return;
    }
    io_.receive(slot, ReceiveMode::once);
}

template <class Io>
void Worker<Io>::on_discarded(uint32_t slot, Connection& connection, int result) {
    if (connection.state != ConnectionState::busy) {
        return;
    }
    if (result <= 0) {
        on_peer_end(slot, connection, result);
        return;
    }
    tally_.bytes_received += static_cast<uint64_t>(result);
    if (connection.reader.skip(static_cast<uint64_t>(result)) != ParseStatus::complete) {
        await_more(slot, connection, {});
        return;
    }
    if (!finish_response(slot, connection)) {
        batch_complete(slot, connection, false);
    }
}

/// The response ended without further bytes. True: it was a redirect, and its request goes on.
template <class Io> bool Worker<Io>::finish_response(uint32_t slot, Connection& connection) {
    if (watch_ && wants_look(connection)) {
        return look(slot, connection, {}, false);
    }
    response_complete(connection, outcome_by_status(connection), connection.reader.status());
    return false;
}

template <class Io>
void Worker<Io>::response_complete(Connection& connection, Outcome outcome, int detail) {
    bool counts = connection.phase != phase_after; // on_stop is in no figure of the run
    if (counts && connection.first_byte_ns == 0) [[likely]] {
        stats_.whole.record(now_ns_ - connection.sent_ns);
    } else if (counts) {
        stats_.service.record(now_ns_ - connection.sent_ns);
        stats_.ttfb.record(connection.first_byte_ns - connection.sent_ns);
    }
    tally_.bytes_body += connection.reader.body_size();
    ++connection.responses;
    end_request(connection, outcome, connection.reader.status(), detail);
}

template <class Io>
void Worker<Io>::batch_complete(uint32_t slot, Connection& connection, bool surplus) {
    bool limit_reached = connection.responses >= responses_max_;
    if (!connection.reader.keep_alive() || surplus || limit_reached || connection.send_pending)
        [[unlikely]] {
        // Surplus bytes belong to no request: the peer and we differ on where we are.
        close_connection(slot, connection, surplus ? CloseHow::abort : CloseHow::orderly);
    } else {
        connection.state = ConnectionState::idle;
        uint64_t body_size = connection.reader.body_size();
        if (body_size > large_body_min || connection.mode != ReceiveMode::stream_small)
            [[unlikely]] {
            adapt_receive_mode(slot, connection, body_size);
        }
    }
    if (open_load_) {
        user_free(slot);
    } else {
        next_of_user(slot, now_ns_);
    }
}

/// The next response is expected to be like the last one.
template <class Io>
void Worker<Io>::adapt_receive_mode(uint32_t slot, Connection& connection, uint64_t body_size) {
    if (plan_.requests_per_connection == 1 || plan_.pipeline > 1) {
        return;
    }
    ReceiveMode wanted = ReceiveMode::stream_small;
    if (body_size > discard_min) {
        wanted = ReceiveMode::once;
    } else if (body_size > large_body_min) {
        wanted = ReceiveMode::stream_large;
    }
    if (wanted == connection.mode) {
        return;
    }
    connection.mode = wanted;
    if (wanted != ReceiveMode::once) {
        io_.receive(slot, wanted);
    }
}

template <class Io>
void Worker<Io>::end_request(Connection& connection, Outcome outcome, int status, int detail) {
    int64_t latency_ns = now_ns_ - connection.due_ns;
    --connection.outstanding;
    --in_flight_;
    tally_.in_flight_area_ns += static_cast<uint64_t>(now_ns_);
    tally_.latency_sum_ns += static_cast<uint64_t>(latency_ns);
    connection.cell->end(outcome, status, latency_ns);
    if (outcome != Outcome::ok || extras_) [[unlikely]] {
        record_extras(connection, outcome, status, detail);
    }
}

/// What only some runs want of an ended request: figures of its stage, its failure, a sample.
template <class Io>
void Worker<Io>::record_extras(const Connection& connection, Outcome outcome, int status,
                               int detail) {
    if (stage_cells_ && connection.phase == phase_measured) {
        stats_.stage(connection.stage).end(outcome, status, now_ns_ - connection.due_ns);
    }
    if (outcome != Outcome::ok) {
        record_failure(connection, outcome, detail);
        bool refused = status == 503 && connection.reader.retry_after();
        bump(stats_.refused_for_now, refused && connection.phase == phase_measured ? 1 : 0);
    }
    if (stats_.wants_samples()) {
        record_sample(connection, outcome, status, detail);
    }
    if (scenario_) {
        note_end(connection, outcome, status, detail);
    }
}

template <class Io>
void Worker<Io>::end_outstanding(Connection& connection, Outcome outcome, int detail) {
    while (connection.outstanding > 0) {
        end_request(connection, outcome, 0, detail);
    }
}

template <class Io>
void Worker<Io>::record_failure(const Connection& connection, Outcome outcome, int detail) {
    if (connection.phase == phase_measured && outcome != Outcome::cancelled) {
        stats_.record_error({.leaf = connection.request->leaf, .outcome = outcome, .detail = detail},
                            now_ns_);
    }
}

template <class Io>
void Worker<Io>::record_sample(const Connection& connection, Outcome outcome, int status,
                               int detail) {
    uint64_t slot = user_of(static_cast<uint32_t>(&connection - connections_.data()));
    stats_.record_sample({.end_ns = now_ns_,
                          .latency_ns = now_ns_ - connection.due_ns,
                          .service_ns = now_ns_ - connection.sent_ns,
                          .user = share_.global(slot),
                          .bytes = status != 0 ? connection.reader.body_size() : 0,
                          .leaf = connection.request->leaf,
                          .status = status,
                          .detail = detail,
                          .outcome = outcome,
                          .phase = connection.phase});
}

} // namespace ringblast
