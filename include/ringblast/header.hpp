// A field of a request's head.
#pragma once

#include <string>

namespace ringblast {

struct Header {
    std::string name;
    std::string value;
    bool operator==(const Header&) const = default;
};

} // namespace ringblast
