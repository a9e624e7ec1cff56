#include "tls/library.hpp"

#include "base/check.hpp"
#include "tls/wolfssl.hpp"

#include <algorithm>
#include <cstdlib>
#include <malloc.h>
#include <mutex>
#include <sys/random.h>
#include <wolfssl/wolfcrypt/cryptocb.h>
#include <wolfssl/wolfcrypt/ecc.h>

namespace ringblast {

namespace {

constexpr int seed_device = 1;

size_t usable_size_of_c(const void* memory) {
    return malloc_usable_size(const_cast<void*>(memory));
}

TlsAllocator source = {.allocate = std::malloc,
                       .release = std::free,
                       .resize = std::realloc,
                       .usable_size = usable_size_of_c};
thread_local TlsMemory memory_of_thread;

void count(int64_t bytes) {
    TlsMemory& memory = memory_of_thread;
    memory.bytes += bytes;
    memory.bytes_max = std::max(memory.bytes_max, memory.bytes);
}

void* allocate(size_t size) {
    void* memory = source.allocate(size);
    ++memory_of_thread.allocations;
    count(memory != nullptr ? static_cast<int64_t>(source.usable_size(memory)) : 0);
    return memory;
}

void release(void* memory) {
    if (memory != nullptr) {
        count(-static_cast<int64_t>(source.usable_size(memory)));
        source.release(memory);
    }
}

void* resize(void* memory, size_t size) {
    int64_t before = memory != nullptr ? static_cast<int64_t>(source.usable_size(memory)) : 0;
    void* moved = source.resize(memory, size);
    ++memory_of_thread.allocations;
    if (moved != nullptr) {
        count(static_cast<int64_t>(source.usable_size(moved)) - before);
    }
    return moved;
}

/// The library asks this before it does anything cryptographic; all but seeds it does itself.
int on_crypto(int, wc_CryptoInfo* info, void*) {
    if (info->algo_type != WC_ALGO_TYPE_SEED) {
        return CRYPTOCB_UNAVAILABLE;
    }
    auto size = static_cast<size_t>(info->seed.sz);
    return getrandom(info->seed.seed, size, 0) == static_cast<ssize_t>(size) ? 0 : RNG_FAILURE_E;
}

} // namespace

void set_tls_allocator(const TlsAllocator& allocator) {
    source = allocator;
}

void open_tls_library() {
    static std::once_flag once;
    std::call_once(once, [] {
        CHECK(wolfSSL_SetAllocators(allocate, release, resize) == 0);
        CHECK(wolfSSL_Init() == WOLFSSL_SUCCESS);
        CHECK(wc_CryptoCb_RegisterDevice(seed_device, on_crypto, nullptr) == 0);
    });
}

void close_tls_thread() {
    wc_ecc_fp_free();
    wolfSSL_ERR_clear_error();
}

const TlsMemory& tls_memory() {
    return memory_of_thread;
}

int tls_device() {
    return seed_device;
}

std::string tls_library_name() {
    return std::string("wolfSSL ") + wolfSSL_lib_version();
}

bool tls_has_aes_instructions() {
#if defined(WOLFSSL_AESNI) || defined(WOLFSSL_ARMASM)
    return true;
#else
    return false;
#endif
}

} // namespace ringblast
