#include "cli/request_options.hpp"

#include "protocol/request_template.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>
#include <strings.h>

namespace ringblast {

namespace {

std::optional<std::string> read_file(const std::string& path, OptionReading& reading) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    if (!file || !(content << file.rdbuf() || file.peek() == EOF)) {
        reading.problem(fmt::format("--body-file {}: {}", path, std::strerror(errno)));
        return std::nullopt;
    }
    return content.str();
}

std::vector<Header> read_headers(const LoadWords& words, OptionReading& reading) {
    std::vector<Header> headers;
    for (const std::string& text : words.headers) {
        size_t colon = text.find(':');
        if (colon == std::string::npos || colon == 0) {
            reading.problem(
                fmt::format("--header {}: 'Name: value' is expected", text.substr(0, 20)));
            continue;
        }
        size_t value = text.find_first_not_of(" \t", colon + 1);
        headers.push_back(
            {text.substr(0, colon), value == std::string::npos ? "" : text.substr(value)});
    }
    if (words.api_key) {
        headers.push_back({"X-API-Key", *words.api_key});
    }
    if (words.bearer) {
        headers.push_back({"Authorization", "Bearer " + *words.bearer});
    }
    return headers;
}

void read_body(const LoadWords& words, OptionReading& reading, Request& request) {
    int given = words.body.has_value() + words.body_file.has_value() + words.json_body.has_value();
    if (given > 1) {
        reading.problem("--body, --body-file and --json-body: give one of them");
    }
    if (words.body_file) {
        request.body = read_file(*words.body_file, reading).value_or("");
    } else {
        request.body = words.json_body ? *words.json_body : words.body.value_or("");
    }
    request.method = words.method.value_or(given > 0 ? "POST" : "GET");
    if (words.json_body && !header_value(request.headers, "Content-Type")) {
        request.headers.push_back({"Content-Type", "application/json"});
    }
}

void read_good_statuses(const std::string& list, OptionReading& reading, Expect& expect) {
    for (const std::string& text : split_list(list)) {
        Expected<uint64_t> status = parse_small_number(text);
        if (!status || *status < 100 || *status > 999) {
            reading.problem(fmt::format("--expect-status {}: statuses from 100 to 999, "
                                        "separated by commas, are expected",
                                        list));
            return;
        }
        expect.status.push_back(static_cast<int>(*status));
    }
}

/// A header of the command line means itself: its braces are no insertion.
std::string escaped_for_template(const std::string& value) {
    std::string text;
    for (size_t i = 0; i < value.size(); ++i) {
        if (value.compare(i, 2, "{{") == 0) {
            text += R"({{"{{"}})";
            ++i;
        } else {
            text += value[i];
        }
    }
    return text;
}

void put_headers(const std::vector<Header>& headers, std::vector<Request>& requests) {
    for (Request& request : requests) {
        for (const Header& header : headers) {
            std::erase_if(request.headers, [&header](const Header& own) {
                return strcasecmp(own.name.c_str(), header.name.c_str()) == 0;
            });
        }
        request.headers.insert(request.headers.end(), headers.begin(), headers.end());
    }
}

} // namespace

void read_request(const LoadWords& words, OptionReading& reading, Request& request) {
    request.headers = read_headers(words, reading);
    read_body(words, reading, request);
    if (words.expect_status) {
        read_good_statuses(*words.expect_status, reading, request.expect);
    }
}

void adapt_requests(const LoadWords& words, OptionReading& reading, Profile& profile) {
    const std::pair<const char*, const LoadWords::Word*> of_a_blast[] = {
        {"--method", &words.method},
        {"--body", &words.body},
        {"--body-file", &words.body_file},
        {"--json-body", &words.json_body},
        {"--message", &words.message},
        {"--message-size", &words.message_size},
        {"--expect-status", &words.expect_status}};
    for (const auto& [option, word] : of_a_blast) {
        if (*word) {
            reading.problem(fmt::format("{} goes with a URL; a profile says it for each of its "
                                        "requests",
                                        option));
        }
    }
    if (words.pipeline) {
        reading.problem("--pipeline goes with a URL: a user waits for one response before the next "
                        "request");
    }
    std::vector<Header> headers = read_headers(words, reading);
    for (Header& header : headers) {
        header.value = escaped_for_template(header.value);
    }
    put_headers(headers, profile.setup);
    put_headers(headers, profile.teardown);
    for (UserClass& users : profile.classes) {
        put_headers(headers, users.on_start);
        put_headers(headers, users.on_stop);
        for (Task& task : users.tasks) {
            put_headers(headers, task.requests);
        }
    }
}

} // namespace ringblast
