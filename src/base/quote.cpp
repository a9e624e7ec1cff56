#include "base/quote.hpp"

namespace ringblast {

std::string quoted(std::string_view text) {
    constexpr size_t shown_max = 40;
    std::string_view shown = text.substr(0, shown_max);
    // Not in the middle of a UTF-8 character: its later bytes are 10xxxxxx.
    while (shown.size() < text.size() && !shown.empty() &&
           (static_cast<unsigned char>(text[shown.size()]) & 0xc0) == 0x80) {
        shown.remove_suffix(1);
    }
    std::string quote(1, '"');
    for (char letter : shown) {
        quote += static_cast<unsigned char>(letter) < ' ' || letter == 127 ? '?' : letter;
    }
    quote += shown.size() < text.size() ? "…\"" : "\"";
    return quote;
}

} // namespace ringblast
