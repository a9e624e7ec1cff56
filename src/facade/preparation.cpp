#include "facade/preparation.hpp"

#include "profile/select.hpp"
#include "protocol/url.hpp"
#include "run/resolve.hpp"

namespace ringblast {

namespace {

constexpr Duration setup_limit = std::chrono::minutes(10);

void add_errors(std::vector<Error>& errors, std::vector<Error> more) {
    std::ranges::move(more, std::back_inserter(errors));
}

std::vector<Threshold> parse_thresholds(const Profile& profile, std::vector<Error>& errors) {
    std::vector<Threshold> thresholds;
    ScopeNames names = scope_names(profile);
    for (const ThresholdText& text : profile.thresholds) {
        Expected<Threshold> threshold = parse_threshold(text);
        if (!threshold) {
            errors.push_back(threshold.error());
        } else if (Expected<void> known = check_scope(*threshold, names); !known) {
            errors.push_back(known.error());
        } else {
            thresholds.push_back(std::move(*threshold));
        }
    }
    return thresholds;
}

void check_addressing(const Profile& profile, std::vector<Error>& errors) {
    add_errors(errors, validate_load(profile.load));
    Expected<Url> url = parse_url(profile.target.base_url);
    if (!url) {
        errors.push_back(url.error());
    }
}

} // namespace

ExpectedAll<Preparation> examine(const Profile& profile) {
    std::vector<Error> errors;
    Preparation preparation{.profile = profile, .thresholds = parse_thresholds(profile, errors)};
    if (ExpectedAll<RemovedNames> removed = apply_selection(preparation.profile, profile.selection);
        !removed) {
        add_errors(errors, removed.error());
    }
    mark_removed(preparation.thresholds, scope_names(preparation.profile));
    check_addressing(profile, errors);
    if (!errors.empty()) {
        return std::unexpected(std::move(errors));
    }
    return preparation;
}

ExpectedAll<void> reach_target(Preparation& preparation, const RunOptions& options) {
    const Target& target = preparation.profile.target;
    std::expected<Bindings, ResolveFailure> bindings = resolve_target(target);
    if (!bindings && bindings.error().usage) {
        return std::unexpected(std::vector{bindings.error().error});
    }
    if (!bindings) {
        preparation.not_made = bindings.error().error.message;
        return {};
    }
    preparation.bindings = std::move(*bindings);
    if (target.wait_for &&
        !wait_until_accepting(preparation.bindings, *target.wait_for, options.stop)) {
        preparation.interrupted = options.stop != nullptr && options.stop->load() != 0;
        if (!preparation.interrupted) {
            preparation.not_made = "the target did not accept a connection within --wait-for";
        }
        return {};
    }
    keep_accepting(preparation.bindings);
    if (preparation.profile.setup.empty()) {
        return {};
    }
    ExpectedAll<ScriptEnd> setup = run_script(
        preparation.profile, {script_of("setup", preparation.profile.setup), setup_limit},
        preparation.bindings, options);
    if (!setup) {
        return std::unexpected(setup.error());
    }
    preparation.setup = std::move(*setup);
    preparation.interrupted = preparation.setup.interrupted;
    if (preparation.setup.problem && !preparation.interrupted) {
        preparation.not_made = "the set-up failed: " + *preparation.setup.problem;
    }
    preparation.bindings.values = preparation.setup.values;
    return {};
}

std::optional<std::string> tear_down(const Preparation& preparation, const RunOptions& options) {
    const Profile& profile = preparation.profile;
    RunOptions unstoppable = options; // it runs after a signal as well
    unstoppable.stop = nullptr;
    ExpectedAll<ScriptEnd> end =
        run_script(profile, {script_of("teardown", profile.teardown), profile.load.stop_timeout},
                   preparation.bindings, unstoppable);
    if (!end) {
        return "the tear-down was not run: " + end.error().front().message;
    }
    if (end->problem) {
        return "the tear-down failed: " + *end->problem;
    }
    return std::nullopt;
}

} // namespace ringblast
