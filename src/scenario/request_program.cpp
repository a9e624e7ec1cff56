#include "scenario/request_program.hpp"

#include "protocol/field_lines.hpp"
#include "protocol/request_template.hpp"

#include <algorithm>
#include <charconv>

namespace ringblast {

namespace {

/// Room for the length of a body that varies: up to 9,999,999,999.
constexpr std::string_view length_field = "Content-Length:           ";

bool has_name(const Header& header, std::string_view lower) {
    return equals_ignoring_case(header.name, lower);
}

bool is_of_body(const Header& header) {
    constexpr std::string_view prefix = "content-";
    return header.name.size() > prefix.size() &&
           equals_ignoring_case(std::string_view(header.name).substr(0, prefix.size()), prefix);
}

Escape escape_of(BodyKind kind) {
    switch (kind) {
    case BodyKind::json:
        return Escape::json;
    case BodyKind::form:
        return Escape::form;
    case BodyKind::text:
        break;
    }
    return Escape::none;
}

/// All headers, with the Content-Type of the body below them.
std::vector<Header> with_content_type(const RequestProgramSpec& spec) {
    std::vector<Header> headers;
    if (!spec.request.body.empty() && spec.request.body_kind != BodyKind::text) {
        headers.push_back({"Content-Type", spec.request.body_kind == BodyKind::json
                                               ? "application/json"
                                               : "application/x-www-form-urlencoded"});
    }
    headers.insert(headers.end(), spec.headers.begin(), spec.headers.end());
    return headers;
}

} // namespace

/// What a request is rendered from.
struct RequestProgram::Context {
    const Variables& variables;
    const DrawOrigin& origin;
    const UserValues& values;
    const CookieJar* cookies;

    void append(std::string& out, const TextTemplate& text) const {
        text.append(out, variables, origin, values);
    }
    bool has_values(const TextTemplate& text) const {
        return text.has_values(variables, origin, values);
    }
};

class RequestProgram::Compiler {
public:
    Compiler(const RequestProgramSpec& spec, const Variables& variables)
        : spec_(spec), variables_(variables) {}

    Expected<RequestProgram> run();

private:
    Expected<TextTemplate> text_of(std::string_view text, Escape escape) const;
    Expected<void> compile_start();
    Expected<void> compile_headers();
    Expected<void> compile_body();
    void add_line(const Header& header, const TextTemplate& value);
    void note_reads(const TextTemplate& text);
    bool varies() const;

    const RequestProgramSpec& spec_;
    const Variables& variables_;
    RequestProgram program_;
};

Expected<TextTemplate> RequestProgram::Compiler::text_of(std::string_view text,
                                                         Escape escape) const {
    return spec_.request.literal ? TextTemplate::fixed(std::string(text))
                                 : TextTemplate::compile(text, escape, variables_);
}

/// The request line; the path as join_target() has it.
Expected<void> RequestProgram::Compiler::compile_start() {
    const Request& request = spec_.request;
    program_.method_ = request.method;
    program_.start_ = TextTemplate::fixed(request.method + " ");
    if (request.path.empty() || request.literal) {
        program_.start_.join(TextTemplate::fixed(
            request.path.empty() ? spec_.url.target : join_target(spec_.url, request.path)));
    } else {
        std::string prefix = spec_.url.target.substr(0, spec_.url.target.find('?'));
        while (prefix.ends_with('/')) {
            prefix.pop_back();
        }
        Expected<TextTemplate> path = TextTemplate::compile_target(request.path, variables_);
        if (!path) {
            return std::unexpected(path.error());
        }
        if (path->starts_raw()) {
            program_.slash_at_ = static_cast<uint32_t>(request.method.size() + 1 + prefix.size());
        } else if (request.path.starts_with('?') ? prefix.empty()
                                                 : !request.path.starts_with('/')) {
            prefix += '/';
        }
        program_.start_.join(TextTemplate::fixed(prefix));
        program_.start_.join(*path);
    }
    program_.start_.join(TextTemplate::fixed(" HTTP/1.1\r\n"));
    note_reads(program_.start_);
    return {};
}

Expected<void> RequestProgram::Compiler::compile_headers() {
    // The target was made fit by its encoding, and the body's length is not known.
    Expected<std::vector<Header>> headers = merge_headers({.method = spec_.request.method,
                                                           .url = spec_.url,
                                                           .headers = with_content_type(spec_),
                                                           .keep_alive = spec_.keep_alive});
    if (!headers) {
        return std::unexpected(headers.error());
    }
    for (const Header& header : *headers) {
        Expected<TextTemplate> value = text_of(header.value, Escape::header);
        if (!value) {
            return failure("the header " + header.name + ": " + value.error().message);
        }
        if (has_name(header, "cookie")) {
            program_.cookie_ = std::move(*value);
        } else {
            add_line(header, *value);
        }
    }
    return {};
}

/// Lines that are always sent are joined with those before them.
void RequestProgram::Compiler::add_line(const Header& header, const TextTemplate& value) {
    Lines line{.text = TextTemplate::fixed(header.name + ": "),
               .optional = !value.unsure_reads(variables_).empty(),
               .of_body = is_of_body(header)};
    line.text.join(value);
    line.text.join(TextTemplate::fixed("\r\n"));
    if (!program_.lines_.empty() && !line.optional && !program_.lines_.back().optional &&
        line.of_body == program_.lines_.back().of_body) {
        program_.lines_.back().text.join(line.text);
    } else {
        program_.lines_.push_back(std::move(line));
    }
}

Expected<void> RequestProgram::Compiler::compile_body() {
    const Request& request = spec_.request;
    Expected<TextTemplate> body = text_of(request.body, escape_of(request.body_kind));
    if (!body) {
        return failure("the body: " + body.error().message);
    }
    std::optional<std::string> length = header_value(spec_.headers, "content-length");
    if (!body->is_fixed()) {
        if (length) {
            return failure("the header Content-Length cannot be set for a body with insertions: "
                           "leave it out, it is computed");
        }
        program_.end_ = std::string(length_field) + "\r\n\r\n";
        program_.length_end_ = static_cast<uint32_t>(length_field.size());
        note_reads(*body);
        program_.body_ = std::move(*body);
        return {};
    }
    if (Expected<void> fine = check_length(spec_.headers, body->text().size()); !fine) {
        return fine;
    }
    if (states_length(request.method, !body->empty())) {
        program_.end_ = "Content-Length: " + std::to_string(body->text().size()) + "\r\n";
    }
    program_.end_ += "\r\n";
    program_.end_ += body->text();
    return {};
}

void RequestProgram::Compiler::note_reads(const TextTemplate& text) {
    auto note = [](auto& known, const auto& reads) {
        for (const auto& read : reads) {
            if (std::ranges::find(known, read) == known.end()) {
                known.push_back(read);
            }
        }
    };
    note(program_.stored_reads_, text.stored_reads());
    note(program_.unsure_reads_, text.unsure_reads(variables_));
}

bool RequestProgram::Compiler::varies() const {
    return !program_.start_.is_fixed() || !program_.body_.is_fixed() ||
           (program_.cookie_ && !program_.cookie_->is_fixed()) ||
           !std::ranges::all_of(program_.lines_,
                                [](const Lines& lines) { return lines.text.is_fixed(); });
}

Expected<RequestProgram> RequestProgram::Compiler::run() {
    // Headers first: they check the method, which stands in front of everything.
    if (Expected<void> fine = compile_headers(); !fine) {
        return std::unexpected(fine.error());
    }
    if (Expected<void> fine = compile_start(); !fine) {
        return failure("the path: " + fine.error().message);
    }
    if (Expected<void> fine = compile_body(); !fine) {
        return std::unexpected(fine.error());
    }
    if (!varies()) {
        std::string bytes;
        program_.render(bytes, variables_, DrawOrigin{}, UserValues(), nullptr);
        program_.fixed_ = std::move(bytes);
    }
    return std::move(program_);
}

Expected<RequestProgram> RequestProgram::compile(const RequestProgramSpec& spec,
                                                 const Variables& variables) {
    return Compiler(spec, variables).run();
}

bool RequestProgram::has_values(const Context& context) const {
    for (VariableRef ref : unsure_reads_) {
        if (!context.variables.has_value(ref, context.origin, context.values)) {
            return false;
        }
    }
    return true;
}

void RequestProgram::append_start(std::string& out, const Context& context) const {
    context.append(out, start_);
    // A raw value at the front of the path may have its '/' or not, or be empty.
    if (slash_at_ != 0 && out[slash_at_] != '/') {
        out.insert(slash_at_, 1, '/');
    }
}

void RequestProgram::append_lines(std::string& out, const Context& context, bool with_body) const {
    for (const Lines& lines : lines_) {
        if ((!lines.optional || context.has_values(lines.text)) && (!lines.of_body || with_body)) {
            context.append(out, lines.text);
        }
    }
}

void RequestProgram::append_cookies(std::string& out, const Context& context) const {
    // Anew for each use: `out` moves when it grows.
    auto path = [&out] {
        std::string_view target = target_of(out);
        return target.substr(0, target.find('?'));
    };
    bool some = context.cookies != nullptr && !context.cookies->empty();
    if (!cookie_ || !context.has_values(*cookie_)) {
        if (some) {
            context.cookies->append_header(out, path());
        }
        return;
    }
    out.append("Cookie: ");
    context.append(out, *cookie_);
    if (some) {
        context.cookies->append_pairs(out, path(), false);
    }
    out.append("\r\n");
}

void RequestProgram::append_end(std::string& out, const Context& context) const {
    size_t start = out.size();
    out.append(end_);
    if (length_end_ == 0) {
        return;
    }
    size_t body_start = out.size();
    context.append(out, body_);
    char digits[20];
    char* end = std::to_chars(digits, digits + sizeof digits, out.size() - body_start).ptr;
    auto size = static_cast<size_t>(end - digits);
    std::copy_n(digits, size, out.begin() + static_cast<ptrdiff_t>(start + length_end_ - size));
}

bool RequestProgram::render(std::string& out, const Variables& variables, const DrawOrigin& origin,
                            const UserValues& values, const CookieJar* cookies) const {
    Context context{variables, origin, values, cookies};
    if (!has_values(context)) {
        return false;
    }
    out.clear();
    append_start(out, context);
    append_lines(out, context, true);
    append_cookies(out, context);
    append_end(out, context);
    return true;
}

bool RequestProgram::render_redirect(std::string& out, const Redirection& redirection,
                                     const Variables& variables, const DrawOrigin& origin,
                                     const UserValues& values, const CookieJar* cookies) const {
    Context context{variables, origin, values, cookies};
    if (!has_values(context)) {
        return false;
    }
    // A request that is no longer what it was has become a GET and stays one.
    bool changed = redirection.sent.substr(0, redirection.sent.find(' ')) != method_;
    bool get = changed || redirects_to_get(redirection.status, method_);
    out.clear();
    out.append(get ? std::string_view("GET") : std::string_view(method_));
    out.push_back(' ');
    out.append(redirection.target);
    out.append(" HTTP/1.1\r\n");
    append_lines(out, context, !get);
    append_cookies(out, context);
    if (get) {
        out.append("\r\n");
    } else {
        append_end(out, context);
    }
    return true;
}

std::string_view RequestProgram::target_of(std::string_view rendered) {
    size_t start = std::min(rendered.find(' '), rendered.size());
    rendered.remove_prefix(std::min(start + 1, rendered.size()));
    return rendered.substr(0, rendered.find(' '));
}

} // namespace ringblast
