// A URL that is accepted can be rendered and read back, and goes into a request as one word; one
// that is refused gives one line of text.
#include "protocol/url.hpp"

#include "fuzz.hpp"
#include "protocol/field_lines.hpp"

#include <algorithm>

using namespace ringblast;
using namespace ringblast::fuzz;

namespace {

bool is_word(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return static_cast<uint8_t>(c) > 0x20 && static_cast<uint8_t>(c) < 0x7f;
    });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    Exact exact(text);
    Expected<Url> url = parse_url(exact.view());
    if (!url) {
        const std::string& message = url.error().message;
        require(!message.empty() && find_control(message, 0) == message.size(),
                "a message is one printable line");
        return 0;
    }
    require(url->target.starts_with('/') && is_word(url->target), "the target is one word");
    require(!url->host.empty() && is_word(render_host(*url)), "the Host field is one word");
    require(url->port != 0, "a port");
    std::string rendered = render_url(*url, Secrets::shown);
    require(is_word(rendered), "a URL is one word");
    Expected<Url> again = parse_url(rendered);
    require(again.has_value() && *again == *url, "rendering and parsing are inverse");
    require(url->user_info.has_value() == (render_url(*url).find("***@") != std::string::npos) ||
                url->target.find("***@") != std::string::npos,
            "user info is masked");
    require(encode_target(url->target) == url->target, "encoding twice changes nothing");
    return 0;
}
