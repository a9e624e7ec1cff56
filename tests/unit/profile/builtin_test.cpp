// The built-in profiles load, are sound, and are found by name.
#include "profile/builtin.hpp"
#include "profile/load.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace ringblast;

TEST_CASE("every built-in profile loads and fits --mode") {
    for (const BuiltinProfile& builtin : builtin_profiles()) {
        CAPTURE(builtin.name);
        const auto profile = load_profile_text(builtin.text, {.name = std::string(builtin.name)},
                                               {.set = {{"TARGET", "http://127.0.0.1:1"}}});
        REQUIRE(profile);
        CHECK(profile->name == builtin.name);
        CHECK(profile->description == builtin.description);
        CHECK(profile->target.base_url == "http://127.0.0.1:1");
        CHECK_FALSE(profile->load.stages.empty());
        CHECK_FALSE(profile->thresholds.empty());
        REQUIRE(profile->classes.size() == 1);
        REQUIRE(profile->classes[0].tasks.size() == 1);
        bool sockets = builtin.name == "websocket-heavy";
        CHECK(profile->classes[0].tasks[0].requests[0].path == (sockets ? "/ws/echo" : "/"));
    }
}

TEST_CASE("they are found by name") {
    const auto found = find_builtin("stress");
    REQUIRE(found);
    CHECK((*found)->name == "stress");
    const auto unknown = find_builtin("strss");
    REQUIRE_FALSE(unknown);
    CHECK(
        unknown.error().message ==
        "there is no built-in profile \"strss\" (nearest: stress); allowed: smoke, normal, load, "
        "peak, spike, stress, ramp-up, sustained, endurance, soak, burst, rate-limit, websocket-heavy, or the path "
        "of a file (with a / or ending in .toml)");
}
