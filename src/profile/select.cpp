#include "profile/select.hpp"

#include "base/nearest.hpp"
#include "base/quote.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>

namespace ringblast {

namespace {

/// Values in the order in which they came, each once.
template <class T>
class Distinct {
public:
    void add(const T& value) {
        if (seen_.insert(value).second) {
            values_.push_back(value);
        }
    }
    const std::vector<T>& values() const { return values_; }
    std::vector<T> without(const Distinct& others) const {
        std::vector<T> left;
        std::ranges::copy_if(values_, std::back_inserter(left),
                             [&others](const T& value) { return !others.seen_.contains(value); });
        return left;
    }

private:
    std::vector<T> values_;
    std::set<T> seen_;
};

struct Names {
    Distinct<NamedRequest> requests;
    Distinct<std::string> methods, tags, classes;

    explicit Names(const Profile& profile) {
        for (const UserClass& users : profile.classes) {
            classes.add(users.name);
            add(users.on_start);
            for (const Task& task : users.tasks) {
                add(task.requests);
                std::ranges::for_each(task.tags, [this](const std::string& tag) { tags.add(tag); });
            }
        }
    }

private:
    void add(const std::vector<Request>& list) {
        for (const Request& request : list) {
            requests.add({request.method, request.name});
            methods.add(request.method);
        }
    }
};

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text.append(text.empty() ? "" : ", ").append(name);
    }
    return text.empty() ? "none: the profile has none" : text;
}

void check_known(const std::vector<std::string>& asked, const std::vector<std::string>& known,
                 const char* what, std::vector<Error>& errors) {
    const std::vector<std::string_view> words(known.begin(), known.end());
    for (const std::string& name : asked) {
        if (std::ranges::find(known, name) == known.end()) {
            errors.push_back({"the profile has no " + std::string(what) + " " + quoted(name) +
                              nearest_hint(name, words) + "; allowed: " + listed(known)});
        }
    }
}

bool has_any(const std::vector<std::string>& tags, const std::vector<std::string>& wanted) {
    return std::ranges::any_of(tags, [&wanted](const std::string& tag) {
        return std::ranges::find(wanted, tag) != wanted.end();
    });
}

bool takes_part(const Task& task, const Selection& selection) {
    return (selection.tags.empty() || has_any(task.tags, selection.tags)) &&
           !has_any(task.tags, selection.exclude_tags);
}

} // namespace

ExpectedAll<RemovedNames> apply_selection(Profile& profile, const Selection& selection) {
    const Names before(profile);
    std::vector<Error> errors;
    check_known(selection.tags, before.tags.values(), "tag", errors);
    check_known(selection.exclude_tags, before.tags.values(), "tag", errors);
    check_known(selection.classes, before.classes.values(), "class", errors);
    if (!errors.empty()) {
        return std::unexpected(std::move(errors));
    }
    std::vector<UserClass> left;
    for (const UserClass& users : profile.classes) {
        UserClass chosen = users;
        std::erase_if(chosen.tasks,
                      [&selection](const Task& task) { return !takes_part(task, selection); });
        const bool named =
            selection.classes.empty() ||
            std::ranges::find(selection.classes, users.name) != selection.classes.end();
        if (named && !chosen.tasks.empty()) {
            left.push_back(std::move(chosen));
        }
    }
    if (left.empty()) {
        return std::unexpected(std::vector{
            Error{"the tags and classes asked for leave no task; allowed: tags " +
                  listed(before.tags.values()) + "; classes " + listed(before.classes.values())}});
    }
    profile.classes = std::move(left);
    const Names after(profile);
    return RemovedNames{.requests = before.requests.without(after.requests),
                        .methods = before.methods.without(after.methods),
                        .tags = before.tags.without(after.tags),
                        .classes = before.classes.without(after.classes)};
}

void take_load_of(Profile& profile, const Profile& mode) {
    const uint64_t seed = profile.load.seed;
    const Duration stop_timeout = profile.load.stop_timeout;
    profile.load = mode.load;
    profile.load.seed = seed;
    profile.load.stop_timeout = stop_timeout;
    profile.thresholds = mode.thresholds;
}

} // namespace ringblast
