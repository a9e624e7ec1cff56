#include "tls/session.hpp"

#include "base/check.hpp"
#include "tls/wolfssl.hpp"

#include <algorithm>

namespace ringblast {

namespace {

// Nothing is encrypted before the versions are agreed.
constexpr std::string_view version_alert("\x15\x03\x03\x00\x02\x02\x46", 7);

} // namespace

bool TlsSession::open(TlsContext& context, uint32_t slot) {
    ssl_ = context.take();
    slot_ = slot;
    handshaken_ = broken_ = peer_closed_ = session_due_ = session_offered_ = any_bytes_ = false;
    between_records_ = true;
    if (ssl_ == nullptr) {
        return false;
    }
    if (context.role() == TlsRole::client) {
        set_up_client(context);
    }
    return true;
}

void TlsSession::set_up_client(TlsContext& context) {
    const Tls& tls = context.options_.tls;
    char protocol[] = "http/1.1";
    wolfSSL_UseALPN(ssl_, protocol, sizeof protocol - 1, WOLFSSL_ALPN_CONTINUE_ON_MISMATCH);
    if (tls.max == TlsVersion::tls_1_3) {
        // The only share that is offered: who wants another curve asks for it, at the cost of a
        // round trip.
        wolfSSL_UseKeyShare(ssl_, WOLFSSL_ECC_X25519);
    }
    if (tls.resume) {
        session_due_ = true;
        WOLFSSL_SESSION* session = context.saved(slot_).session;
        session_offered_ =
            session != nullptr && wolfSSL_set_session(ssl_, session) == WOLFSSL_SUCCESS;
    }
}

void TlsSession::close(TlsContext& context) {
    if (ssl_ != nullptr) {
        context.note_memory();
        if (session_due_ && any_bytes_ && !broken_) {
            context.save_session(ssl_, slot_);
        }
        // In 5.5.4 a cleared object still thinks that its peer has closed, and waits for the rest
        // of a record that was begun.
        context.give_back(ssl_, handshaken_ && !broken_ && !peer_closed_ && between_records_);
        ssl_ = nullptr;
    }
}

TlsSession::Progress TlsSession::handshake(TlsContext& context, std::string_view& input,
                                           TlsBuffer& output) {
    context.wire_ = {.input = input, .output = &output};
    size_t held = output.size();
    int done = context.role() == TlsRole::client ? wolfSSL_connect(ssl_) : wolfSSL_accept(ssl_);
    input = context.wire_.input;
    if (done == WOLFSSL_SUCCESS && !context.is_for_address(ssl_)) {
        output.truncate(held); // not a word more
        ++context.report_.handshakes_failed;
        return {TlsStep::failed, fail(context, VERIFY_CERT_ERROR)};
    }
    if (done == WOLFSSL_SUCCESS) {
        handshaken_ = true;
        context.count_handshake(ssl_, session_offered_ ? &context.saved(slot_) : nullptr);
        return {TlsStep::done};
    }
    int error = wolfSSL_get_error(ssl_, done);
    if (error == WOLFSSL_ERROR_WANT_READ) {
        return {TlsStep::wants_more};
    }
    ++context.report_.handshakes_failed;
    if (session_offered_) {
        context.forget_sessions();
    }
    int result = fail(context, error);
    if (result == tls_result(TlsFailure::no_version) && output.size() == held) {
        output.append(version_alert); // the library leaves it out
    }
    return {TlsStep::failed, result};
}

/// The result of an error after which the connection is of no use.
int TlsSession::fail(TlsContext& context, int error) {
    broken_ = true;
    wolfSSL_ERR_clear_error(); // a queue that would grow
    return failure_result(context, error);
}

TlsSession::Portion TlsSession::read(TlsContext& context, std::string_view& input,
                                     std::span<char> room, TlsBuffer& output) {
    Portion portion;
    context.wire_ = {.input = input, .output = &output};
    while (portion.size < room.size()) {
        int size = wolfSSL_read(ssl_, room.data() + portion.size,
                                static_cast<int>(room.size() - portion.size));
        if (size > 0) [[likely]] {
            portion.size += static_cast<size_t>(size);
            if (context.wire_.input.empty() && wolfSSL_pending(ssl_) == 0) {
                between_records_ = true;
                break; // saves a call that would only find that out
            }
            continue;
        }
        int error = wolfSSL_get_error(ssl_, size);
        if (error == WOLFSSL_ERROR_ZERO_RETURN) {
            portion.closed = true;
            peer_closed_ = true;
        } else if (error != WOLFSSL_ERROR_WANT_READ) {
            portion.result = fail(context, error);
        }
        between_records_ = context.wire_.between_records;
        break;
    }
    input = context.wire_.input;
    portion.more = portion.size == room.size() && !portion.closed && portion.result == 0;
    any_bytes_ |= portion.size > 0;
    return portion;
}

bool TlsSession::write(TlsContext& context, std::string_view bytes, TlsBuffer& output) {
    context.wire_ = {.input = {}, .output = &output};
    bool written = wolfSSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) ==
                   static_cast<int>(bytes.size());
    broken_ |= !written;
    return written;
}

void TlsSession::finish(TlsContext& context, TlsBuffer& output) {
    context.wire_ = {.input = {}, .output = &output};
    wolfSSL_shutdown(ssl_); // "not done": the peer's answer is still to come
}

int TlsSession::failure_result(TlsContext& context, int error) const {
    switch (error) {
    case FATAL_ERROR:
    case WOLFSSL_ERROR_SYSCALL: {
        WOLFSSL_ALERT_HISTORY history{};
        wolfSSL_get_alert_history(ssl_, &history);
        return history.last_rx.code >= 0 ? tls_alert_result(history.last_rx.code)
                                         : tls_result(TlsFailure::record);
    }
    case VERSION_ERROR:
        return tls_result(TlsFailure::no_version);
    case MATCH_SUITE_ERROR:
    case KEY_SHARE_ERROR:
    case UNSUPPORTED_SUITE:
    case BAD_KEY_SHARE_DATA:
    case ECC_CURVE_ERROR:
        return tls_result(TlsFailure::parameters);
    case NO_PEER_CERT:
        return tls_result(TlsFailure::no_certificate);
    default:
        break;
    }
    if (context.wire_.bad_certificate != 0) {
        return tls_result(static_cast<TlsFailure>(context.wire_.bad_certificate));
    }
    return tls_result(TlsFailure::record);
}

} // namespace ringblast
