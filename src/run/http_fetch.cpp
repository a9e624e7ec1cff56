#include "run/http_fetch.hpp"

#include "base/clock.hpp"
#include "io/epoll_io.hpp"
#include "protocol/request_template.hpp"
#include "protocol/response_reader.hpp"
#include "run/failure_text.hpp"
#include "scenario/response_parts.hpp"
#include "tls/tls_io.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>

namespace ringblast {

namespace {

constexpr uint32_t slot = 0; ///< the only one
constexpr int64_t look_period_ns = 50 * ns_per_ms;

std::string words(int error) {
    return is_tls_result(error) ? tls_failure_text(error)
                                : failure_text(Outcome::connect_error, error);
}

template <class Io>
class FetchOn : public HttpFetch {
public:
    FetchOn(FetchPlan plan, std::string request)
        : plan_(std::move(plan)), request_(std::move(request)) {}
    ~FetchOn() override { reader_.abandon(heads_); }

    Expected<std::string_view> fetch(const FetchLimits& limits) override {
        if (plan_.addresses.empty()) {
            return failure(plan_.problem);
        }
        if (Expected<void> opened = open_io(); !opened) {
            return std::unexpected(opened.error());
        }
        const bool reused = state_ == State::open;
        exchange(limits);
        if (problem_ && reused && response_.empty() && !limits.stop->load() && !timed_out_) {
            exchange(limits); // it was closed while it was idle
        }
        return problem_ ? failure(*problem_) : body();
    }

    void on_event(const Event& event) {
        if (event.generation != generation_) {
            return;
        }
        if (event.kind == EventKind::closed) {
            state_ = State::closed;
        } else if (event.kind == EventKind::connected && state_ == State::connecting) {
            on_connected(event.result);
        } else if (event.kind == EventKind::received && state_ == State::open) {
            on_received(event);
        }
    }

private:
    enum class State { closed, connecting, open, closing };

    /// On the thread that uses it.
    Expected<void> open_io() {
        if (io_) {
            return {};
        }
        Expected<std::unique_ptr<Io>> made = [&] {
            if constexpr (requires { Io::create(1u, TlsOptions{}); }) {
                return Io::create(1, TlsOptions{.tls = plan_.tls, .host = plan_.url.host});
            } else {
                return Io::create(1);
            }
        }();
        if (!made) {
            return std::unexpected(made.error());
        }
        io_ = std::move(*made);
        return {};
    }

    /// Sends the request, on a connection that is made where there is none, and waits for its end.
    void exchange(const FetchLimits& limits) {
        problem_.reset();
        response_.clear();
        timed_out_ = false;
        done_ = false;
        reader_.abandon(heads_);
        reader_.start(false);
        if (state_ == State::open) {
            io_->send(slot, request_, SendNotice::on_failure);
        }
        int64_t connect_until_ns = 0;
        while (!done_ && !problem_) {
            if (state_ == State::closed) {
                connect_until_ns = monotonic_ns() + plan_.connect_timeout_ns;
                connect();
                continue;
            }
            const bool connecting = state_ == State::connecting;
            const int64_t until_ns =
                connecting ? std::min(connect_until_ns, limits.until_ns) : limits.until_ns;
            const int64_t left_ns = until_ns - monotonic_ns();
            if (left_ns <= 0 || limits.stop->load(std::memory_order_relaxed)) {
                timed_out_ = true;
                fail(connecting ? words(ETIMEDOUT)
                                : failure_text(Outcome::timeout, reader_.anything_received()));
                return;
            }
            io_->enter(std::min(left_ns, look_period_ns));
            io_->harvest(*this);
        }
    }

    void connect() {
        ++generation_;
        const Address& to = plan_.addresses[next_address_++ % plan_.addresses.size()];
        const int result = io_->connect(slot, generation_, to, {});
        state_ = result < 0 ? State::closed : State::connecting;
        if (result < 0) {
            fail(words(-result));
        }
    }

    void on_connected(int result) {
        if (result < 0) {
            fail(words(-result));
            return;
        }
        state_ = State::open;
        io_->receive(slot, ReceiveMode::stream_large);
        if (!done_) {
            io_->send(slot, request_, SendNotice::on_failure);
        }
    }

    void on_received(const Event& event) {
        if (done_ || event.result < 0 || event.bytes.empty()) {
            on_end(event.result);
            return;
        }
        const ResponseReader::Progress read = reader_.feed(event.bytes, heads_, cache_);
        response_.append(event.bytes.substr(0, read.consumed));
        if (read.status == ParseStatus::bad) {
            fail(reader_.problem());
        } else if (response_.size() > response_size_max) {
            fail("the response is larger than 16 MiB");
        } else if (read.status == ParseStatus::complete) {
            done_ = true;
            if (!reader_.keep_alive() || read.consumed < event.bytes.size()) {
                close();
            }
        }
    }

    /// Of the connection, or bytes that nobody asked for.
    void on_end(int result) {
        const bool whole = result == 0 && !done_ && reader_.finish() == ParseStatus::complete;
        if (done_ || whole) {
            done_ = true;
            close();
        } else {
            fail(is_tls_result(result) ? words(-result) : failure_text(Outcome::reset, -result));
        }
    }

    void fail(std::string problem) {
        problem_ = std::move(problem);
        close();
    }

    void close() {
        if (state_ == State::connecting || state_ == State::open) {
            state_ = io_->close(slot, CloseHow::orderly) ? State::closed : State::closing;
        }
    }

    Expected<std::string_view> body() {
        if (reader_.status() < 200 || reader_.status() > 299) {
            return failure(failure_text(Outcome::http_error, reader_.status()));
        }
        const std::optional<std::string_view> body =
            decoder_.decode(split_response(response_), response_size_max);
        return body ? Expected<std::string_view>(*body)
                    : failure(failure_text(Outcome::check_failed, check_body_unreadable));
    }

    FetchPlan plan_;
    std::string request_;
    std::unique_ptr<Io> io_;
    ResponseReader reader_;
    HeadPool heads_;
    HeadCache cache_{false}; // once a second: not worth its memory
    BodyDecoder decoder_;
    std::string response_;
    std::optional<std::string> problem_;
    State state_ = State::closed;
    uint32_t generation_ = 0;
    size_t next_address_ = 0;
    bool done_ = false;
    bool timed_out_ = false;
};

} // namespace

Expected<std::unique_ptr<HttpFetch>> HttpFetch::create(FetchPlan plan) {
    Expected<std::string> request = render_request({.url = plan.url, .headers = plan.headers});
    if (!request) {
        return std::unexpected(request.error());
    }
    std::unique_ptr<HttpFetch> fetch;
    if (plan.url.tls()) {
        fetch = std::make_unique<FetchOn<TlsIo<EpollIo>>>(std::move(plan), std::move(*request));
    } else {
        fetch = std::make_unique<FetchOn<EpollIo>>(std::move(plan), std::move(*request));
    }
    return fetch;
}

} // namespace ringblast
