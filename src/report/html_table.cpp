#include "report/html_table.hpp"

#include "report/escape.hpp"

#include <array>
#include <cstdio>

namespace ringblast {

namespace {

std::string html_attribute(std::string_view name, std::string_view value) {
    return value.empty() ? "" : " " + std::string(name) + "=\"" + std::string(value) + "\"";
}

} // namespace

HtmlTable::HtmlTable(std::string_view id, const std::vector<HtmlColumn>& columns, bool sortable) {
    head_ = "<div class=\"panel scroll\"><table" + html_attribute("id", id) +
            html_attribute("class", sortable ? "sortable" : "") + "><thead><tr>";
    for (const HtmlColumn& column : columns) {
        head_ += "<th scope=\"col\"" + html_attribute("class", column.text ? "text" : "") + ">" +
                 escape_xml(column.title) + "</th>";
    }
    head_ += "</tr></thead>\n<tbody>\n";
}

HtmlTable& HtmlTable::row() {
    body_ += row_open_ ? "</tr>\n<tr>" : "<tr>";
    row_open_ = true;
    return *this;
}

HtmlTable& HtmlTable::foot() {
    body_ += row_open_ ? "</tr>\n</tbody>\n<tfoot>\n<tr>" : "</tbody>\n<tfoot>\n<tr>";
    row_open_ = foot_open_ = true;
    return *this;
}

HtmlTable& HtmlTable::text(std::string_view text, std::string_view classes) {
    return html(escape_xml(text), classes);
}

HtmlTable& HtmlTable::html(std::string_view html, std::string_view classes) {
    body_ += "<td" + html_attribute("class", classes) + ">" + std::string(html) + "</td>";
    return *this;
}

HtmlTable& HtmlTable::number(std::string_view text, double value, std::string_view classes) {
    std::array<char, 32> figure{};
    std::snprintf(figure.data(), figure.size(), "%.9g", value);
    body_ += "<td" + html_attribute("class", classes) + html_attribute("data-v", figure.data()) +
             ">" + escape_xml(text) + "</td>";
    return *this;
}

std::string HtmlTable::render() const {
    return head_ + body_ + (row_open_ ? "</tr>\n" : "") + (foot_open_ ? "</tfoot>" : "</tbody>") +
           "</table></div>\n";
}

std::string card(std::string_view label, const std::string& figure, const std::string& detail,
                 std::string_view role) {
    const std::string classes = role.empty() ? "" : " class=\"" + std::string(role) + "\"";
    return "<div class=\"card\"><span class=\"label\">" + std::string(label) + "</span><b" +
           classes + ">" + escape_xml(figure) + "</b><span>" + escape_xml(detail) +
           "</span></div>\n";
}

} // namespace ringblast
