// TLS of one thread: what all its connections share. Options become a wolfSSL context here, its
// objects are used again, sessions are kept per slot so that reopened connections resume, and what
// happened is counted.
//
// Nothing is shared between threads, for the library would lock. Sessions are taken and set by
// hand: its own cache is locked too, and a known source of failed resumptions.
#pragma once

#include "ringblast/error.hpp"
#include "tls/buffer.hpp"
#include "tls/options.hpp"
#include "tls/report.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct WOLFSSL;
struct WOLFSSL_CTX;
struct WOLFSSL_SESSION;
struct WOLFSSL_X509;

namespace ringblast {

class TlsContext {
public:
    /// On the thread that will use it; borrows nothing. Reads the files. Errors: which file and
    /// what is wrong with it. Made once on the coordinator and dropped it is the check of options.
    static Expected<std::unique_ptr<TlsContext>> create(const TlsOptions& options);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    TlsRole role() const { return options_.role; }
    /// What has happened so far, memory included. On the thread that made it.
    TlsReport report() const;

private:
    friend class TlsSession;

    /// Where the library's calls for bytes read and write, set before each call of it.
    struct Wire {
        std::string_view input;
        TlsBuffer* output = nullptr;
        int bad_certificate = 0;     ///< TlsFailure that the check of certificates met
        bool request_met = true;     ///< the last read got all that it asked for
        bool between_records = true; ///< the input ended there
    };
    struct SavedSession {
        WOLFSSL_SESSION* session = nullptr;
        bool offered = false; ///< once before
    };
    static constexpr size_t saved_max = 256; ///< sessions, 40 KiB each; slots beyond share
    static constexpr size_t spare_max = 1024;

    explicit TlsContext(const TlsOptions& options) : options_(options) {}
    Expected<void> open();
    Expected<void> load_trust();
    Expected<void> load_identity();
    Expected<void> set_parameters();
    WOLFSSL* make();
    WOLFSSL* take();
    void note_memory();
    void give_back(WOLFSSL* ssl, bool reusable);
    SavedSession& saved(uint32_t slot) { return saved_[slot % saved_.size()]; }
    void count_handshake(WOLFSSL* ssl, SavedSession* offered);
    void forget_sessions();
    void save_session(WOLFSSL* ssl, uint32_t slot);
    bool is_for_address(WOLFSSL* ssl);
    void note_certificate(TlsFailureFacts facts, WOLFSSL_X509* certificate);
    static int on_read(WOLFSSL*, char* bytes, int size, void* context);
    static int on_write(WOLFSSL*, char* bytes, int size, void* context);
    template <class Store>
    static int on_verify(int good, Store* store);

    TlsOptions options_;
    bool host_is_ip_ = false;
    bool single_use_ = false; ///< the server refuses a session that was offered before
    WOLFSSL_CTX* ctx_ = nullptr;
    Wire wire_;
    std::vector<WOLFSSL*> spare_;
    std::vector<SavedSession> saved_;
    uint64_t open_ = 0;
    TlsReport report_;
};

} // namespace ringblast
