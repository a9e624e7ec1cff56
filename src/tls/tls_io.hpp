// TLS in front of any door: an Io (io.hpp) over an Io. A worker or a target's loop is the same code
// with it; `connected` means that the handshake is done, and bytes are plain on this side.
//
//   send ──► encrypt ──► held ──► flying ──► inner.send          one in flight at a time
//   received ◄── scratch ◄── decrypt ◄── inner's event            straight from its bytes
//
// Ciphertext that is not sent yet is `held`; what the inner door has is `flying`, and stays until
// it is sent: told where notice was asked, else proven by the response. Long sends are encrypted in
// portions, so a connection's buffers stay below 2 x 66 KiB, and below 2 x 4 KiB when it is idle;
// with them 200 bytes of slot, and what the library holds: see docs. What reading makes to be sent
// (tickets, key updates, the last flight of a handshake) is held until the end of the turn, so that
// a request or response goes with it in one send.
//
// The end of a connection without close_notify is a failure (TlsFailure::truncated), also where TCP
// ended in order. discard() is always refused: bytes must be decrypted to be dropped.
#pragma once

#include "base/check.hpp"
#include "io/io.hpp"
#include "tls/session.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

namespace ringblast {

template <class Inner>
class TlsIo {
public:
    /// Over an Io made by Inner::create(slot_count), on the calling thread, which must be the only
    /// one to use it. The error says which option or file is wrong, or what forbids the engine.
    static Expected<std::unique_ptr<TlsIo>> create(uint32_t slot_count, const TlsOptions& options);
    TlsIo(std::unique_ptr<Inner> inner, std::unique_ptr<TlsContext> context, uint32_t slot_count);
    ~TlsIo();
    TlsIo(const TlsIo&) = delete;
    TlsIo& operator=(const TlsIo&) = delete;

    // The door; see io.hpp.
    int64_t now_ns() const { return inner_->now_ns(); }
    int connect(uint32_t slot, uint32_t generation, const Address& to, const SocketOptions& how);
    void receive(uint32_t slot, ReceiveMode mode);
    bool discard(uint32_t, uint64_t) { return false; }
    void send(uint32_t slot, std::string_view bytes, SendNotice notice);
    bool close(uint32_t slot, CloseHow how);
    void flush();
    void enter(int64_t wait_ns);
    template <class Handler>
    void harvest(Handler& handler);
    void accept(int listening_fd) { inner_->accept(listening_fd); }
    void adopt(uint32_t slot, uint32_t generation, int fd);
    decltype(auto) counters() { return inner_->counters(); }

    /// Whether TCP is connected and the handshake is not over: what a time-out of a connect hit.
    bool is_handshaking(uint32_t slot) const { return slots_[slot].state == State::handshake; }
    /// The two parts of the time until Event connected with result 0, in nanoseconds: TCP's and the
    /// handshake. Requires: it has come.
    int64_t connect_ns(uint32_t slot) const { return slots_[slot].connect_ns; }
    int64_t handshake_ns(uint32_t slot) const { return slots_[slot].handshake_ns; }
    /// What has happened so far; on the calling thread.
    TlsReport tls_report() const {
        TlsReport report = context_->report();
        report.truncations = truncations_;
        return report;
    }
    Inner& inner() { return *inner_; }

private:
    static constexpr uint32_t generation_mask = (1u << 28) - 1;
    static constexpr size_t portion_max = 64 * 1024;  ///< plaintext encrypted ahead of its send
    static constexpr size_t scratch_size = 96 * 1024; ///< an inner event and a record begun before
    static constexpr size_t kept_max = 4096;          ///< of a buffer that is not in use

    enum class State : uint8_t {
        free,
        connecting, ///< TCP
        handshake,
        open,
        failed,  ///< told; waits for its close
        closing, ///< the inner door is
    };

    struct Slot {
        TlsSession session;
        TlsBuffer held, flying;
        std::string leftover;     ///< came behind the handshake before anyone wanted to receive
        std::string_view pending; ///< of the caller, not encrypted yet
        int64_t started_ns = 0;   ///< of TCP's connect, then of the handshake
        int64_t connect_ns = 0, handshake_ns = 0;
        uint32_t generation = 0;
        uint32_t owed_size = 0;      ///< to be told when all of a send is gone
        uint32_t unnoticed_turn = 0; ///< of the last send without notice
        int32_t end_result = 0;      ///< with end_due
        State state = State::free;
        ReceiveMode mode = ReceiveMode::once;
        bool armed : 1 = false;        ///< the caller wants bytes
        bool arming_waits : 1 = false; ///< a receive() now is acted on by who calls the handler
        bool in_flight : 1 = false;    ///< `flying` is, with notice
        bool late : 1 = false;         ///< in late_
        bool any_bytes : 1 = false;    ///< something has come
        bool ended : 1 = false;        ///< no plaintext any more; the caller knows or will
        bool end_due : 1 = false;      ///< the caller is to be told at its next receive
        bool peer_gone : 1 = false;    ///< the inner door has told an end
        bool broken : 1 = false;       ///< nothing can be sent any more
    };

    struct Told {
        uint32_t slot, generation;
        EventKind kind;
        int32_t result;
    };
    struct Late {
        uint32_t slot, generation;
    };
    template <class Handler>
    struct Relay {
        TlsIo& io;
        Handler& handler;
        void on_event(const Event& event) { io.on_inner(event, handler); }
    };

    Slot* find(uint32_t slot, uint32_t generation) {
        Slot& state = slots_[slot];
        bool alive = state.state != State::free && state.state != State::closing;
        return alive && state.generation == generation ? &state : nullptr;
    }

    // Sending: send.hpp
    void encrypt(uint32_t slot, Slot& state, std::string_view bytes);
    void push(uint32_t slot, Slot& state, SendNotice notice);
    void push_late(uint32_t slot, Slot& state);
    void push_all_late();
    void end_turn();
    void send_on(uint32_t slot, Slot& state);
    template <class Handler>
    void on_sent(uint32_t slot, const Event& event, Handler& handler);
    void tell(uint32_t slot, const Slot& state, EventKind kind, int32_t result) {
        told_.push_back({slot, state.generation, kind, result});
    }

    // Receiving and the life of a connection: connection.hpp, handshake.hpp, harvest.hpp
    void begin(uint32_t slot, uint32_t generation, State state);
    void end(Slot& state);
    [[gnu::noinline]] void plaintext_end_due(uint32_t slot, Slot& state, int32_t result);
    void wake(uint32_t slot, Slot& state) { ready_.push_back({slot, state.generation}); }
    template <class Handler>
    void on_inner(const Event& event, Handler& handler);
    template <class Handler>
    void on_connected(uint32_t slot, const Event& event, Handler& handler);
    template <class Handler>
    void on_received(uint32_t slot, const Event& event, Handler& handler);
    template <class Handler>
    void shake_hands(uint32_t slot, std::string_view bytes, Handler& handler);
    template <class Handler>
    void handshake_done(uint32_t slot, std::string_view rest, Handler& handler);
    template <class Handler>
    void handshake_failed(uint32_t slot, int result, Handler& handler);
    template <class Handler>
    void decrypt(uint32_t slot, std::string_view bytes, Handler& handler);
    template <class Handler>
    void plaintext_ended(uint32_t slot, int result, Handler& handler);
    template <class Handler>
    void hand_on(uint32_t slot, Slot& state, EventKind kind, int32_t result, std::string_view bytes,
                 Handler& handler);
    template <class Handler>
    void tell_all(Handler& handler);
    template <class Handler>
    void wake_all(Handler& handler);

    std::unique_ptr<Inner> inner_;
    std::unique_ptr<TlsContext> context_;
    bool client_;
    uint32_t turn_ = 1;
    uint64_t truncations_ = 0;
    std::unique_ptr<char[]> scratch_;
    std::vector<Slot> slots_;
    std::vector<Told> told_, telling_;
    std::vector<Late> late_, ready_, waking_;
};

template <class Inner>
Expected<std::unique_ptr<TlsIo<Inner>>> TlsIo<Inner>::create(uint32_t slot_count,
                                                             const TlsOptions& options) {
    auto context = TlsContext::create(options);
    if (!context) {
        return std::unexpected(context.error());
    }
    auto inner = Inner::create(slot_count);
    if (!inner) {
        return std::unexpected(inner.error());
    }
    return std::make_unique<TlsIo>(std::move(*inner), std::move(*context), slot_count);
}

template <class Inner>
TlsIo<Inner>::TlsIo(std::unique_ptr<Inner> inner, std::unique_ptr<TlsContext> context,
                    uint32_t slot_count)
    : inner_(std::move(inner)), context_(std::move(context)),
      client_(context_->role() == TlsRole::client),
      scratch_(std::make_unique_for_overwrite<char[]>(scratch_size)), slots_(slot_count) {
    for (std::vector<Late>* slots : {&late_, &ready_, &waking_}) {
        slots->reserve(slot_count);
    }
}

template <class Inner>
TlsIo<Inner>::~TlsIo() {
    inner_.reset(); // before the buffers that it may be sending
    for (Slot& state : slots_) {
        state.session.close(*context_);
    }
}

} // namespace ringblast

#include "tls/connection.hpp"
#include "tls/handshake.hpp"
#include "tls/harvest.hpp"
#include "tls/send.hpp"
