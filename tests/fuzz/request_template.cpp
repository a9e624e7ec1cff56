// Whatever a user puts into method, path, headers and body: what is rendered is one request that a
// strict parser reads back with the same method, target and body, or it is refused.
#include "protocol/request_template.hpp"

#include "fuzz.hpp"
#include "protocol/field_lines.hpp"
#include "protocol/request_head.hpp"

using namespace ringblast;
using namespace ringblast::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    auto take = [&rest] {
        std::string_view part = rest.substr(0, rest.find('|'));
        rest.remove_prefix(part.size() < rest.size() ? part.size() + 1 : rest.size());
        return std::string(part);
    };
    RequestSpec spec{.url = parse_url("http://me:pw@localhost:81/").value()};
    spec.method = take();
    spec.target = encode_target(take());
    spec.body = take();
    while (!rest.empty()) {
        std::string name = take();
        spec.headers.push_back({name, take()});
    }
    Expected<std::string> request = render_request(spec);
    if (!request) {
        require(find_control(request.error().message, 0) == request.error().message.size(),
                "a message is one printable line");
        return 0;
    }
    ParsedRequest parsed = parse_request_head(*request);
    bool hostless = !find_field(parsed.head.field_lines, "host").data();
    if (parsed.status != ParseStatus::complete) {
        // The user may take Host away or name a method that no server knows.
        require(spec.method.size() > 32 || hostless || request->size() > head_size_max,
                "what is rendered can be read");
        return 0;
    }
    require(parsed.head.method == spec.method, "the method");
    require(parsed.head.target == spec.target, "the target");
    require(!parsed.head.chunked, "no chunks");
    require(parsed.head.content_length == spec.body.size(), "the length");
    require(request->substr(parsed.head.size) == spec.body, "the body");
    return 0;
}
