// Golden files: UPDATE_GOLDEN=1 writes them anew, the diff is what to review.
#pragma once

#include <cstdlib>
#include <doctest/doctest.h>
#include <fstream>
#include <sstream>
#include <string>

namespace ringblast::test {

inline void check_golden(const std::string& name, const std::string& text) {
    const std::string path = std::string(GOLDEN_DIR) + "/" + name;
    if (std::getenv("UPDATE_GOLDEN") != nullptr) {
        std::ofstream(path) << text;
    }
    std::ifstream file(path);
    std::stringstream golden;
    golden << file.rdbuf();
    CAPTURE(path);
    CHECK(text == golden.str());
}

} // namespace ringblast::test
