#include "live/terminal.hpp"

#include "base/print.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <sys/ioctl.h>
#include <unistd.h>

namespace ringblast {

TerminalTraits probe_terminal(std::FILE* stream) {
    const int fd = fileno(stream);
    const char* term = std::getenv("TERM");
    const char* no_color = std::getenv("NO_COLOR");
    TerminalTraits traits;
    traits.smart = isatty(fd) == 1 && term != nullptr && std::strcmp(term, "dumb") != 0;
    traits.color = traits.smart && (no_color == nullptr || *no_color == '\0');
    winsize size{};
    if (traits.smart && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        traits.columns = size.ws_col;
    }
    return traits;
}

std::string cut_to_width(std::string_view text, size_t columns) {
    if (display_width(text) <= columns) {
        return std::string(text);
    }
    std::string cut;
    size_t width = 0;
    bool painted = false;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\x1b') {
            const size_t end = std::min(text.find('m', i), text.size() - 1);
            cut += text.substr(i, end - i + 1);
            painted = true;
            i = end;
            continue;
        }
        const bool starts = (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80;
        if (starts && ++width > columns) {
            break;
        }
        cut += text[i];
    }
    return painted ? cut + "\x1b[0m" : cut;
}

void Terminal::write(const std::string& text) {
    // One write per picture, so that a slow terminal doesn't show halves of it.
    std::fwrite(text.data(), 1, text.size(), stream_);
    std::fflush(stream_);
}

std::string Terminal::erase_block() const {
    if (block_.empty()) {
        return {};
    }
    // Up to the first line of the block, then erase to the end of the screen.
    return "\x1b[" + std::to_string(block_.size()) + "A\r\x1b[J";
}

std::string Terminal::draw_block() const {
    std::string text;
    for (const std::string& line : block_) {
        text += line + "\n";
    }
    return text;
}

void Terminal::print_line(std::string_view line) {
    write(erase_block().append(line).append("\n").append(draw_block()));
}

void Terminal::show_block(const std::vector<std::string>& lines) {
    if (!traits_.smart) {
        return;
    }
    std::string text = erase_block();
    block_.clear();
    for (const std::string& line : lines) {
        block_.push_back(cut_to_width(line, traits_.columns));
    }
    write(text + draw_block());
}

void Terminal::clear_block() {
    if (!block_.empty()) {
        const std::string text = erase_block();
        block_.clear();
        write(text);
    }
}

} // namespace ringblast
