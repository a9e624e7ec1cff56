// Both engines from above: the same calls bring the same events, over loopback and socket pairs.
#include "base/unique_fd.hpp"
#include "io/epoll_io.hpp"
#include "io/socket.hpp"
#include "io/uring_io.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <doctest/doctest.h>
#include <filesystem>
#include <netinet/in.h>
#include <numeric>
#include <poll.h>
#include <string>
#include <sys/un.h>
#include <unistd.h>

using namespace ringblast;

namespace {

constexpr uint32_t slot_count = 16;

struct Seen {
    Event event;
    std::string bytes;
};

/// An Io with a handler that writes down what it is told.
template <class Io>
struct Bench {
    std::unique_ptr<Io> io;
    std::vector<Seen> seen;
    bool again = false; ///< receive(once) anew on each portion

    Bench() {
        auto made = Io::create(slot_count);
        if (made) {
            io = std::move(*made);
        } else {
            MESSAGE("left out: " << made.error().message);
        }
    }
    void on_event(const Event& event) {
        seen.push_back({event, std::string(event.bytes)});
        if (again && event.kind == EventKind::received && event.result > 0) {
            io->receive(event.slot, ReceiveMode::once);
        }
    }
    /// Turns until `count` more events have come, or nothing did for a second.
    size_t turn_until(size_t count) {
        size_t before = seen.size();
        for (int quiet = 0; quiet < 20 && seen.size() - before < count;) {
            size_t last = seen.size();
            io->enter(50 * ns_per_ms);
            io->harvest(*this);
            quiet = seen.size() == last ? quiet + 1 : 0;
        }
        return seen.size() - before;
    }
    /// Turns that are enough for everything that is there already.
    size_t turn_through() {
        size_t before = seen.size();
        for (int i = 0; i < 5; ++i) {
            io->enter(0);
            io->harvest(*this);
        }
        return seen.size() - before;
    }
    bool close(uint32_t slot, CloseHow how = CloseHow::orderly) {
        if (io->close(slot, how)) {
            return true;
        }
        turn_until(1);
        return seen.back().event.kind == EventKind::closed;
    }
    size_t bytes_of(uint32_t slot, EventKind kind) const {
        return std::accumulate(
            seen.begin(), seen.end(), size_t{0}, [&](size_t sum, const Seen& one) {
                bool counts =
                    one.event.slot == slot && one.event.kind == kind && one.event.result > 0;
                return sum + (counts ? static_cast<size_t>(one.event.result) : 0);
            });
    }
};

/// Two ends of a connection; `ours` is given to an Io.
struct Pair {
    int ours = -1;
    UniqueFd peer;
};

Pair unix_pair() {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    return {ends[0], UniqueFd(ends[1])};
}

Address loopback(uint16_t port) {
    Address address;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.size = sizeof(sockaddr_in);
    return address;
}

Address at_path(const std::string& path) {
    Address address;
    auto* at = reinterpret_cast<sockaddr_un*>(&address.storage);
    at->sun_family = AF_UNIX;
    std::memcpy(at->sun_path, path.c_str(), path.size() + 1);
    address.size = sizeof(sockaddr_un);
    return address;
}

Pair tcp_pair() {
    UniqueFd listener(open_listening_socket(loopback(0), {}));
    Address to = loopback(local_port(listener.get()));
    UniqueFd peer(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(connect(peer.get(), to.get(), to.size) == 0);
    return {accept(listener.get(), nullptr, nullptr), std::move(peer)};
}

std::vector<Pair> both_kinds() {
    std::vector<Pair> pairs;
    pairs.push_back(tcp_pair());
    pairs.push_back(unix_pair());
    return pairs;
}

void write_all(const Pair& pair, std::string_view bytes) {
    REQUIRE(write(pair.peer.get(), bytes.data(), bytes.size()) ==
            static_cast<ssize_t>(bytes.size()));
}

std::string read_some(int fd, size_t most) {
    std::string bytes(most, '\0');
    ssize_t size = recv(fd, bytes.data(), most, MSG_DONTWAIT);
    bytes.resize(size > 0 ? static_cast<size_t>(size) : 0);
    return bytes;
}

} // namespace

TEST_CASE_TEMPLATE("a stream is told of bytes as they come and of the peer's end", Io, EpollIo,
                   UringIo) {
    Bench<Io> bench;
    if (bench.io == nullptr) {
        return;
    }
    Io& io = *bench.io;
    std::vector<Seen>& seen = bench.seen;
    for (const Pair& pair : both_kinds()) {
        seen.clear();
        io.adopt(3, 7, pair.ours);
        io.receive(3, ReceiveMode::stream_small);
        CHECK(bench.turn_through() == 0);
        for (std::string_view text : {"one", "two"}) {
            write_all(pair, text);
            REQUIRE(bench.turn_until(1) == 1);
            CHECK(seen.back().event.slot == 3);
            CHECK(seen.back().event.generation == 7);
            CHECK(seen.back().event.kind == EventKind::received);
            CHECK(seen.back().bytes == text);
        }
        write_all(pair, "last"); // bytes and end arrive together
        shutdown(pair.peer.get(), SHUT_WR);
        REQUIRE(bench.turn_until(2) == 2);
        CHECK(seen[2].bytes == "last");
        CHECK(seen[3].event.kind == EventKind::received);
        CHECK(seen[3].event.result == 0);
        CHECK(bench.turn_through() == 0); // the end is told once
        CHECK(bench.close(3));
    }
}

TEST_CASE_TEMPLATE("what came before a receive was asked for is not lost", Io, EpollIo, UringIo) {
    Bench<Io> bench;
    if (bench.io == nullptr) {
        return;
    }
    Io& io = *bench.io;
    std::vector<Seen>& seen = bench.seen;
    for (const Pair& pair : both_kinds()) {
        seen.clear();
        io.adopt(0, 1, pair.ours);
        write_all(pair, "early");
        CHECK(bench.turn_through() == 0);
        io.receive(0, ReceiveMode::once);
        REQUIRE(bench.turn_until(1) == 1);
        CHECK(seen.back().bytes == "early");
        CHECK(bench.close(0));
    }
}

TEST_CASE_TEMPLATE("once is one event for each receive", Io, EpollIo, UringIo) {
    Bench<Io> bench;
    if (bench.io == nullptr) {
        return;
    }
    Io& io = *bench.io;
    std::vector<Seen>& seen = bench.seen;
    for (const Pair& pair : both_kinds()) {
        seen.clear();
        io.adopt(0, 1, pair.ours);
        io.receive(0, ReceiveMode::once);
        write_all(pair, "a");
        REQUIRE(bench.turn_until(1) == 1);
        write_all(pair, "b");
        CHECK(bench.turn_through() == 0);
        io.receive(0, ReceiveMode::once);
        REQUIRE(bench.turn_until(1) == 1);
        CHECK(seen.back().bytes == "b");
        CHECK(bench.close(0));
    }
}

TEST_CASE_TEMPLATE("more than any buffer holds comes whole and in order, beside a small one", Io,
                   EpollIo, UringIo) {
    Bench<Io> bench;
    if (bench.io == nullptr) {
        return;
    }
    Io& io = *bench.io;
    std::vector<Seen>& seen = bench.seen;
    for (ReceiveMode mode :
         {ReceiveMode::stream_small, ReceiveMode::stream_large, ReceiveMode::once}) {
        std::vector<Pair> pairs = both_kinds();
        for (const Pair& pair : pairs) {
            seen.clear();
            bench.again = mode == ReceiveMode::once;
            Pair small = unix_pair();
            io.adopt(0, 1, pair.ours);
            io.adopt(1, 1, small.ours);
            io.receive(0, mode);
            io.receive(1, ReceiveMode::once);
            std::string sent;
            std::string block(100'000, 'x');
            for (int i = 0; i < 20; ++i) {
                block[0] = static_cast<char>('a' + i);
                size_t done = 0;
                while (done < block.size()) {
                    ssize_t size = send(pair.peer.get(), block.data() + done, block.size() - done,
                                        MSG_DONTWAIT);
                    done += size > 0 ? static_cast<size_t>(size) : 0;
                    bench.turn_until(1);
                }
                sent += block;
            }
            write_all(small, "small");
            while (bench.turn_until(1) > 0 &&
                   bench.bytes_of(0, EventKind::received) < sent.size()) {
            }
            std::string received;
            for (const Seen& one : seen) {
                received += one.event.slot == 0 ? one.bytes : "";
            }
            CHECK(received == sent);
            bench.again = false;
            bench.turn_through();
            CHECK(bench.bytes_of(1, EventKind::received) == 5);
            seen.clear();
            CHECK(bench.close(0));
            CHECK(bench.close(1));
        }
    }
}

TEST_CASE_TEMPLATE("discarded bytes are counted and not seen, up to the size given", Io, EpollIo,
                   UringIo) {
    Bench<Io> bench;
    if (bench.io == nullptr) {
        return;
    }
    Io& io = *bench.io;
    std::vector<Seen>& seen = bench.seen;
    for (const Pair& pair : both_kinds()) {
        seen.clear();
        io.adopt(0, 1, pair.ours);
        std::string text(10'000, 'd');
        write_all(pair, text + "rest");
        uint64_t left = text.size();
        while (left > 0 && io.discard(0, left)) {
            CHECK(!io.discard(0, left)); // one at a time
            REQUIRE(bench.turn_until(1) == 1);
            if (seen.back().event.kind == EventKind::received) {
                left -= std::min<uint64_t>(left, seen.back().bytes.size());
                continue;
            }
            REQUIRE(seen.back().event.result > 0);
            left -= static_cast<uint64_t>(seen.back().event.result);
        }
        // An Io that cannot discard here says so, and the bytes are received.
        while (left > 0) {
            io.receive(0, ReceiveMode::once);
            REQUIRE(bench.turn_until(1) == 1);
            left -= std::min<uint64_t>(left, seen.back().bytes.size());
        }
        if (seen.back().event.kind == EventKind::discarded) {
            io.receive(0, ReceiveMode::once);
            REQUIRE(bench.turn_until(1) == 1);
            CHECK(seen.back().bytes == "rest");
        }
        shutdown(pair.peer.get(), SHUT_WR);
        CHECK(bench.close(0));
    }
}

TEST_CASE_TEMPLATE("a send is told of when asked, at its end, however long it takes", Io, EpollIo,
                   UringIo) {
    Bench<Io> bench;
    if (bench.io == nullptr) {
        return;
    }
    Io& io = *bench.io;
    std::vector<Seen>& seen = bench.seen;
    for (const Pair& pair : both_kinds()) {
        seen.clear();
        io.adopt(0, 9, pair.ours);
        io.send(0, "quiet", SendNotice::on_failure);
        CHECK(bench.turn_through() == 0);
        CHECK(read_some(pair.peer.get(), 100) == "quiet");

        io.send(0, "noticed", SendNotice::always);
        REQUIRE(bench.turn_until(1) == 1);
        CHECK(seen.back().event.kind == EventKind::sent);
        CHECK(seen.back().event.result == 7);
        CHECK(read_some(pair.peer.get(), 100) == "noticed");

        const std::string large(20'000'000, 'l'); // more than any socket takes
        io.send(0, large, SendNotice::always);
        CHECK(bench.turn_through() == 0);
        size_t read = 0;
        while (seen.size() < 2) {
            read += read_some(pair.peer.get(), 1 << 20).size();
            bench.turn_through();
            REQUIRE(read <= large.size());
        }
        CHECK(seen.back().event.result == static_cast<int>(large.size()));
        CHECK(seen.back().event.generation == 9);
        CHECK(bench.close(0));
    }
}

TEST_CASE_TEMPLATE("a send that must not wait tells only that it fell short", Io, EpollIo,
                   UringIo) {
    Bench<Io> bench;
    if (bench.io == nullptr) {
        return;
    }
    Io& io = *bench.io;
    std::vector<Seen>& seen = bench.seen;
    for (const Pair& pair : both_kinds()) {
        seen.clear();
        io.adopt(0, 1, pair.ours);
        io.send(0, "fits", SendNotice::if_short);
        CHECK(bench.turn_through() == 0);
        CHECK(read_some(pair.peer.get(), 100) == "fits");
        const std::string large(20'000'000, 'l');
        io.send(0, large, SendNotice::if_short);
        REQUIRE(bench.turn_until(1) == 1);
        CHECK(seen.back().event.kind == EventKind::sent);
        CHECK(seen.back().event.result > 0);
        CHECK(seen.back().event.result < static_cast<int>(large.size()));
        while (seen.back().event.result > 0) { // what a socket pair takes comes in pieces
            io.send(0, large, SendNotice::if_short);
            REQUIRE(bench.turn_until(1) == 1);
        }
        CHECK(seen.back().event.result == -EAGAIN);
        CHECK(bench.close(0));
    }
}

TEST_CASE_TEMPLATE("a connect brings the connection or why there is none", Io, EpollIo, UringIo) {
    Bench<Io> bench;
    if (bench.io == nullptr) {
        return;
    }
    Io& io = *bench.io;
    std::vector<Seen>& seen = bench.seen;
    UniqueFd listener(open_listening_socket(loopback(0), {}));
    Address there = loopback(local_port(listener.get()));
    REQUIRE(io.connect(0, 5, there, {}) == 0);
    REQUIRE(bench.turn_until(1) == 1);
    CHECK(seen.back().event.kind == EventKind::connected);
    CHECK(seen.back().event.result == 0);
    CHECK(seen.back().event.generation == 5);
    io.send(0, "hello", SendNotice::on_failure);
    bench.turn_through();
    Pair pair{-1, UniqueFd(accept(listener.get(), nullptr, nullptr))};
    CHECK(read_some(pair.peer.get(), 100) == "hello");
    io.receive(0, ReceiveMode::stream_small);
    write_all(pair, "answer");
    REQUIRE(bench.turn_until(1) == 1);
    CHECK(seen.back().bytes == "answer");
    CHECK(bench.close(0));

    UniqueFd gone(open_listening_socket(loopback(0), {}));
    Address nowhere = loopback(local_port(gone.get()));
    gone.reset();
    Address no_file = at_path("/nonexistent/socket");
    for (auto [to, error] : {std::pair{&nowhere, -ECONNREFUSED}, std::pair{&no_file, -ENOENT}}) {
        seen.clear();
        REQUIRE(io.connect(0, 6, *to, {}) == 0);
        REQUIRE(bench.turn_until(1) == 1);
        CHECK(seen.back().event.kind == EventKind::connected);
        CHECK(seen.back().event.result == error);
        CHECK(bench.close(0));
    }
}

TEST_CASE_TEMPLATE("Unix sockets connect, even when the backlog is full for a while", Io, EpollIo,
                   UringIo) {
    Bench<Io> bench;
    if (bench.io == nullptr) {
        return;
    }
    Io& io = *bench.io;
    std::vector<Seen>& seen = bench.seen;
    std::string path =
        std::filesystem::temp_directory_path() / ("ringblast-io-" + std::to_string(getpid()));
    Address address = at_path(path);
    unlink(path.c_str());
    UniqueFd listener(open_listening_socket(address, {.backlog = 1}));
    constexpr uint32_t count = 5;
    for (uint32_t slot = 0; slot < count; ++slot) {
        REQUIRE(io.connect(slot, 1, address, {}) == 0);
    }
    bench.turn_until(2);
    CHECK(seen.size() == 2); // one in service, one waiting
    std::vector<UniqueFd> accepted;
    while (accepted.size() < count) {
        pollfd ready{.fd = listener.get(), .events = POLLIN, .revents = 0};
        REQUIRE(poll(&ready, 1, 1000) == 1);
        accepted.emplace_back(accept(listener.get(), nullptr, nullptr));
        bench.turn_until(seen.size() < count ? 1 : 0);
    }
    REQUIRE(seen.size() == count);
    for (const Seen& one : seen) {
        CHECK(one.event.result == 0);
    }
    for (uint32_t slot = 0; slot < count; ++slot) {
        CHECK(bench.close(slot));
    }
    unlink(path.c_str());
}

// With io_uring the failed send has taken the error, and the receive finds a mere end.
TEST_CASE_TEMPLATE("a reset by the peer ends the stream, also after a send that met it", Io,
                   EpollIo, UringIo) {
    Bench<Io> bench;
    if (bench.io == nullptr) {
        return;
    }
    Io& io = *bench.io;
    std::vector<Seen>& seen = bench.seen;
    for (bool sends : {false, true}) {
        seen.clear();
        Pair pair = tcp_pair();
        io.adopt(0, 1, pair.ours);
        io.receive(0, ReceiveMode::stream_small);
        bench.turn_through();
        set_abort_on_close(pair.peer.get());
        pair.peer.reset();
        if (sends) {
            io.send(0, "too late", SendNotice::on_failure);
        }
        bench.turn_until(sends ? 2 : 1);
        bench.turn_through();
        auto is_received = [](const Seen& one) { return one.event.kind == EventKind::received; };
        auto found = std::find_if(seen.begin(), seen.end(), is_received);
        REQUIRE(found != seen.end());
        bool told = !sends || std::is_same_v<Io, EpollIo>;
        CHECK(found->event.result == (told ? -ECONNRESET : 0));
        CHECK(bench.close(0));
    }
}

TEST_CASE_TEMPLATE("a close ends everything, and the slot can be had again at once", Io, EpollIo,
                   UringIo) {
    Bench<Io> bench;
    if (bench.io == nullptr) {
        return;
    }
    Io& io = *bench.io;
    std::vector<Seen>& seen = bench.seen;
    Pair first = tcp_pair();
    Pair second = tcp_pair();
    io.adopt(0, 1, first.ours);
    io.receive(0, ReceiveMode::stream_small);
    bench.turn_through();
    write_all(first, "unread");
    CHECK(bench.close(0));
    seen.clear();
    io.adopt(0, 2, second.ours);
    io.receive(0, ReceiveMode::stream_small);
    write_all(second, "new");
    REQUIRE(bench.turn_until(1) == 1);
    CHECK(seen.back().event.generation == 2);
    CHECK(seen.back().bytes == "new");
    CHECK(bench.close(0, CloseHow::abort));
    char byte;
    pollfd ended{.fd = second.peer.get(), .events = POLLIN, .revents = 0};
    REQUIRE(poll(&ended, 1, 1000) == 1);
    CHECK(recv(second.peer.get(), &byte, 1, 0) == -1);
    CHECK(errno == ECONNRESET);
}

TEST_CASE_TEMPLATE("a listener yields a descriptor for each connection", Io, EpollIo, UringIo) {
    Bench<Io> bench;
    if (bench.io == nullptr) {
        return;
    }
    Io& io = *bench.io;
    std::vector<Seen>& seen = bench.seen;
    UniqueFd listener(open_listening_socket(loopback(0), {}));
    Address to = loopback(local_port(listener.get()));
    io.accept(listener.get());
    constexpr size_t count = 100; // more than a turn takes
    std::vector<UniqueFd> peers;
    for (size_t i = 0; i < count; ++i) {
        peers.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        REQUIRE(connect(peers.back().get(), to.get(), to.size) == 0);
    }
    CHECK(bench.turn_until(count) == count);
    for (const Seen& one : seen) {
        CHECK(one.event.kind == EventKind::accepted);
        REQUIRE(one.event.result >= 0);
        close(one.event.result);
    }
}
