// The answer to an upgrade is judged the same wherever it is cut, and only a 101 with the right
// proof makes a WebSocket. A server takes any request apart without harm.
#include "protocol/websocket_upgrade.hpp"

#include "fuzz.hpp"

using namespace ringblast;
using namespace ringblast::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::vector<std::string> offered = {"chat", "soap"};
    constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
    const UpgradeExpectation expected{.accept = websocket_accept(key), .subprotocols = offered};
    HeadPool pool;
    UpgradeReader whole_reader;
    UpgradeReader::Progress whole = whole_reader.feed(Exact(bytes).view(), expected, pool);
    require(whole.consumed <= size, "consumed is within the input");
    whole_reader.abandon(pool);
    if (whole.status == ParseStatus::complete) {
        std::string_view head = bytes.substr(0, whole.consumed);
        require(whole_reader.status() != 101 ||
                    head.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != head.npos,
                "no WebSocket without proof");
        require(whole_reader.subprotocol() < 2, "a subprotocol is one of those offered");
    }
    for (uint64_t round = 0; round < 3; ++round) {
        Cuts cuts(bytes, round);
        UpgradeReader reader;
        UpgradeReader::Progress sum;
        for (size_t at = 0; at < size && sum.status == ParseStatus::need_more;) {
            size_t piece = cuts.next(size - at);
            UpgradeReader::Progress progress =
                reader.feed(Exact(bytes.substr(at, piece)).view(), expected, pool);
            require(progress.consumed <= piece, "consumed is within the piece");
            sum.status = progress.status;
            sum.consumed += progress.consumed;
            at += piece;
        }
        reader.abandon(pool);
        require(sum.status == whole.status, "the status does not depend on the cuts");
        if (whole.status == ParseStatus::complete) {
            require(sum.consumed == whole.consumed, "nor does the end of the head");
            require(reader.status() == whole_reader.status(), "nor the code");
            require(reader.subprotocol() == whole_reader.subprotocol(), "nor the subprotocol");
        }
    }
    require(pool.blocks_taken() == 0, "all blocks are given back");
    ParsedRequest request = parse_request_head(Exact(bytes).view());
    if (request.status == ParseStatus::complete) {
        Exact exact(bytes);
        UpgradeRequest upgrade = read_upgrade_request(parse_request_head(exact.view()).head);
        require(upgrade.status != 101 || upgrade.key.size() == 24, "a good upgrade has a key");
    }
    return 0;
}
