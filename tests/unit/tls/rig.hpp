// A client and a server that speak TLS over a pipe in memory, turn by turn.
#pragma once

#include "pipe_io.hpp"
#include "tls/tls_io.hpp"

#include <doctest/doctest.h>
#include <map>
#include <string>
#include <vector>

namespace ringblast::test {

struct Told {
    EventKind kind;
    int32_t result;
    uint32_t slot;
    bool operator==(const Told&) const = default;
};

/// One side: its door, and what it was told.
struct Side {
    std::unique_ptr<TlsIo<PipeIo>> io;
    ReceiveMode mode = ReceiveMode::stream_small;
    std::vector<Told> told;
    std::map<uint32_t, std::string> bytes; ///< received, by slot
    uint32_t next_slot = 0;                ///< of the next accepted connection
    uint32_t generation = 0;

    void on_event(const Event& event) {
        told.push_back({event.kind, event.result, event.slot});
        if (event.kind == EventKind::accepted) {
            io->adopt(next_slot, ++generation, event.result);
            io->receive(next_slot, mode);
        } else if (event.kind == EventKind::connected && event.result == 0) {
            io->receive(event.slot, mode);
        } else if (event.kind == EventKind::received && event.result > 0) {
            bytes[event.slot] += event.bytes;
            if (mode == ReceiveMode::once) {
                io->receive(event.slot, mode);
            }
        }
    }
    void turn() {
        io->enter(0);
        io->harvest(*this);
    }
    unsigned count(EventKind kind) const {
        return static_cast<unsigned>(
            std::ranges::count_if(told, [&](const Told& one) { return one.kind == kind; }));
    }
    /// The last result of that kind; 1 when there was none.
    int32_t last(EventKind kind) const {
        int32_t result = 1;
        for (const Told& one : told) {
            result = one.kind == kind ? one.result : result;
        }
        return result;
    }
};

/// Made once: a key takes a while.
inline std::shared_ptr<const TlsIdentity> identity() {
    static auto made = std::make_shared<const TlsIdentity>(*make_tls_identity("127.0.0.1"));
    return made;
}

struct Rig {
    Wires wires;
    Side client, server;

    static TlsOptions client_options() { return {.tls = {.verify = false}, .host = "localhost"}; }
    static TlsOptions server_options() {
        return {.role = TlsRole::server, .identity = identity(), .ticket_secret = "for tests"};
    }
    explicit Rig(const TlsOptions& client_tls = client_options(),
                 const TlsOptions& server_tls = server_options()) {
        open(client, client_tls);
        open(server, server_tls);
    }
    void open(Side& side, const TlsOptions& options) {
        auto context = TlsContext::create(options);
        REQUIRE_MESSAGE(context.has_value(), (context ? "" : context.error().message));
        constexpr uint32_t slots = 8;
        side.io = std::make_unique<TlsIo<PipeIo>>(
            std::make_unique<PipeIo>(wires, options.role == TlsRole::server, slots),
            std::move(*context), slots);
    }
    void turns(int count = 12) {
        for (int i = 0; i < count; ++i) {
            client.turn();
            server.turn();
        }
    }
    /// Until nothing moves any more.
    void settle() {
        for (int quiet = 0; quiet < 3;) {
            size_t before = client.told.size() + server.told.size();
            uint64_t sent = client.io->inner().send_count + server.io->inner().send_count;
            size_t bytes = moved_bytes();
            turns(1);
            bool moved = client.told.size() + server.told.size() != before ||
                         client.io->inner().send_count + server.io->inner().send_count != sent ||
                         moved_bytes() != bytes;
            quiet = moved ? 0 : quiet + 1;
        }
    }
    /// Grows with what is sent and with what is received.
    size_t moved_bytes() const {
        size_t sum = 0;
        for (const auto& wire : wires.wires) {
            for (const Way& way : wire) {
                sum += 2 * way.sent - way.bytes.size();
            }
        }
        return sum;
    }
    void connect(uint32_t slot = 0) {
        server.next_slot = slot;
        CHECK(client.io->connect(slot, ++client.generation, {}, {}) == 0);
        settle();
    }
};

} // namespace ringblast::test
