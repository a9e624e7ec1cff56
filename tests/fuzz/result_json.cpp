// Saved results from any bytes: an error that says what is wrong, or a Result that every report can
// be made of; and what is written of it reads as the same again.
#include "fuzz.hpp"
#include "report/csv.hpp"
#include "report/hdr_log.hpp"
#include "report/html_content.hpp"
#include "report/json.hpp"
#include "report/json_read.hpp"
#include "report/junit.hpp"
#include "report/limit_html.hpp"
#include "report/limit_json.hpp"
#include "report/limit_text.hpp"
#include "report/markdown.hpp"
#include "report/text.hpp"

using namespace ringblast;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const fuzz::Exact text({reinterpret_cast<const char*>(data), size});
    if (const Expected<LimitResult> limit = read_limit_json(text.view())) {
        const std::string json = render_limit_json(*limit);
        fuzz::require(read_limit_json(json).has_value(), "what is written can be read");
        fuzz::require(!render_limit_text(*limit).empty() && !render_limit_html(*limit).empty(),
                      "every report has something");
    }
    const Expected<Result> result = read_result(text.view());
    if (!result) {
        fuzz::require(!result.error().message.empty(), "an error says what is wrong");
        return 0;
    }
    const std::string json = render_json(*result);
    const Expected<Result> again = read_result(json);
    fuzz::require(again.has_value(), "what is written can be read");
    fuzz::require(render_json(*again) == json, "what is read is written as the same");
    const ChartData charts = chart_data(*result);
    const size_t rendered = render_text(*result).size() + render_csv_stats(*result).size() +
                            render_csv_history(*result).size() +
                            render_csv_failures(*result).size() + render_junit(*result).size() +
                            render_markdown(*result).size() + render_hdr_log(*result).size() +
                            html_content(*result, charts).size();
    fuzz::require(rendered > 0, "every report has something");
    return 0;
}
