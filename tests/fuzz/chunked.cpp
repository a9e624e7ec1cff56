// A chunked body decodes the same wherever it is cut.
#include "protocol/chunked.hpp"

#include "fuzz.hpp"

using namespace ringblast;
using namespace ringblast::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    ChunkedDecoder whole_decoder;
    ChunkedDecoder::Progress whole = whole_decoder.feed(Exact(bytes).view());
    require(whole.consumed <= size, "consumed is within the input");
    require(whole.payload <= whole.consumed, "the payload is part of what was consumed");
    for (uint64_t round = 0; round < 3; ++round) {
        Cuts cuts(bytes, round);
        ChunkedDecoder decoder;
        ChunkedDecoder::Progress sum{ParseStatus::need_more, 0, 0};
        for (size_t at = 0; at < size && sum.status == ParseStatus::need_more;) {
            size_t piece = cuts.next(size - at);
            ChunkedDecoder::Progress progress = decoder.feed(Exact(bytes.substr(at, piece)).view());
            require(progress.status != ParseStatus::need_more || progress.consumed == piece,
                    "need_more takes all");
            sum.status = progress.status;
            sum.consumed += progress.consumed;
            sum.payload += progress.payload;
            at += piece;
        }
        require(sum.status == whole.status, "the status does not depend on the cuts");
        require(sum.consumed == whole.consumed, "consumed does not depend on the cuts");
        require(sum.payload == whole.payload, "the payload does not depend on the cuts");
    }
    return 0;
}
