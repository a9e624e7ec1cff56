#include "report/html.hpp"

#include "report/escape.hpp"
#include "report/html/assets.hpp"
#include "report/html_content.hpp"
#include "report/html_data.hpp"
#include "report/result_words.hpp"

#include "base/check.hpp"

#include <array>

namespace ringblast {

namespace {

struct Part {
    std::string_view name, text;
};

/// The template with each {{name}} replaced by its part. What is put in is not looked at again, so
/// that a name with braces in it stays as it is.
std::string fill(std::string_view page, std::span<const Part> parts) {
    std::string filled;
    for (size_t open = 0; (open = page.find("{{")) != std::string_view::npos;) {
        const size_t close = page.find("}}", open);
        CHECK(close != std::string_view::npos);
        const std::string_view name = page.substr(open + 2, close - open - 2);
        const auto part = std::ranges::find(parts, name, &Part::name);
        CHECK(part != parts.end());
        filled.append(page.substr(0, open)).append(part->text);
        page.remove_prefix(close + 2);
    }
    return filled.append(page);
}

} // namespace

std::string fill_page(const PageParts& page) {
    const std::string data = escape_script_json(page.data);
    const std::array parts = {Part{"title", page.title},
                              Part{"style", html_assets::style},
                              Part{"content", page.content},
                              Part{"data", data},
                              Part{"chart", html_assets::chart},
                              Part{"script", html_assets::script}};
    return fill(html_assets::page, parts);
}

std::string render_html(const Result& result) {
    const ChartData charts = chart_data(result);
    const std::string& name = result.name.empty() ? result.url : result.name;
    return fill_page({.title = escape_xml(name) + " · " +
                               std::string(word_of(verdict_words, result.verdict)),
                      .content = html_content(result, charts),
                      .data = charts.json});
}

} // namespace ringblast
