#include "cli/limit_options.hpp"

#include "base/units.hpp"
#include "cli/option_reading.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ringblast {

namespace {

constexpr double precision_min = 0.01, precision_max = 0.5;
constexpr Duration hold_min = std::chrono::seconds(1);
constexpr Duration time_max = std::chrono::hours(24);

/// `5%` or `0.05`.
Expected<double> parse_share(std::string_view text) {
    bool percent = text.ends_with('%');
    std::string_view digits = text.substr(0, text.size() - (percent ? 1 : 0));
    Expected<double> value = parse_rate(digits);
    if (!value) {
        return failure(fmt::format("{}: a share like 5% or 0.05 is expected", text));
    }
    return percent ? *value / 100 : *value;
}

/// Both sides of a comma, without the blanks around them.
std::vector<std::string> conditions_of(const std::string& list) {
    std::vector<std::string> conditions;
    for (const std::string& part : split_list(list)) {
        size_t first = part.find_first_not_of(" \t");
        if (first != std::string::npos) {
            conditions.push_back(part.substr(first, part.find_last_not_of(" \t") - first + 1));
        }
    }
    return conditions;
}

void read_search(const LimitWords& words, OptionReading& reading, LimitOptions& limit) {
    limit.quick = words.quick;
    if (words.slo) {
        limit.slo = conditions_of(*words.slo);
        if (limit.slo.empty()) {
            reading.problem("--slo: at least one condition is needed: 'p99 < 200ms'");
        }
    }
    reading.time("--hold", words.hold, limit.hold);
    if (words.hold && limit.hold.count() > 0 && limit.hold < hold_min) {
        reading.problem(fmt::format("--hold {}: 1s is the least", *words.hold));
    }
    reading.time("--max-time", words.max_time, limit.max_time);
    if (limit.max_time > time_max) {
        reading.problem(fmt::format("--max-time {}: 24h is the most", *words.max_time));
    }
    if (std::optional<double> share = reading.value("--precision", words.precision, parse_share)) {
        if (*share < precision_min || *share > precision_max) {
            reading.problem(fmt::format("--precision {}: 1% to 50% is allowed", *words.precision));
        }
        limit.precision = *share;
    }
    limit.max_rate = reading.value("--max-rate", words.max_rate, parse_rate);
    limit.min_rate = reading.value("--min-rate", words.min_rate, parse_rate);
    for (auto [option, rate] :
         {std::pair{"--max-rate", limit.max_rate}, std::pair{"--min-rate", limit.min_rate}}) {
        if (rate && *rate <= 0) {
            reading.problem(fmt::format("{} 0: a rate above 0 is needed", option));
        }
    }
    if (limit.max_rate && limit.min_rate && *limit.max_rate < *limit.min_rate) {
        reading.problem(
            fmt::format("--max-rate {} is below --min-rate {}", *words.max_rate, *words.min_rate));
    }
}

/// The words of a load test that a search shares with it.
ExpectedAll<TestOptions> read_test(const LimitWords& words) {
    if (!words.is_url()) {
        RunWords run = words.run;
        run.profile = words.target;
        run.users.reset();
        run.arrival.reset();
        return read_run_options(run);
    }
    BlastWords blast;
    static_cast<LoadWords&>(blast) = words.run;
    blast.users.reset();
    blast.arrival.reset();
    if (!words.target.empty()) {
        blast.url = words.target;
    }
    return read_blast_options(blast);
}

void check_choice(const LimitWords& words, OptionReading& reading) {
    const RunWords& run = words.run;
    bool chosen = !run.classes.empty() || !run.tags.empty() || !run.exclude_tags.empty() ||
                  !run.user_classes.empty() || !run.set.empty();
    if (words.is_url() && chosen) {
        reading.problem("classes, --tags, --exclude-tags, --user-class and --set choose from a "
                        "profile; a URL has nothing to choose from");
    }
}

} // namespace

ExpectedAll<LimitTestOptions> read_limit_options(const LimitWords& words) {
    OptionReading reading;
    LimitTestOptions options;
    check_choice(words, reading);
    read_search(words, reading, options.limit);
    std::optional<uint64_t> users = reading.at_least("--users", words.run.users, 1);
    const std::optional<std::string>& arrival = words.run.arrival;
    if (arrival && *arrival != "constant" && *arrival != "poisson") {
        reading.problem(fmt::format("--arrival {}: constant or poisson is allowed", *arrival));
    }
    ExpectedAll<TestOptions> test = read_test(words);
    if (test) {
        options.test = std::move(*test);
        Load& load = options.test.profile.load;
        load.max_users = users.value_or(load.max_users);
        if (arrival) {
            load.arrival = *arrival == "poisson" ? Arrival::poisson : Arrival::constant;
        }
    } else {
        std::ranges::move(test.error(), std::back_inserter(reading.errors));
    }
    if (!reading.errors.empty()) {
        return std::unexpected(std::move(reading.errors));
    }
    return options;
}

} // namespace ringblast
