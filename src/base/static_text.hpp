// Small numbers for static texts, so that a reason can travel in a fixed-size record between
// threads and become text again at the other end. Lock-free; for rare events.
#pragma once

#include <cstdint>

namespace ringblast {

/// The number of a text with static storage; the same pointer has the same number. From 1; 0 when
/// the table of 256 texts is full. Any thread.
int32_t static_text_number(const char* text);

/// The text of a number; "" for 0 and unknown ones. Any thread.
const char* static_text(int32_t number);

} // namespace ringblast
