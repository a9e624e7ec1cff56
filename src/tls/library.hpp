// wolfSSL as a whole: started once, its memory counted per thread and taken from where the program
// says, its random seeds without a descriptor. Everything here is cold.
#pragma once

#include "tls/report.hpp"

#include <cstddef>

namespace ringblast {

/// Where the library gets its memory. The heap of the calling thread is the best there is: each
/// connection's objects live and die on one thread.
struct TlsAllocator {
    void* (*allocate)(size_t size);
    void (*release)(void* memory); ///< also of a null pointer
    void* (*resize)(void* memory, size_t size);
    size_t (*usable_size)(const void* memory);
};

/// Default: the C library's. Requires: no TlsContext was made yet.
void set_tls_allocator(const TlsAllocator& allocator);

/// Starts the library, once; any thread.
void open_tls_library();

/// Frees what the library keeps for the calling thread.
void close_tls_thread();

/// The library's memory on the calling thread.
const TlsMemory& tls_memory();

/// Of contexts whose seeds come from getrandom(2). The library's own way opens /dev/urandom for
/// each connection, which fails when the descriptors are used up.
int tls_device();

/// "wolfSSL 5.5.4"
std::string tls_library_name();

/// Whether the library was built to use the processor's AES instructions. Debian's is not.
bool tls_has_aes_instructions();

} // namespace ringblast
