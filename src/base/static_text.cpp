#include "base/static_text.hpp"

#include <array>
#include <atomic>

namespace ringblast {

namespace {

std::array<std::atomic<const char*>, 256> texts{};

} // namespace

int32_t static_text_number(const char* text) {
    for (size_t i = 0; i < texts.size(); ++i) {
        const char* known = texts[i].load(std::memory_order_acquire);
        if (known == nullptr && texts[i].compare_exchange_strong(known, text)) {
            known = text;
        }
        if (known == text) {
            return static_cast<int32_t>(i) + 1;
        }
    }
    return 0;
}

const char* static_text(int32_t number) {
    if (number < 1 || static_cast<size_t>(number) > texts.size()) {
        return "";
    }
    const char* text = texts[static_cast<size_t>(number) - 1].load(std::memory_order_acquire);
    return text != nullptr ? text : "";
}

} // namespace ringblast
