// Aligned columns for the text report.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

/// A table of cells that may hold colour codes. The first row is the head.
class Table {
public:
    /// The first `left_columns` columns are aligned left, the others right.
    explicit Table(size_t left_columns) : left_columns_(left_columns) {}

    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

    /// Each row as a line, indented, columns two blanks apart, no blanks at its end.
    std::string render(size_t indent) const;

private:
    size_t left_columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// The text broken into lines of at most `width` columns, words kept whole; the first line is
/// not indented, the others are by `indent`. No newline at the end.
std::string wrap_text(std::string_view text, size_t indent, size_t width);

/// At most that many columns, the last one a `…` where something was cut. Requires: no colour
/// codes.
std::string shortened(std::string_view text, size_t columns);

} // namespace ringblast
