// Tables and cards of the HTML page. Cells are escaped here unless they are called html.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

struct HtmlColumn {
    std::string title;
    bool text = false; ///< aligned left and sorted by its words, else right and by its number
};

class HtmlTable {
public:
    /// A table that the page's script makes sortable, where `sortable`.
    HtmlTable(std::string_view id, const std::vector<HtmlColumn>& columns, bool sortable = false);

    /// Begins a row; the cells that follow are in it.
    HtmlTable& row();
    /// The same for the last row, a total that is not sorted.
    HtmlTable& foot();
    HtmlTable& text(std::string_view text, std::string_view classes = "");
    HtmlTable& html(std::string_view html, std::string_view classes = "");
    /// A figure, and the number that it is sorted by.
    HtmlTable& number(std::string_view text, double value, std::string_view classes = "");

    std::string render() const;

private:
    std::string head_, body_;
    bool row_open_ = false, foot_open_ = false;
};

/// A figure of the summary: what it is, and below it what belongs to it. `role`: bad, warn or none.
std::string card(std::string_view label, const std::string& figure, const std::string& detail,
                 std::string_view role = "");

} // namespace ringblast
