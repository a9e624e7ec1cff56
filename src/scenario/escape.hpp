// Values escaped for the place they go to: whatever stands in a variable, it stays inside its JSON
// string, path segment, query value or header line. Byte by byte and without state, so that a
// value may come in pieces.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ringblast {

/// How an insertion is escaped for its place.
enum class Escape : uint8_t {
    none,
    json,   ///< inside a JSON string
    path,   ///< all but unreserved characters percent-encoded
    query,  ///< the same, for a name or value of a query
    form,   ///< the same with + for a space
    header, ///< line breaks and other controls become spaces
    target, ///< raw in a request target: only what no request line may hold is percent-encoded
};

/// Appends `text` escaped. Allocates only where `out` has to grow.
void append_escaped(std::string& out, std::string_view text, Escape escape);

} // namespace ringblast
