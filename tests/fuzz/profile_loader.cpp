// Profiles from any bytes: never a crash, every error is one line with its place, and what is
// loaded keeps the promises of its types. With it rescaling, selection and ${...}.
#include "fuzz.hpp"
#include "profile/load.hpp"
#include "profile/rescale.hpp"
#include "profile/select.hpp"
#include "profile/substitute.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace ringblast;
using fuzz::require;

namespace {

void check_errors(const std::vector<Error>& errors) {
    require(!errors.empty() && errors.size() <= 101, "there are errors, and not too many");
    for (const Error& error : errors) {
        for (const char letter : error.message) {
            require(static_cast<unsigned char>(letter) >= ' ', "an error is one line");
        }
    }
}

void check_request(const Request& request) {
    require(!request.name.empty() && !request.method.empty(), "a request has name and method");
    require(request.path.empty() ||
                std::string_view("/?{").find(request.path[0]) != std::string_view::npos,
            "a path starts as one");
    for (const int status : request.expect.status) {
        require(status >= 100 && status <= 999, "a status has three digits");
    }
}

void check_load(const Load& load) {
    Duration total{};
    for (const Stage& stage : load.stages) {
        require(stage.users.has_value() + stage.rate.has_value() + stage.at_once.has_value() == 1,
                "a stage has one goal");
        require(stage.duration > Duration::zero(), "a stage takes some time");
        require(stage.duration == open_ended || stage.duration <= open_ended - total,
                "the stages fit the clock");
        total += stage.duration == open_ended ? Duration{} : stage.duration;
    }
}

void check_profile(Profile profile) {
    check_load(profile.load);
    require(!profile.classes.empty(), "there are users");
    Selection selection{.tags = {}, .exclude_tags = {}, .classes = {profile.classes[0].name}};
    for (const UserClass& users : profile.classes) {
        require(!users.name.empty() && !users.tasks.empty(), "a class has a name and tasks");
        require(std::isfinite(users.weight) && users.weight > 0, "a weight is above 0");
        require(std::isfinite(users.wait.a_s) && users.wait.a_s >= 0, "a wait is a time");
        for (const Task& task : users.tasks) {
            require(!task.name.empty() && !task.requests.empty(), "a task has name and requests");
            require(task.repeat > 0, "a task runs");
            for (const Request& request : task.requests) {
                check_request(request);
            }
            selection.exclude_tags = task.tags;
        }
    }
    Load load = profile.load;
    if (rescale_load(load, {.users = 7, .duration = std::chrono::seconds(10)})) {
        check_load(load);
    }
    if (auto removed = apply_selection(profile, selection); !removed) {
        check_errors(removed.error());
    } else {
        require(profile.classes.size() == 1, "one class was chosen");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const fuzz::Exact text({reinterpret_cast<const char*>(data), size});
    const LoadOptions options{.set = {{"A", "5"}, {"B", "x{{y"}, {"EMPTY", ""}}};
    auto profile =
        load_profile_text(text.view(), {.name = "fuzz.toml", .directory = "/nonexistent"}, options);
    if (profile) {
        check_profile(std::move(*profile));
    } else {
        check_errors(profile.error());
        for (const Error& error : profile.error()) {
            require(error.message.starts_with("fuzz.toml") || error.message.starts_with("and "),
                    "an error has a place");
        }
    }
    (void)substitute(text.view(), options.set);
    return 0;
}
