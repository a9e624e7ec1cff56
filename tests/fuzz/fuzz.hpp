// What the fuzz targets share. A target is one file here: LLVMFuzzerTestOneInput reads the bytes
// and calls require() for what must hold; tests/fuzz/run builds and runs them all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

namespace ringblast::fuzz {

inline void require(bool condition, const char* what) {
    if (!condition) {
        std::fprintf(stderr, "does not hold: %s\n", what);
        std::abort();
    }
}

/// A copy in a block of exactly its size, so that AddressSanitizer sees the first byte too many.
class Exact {
public:
    explicit Exact(std::string_view bytes)
        : bytes_(std::make_unique_for_overwrite<char[]>(bytes.size())), size_(bytes.size()) {
        if (size_ > 0) {
            std::memcpy(bytes_.get(), bytes.data(), size_);
        }
    }
    std::string_view view() const { return {bytes_.get(), size_}; }

private:
    std::unique_ptr<char[]> bytes_;
    size_t size_;
};

/// Piece sizes that depend on the input only, so that a finding can be repeated. Small pieces are
/// the rule, since faults live at the cuts.
class Cuts {
public:
    Cuts(std::string_view bytes, uint64_t round) : state_(round * 0x9e3779b97f4a7c15u + 1) {
        for (char c : bytes) {
            state_ = (state_ ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
        }
    }
    /// 1..left. Requires: left >= 1.
    size_t next(size_t left) {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        uint64_t draw = state_ >> 33;
        size_t size = 1 + (draw & 3 ? (draw >> 2) % 24 : (draw >> 2) % left);
        return size < left ? size : left;
    }

private:
    uint64_t state_;
};

} // namespace ringblast::fuzz
