// A request: its name, what it looks at, its thresholds.
#include "profile/read_parts.hpp"
#include "profile/values.hpp"

#include <algorithm>
#include <array>

namespace ringblast {

namespace {

/// Upper case; others than the known ones are allowed.
OptionalText read_method(Reading& reading, std::string_view label, const TomlNode& node) {
    OptionalText method = read_text(reading, label, node);
    const auto is_upper = [](char c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; };
    constexpr size_t method_size_max = 24;
    if (!method || (!method->empty() && method->size() <= method_size_max &&
                    std::ranges::all_of(*method, is_upper) && *method != "CONNECT")) {
        return method;
    }
    refuse_value(reading, label, node, "a method",
                 "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS and others, in capital letters");
    return std::nullopt;
}

std::optional<bool> read_on_failure(Reading& reading, std::string_view label,
                                    const TomlNode& node) {
    static constexpr std::array<std::string_view, 2> words = {"continue", "end_task"};
    const auto word = read_word(reading, label, node, words);
    return word ? std::optional(*word == 1) : std::nullopt;
}

std::string default_name(const Request& request) {
    const std::string_view path = std::string_view(request.path).substr(0, request.path.find('?'));
    return request.method + " " + std::string(path.empty() ? "/" : path);
}

void read_thresholds_of(Reading& reading, const TomlNode& node, const Request& request,
                        const RequestContext& context) {
    if (context.thresholds == nullptr) {
        reading.problem(node, "threshold: requests of [setup], [teardown] and on_stop are in no "
                              "statistics; allowed: in tasks and on_start");
        return;
    }
    for (ThresholdText& text : read_thresholds(reading, node, scope_of_name(request.name))) {
        context.thresholds->push_back(std::move(text));
    }
}

} // namespace

Request read_request(Reading& reading, const TableReader& table, const TomlNode& node,
                     const RequestContext& context) {
    Request request;
    if (table.find("path") == nullptr) {
        reading.problem(node, "a request without path; allowed: path = \"/\"");
    }
    table.take("method", request.method, read_method);
    if (const TomlNode* headers = table.find("headers")) {
        request.headers = read_headers(reading, "headers", *headers);
    }
    read_content(reading, table, context, request);
    request.name = default_name(request);
    table.take("name", request.name, read_name);
    if (const TomlNode* expect = table.find("expect")) {
        request.expect = read_expect(reading, *expect);
    }
    if (const TomlNode* extract = table.find("extract")) {
        request.extract = read_extract(reading, *extract);
    }
    if (const TomlNode* until = table.find("until")) {
        request.until = read_until(reading, *until);
    }
    table.take("think", request.think, read_duration);
    table.take("timeout", request.timeout, read_duration_above_0);
    table.take("follow_redirects", request.follow_redirects, read_redirects);
    table.take("on_failure", request.end_task_on_failure, read_on_failure);
    if (const TomlNode* threshold = table.find("threshold")) {
        read_thresholds_of(reading, *threshold, request, context);
    }
    return request;
}

std::vector<Request> read_requests(Reading& reading, std::string_view label, const TomlNode& node,
                                   const RequestContext& context) {
    std::vector<Request> requests;
    for (const TomlNode* item : read_tables(reading, label, node)) {
        const TableReader table(reading, *item, Table::request);
        requests.push_back(read_request(reading, table, *item, context));
    }
    return requests;
}

} // namespace ringblast
