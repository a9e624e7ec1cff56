// Units and stage lists from any bytes: never a crash, an error is one line, and what is read
// keeps its promises.
#include "base/check.hpp"
#include "base/units.hpp"
#include "profile/stage_list.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace ringblast;

namespace {

template <class T>
void check_error(const Expected<T>& parsed) {
    if (!parsed) {
        for (char letter : parsed.error().message) {
            CHECK(static_cast<unsigned char>(letter) >= ' ');
        }
        CHECK(parsed.error().message.find("allowed: ") != std::string::npos);
    }
}

void check_stages(std::string_view text) {
    Expected<std::vector<Stage>> stages = parse_stages(text);
    check_error(stages);
    if (!stages) {
        return;
    }
    CHECK(!stages->empty());
    for (const Stage& stage : *stages) {
        CHECK(stage.users.has_value() + stage.rate.has_value() + stage.at_once.has_value() == 1);
        CHECK(stage.users.has_value() == stages->front().users.has_value());
        CHECK(stage.duration > Duration::zero());
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    auto with_unit = parse_duration(text, BareNumber::refused);
    auto duration = parse_duration(text);
    check_error(duration);
    if (with_unit) {
        CHECK(duration && *duration == *with_unit);
    }
    if (duration) {
        CHECK(duration->count() >= 0);
    }
    auto count = parse_count(text);
    auto bytes = parse_size(text);
    check_error(count);
    check_error(bytes);
    if (count) {
        CHECK(bytes && *bytes == *count);
    }
    auto rate = parse_rate(text);
    check_error(rate);
    if (rate) {
        CHECK(std::isfinite(*rate) && *rate >= 0);
    }
    check_stages(text);
    return 0;
}
