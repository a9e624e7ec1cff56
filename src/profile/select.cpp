#include "profile/select.hpp"

#include "base/nearest.hpp"
#include "base/quote.hpp"

#include <algorithm>
#include <string_view>

namespace ringblast {

namespace {

/// The names of a profile, each once, in order.
struct Names {
    RemovedNames all;

    template <class T>
    static void add(std::vector<T>& list, const T& value) {
        if (std::ranges::find(list, value) == list.end()) {
            list.push_back(value);
        }
    }
    void add(const std::vector<Request>& requests) {
        for (const Request& request : requests) {
            add(all.requests, NamedRequest{request.method, request.name});
            add(all.methods, request.method);
        }
    }
    explicit Names(const Profile& profile) {
        for (const UserClass& users : profile.classes) {
            add(all.classes, users.name);
            add(users.on_start);
            for (const Task& task : users.tasks) {
                add(task.requests);
                for (const std::string& tag : task.tags) {
                    add(all.tags, tag);
                }
            }
        }
    }
};

template <class T>
std::vector<T> without(const std::vector<T>& before, const std::vector<T>& after) {
    std::vector<T> gone;
    for (const T& value : before) {
        if (std::ranges::find(after, value) == after.end()) {
            gone.push_back(value);
        }
    }
    return gone;
}

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
    check_known(selection.tags, before.all.tags, "tag", errors);
    check_known(selection.exclude_tags, before.all.tags, "tag", errors);
    check_known(selection.classes, before.all.classes, "class", errors);
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
                  listed(before.all.tags) + "; classes " + listed(before.all.classes)}});
    }
    profile.classes = std::move(left);
    const Names after(profile);
    return RemovedNames{.requests = without(before.all.requests, after.all.requests),
                        .methods = without(before.all.methods, after.all.methods),
                        .tags = without(before.all.tags, after.all.tags),
                        .classes = without(before.all.classes, after.all.classes)};
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
