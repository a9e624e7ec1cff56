// What a request sends behind its head and in its target: path, query, and one of the bodies.
#include "profile/file_text.hpp"
#include "profile/insertions.hpp"
#include "profile/json_text.hpp"
#include "profile/read_parts.hpp"
#include "profile/values.hpp"

#include <array>

namespace ringblast {

namespace {

using Kind = TomlNode::Kind;

constexpr size_t body_file_size_max = 64 * 1024 * 1024;
constexpr size_t bodies_size_max = 4 * body_file_size_max; ///< each request has a copy of its own
constexpr std::array<std::string_view, 5> body_keys = {"body", "body_file", "json", "json_file",
                                                       "form"};

OptionalText read_request_path(Reading& reading, std::string_view label, const TomlNode& node) {
    OptionalText path = read_template(reading, label, node);
    if (path && !path->empty() &&
        std::string_view("/?{").find(path->front()) == std::string::npos) {
        refuse_value(reading, label, node, "a path",
                     "\"/items\", which is appended to the base_url");
        return std::nullopt;
    }
    return path;
}

void append_field(std::string& out, std::string_view name, std::string_view value, Encode encode) {
    append_encoded(out, name, encode);
    out += '=';
    append_encoded(out, value, encode);
}

/// `name=value&…` of a table; a list stands for its values under one name.
OptionalText read_fields(Reading& reading, std::string_view label, const TomlNode& node,
                         Encode encode) {
    if (!expect_table(reading, label, node,
                      "{ page = 1, sort = \"name\", tag = [\"a\", \"b\"] }")) {
        return std::nullopt;
    }
    std::string fields;
    for (const TomlEntry& entry : node.entries) {
        reading.note_insertions(entry.node, entry.key);
        const bool list = entry.node.kind == Kind::list;
        for (const TomlNode& item :
             list ? std::span(entry.node.items) : std::span(&entry.node, 1)) {
            if (OptionalText value = read_scalar(reading, entry.key, item)) {
                reading.note_insertions(item, *value);
                fields.append(fields.empty() ? "" : "&");
                append_field(fields, entry.key, *value, encode);
            }
        }
    }
    return fields;
}

OptionalText read_file_of(Reading& reading, std::string_view label, const TomlNode& node) {
    const OptionalText path = read_path(reading, label, node);
    if (!path) {
        return std::nullopt;
    }
    if (reading.bodies_size > bodies_size_max) {
        return std::nullopt; // told at the one that was too much
    }
    Expected<std::string> text = read_text_file(*path, body_file_size_max);
    if (!text) {
        reading.problem(node, std::string(label) + ": " + text.error().message +
                                  "; allowed: paths relative to this file");
        return std::nullopt;
    }
    reading.bodies_size += text->size();
    if (reading.bodies_size > bodies_size_max) {
        reading.problem(node, std::string(label) + ": the files of all bodies are larger than 256 "
                                                   "MiB together; allowed: less than that");
        return std::nullopt;
    }
    reading.note_insertions(node, *text);
    return std::move(*text);
}

void add_content_type(Request& request, const RequestContext& context, const char* type) {
    if (!context.content_type_given && !has_header(request.headers, "Content-Type")) {
        request.headers.push_back({"Content-Type", type});
    }
}

void read_body(Reading& reading, const TomlEntry& entry, const RequestContext& context,
               Request& request) {
    OptionalText body;
    if (entry.key == "body") {
        body = read_template(reading, entry.key, entry.node);
    } else if (entry.key == "body_file") {
        body = read_file_of(reading, entry.key, entry.node);
    } else if (entry.key == "form") {
        body = read_fields(reading, entry.key, entry.node, Encode::form);
        request.body_kind = BodyKind::form;
        add_content_type(request, context, "application/x-www-form-urlencoded");
    } else {
        body = entry.key == "json" ? read_json(reading, entry.key, entry.node)
                                   : read_file_of(reading, entry.key, entry.node);
        if (body && entry.key == "json_file") {
            body = unquote_raw_insertions(*body);
        }
        request.body_kind = BodyKind::json;
        add_content_type(request, context, "application/json");
    }
    request.body = std::move(body).value_or("");
}

} // namespace

void read_target_of(Reading& reading, const TableReader& table, std::string_view path_key,
                    Request& request) {
    table.take(path_key, request.path, read_request_path);
    if (const TomlNode* query = table.find("query")) {
        const std::string fields =
            read_fields(reading, "query", *query, Encode::query).value_or("");
        if (!fields.empty()) {
            request.path += request.path.find('?') == std::string::npos ? '?' : '&';
            request.path += fields;
        }
    }
}

void read_content(Reading& reading, const TableReader& table, const RequestContext& context,
                  Request& request) {
    read_target_of(reading, table, "path", request);
    const TomlEntry* body = table.find_one_of(body_keys, false);
    if (body != nullptr) {
        if (table.find("method") == nullptr) {
            request.method = "POST";
        }
        read_body(reading, *body, context, request);
    }
}

} // namespace ringblast
