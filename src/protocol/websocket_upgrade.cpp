#include "protocol/websocket_upgrade.hpp"

#include "base/base64.hpp"
#include "base/check.hpp"
#include "base/sha1.hpp"
#include "protocol/field_lines.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace ringblast {

namespace {

constexpr std::string_view key_suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // § 1.3
constexpr size_t key_bytes = 16;
constexpr size_t subprotocols_max = 100; // an index fits int8_t
constexpr uint8_t refused_interims_max = 32;

/// Calls visit(value) for each field `name` (lower case), in order.
template <class Visit>
void for_each_value(std::string_view field_lines, std::string_view name, Visit visit) {
    while (true) {
        std::string_view value = find_field(field_lines, name);
        if (value.data() == nullptr) {
            return;
        }
        visit(value);
        size_t value_end = static_cast<size_t>(value.data() + value.size() - field_lines.data());
        size_t line_end = field_lines.find("\r\n", value_end);
        field_lines.remove_prefix(line_end == field_lines.npos ? field_lines.size() : line_end + 2);
    }
}

/// Calls visit(element) for each element of a comma-separated list, empty ones left out.
template <class Visit>
void for_each_element(std::string_view list, Visit visit) {
    while (!list.empty()) {
        size_t end = std::min(list.find(','), list.size());
        if (std::string_view element = trimmed(list.substr(0, end)); !element.empty()) {
            visit(element);
        }
        list.remove_prefix(std::min(end + 1, list.size()));
    }
}

/// The value of a field that must be there once; nothing when it is absent or comes twice.
std::optional<std::string_view> only_value(std::string_view field_lines, std::string_view name) {
    std::optional<std::string_view> found;
    size_t count = 0;
    for_each_value(field_lines, name, [&](std::string_view value) {
        found = value;
        ++count;
    });
    return count == 1 ? found : std::nullopt;
}

bool lists_token(std::string_view field_lines, std::string_view name, std::string_view token) {
    bool found = false;
    for_each_value(field_lines, name, [&](std::string_view value) {
        for_each_element(value, [&](std::string_view element) {
            found = found || equals_ignoring_case(element, token);
        });
    });
    return found;
}

bool is_header(const Header& header, std::string_view name) {
    return equals_ignoring_case(header.name, name);
}

Expected<void> check_user_headers(const RequestSpec& spec) {
    if (spec.method != "GET" || !spec.body.empty()) {
        return failure("a WebSocket starts with a GET without a body: leave method and body out");
    }
    for (const Header& header : spec.headers) {
        if (is_header(header, "sec-websocket-extensions") && !trimmed(header.value).empty()) {
            return failure("the header Sec-WebSocket-Extensions cannot be set: no extension of "
                           "WebSocket is spoken, compression neither");
        }
        for (std::string_view own : {"upgrade", "connection", "sec-websocket-key",
                                     "sec-websocket-version", "sec-websocket-accept"}) {
            if (is_header(header, own)) {
                return failure("the header " + header.name +
                               " cannot be set: it belongs to the start of a WebSocket");
            }
        }
    }
    return {};
}

Expected<std::string> join_subprotocols(const std::vector<std::string>& subprotocols) {
    std::string list;
    for (size_t i = 0; i < subprotocols.size(); ++i) {
        const std::string& name = subprotocols[i];
        auto before = subprotocols.begin() + static_cast<ptrdiff_t>(i);
        if (!is_token(name)) {
            return failure("a WebSocket subprotocol is one word of letters, digits and signs like "
                           ". - _, without spaces and commas");
        }
        if (std::find(subprotocols.begin(), before, name) != before) {
            return failure("a WebSocket subprotocol is offered twice");
        }
        list += (list.empty() ? "" : ", ") + name;
    }
    if (subprotocols.size() > subprotocols_max) {
        return failure("more than 100 WebSocket subprotocols are offered");
    }
    return list;
}

/// What makes a 101 one; nullptr when all is there.
const char* find_fault(std::string_view head, const UpgradeExpectation& expected,
                       int8_t& subprotocol) {
    std::string_view field_lines = head.substr(head.find("\r\n") + 2);
    if (!head.starts_with("HTTP/1.1")) {
        return "a 101 in another version than HTTP/1.1";
    }
    std::optional<std::string_view> upgrade = only_value(field_lines, "upgrade");
    if (!upgrade || !equals_ignoring_case(*upgrade, "websocket")) {
        return "a 101 without Upgrade: websocket";
    }
    if (!lists_token(field_lines, "connection", "upgrade")) {
        return "a 101 without Connection: Upgrade";
    }
    std::string_view wanted(expected.accept.data(), expected.accept.size());
    std::optional<std::string_view> accept = only_value(field_lines, "sec-websocket-accept");
    if (!accept) {
        return "a 101 without one Sec-WebSocket-Accept";
    }
    if (*accept != wanted) {
        return "a Sec-WebSocket-Accept that does not belong to our key";
    }
    if (find_field(field_lines, "sec-websocket-extensions").data() != nullptr) {
        return "an extension that nobody asked for";
    }
    if (find_field(field_lines, "sec-websocket-protocol").data() == nullptr) {
        return nullptr;
    }
    std::optional<std::string_view> selected = only_value(field_lines, "sec-websocket-protocol");
    auto found = std::ranges::find(expected.subprotocols, selected.value_or(""));
    if (found == expected.subprotocols.end()) {
        return "a subprotocol that was not offered";
    }
    subprotocol = static_cast<int8_t>(found - expected.subprotocols.begin());
    return nullptr;
}

} // namespace

WebSocketKey make_websocket_key(RandomKey key, uint64_t counter) {
    std::array<char, key_bytes> bytes;
    for (uint64_t half = 0; half < 2; ++half) {
        uint64_t bits = random_bits(key, 2 * counter + half);
        std::memcpy(bytes.data() + 8 * half, &bits, sizeof bits);
    }
    WebSocketKey text;
    write_base64(text.data(), {bytes.data(), bytes.size()});
    return text;
}

WebSocketAccept websocket_accept(std::string_view key) {
    std::array<char, 128> bytes;
    CHECK(key.size() + key_suffix.size() <= bytes.size());
    std::ranges::copy(key, bytes.begin());
    std::ranges::copy(key_suffix, bytes.begin() + static_cast<ptrdiff_t>(key.size()));
    std::array<uint8_t, 20> digest = sha1({bytes.data(), key.size() + key_suffix.size()});
    WebSocketAccept accept;
    write_base64(accept.data(), {reinterpret_cast<const char*>(digest.data()), digest.size()});
    return accept;
}

Expected<UpgradeHeaders> upgrade_headers(const RequestSpec& spec,
                                         std::vector<std::string> subprotocols) {
    if (auto good = check_user_headers(spec); !good) {
        return std::unexpected(good.error());
    }
    if (std::optional<std::string> list = header_value(spec.headers, "sec-websocket-protocol")) {
        for_each_element(*list, [&](std::string_view name) { subprotocols.emplace_back(name); });
    }
    Expected<std::string> list = join_subprotocols(subprotocols);
    if (!list) {
        return std::unexpected(list.error());
    }
    return UpgradeHeaders{.headers = {{"Upgrade", "websocket"},
                                      {"Connection", "Upgrade"},
                                      {"Sec-WebSocket-Key", std::string(sizeof(WebSocketKey), '=')},
                                      {"Sec-WebSocket-Version", "13"},
                                      {"Sec-WebSocket-Protocol", *list}},
                          .subprotocols = std::move(subprotocols)};
}

Expected<UpgradeTemplate> render_upgrade(const RequestSpec& spec,
                                         std::vector<std::string> subprotocols) {
    Expected<UpgradeHeaders> own = upgrade_headers(spec, std::move(subprotocols));
    if (!own) {
        return std::unexpected(own.error());
    }
    RequestSpec upgrade = spec;
    upgrade.keep_alive = true;
    upgrade.headers.insert(upgrade.headers.end(), own->headers.begin(), own->headers.end());
    Expected<std::string> request = render_request(upgrade);
    if (!request) {
        return std::unexpected(request.error());
    }
    size_t key_offset = request->find(key_line_start) + key_line_start.size();
    return UpgradeTemplate{.request = std::move(*request),
                           .key_offset = key_offset,
                           .subprotocols = std::move(own->subprotocols)};
}

void write_upgrade(char* to, const UpgradeTemplate& upgrade, const WebSocketKey& key) {
    std::memcpy(to, upgrade.request.data(), upgrade.request.size());
    std::ranges::copy(key, to + upgrade.key_offset);
}

UpgradeReader::Progress UpgradeReader::feed(std::string_view bytes,
                                            const UpgradeExpectation& expected, HeadPool& pool) {
    size_t consumed = 0;
    while (consumed < bytes.size()) {
        std::string_view rest = bytes.substr(consumed);
        const size_t before = head_size_;
        std::string_view head = rest;
        if (before > 0) {
            // One head fits a block; what lies behind it stays in `bytes`.
            rest = rest.substr(0, head_size_max - before);
            if (!keep(rest, pool)) {
                return {ParseStatus::bad, consumed, "no memory left for unfinished heads"};
            }
            head = {block_, head_size_};
        }
        ParsedHead parsed = parse_response_head(head, false, before);
        if (parsed.status == ParseStatus::need_more) {
            if (before == 0 && !keep(rest, pool)) {
                return {ParseStatus::bad, consumed, "no memory left for unfinished heads"};
            }
            consumed += rest.size();
            continue;
        }
        if (parsed.status == ParseStatus::bad) {
            abandon(pool);
            return {ParseStatus::bad, consumed, parsed.problem};
        }
        consumed += parsed.head.size - before;
        status_ = parsed.head.status;
        if (status_ >= 200 || status_ == 101) {
            Progress progress = judge(head.substr(0, parsed.head.size), consumed, expected);
            abandon(pool);
            return progress;
        }
        status_ = 0;
        abandon(pool);
        if (++interims_ > refused_interims_max) {
            return {ParseStatus::bad, consumed, "too many interim responses"};
        }
    }
    return {ParseStatus::need_more, consumed};
}

UpgradeReader::Progress UpgradeReader::judge(std::string_view head, size_t consumed,
                                             const UpgradeExpectation& expected) {
    interims_ = 0;
    subprotocol_ = -1;
    const char* fault = status_ == 101 ? find_fault(head, expected, subprotocol_) : nullptr;
    if (fault != nullptr) {
        return {ParseStatus::bad, consumed, fault};
    }
    return {ParseStatus::complete, consumed};
}

/// Appends to the block; false when the pool is exhausted. Requires: together no more than
/// head_size_max.
bool UpgradeReader::keep(std::string_view bytes, HeadPool& pool) {
    const size_t size = head_size_ + bytes.size();
    const bool large = size > HeadPool::small_size;
    if (head_size_ == 0 || (large && head_size_ <= HeadPool::small_size)) {
        char* block = large ? pool.take_large() : pool.take_small();
        if (block != nullptr && head_size_ > 0) {
            std::memcpy(block, block_, head_size_);
        }
        uint32_t kept = head_size_;
        abandon(pool);
        if (block == nullptr) {
            return false;
        }
        block_ = block;
        head_size_ = kept;
    }
    std::memcpy(block_ + head_size_, bytes.data(), bytes.size());
    head_size_ = static_cast<uint32_t>(size);
    return true;
}

void UpgradeReader::abandon(HeadPool& pool) {
    if (head_size_ > HeadPool::small_size) {
        pool.give_large(block_);
    } else if (head_size_ > 0) {
        pool.give_small(block_);
    }
    head_size_ = 0;
}

UpgradeRequest read_upgrade_request(const RequestHead& request) {
    std::string_view fields = request.field_lines;
    if (request.method != "GET") {
        return {405, "a WebSocket starts with GET"};
    }
    if (request.http_1_0 || !lists_token(fields, "connection", "upgrade") ||
        !lists_token(fields, "upgrade", "websocket")) {
        return {426, "this is a WebSocket: it needs Upgrade: websocket and Connection: Upgrade"};
    }
    if (only_value(fields, "sec-websocket-version") != "13") {
        return {426, "WebSocket version 13 is spoken here"};
    }
    std::optional<std::string_view> key = only_value(fields, "sec-websocket-key");
    if (!key || key->size() != sizeof(WebSocketKey) ||
        decode_base64(*key).value_or("").size() != key_bytes) {
        return {400, "Sec-WebSocket-Key is not 16 bytes in base64"};
    }
    UpgradeRequest upgrade{.key = *key};
    for_each_value(fields, "sec-websocket-protocol", [&](std::string_view value) {
        for_each_element(value, [&](std::string_view name) {
            upgrade.subprotocol = upgrade.subprotocol.empty() ? name : upgrade.subprotocol;
        });
    });
    return upgrade;
}

std::string render_upgrade_response(std::string_view key, std::string_view subprotocol) {
    WebSocketAccept accept = websocket_accept(key);
    std::string head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\nSec-WebSocket-Accept: ";
    head.append(accept.data(), accept.size());
    if (!subprotocol.empty()) {
        head += "\r\nSec-WebSocket-Protocol: ";
        head += subprotocol;
    }
    return head + "\r\n\r\n";
}

} // namespace ringblast
