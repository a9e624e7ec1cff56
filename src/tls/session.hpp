// One connection's TLS: bytes in, bytes out, no I/O. A thin handle; whoever owns the socket feeds
// it what came and sends what it appended to `output`.
#pragma once

#include "tls/buffer.hpp"
#include "tls/context.hpp"
#include "tls/failure.hpp"

#include <span>
#include <string_view>

namespace ringblast {

enum class TlsStep : uint8_t { wants_more, done, failed };

class TlsSession {
public:
    struct Progress {
        TlsStep step;
        int result = 0; ///< with failed: an Event::result of tls/failure.hpp
    };
    struct Portion {
        size_t size = 0;     ///< plaintext that came out
        bool more = false;   ///< the room was too small: call again
        bool closed = false; ///< close_notify has come
        int result = 0;      ///< not 0: failed, an Event::result
    };

    /// Takes an object of the context and, as a client, what it needs to resume. False: no memory.
    bool open(TlsContext& context, uint32_t slot);
    /// Gives the object back; nothing when there is none. In good order it is used again.
    void close(TlsContext& context);
    bool is_open() const { return ssl_ != nullptr; }

    /// As far as `input` goes, whose rest belongs to the first read. What is to be sent, an alert
    /// about a failure included, is appended to `output`.
    Progress handshake(TlsContext& context, std::string_view& input, TlsBuffer& output);
    /// Decrypts `input` into `room`, as much as fits; input is used up unless `more`. Key updates
    /// and alerts append to `output`.
    Portion read(TlsContext& context, std::string_view& input, std::span<char> room,
                 TlsBuffer& output);
    /// Appends the records of `bytes`. False: the library refused, the connection is of no use.
    bool write(TlsContext& context, std::string_view bytes, TlsBuffer& output);
    /// Appends close_notify where it is still of use.
    void finish(TlsContext& context, TlsBuffer& output);

private:
    void set_up_client(TlsContext& context);
    int fail(TlsContext& context, int error);
    int failure_result(TlsContext& context, int error) const;

    WOLFSSL* ssl_ = nullptr;
    uint32_t slot_ = 0;
    bool handshaken_ = false;
    bool broken_ = false;      ///< an error that its object may remember
    bool peer_closed_ = false; ///< close_notify has come
    bool between_records_ = true;
    bool any_bytes_ = false;   ///< of plaintext have come
    bool session_due_ = false; ///< to be saved at the end
    bool session_offered_ = false;
};

} // namespace ringblast
