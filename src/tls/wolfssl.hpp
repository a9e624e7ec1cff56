// wolfSSL as src/tls includes it, and nobody else: its options first, which decide the sizes of its
// types.
#pragma once

#include <wolfssl/options.h>

#include <wolfssl/error-ssl.h>
#include <wolfssl/ssl.h>
