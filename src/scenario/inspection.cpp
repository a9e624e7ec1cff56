#include "scenario/inspection.hpp"

#include "base/print.hpp"
#include "base/quote.hpp"
#include "protocol/field_lines.hpp"
#include "scenario/inspection_parts.hpp"

#include <algorithm>

namespace ringblast {

namespace {

/// Fit for a message, without quotes around it.
std::string shown(std::string_view text) {
    std::string in_quotes = quoted(text);
    return in_quotes.substr(1, in_quotes.size() - 2);
}

std::string shown_pointer(std::string_view pointer) {
    return pointer.empty() ? "(whole body)" : shown(pointer);
}

/// "no json /access_token": what was looked for.
std::string shown_source(const Extract& extract) {
    switch (extract.kind) {
    case Extract::Kind::json:
        return "json " + shown_pointer(extract.what);
    case Extract::Kind::regex:
        return "match of " + quoted(extract.what);
    case Extract::Kind::header:
        return "header " + shown(extract.what);
    case Extract::Kind::cookie:
        break;
    }
    return "cookie " + shown(extract.what);
}

} // namespace

class Inspection::Compiler {
public:
    explicit Compiler(const Variables& variables) : variables_(variables) {}

    void add_latency(Duration max);
    void add_header(const Header& header);
    void add_contains(const std::string& text);
    void add_matches(const std::string& pattern);
    void add_json(const JsonCondition& condition);
    void add_extract(const Extract& extract);
    ExpectedAll<Inspection> finish();

private:
    /// Number of the first of these problems.
    uint32_t problems(std::initializer_list<std::string> texts) {
        auto first = static_cast<uint32_t>(parts_->problems.size() + 1);
        parts_->problems.insert(parts_->problems.end(), texts);
        return first;
    }
    void fail(const std::string& where, const Error& error) {
        errors_.push_back({where + ": " + error.message});
    }
    std::optional<TextTemplate> text_of(const std::string& where, std::string_view text,
                                        Escape escape);

    const Variables& variables_;
    std::unique_ptr<Parts> parts_ = std::make_unique<Parts>();
    std::vector<Error> errors_;
};

std::optional<TextTemplate> Inspection::Compiler::text_of(const std::string& where,
                                                          std::string_view text, Escape escape) {
    Expected<TextTemplate> compiled = TextTemplate::compile(text, escape, variables_);
    if (!compiled) {
        fail(where, compiled.error());
        return std::nullopt;
    }
    return std::move(*compiled);
}

void Inspection::Compiler::add_latency(Duration max) {
    parts_->latency_ns_max = max.count();
    parts_->slow_problem =
        problems({"slower than " + print_span(std::chrono::duration<double>(max).count())});
}

void Inspection::Compiler::add_header(const Header& header) {
    std::string name = "header " + shown(header.name);
    if (!is_token(header.name)) {
        fail(name, {"that is no name of a header"});
        return;
    }
    if (auto value = text_of(name, header.value, Escape::none)) {
        parts_->looks_at_head = true;
        parts_->headers.push_back(
            {header.name, std::move(*value),
             problems({name + ": missing", name + " does not contain " + quoted(header.value),
                       name + ": a variable of the expectation is not set"})});
    }
}

void Inspection::Compiler::add_contains(const std::string& text) {
    if (auto compiled = text_of("body_contains", text, Escape::none)) {
        parts_->looks_at_body = true;
        parts_->contains.push_back(
            {std::move(*compiled),
             problems({"body does not contain " + quoted(text),
                       "body_contains: a variable of the expectation is not set"})});
    }
}

void Inspection::Compiler::add_matches(const std::string& pattern) {
    if (pattern.find("{{") != pattern.npos) {
        fail("body_matches", {"a regular expression takes no insertions; look for a value with "
                              "body_contains or json, and write \\{\\{ for a pair of braces"});
        return;
    }
    Expected<Regex> regex = Regex::compile(pattern);
    if (!regex) {
        fail("body_matches", regex.error());
        return;
    }
    parts_->looks_at_body = true;
    parts_->matches.push_back(
        {std::move(*regex),
         problems({"body does not match " + quoted(pattern),
                   "body_matches: the search for " + quoted(pattern) + " took too many steps"})});
}

void Inspection::Compiler::add_json(const JsonCondition& condition) {
    using Kind = JsonCondition::Kind;
    std::string name = "json " + shown_pointer(condition.pointer);
    Expected<JsonPointer> pointer = JsonPointer::parse(condition.pointer);
    if (!pointer) {
        fail(name, pointer.error());
        return;
    }
    Parts::JsonCheck check{.pointer = std::move(*pointer), .kind = condition.kind};
    if (condition.kind == Kind::equals) {
        std::optional<TextTemplate> value = text_of(name, condition.value, Escape::json);
        if (!value) {
            return;
        }
        if (value->is_fixed() && !check.fixed_value.read(value->text())) {
            fail(name, {"the value " + quoted(condition.value) + " is not JSON"});
            return;
        }
        check.value = std::move(*value);
    }
    check.problem = problems({name + (condition.kind == Kind::absent ? ": present" : ": missing"),
                              name + ": not " + shown(condition.value),
                              name + ": a variable of the expectation is not set"});
    if (parts_->not_json_problem == 0) {
        parts_->not_json_problem = problems({"body is not JSON"});
    }
    parts_->looks_at_body = parts_->reads_json = true;
    parts_->json.push_back(std::move(check));
}

void Inspection::Compiler::add_extract(const Extract& extract) {
    std::string name = "variable " + shown(extract.variable);
    std::optional<uint32_t> slot = variables_.stored_slot(extract.variable);
    if (!slot) {
        fail(name, {"it is not among those that responses fill"});
        return;
    }
    Parts::Extraction extraction{.slot = *slot,
                                 .kind = extract.kind,
                                 .name = extract.what,
                                 .group = extract.group,
                                 .fallback = extract.fallback};
    bool in_body = extract.kind == Extract::Kind::json || extract.kind == Extract::Kind::regex;
    if (extract.kind == Extract::Kind::json) {
        Expected<JsonPointer> pointer = JsonPointer::parse(extract.what);
        if (!pointer) {
            fail(name, pointer.error());
            return;
        }
        extraction.pointer = std::move(*pointer);
        parts_->reads_json = true;
    } else if (extract.kind == Extract::Kind::regex) {
        Expected<Regex> regex = Regex::compile(extract.what);
        if (!regex) {
            fail(name, regex.error());
            return;
        }
        if (extract.group > regex->group_count()) {
            fail(name, {quoted(extract.what) + " has no group " + std::to_string(extract.group) +
                        ": put what you want in parentheses, or write group = 0"});
            return;
        }
        extraction.regex = std::move(*regex);
    } else if (!is_token(extract.what)) {
        fail(name, {quoted(extract.what) + " is no name of a header or cookie"});
        return;
    }
    extraction.problem =
        problems({name + ": no " + shown_source(extract),
                  name + ": the search for " + quoted(extract.what) + " took too many steps"});
    parts_->looks_at_body |= in_body;
    parts_->looks_at_head |= !in_body;
    parts_->extractions.push_back(std::move(extraction));
}

ExpectedAll<Inspection> Inspection::Compiler::finish() {
    if (!errors_.empty()) {
        return std::unexpected(std::move(errors_));
    }
    Inspection inspection;
    if (parts_->looks_at_head || parts_->looks_at_body || parts_->slow_problem != 0) {
        inspection.parts_ = std::move(parts_);
    }
    return inspection;
}

Inspection::Inspection() = default;
Inspection::Inspection(Inspection&&) noexcept = default;
Inspection& Inspection::operator=(Inspection&&) noexcept = default;
Inspection::~Inspection() = default;

ExpectedAll<Inspection> Inspection::compile(const Expect& expect,
                                            const std::vector<Extract>& extracts,
                                            const Variables& variables) {
    Compiler compiler(variables);
    if (expect.max_latency) {
        compiler.add_latency(*expect.max_latency);
    }
    for (const Header& header : expect.headers) {
        compiler.add_header(header);
    }
    if (expect.body_contains) {
        compiler.add_contains(*expect.body_contains);
    }
    if (expect.body_matches) {
        compiler.add_matches(*expect.body_matches);
    }
    for (const JsonCondition& condition : expect.json) {
        compiler.add_json(condition);
    }
    for (const Extract& extract : extracts) {
        compiler.add_extract(extract);
    }
    return compiler.finish();
}

bool Inspection::looks_at_head() const {
    return parts_ != nullptr && parts_->looks_at_head;
}

bool Inspection::looks_at_body() const {
    return parts_ != nullptr && parts_->looks_at_body;
}

bool Inspection::empty() const {
    return parts_ == nullptr;
}

std::string Inspection::problem_text(uint32_t number) const {
    if (number == Inspector::body_unreadable) {
        return "body is larger than max_body, or in a coding that cannot be read";
    }
    if (number == Inspector::fine || parts_ == nullptr || number > parts_->problems.size()) {
        return "";
    }
    return parts_->problems[number - 1];
}

} // namespace ringblast
