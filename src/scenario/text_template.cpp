#include "scenario/text_template.hpp"

#include "base/quote.hpp"
#include "protocol/url.hpp"

#include <algorithm>
#include <optional>

namespace ringblast {

namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string_view trimmed_blanks(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

/// What stands between braces.
struct Braces {
    size_t end = 0;                       ///< behind the closing braces
    std::optional<std::string> literal{}; ///< {{"..."}}
    std::string_view name{};
    bool raw = false;
};

/// The literal of {{"..."}}; nothing when it is none. `quote` is how quotes are written.
std::optional<Braces> read_literal(std::string_view text, size_t inside, std::string_view quote) {
    size_t start = std::min(text.find_first_not_of(blanks, inside), text.size());
    if (!text.substr(start).starts_with(quote)) {
        return std::nullopt;
    }
    start += quote.size();
    size_t end = text.find(quote, start);
    if (end == text.npos) {
        return std::nullopt;
    }
    size_t close = std::min(text.find_first_not_of(blanks, end + quote.size()), text.size());
    if (!text.substr(close).starts_with("}}")) {
        return std::nullopt;
    }
    return Braces{.end = close + 2, .literal = std::string(text.substr(start, end - start))};
}

/// What opens at `inside`, behind the opening braces.
Expected<Braces> read_braces(std::string_view text, size_t inside, bool json) {
    if (std::optional<Braces> literal = read_literal(text, inside, "\"")) {
        return *literal;
    }
    if (json) {
        if (std::optional<Braces> literal = read_literal(text, inside, "\\\"")) {
            return *literal;
        }
    }
    size_t close = text.find("}}", inside);
    if (close == text.npos) {
        return failure("\"{{\" without \"}}\" in " + quoted(text.substr(inside - 2)) +
                       ": write {{\"{{\"}} for a pair of braces");
    }
    Braces braces{.end = close + 2};
    std::string_view content = text.substr(inside, close - inside);
    size_t bar = content.find('|');
    braces.name = trimmed_blanks(content.substr(0, bar));
    if (bar != content.npos) {
        std::string_view filter = trimmed_blanks(content.substr(bar + 1));
        if (filter != "raw") {
            return failure("unknown word " + quoted(filter) + " behind '|' in " +
                           quoted(text.substr(inside - 2)) + ": only raw is known");
        }
        braces.raw = true;
    }
    if (braces.name.empty()) {
        return failure("an insertion without a name: write {{name}}, or {{\"{{\"}} for a pair of "
                       "braces");
    }
    return braces;
}

/// A JSON text ends here with a quote that is not escaped: it opens a string.
bool ends_in_open_quote(std::string_view text) {
    if (!text.ends_with('"')) {
        return false;
    }
    size_t backslashes = 0;
    while (backslashes + 1 < text.size() && text[text.size() - 2 - backslashes] == '\\') {
        ++backslashes;
    }
    return backslashes % 2 == 0;
}

/// A closing quote stands here, and the string that it closes is no key.
bool starts_with_end_of_value(std::string_view text) {
    if (!text.starts_with('"')) {
        return false;
    }
    size_t next = text.find_first_not_of(blanks, 1);
    return next == text.npos || text[next] != ':';
}

} // namespace

/// One compilation: where a text's literals and insertions go.
class TextTemplate::Compiler {
public:
    Compiler(Escape escape, const Variables& variables)
        : escape_(escape), target_(escape == Escape::target), variables_(variables) {
        if (target_) {
            escape_ = Escape::path;
        }
    }

    Expected<TextTemplate> run(std::string_view text);

private:
    void add_literal(std::string_view literal);
    Expected<void> add_insertion(const Braces& braces, std::string_view& rest);

    Escape escape_;
    bool target_;
    bool fragment_ = false; ///< of a target: nothing of it is sent
    const Variables& variables_;
    TextTemplate result_;
};

void TextTemplate::Compiler::add_literal(std::string_view literal) {
    if (!target_) {
        result_.literals_ += literal;
        return;
    }
    if (size_t hash = literal.find('#'); hash != literal.npos) {
        literal = literal.substr(0, hash);
        fragment_ = true;
    }
    result_.literals_ += encode_target_part(literal);
    if (literal.find('?') != literal.npos) {
        escape_ = Escape::query;
    }
}

/// `rest`: the text behind it; loses a closing quote where the value goes in unquoted.
Expected<void> TextTemplate::Compiler::add_insertion(const Braces& braces, std::string_view& rest) {
    Expected<VariableRef> ref = variables_.find(braces.name);
    if (!ref) {
        return std::unexpected(ref.error());
    }
    Escape escape = escape_;
    if (braces.raw) {
        escape = target_ ? Escape::target : escape_ == Escape::header ? escape_ : Escape::none;
    }
    size_t before = result_.insertions_.empty() ? 0 : result_.insertions_.back().literal_end;
    if (braces.raw && escape_ == Escape::json &&
        ends_in_open_quote(std::string_view(result_.literals_).substr(before)) &&
        starts_with_end_of_value(rest)) {
        result_.literals_.pop_back();
        rest.remove_prefix(1);
    }
    result_.insertions_.push_back({*ref, escape, static_cast<uint32_t>(result_.literals_.size())});
    return {};
}

Expected<TextTemplate> TextTemplate::Compiler::run(std::string_view text) {
    std::string_view rest = text;
    while (!fragment_) {
        size_t open = rest.find("{{");
        if (open == rest.npos) {
            add_literal(rest);
            break;
        }
        size_t inside = open + 2;
        while (inside < rest.size() && rest[inside] == '{') {
            ++inside;
        }
        add_literal(rest.substr(0, inside - 2));
        if (fragment_) {
            break;
        }
        Expected<Braces> braces = read_braces(rest, inside, escape_ == Escape::json);
        if (!braces) {
            return std::unexpected(braces.error());
        }
        rest.remove_prefix(braces->end);
        if (braces->literal) {
            add_literal(*braces->literal);
        } else if (Expected<void> fine = add_insertion(*braces, rest); !fine) {
            return std::unexpected(fine.error());
        }
    }
    return std::move(result_);
}

Expected<TextTemplate> TextTemplate::compile(std::string_view text, Escape escape,
                                             const Variables& variables) {
    return Compiler(escape, variables).run(text);
}

Expected<TextTemplate> TextTemplate::compile_target(std::string_view text,
                                                    const Variables& variables) {
    return Compiler(Escape::target, variables).run(text);
}

TextTemplate TextTemplate::fixed(std::string text) {
    TextTemplate result;
    result.literals_ = std::move(text);
    return result;
}

bool TextTemplate::starts_raw() const {
    return !insertions_.empty() && insertions_.front().literal_end == 0 &&
           (insertions_.front().escape == Escape::target ||
            insertions_.front().escape == Escape::none);
}

std::vector<uint32_t> TextTemplate::stored_reads() const {
    std::vector<uint32_t> slots;
    for (const Insertion& insertion : insertions_) {
        if (insertion.ref.stored &&
            std::ranges::find(slots, insertion.ref.variable) == slots.end()) {
            slots.push_back(insertion.ref.variable);
        }
    }
    return slots;
}

std::vector<VariableRef> TextTemplate::unsure_reads(const Variables& variables) const {
    std::vector<VariableRef> refs;
    for (const Insertion& insertion : insertions_) {
        if (variables.may_be_unset(insertion.ref) &&
            std::ranges::find(refs, insertion.ref) == refs.end()) {
            refs.push_back(insertion.ref);
        }
    }
    return refs;
}

bool TextTemplate::has_values(const Variables& variables, const DrawOrigin& origin,
                              const UserValues& values) const {
    return std::ranges::all_of(insertions_, [&](const Insertion& insertion) {
        return variables.has_value(insertion.ref, origin, values);
    });
}

void TextTemplate::append(std::string& out, const Variables& variables, const DrawOrigin& origin,
                          const UserValues& values) const {
    size_t at = 0;
    for (const Insertion& insertion : insertions_) {
        out.append(literals_, at, insertion.literal_end - at);
        at = insertion.literal_end;
        variables.append(out, insertion.ref, origin, values, insertion.escape);
    }
    out.append(literals_, at);
}

void TextTemplate::join(const TextTemplate& next) {
    auto base = static_cast<uint32_t>(literals_.size());
    literals_ += next.literals_;
    for (Insertion insertion : next.insertions_) {
        insertion.literal_end += base;
        insertions_.push_back(insertion);
    }
}

} // namespace ringblast
