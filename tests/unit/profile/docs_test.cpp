// docs/profile.md has a section for every table of a profile, with every key of it.
#include "profile/file_text.hpp"
#include "profile/keys.hpp"
#include "profile/load.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

namespace {

std::string page() {
    auto text = read_text_file(DOCS_DIR "/profile.md", 1024 * 1024);
    REQUIRE(text);
    return *text;
}

/// From the heading with that title to the next one, outside of code; empty without the heading.
std::string section(const std::string& text, std::string_view title) {
    const std::string heading = "# " + std::string(title) + "\n";
    const size_t start = text.find(heading);
    return start == std::string::npos ? "" : text.substr(start, text.find("\n#", start) - start);
}

} // namespace

TEST_CASE("every key is documented under its table") {
    const std::string text = page();
    for (const KeyTable& table : key_tables()) {
        CAPTURE(table.title);
        const std::string part = section(text, table.title);
        CHECK_FALSE(part.empty());
        for (const std::string_view key : table.keys) {
            CAPTURE(key);
            CHECK(part.find("`" + std::string(key) + "`") != std::string::npos);
        }
    }
}

TEST_CASE("the first example of the documentation is a profile") {
    const std::string text = page();
    const size_t start = text.find("```toml\n") + 8;
    const auto profile =
        load_profile_text(text.substr(start, text.find("```", start) - start), {.name = "docs"});
    REQUIRE(profile);
    CHECK(profile->classes[0].tasks[0].name == "GET /");
}
