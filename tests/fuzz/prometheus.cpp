// Metrics of a stranger: every sample has a name and labels that can be read, and what was read
// once reads the same when it is written again.
#include "protocol/prometheus.hpp"

#include "fuzz.hpp"

#include <string>

using namespace ringblast;
using namespace ringblast::fuzz;

namespace {

size_t count_labels(std::string_view text) {
    PrometheusLabels labels(text);
    size_t count = 0;
    while (const auto label = labels.next()) {
        require(unescape_label(label->value).size() <= label->value.size(), "escapes only shorten");
        ++count;
    }
    require(!labels.broken(), "the labels of a sample are well formed");
    return count;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    Exact exact(std::string_view(reinterpret_cast<const char*>(data), size));
    PrometheusReader reader(exact.view());
    size_t samples = 0;
    while (const auto sample = reader.next()) {
        ++samples;
        require(!sample->name.empty(), "a sample has a name");
        const size_t labels = count_labels(sample->labels);
        if (!is_metric_name(sample->name)) {
            continue; // a quoted one stands in its braces
        }
        const std::string again =
            std::string(sample->name) + "{" + std::string(sample->labels) + "} 7 123";
        PrometheusReader second(again);
        const auto repeated = second.next();
        const bool named_inside = !repeated; // a quoted name that could stand outside as well
        require(named_inside || count_labels(repeated->labels) == labels, "the same labels");
        require(named_inside || repeated->value == 7, "its value");
    }
    require(samples + reader.bad_lines() <= size, "no more lines than bytes");
    return 0;
}
