// Histograms as bytes: the HdrHistogram V2 encoding, as its Java, C, Python and JavaScript
// libraries read it, so that results can be merged and drawn elsewhere.
//
// Plain, big endian: i32 cookie 0x1c849313, i32 payload size, i32 normalizing offset (0), i32
// digits, i64 lowest, i64 highest, f64 ratio (1), then the counts of slots 0 to the last used one
// as ZigZag LEB128 of at most nine bytes (the ninth carries eight bits); a negative number stands
// for that many empty slots. Compressed: i32 cookie 0x1c849314, i32 size, a zlib stream of the
// plain form. The encoding has no sum and no exact extremes: a decoded histogram has its slots'.
#pragma once

#include "ringblast/error.hpp"
#include "ringblast/histogram.hpp"

#include <string>
#include <string_view>

namespace ringblast {

std::string encode_hdr(const Histogram& histogram);

/// zlib level 6.
std::string encode_hdr_compressed(const Histogram& histogram);

/// The compressed form in base64, as in .hlog files and our JSON; begins with HISTFAAAA.
std::string encode_hdr_base64(const Histogram& histogram);

/// Reads plain or compressed V2 bytes. Anything else is an error that says what is wrong, never
/// a crash; memory is bounded by the slots that the bytes themselves ask for.
Expected<Histogram> decode_hdr(std::string_view bytes);
Expected<Histogram> decode_hdr_base64(std::string_view text);

} // namespace ringblast
