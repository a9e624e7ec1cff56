// Each entry on its own, then what must hold for all of them together.
#include "profile/stage_list.hpp"

#include "base/quote.hpp"
#include "base/units.hpp"

#include <string>
#include <utility>

namespace ringblast {

namespace {

constexpr std::string_view allowed =
    "50:30s (users), 100/s:30s (rate), >200:1m (ramp), @200:10s (at once)";

std::unexpected<Error> refuse(size_t number, std::string_view entry, std::string_view why) {
    std::string message("stage ");
    message.append(std::to_string(number)).append(" (").append(quoted(entry));
    message.append("): ").append(why).append("; allowed: ").append(allowed);
    return failure(std::move(message));
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

bool has_time_unit(std::string_view text) {
    return parse_duration(text, BareNumber::refused).has_value();
}

Expected<Stage> parse_goal(std::string_view goal) {
    Stage stage;
    stage.ramp = goal.starts_with('>');
    if (stage.ramp) {
        goal.remove_prefix(1);
    }
    if (goal.starts_with('@')) {
        Expected<uint64_t> arrivals = parse_count(goal.substr(1));
        if (!arrivals) {
            return std::unexpected(arrivals.error());
        }
        if (stage.ramp) {
            return failure("arrivals at once (@) cannot be ramped to (>)");
        }
        if (*arrivals == 0) {
            return failure("no arrivals at once (@0)");
        }
        stage.at_once = *arrivals;
    } else if (goal.find('/') != std::string_view::npos) {
        Expected<double> rate = parse_rate(goal);
        if (!rate) {
            return std::unexpected(rate.error());
        }
        stage.rate = *rate;
    } else {
        Expected<uint64_t> users = parse_count(goal);
        if (!users) {
            return std::unexpected(users.error());
        }
        stage.users = static_cast<double>(*users);
    }
    return stage;
}

Expected<Stage> parse_entry(std::string_view entry) {
    size_t colon = entry.find(':');
    if (colon == std::string_view::npos) {
        return failure("a goal and a duration with ':' between them are expected");
    }
    std::string_view goal = trim(entry.substr(0, colon));
    std::string_view duration = trim(entry.substr(colon + 1));
    if (has_time_unit(goal)) {
        if (has_time_unit(duration)) {
            return failure("both sides of the ':' are durations");
        }
        std::swap(goal, duration);
    }
    Expected<Stage> stage = parse_goal(goal);
    if (!stage) {
        return stage;
    }
    Expected<Duration> length = parse_duration(duration);
    if (!length) {
        return std::unexpected(length.error());
    }
    if (*length == Duration::zero()) {
        return failure("its duration is 0");
    }
    stage->duration = *length;
    return stage;
}

} // namespace

Expected<std::vector<Stage>> parse_stages(std::string_view list) {
    std::vector<Stage> stages;
    for (std::string_view rest = list;;) {
        size_t comma = rest.find(',');
        std::string_view entry = trim(rest.substr(0, comma));
        size_t number = stages.size() + 1;
        Expected<Stage> stage = parse_entry(entry);
        if (!stage) {
            return refuse(number, entry, stage.error().message);
        }
        if (!stages.empty() && stages[0].users.has_value() != stage->users.has_value()) {
            return refuse(number, entry,
                          "users (closed load) and rates (open load) cannot be mixed in one load");
        }
        stages.push_back(*stage);
        if (comma == std::string_view::npos) {
            return stages;
        }
        rest.remove_prefix(comma + 1);
    }
}

} // namespace ringblast
