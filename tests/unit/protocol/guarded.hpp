// Bytes that end at a page nobody may touch: a parser that reads one byte too far crashes.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <sys/mman.h>

namespace ringblast::test {

class GuardedBytes {
public:
    /// Room for `size_max` bytes.
    explicit GuardedBytes(size_t size_max = 256 * 1024)
        : room_((size_max + page - 1) / page * page),
          start_(static_cast<char*>(mmap(nullptr, room_ + page, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
        mprotect(start_ + room_, page, PROT_NONE);
    }
    GuardedBytes(const GuardedBytes&) = delete;
    GuardedBytes& operator=(const GuardedBytes&) = delete;
    ~GuardedBytes() { munmap(start_, room_ + page); }

    /// A copy of `bytes` whose end is the end of the page; valid until the next call.
    std::string_view put(std::string_view bytes) {
        char* at = start_ + room_ - bytes.size();
        std::memcpy(at, bytes.data(), bytes.size());
        return {at, bytes.size()};
    }

private:
    static constexpr size_t page = 64 * 1024;
    size_t room_;
    char* start_;
};

} // namespace ringblast::test
