#include "report/table.hpp"

#include "base/print.hpp"

#include <algorithm>

namespace ringblast {

std::string Table::render(size_t indent) const {
    std::vector<size_t> widths;
    for (const auto& row : rows_) {
        widths.resize(std::max(widths.size(), row.size()));
        for (size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], display_width(row[i]));
        }
    }
    std::string text;
    for (const auto& row : rows_) {
        std::string line(indent, ' ');
        for (size_t i = 0; i < row.size(); ++i) {
            const std::string padding(widths[i] - display_width(row[i]), ' ');
            line += i > 0 ? "  " : "";
            line += i < left_columns_ ? row[i] + padding : padding + row[i];
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

std::string wrap_text(std::string_view text, size_t indent, size_t width) {
    std::string wrapped;
    size_t column = indent;
    while (!text.empty()) {
        const size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        const size_t word_width = display_width(word);
        // Signs stay with what they follow; the line may be two columns longer for them.
        const bool sign = word == "·" || word == "×" || word.starts_with("%");
        if (!wrapped.empty() && !sign && column + 1 + word_width > width) {
            wrapped.append("\n").append(indent, ' ');
            column = indent;
        } else if (!wrapped.empty()) {
            wrapped += ' ';
            ++column;
        }
        wrapped += word;
        column += word_width;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return wrapped;
}

std::string shortened(std::string_view text, size_t columns) {
    if (display_width(text) <= columns) {
        return std::string(text);
    }
    size_t end = 0;
    for (size_t column = 0; column < columns; ++end) {
        column += (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80 ? 1 : 0;
    }
    return std::string(text.substr(0, end - 1)) + "…";
}

} // namespace ringblast
