// All that is known about terminals: one block of lines at the end of the screen that is drawn
// again in place, and lines that scroll away above it. Elsewhere (a file, a pipe, CI) lines are
// printed and blocks are not. What is said is in progress.hpp; how it is shown is here.
#pragma once

#include "base/paint.hpp"

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

struct TerminalTraits {
    bool smart = false; ///< a terminal that can move its cursor
    bool color = false;
    size_t columns = 80;
};

/// What the stream is: a terminal, unless TERM is `dumb` or unset; colour unless NO_COLOR is set
/// and not empty; its width from the kernel.
TerminalTraits probe_terminal(std::FILE* stream);

/// Not thread safe. Borrows the stream, which must outlive it.
class Terminal {
public:
    Terminal(std::FILE* stream, const TerminalTraits& traits)
        : stream_(stream), traits_(traits), paint_(traits.color) {}
    /// Leaves the last block standing.
    ~Terminal() = default;
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    bool smart() const { return traits_.smart; }
    size_t columns() const { return traits_.columns; }
    const Paint& paint() const { return paint_; }

    /// Prints a line above the block.
    void print_line(std::string_view line);
    /// Replaces the block; lines are cut at the width. Nothing unless smart.
    void show_block(const std::vector<std::string>& lines);
    /// Removes the block, before a report takes its place.
    void clear_block();

private:
    std::string erase_block() const;
    std::string draw_block() const;
    void write(const std::string& text);

    std::FILE* stream_;
    TerminalTraits traits_;
    Paint paint_;
    std::vector<std::string> block_;
};

/// The first `columns` columns of a text with SGR codes; codes are kept whole and reset.
std::string cut_to_width(std::string_view text, size_t columns);

} // namespace ringblast
