// A request head reads the same wherever it is cut, and its views stay inside of it.
#include "protocol/request_head.hpp"

#include "fuzz.hpp"
#include "protocol/field_lines.hpp"

#include <string>

using namespace ringblast;
using namespace ringblast::fuzz;

namespace {

bool inside(std::string_view part, std::string_view whole) {
    return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    Exact exact(bytes);
    ParsedRequest whole = parse_request_head(exact.view());
    require((whole.status == ParseStatus::bad) == (whole.error_status >= 400),
            "an answer for what is bad");
    if (whole.status == ParseStatus::complete) {
        std::string_view head = exact.view().substr(0, whole.head.size);
        require(head.size() == whole.head.size && head.ends_with("\r\n\r\n"), "the head is whole");
        require(inside(whole.head.method, head) && inside(whole.head.target, head) &&
                    inside(whole.head.field_lines, head),
                "views point into the head");
        find_field(whole.head.field_lines, "host");
        find_field(whole.head.field_lines, "authorization");
    }
    for (uint64_t round = 0; round < 3; ++round) {
        Cuts cuts(bytes, round);
        ParsedRequest parsed;
        size_t seen = 0;
        while (seen < size && parsed.status == ParseStatus::need_more) {
            size_t now = seen + cuts.next(size - seen);
            Exact part(bytes.substr(0, now));
            parsed = parse_request_head(part.view(), seen);
            seen = now;
        }
        require(parsed.status == whole.status, "the status does not depend on the cuts");
        if (whole.status == ParseStatus::complete) {
            require(parsed.head.size == whole.head.size &&
                        parsed.head.keep_alive == whole.head.keep_alive &&
                        parsed.head.chunked == whole.head.chunked &&
                        parsed.head.content_length == whole.head.content_length &&
                        parsed.head.expects_continue == whole.head.expects_continue &&
                        parsed.head.target.size() == whole.head.target.size(),
                    "the meaning does not depend on the cuts");
        }
    }
    return 0;
}
