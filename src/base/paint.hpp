// Colour for terminals, or none: every text that may go elsewhere is painted through a Paint that
// knows whether to. Eight-colour SGR codes only, so that every theme stays readable.
#pragma once

#include <string>
#include <string_view>

namespace ringblast {

class Paint {
public:
    explicit Paint(bool color) : color_(color) {}

    std::string bold(std::string_view text) const { return wrap("1", text); }
    std::string dim(std::string_view text) const { return wrap("2", text); }
    std::string red(std::string_view text) const { return wrap("31", text); }
    std::string green(std::string_view text) const { return wrap("32", text); }
    std::string yellow(std::string_view text) const { return wrap("33", text); }

private:
    std::string wrap(std::string_view code, std::string_view text) const {
        if (!color_ || text.empty()) {
            return std::string(text);
        }
        std::string painted = "\x1b[";
        return painted.append(code).append("m").append(text).append("\x1b[0m");
    }

    bool color_;
};

} // namespace ringblast
