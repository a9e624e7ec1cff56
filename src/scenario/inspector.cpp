// Carries an Inspection out on one response: cheap looks first, the body decoded once, its JSON
// read once, values taken only when everything else is well.
#include "scenario/inspection_parts.hpp"

#include <algorithm>

namespace ringblast {

struct Inspector::Scratch {
    explicit Scratch(const Variables& of) : variables(of) {}

    const Variables& variables;
    uint64_t max_body = 1024 * 1024;
    BodyDecoder decoder{};
    RegexMatcher regex{};
    JsonText json{};                  ///< the body
    JsonText value{};                 ///< an expected value with insertions
    std::string text{};               ///< an expected text with insertions
    std::vector<std::string> found{}; ///< extracted, by the number of the extraction
};

/// One response under inspection.
class Inspector::Look {
public:
    Look(Scratch& scratch, const Inspection::Parts& parts, const RawResponse& response,
         const Who& who)
        : scratch_(scratch), parts_(parts), who_(who), response_(split_response(response.bytes)) {}

    uint32_t run();

private:
    using Parts = Inspection::Parts;

    /// The text of an expectation; nothing when one of its variables is not set.
    std::optional<std::string_view> text_of(const TextTemplate& text) {
        if (text.is_fixed()) {
            return text.text();
        }
        if (!text.has_values(scratch_.variables, who_.origin, who_.values)) {
            return std::nullopt;
        }
        scratch_.text.clear();
        text.append(scratch_.text, scratch_.variables, who_.origin, who_.values);
        return scratch_.text;
    }
    uint32_t check(const Parts::HeaderCheck& check);
    uint32_t check(const Parts::BodyCheck& check);
    uint32_t check(const Parts::RegexCheck& check);
    uint32_t check(const Parts::JsonCheck& check);
    template <class Checks>
    uint32_t check_all(const Checks& checks) {
        for (const auto& one : checks) {
            if (uint32_t problem = check(one); problem != fine) {
                return problem;
            }
        }
        return fine;
    }
    uint32_t check_body();
    uint32_t extract_all();
    RegexMatcher::Result extract(const Parts::Extraction& extraction, std::string& out);
    RegexMatcher::Result extract_cookie(const Parts::Extraction& extraction, std::string& out);

    Scratch& scratch_;
    const Parts& parts_;
    const Who& who_;
    SplitResponse response_;
    std::string_view body_{};
    bool is_json_ = false;
};

uint32_t Inspector::Look::check(const Parts::HeaderCheck& check) {
    std::optional<std::string_view> wanted = text_of(check.value);
    if (!wanted) {
        return check.problem + 2;
    }
    uint32_t problem = check.problem;
    for_each_field(response_.head, check.name, [&](std::string_view value) {
        if (value.find(*wanted) != value.npos) {
            problem = fine;
        } else if (problem != fine) {
            problem = check.problem + 1;
        }
    });
    return problem;
}

uint32_t Inspector::Look::check(const Parts::BodyCheck& check) {
    std::optional<std::string_view> wanted = text_of(check.text);
    if (!wanted) {
        return check.problem + 1;
    }
    return body_.find(*wanted) != body_.npos ? fine : check.problem;
}

uint32_t Inspector::Look::check(const Parts::RegexCheck& check) {
    switch (scratch_.regex.search(check.regex, body_, 0).result) {
    case RegexMatcher::Result::found:
        return fine;
    case RegexMatcher::Result::absent:
        return check.problem;
    case RegexMatcher::Result::too_hard:
        break;
    }
    return check.problem + 1;
}

uint32_t Inspector::Look::check(const Parts::JsonCheck& check) {
    if (check.kind != JsonCondition::Kind::equals) {
        bool wanted = check.kind == JsonCondition::Kind::exists;
        return scratch_.json.has(check.pointer) == wanted ? fine : check.problem;
    }
    const JsonText* value = &check.fixed_value;
    if (!check.value.is_fixed()) {
        std::optional<std::string_view> text = text_of(check.value);
        if (!text) {
            return check.problem + 2;
        }
        if (!scratch_.value.read(*text)) {
            return check.problem + 1; // what is no JSON equals no JSON
        }
        value = &scratch_.value;
    }
    if (scratch_.json.has_equal(check.pointer, *value)) {
        return fine;
    }
    return scratch_.json.has(check.pointer) ? check.problem + 1 : check.problem;
}

uint32_t Inspector::Look::check_body() {
    std::optional<std::string_view> body = scratch_.decoder.decode(response_, scratch_.max_body);
    if (!body) {
        return body_unreadable;
    }
    body_ = *body;
    if (uint32_t problem = check_all(parts_.contains); problem != fine) {
        return problem;
    }
    if (uint32_t problem = check_all(parts_.matches); problem != fine) {
        return problem;
    }
    is_json_ = parts_.reads_json && scratch_.json.read(body_);
    if (!is_json_) {
        return parts_.not_json_problem; // 0 where only extractions read it
    }
    return check_all(parts_.json);
}

RegexMatcher::Result Inspector::Look::extract_cookie(const Parts::Extraction& extraction,
                                                     std::string& out) {
    std::string_view value;
    for_each_field(response_.head, "set-cookie", [&](std::string_view field) {
        std::string_view set = set_cookie_value(field, extraction.name);
        value = set.data() != nullptr ? set : value;
    });
    if (value.data() == nullptr && who_.cookies != nullptr) {
        value = who_.cookies->find(extraction.name);
    }
    out.append(value);
    return value.data() != nullptr ? RegexMatcher::Result::found : RegexMatcher::Result::absent;
}

RegexMatcher::Result Inspector::Look::extract(const Parts::Extraction& extraction,
                                              std::string& out) {
    using Result = RegexMatcher::Result;
    auto result_of = [](bool found) { return found ? Result::found : Result::absent; };
    switch (extraction.kind) {
    case Extract::Kind::json:
        return result_of(is_json_ &&
                         scratch_.json.append_found(out, extraction.pointer,
                                                    scratch_.variables.pick(who_.origin)));
    case Extract::Kind::regex: {
        RegexMatcher::Found found =
            scratch_.regex.search(extraction.regex, body_, extraction.group);
        if (found.result == Result::found) {
            out.append(found.group);
            return result_of(found.group.data() != nullptr);
        }
        return found.result;
    }
    case Extract::Kind::header: {
        std::string_view value;
        for_each_field(response_.head, extraction.name, [&](std::string_view field) {
            value = value.data() == nullptr ? field : value;
        });
        out.append(value);
        return result_of(value.data() != nullptr);
    }
    case Extract::Kind::cookie:
        break;
    }
    return extract_cookie(extraction, out);
}

/// Finds all values before it takes any.
uint32_t Inspector::Look::extract_all() {
    if (scratch_.found.size() < parts_.extractions.size()) {
        scratch_.found.resize(parts_.extractions.size());
    }
    for (size_t i = 0; i < parts_.extractions.size(); ++i) {
        const Parts::Extraction& extraction = parts_.extractions[i];
        std::string& text = scratch_.found[i];
        text.clear();
        RegexMatcher::Result result = extract(extraction, text);
        if (result == RegexMatcher::Result::too_hard) {
            return extraction.problem + 1;
        }
        if (result == RegexMatcher::Result::absent) {
            if (!extraction.fallback) {
                return extraction.problem;
            }
            text = *extraction.fallback;
        }
    }
    for (size_t i = 0; i < parts_.extractions.size(); ++i) {
        who_.values.set(parts_.extractions[i].slot, scratch_.found[i]);
    }
    return fine;
}

uint32_t Inspector::Look::run() {
    if (uint32_t problem = check_all(parts_.headers); problem != fine) {
        return problem;
    }
    if (parts_.looks_at_body) {
        if (uint32_t problem = check_body(); problem != fine) {
            return problem;
        }
    }
    return extract_all();
}

Inspector::Inspector(const Variables& variables) : scratch_(std::make_unique<Scratch>(variables)) {}
Inspector::Inspector(Inspector&&) noexcept = default;
Inspector::~Inspector() = default;

uint32_t Inspector::inspect(const Inspection& inspection, const RawResponse& response,
                            const Who& who) {
    if (inspection.empty()) {
        return fine;
    }
    const Inspection::Parts& parts = *inspection.parts_;
    if (response.latency_ns > parts.latency_ns_max) {
        return parts.slow_problem;
    }
    if (!parts.looks_at_head && !parts.looks_at_body) {
        return fine;
    }
    return Look(*scratch_, parts, response, who).run();
}

std::string_view Inspector::body_of(const RawResponse& response) {
    SplitResponse split = split_response(response.bytes);
    return scratch_->decoder.decode(split, scratch_->max_body).value_or(split.body);
}

void Inspector::set_max_body(uint64_t size) {
    scratch_->max_body = size;
}

} // namespace ringblast
