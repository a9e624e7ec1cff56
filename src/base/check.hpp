// CHECK: our own bugs. On in release builds too; prints the place and aborts. Never for what a
// user or a server did.
#pragma once

namespace ringblast {

[[noreturn, gnu::cold]] void check_failed(const char* condition, const char* file, int line);

} // namespace ringblast

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) [[unlikely]] {                                                           \
            ::ringblast::check_failed(#condition, __FILE__, __LINE__);                             \
        }                                                                                          \
    } while (false)
