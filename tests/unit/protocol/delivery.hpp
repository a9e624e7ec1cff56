// Drives a ResponseReader as a connection would and says what came out of it.
#pragma once

#include "guarded.hpp"
#include "protocol/response_reader.hpp"

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast::test {

/// What one response amounted to.
struct Reading {
    ParseStatus status = ParseStatus::need_more;
    int code = 0;
    uint64_t body_size = 0;
    uint64_t consumed = 0; ///< of all bytes delivered; with bad: 0
    bool keep_alive = false;
    bool operator==(const Reading&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const Reading& reading) {
    return out << "status " << int(reading.status) << " code " << reading.code << " body "
               << reading.body_size << " consumed " << reading.consumed << " keep_alive "
               << reading.keep_alive;
}

/// Reads one response from pieces, each at the edge of a guarded page. `close`: the connection
/// ends behind them.
inline Reading read_response(const std::vector<std::string_view>& pieces, bool head_request,
                             bool close, HeadPool& pool, HeadCache& cache) {
    static GuardedBytes guarded(4 * 1024 * 1024);
    ResponseReader reader;
    reader.start(head_request);
    ParseStatus status = ParseStatus::need_more;
    uint64_t consumed = 0;
    for (std::string_view piece : pieces) {
        ResponseReader::Progress progress = reader.feed(guarded.put(piece), pool, cache);
        status = progress.status;
        consumed += progress.consumed;
        if (status != ParseStatus::need_more) {
            break;
        }
    }
    if (status == ParseStatus::need_more && close) {
        status = reader.finish();
    }
    Reading reading{.status = status};
    if (status != ParseStatus::bad) {
        reading = {.status = status,
                   .code = reader.status(),
                   .body_size = reader.body_size(),
                   .consumed = consumed,
                   .keep_alive = status == ParseStatus::complete && reader.keep_alive()};
    }
    reader.abandon(pool);
    return reading;
}

inline std::vector<std::string_view> byte_by_byte(std::string_view bytes) {
    std::vector<std::string_view> pieces;
    for (size_t i = 0; i < bytes.size(); ++i) {
        pieces.push_back(bytes.substr(i, 1));
    }
    return pieces;
}

} // namespace ringblast::test
