#include "target/reply_cache.hpp"

#include <algorithm>

namespace ringblast {

namespace {

constexpr size_t request_size_max = 2048; // a receive buffer: longer heads never come in one piece
constexpr size_t reply_block_size = 16 * 1024;
constexpr size_t replies_max = 64;

} // namespace

void ReplyCache::store(std::string_view request, const Action& action, const ReplyContext& context,
                       int64_t second) {
    if (!action.repeatable() || context.persistence != Persistence::implied ||
        request.size() < key_end || request.size() > request_size_max) {
        return;
    }
    Entry fresh{.request = std::string(request),
                .request_size = static_cast<uint32_t>(request.size()),
                .action = action,
                .context = context};
    Reply reply = render_reply(action, context);
    if (reply.repeated_size != 0 || reply.ends) {
        return; // too long to keep
    }
    Entry& entry = entries_[index_of(request)];
    retired_.push_back(std::move(entry.block));
    entry = std::move(fresh);
    render(entry, second, context.date);
}

void ReplyCache::render(Entry& entry, int64_t second, std::string_view date) {
    entry.context.date = date;
    std::string reply = render_reply(entry.action, entry.context).first;
    entry.context.date = {};
    entry.second = second;
    entry.reply_size = static_cast<uint32_t>(reply.size());
    retired_.push_back(std::move(entry.block));
    entry.block.clear();
    size_t replies = std::clamp(reply_block_size / reply.size(), size_t{1}, replies_max);
    entry.block.reserve(replies * reply.size());
    for (size_t i = 0; i < replies; ++i) {
        entry.block += reply;
    }
}

} // namespace ringblast
