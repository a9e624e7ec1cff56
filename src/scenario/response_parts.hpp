// A captured response taken apart: interim heads, head, body, and the body decoded. The bytes were
// framed by the engine's reader already; here nothing is trusted all the same.
#pragma once

#include "protocol/field_lines.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ringblast {

/// The head of a raw response without its interim heads, and what is behind it. Views into the
/// response.
struct SplitResponse {
    std::string_view head;                                    ///< status line, fields, empty line
    std::string_view body;                                    ///< in its transfer coding
    std::string_view transfer_encoding{}, content_encoding{}; ///< trimmed; of several the last
};
SplitResponse split_response(std::string_view bytes);

/// A field of a head.
struct HeadField {
    std::string_view name{}, value{}; ///< the value trimmed; no name: there are no more
    size_t next = 0;                  ///< where the field behind it starts
};
/// The field that starts at `at`; 0 is the status line: the first field.
HeadField field_at(std::string_view head, size_t at);

/// Equal but for the case of ASCII letters.
bool same_name(std::string_view a, std::string_view b);

/// Calls `take(value)` for each field of that name (any case) in a head.
template <class Take>
void for_each_field(std::string_view head, std::string_view name, Take take) {
    for (HeadField field = field_at(head, 0); !field.name.empty();
         field = field_at(head, field.next)) {
        if (same_name(field.name, name)) {
            take(field.value);
        }
    }
}

/// Takes transfer and content codings off a body: chunked, gzip, deflate. Owns the memory that it
/// decodes to; allocates only where that has to grow.
class BodyDecoder {
public:
    BodyDecoder();
    ~BodyDecoder();

    /// The body as it was meant, a view into the response or into this decoder's memory, valid
    /// until the next call. Nothing when it is larger than `size_max`, in an unknown coding or
    /// damaged. No body (HEAD, 304) is an empty one whatever the fields say.
    std::optional<std::string_view> decode(const SplitResponse& response, uint64_t size_max);

private:
    struct Inflater;
    std::optional<std::string_view> unchunk(std::string_view body, uint64_t size_max);
    std::optional<std::string_view> inflate(std::string_view body, uint64_t size_max, bool gzip);

    std::string chunks_;
    std::unique_ptr<Inflater> inflater_; ///< made for the first body that needs it
};

} // namespace ringblast
