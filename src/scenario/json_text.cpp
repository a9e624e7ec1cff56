#include "scenario/json_text.hpp"

#include "base/quote.hpp"
#include "base/random.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <simdjson.h>
#include <span>

namespace ringblast {

namespace {

namespace dom = simdjson::dom;
using Tokens = std::span<const JsonPointer::Token>;

/// Which child at each level led to a place.
struct Path {
    std::array<uint32_t, JsonPointer::tokens_max> ordinals;
    size_t depth = 0;
};

/// Calls visit(element, path) for all places until it returns true; whether it did.
template <class Visit>
bool visit_places(dom::element at, Tokens tokens, Path& path, Visit& visit) {
    if (tokens.empty()) {
        return visit(at, path);
    }
    const JsonPointer::Token& token = tokens.front();
    uint32_t& ordinal = path.ordinals[path.depth];
    ++path.depth;
    bool stop = false;
    ordinal = 0;
    if (at.is_object()) {
        dom::object members = at.get_object().value_unsafe();
        for (auto member = members.begin(); !stop && member != members.end(); ++member, ++ordinal) {
            if (token.any) {
                stop = visit_places(member.value(), tokens.subspan(1), path, visit);
            } else if (member.key_equals(token.key)) {
                stop = visit_places(member.value(), tokens.subspan(1), path, visit);
                break; // of equal names the first one counts
            }
        }
    } else if (at.is_array() && (token.any || token.index != JsonPointer::Token::no_index)) {
        dom::array elements = at.get_array().value_unsafe();
        for (auto element = elements.begin(); !stop && element != elements.end();
             ++element, ++ordinal) {
            if (token.any || ordinal == token.index) {
                stop = visit_places(*element, tokens.subspan(1), path, visit);
                if (!token.any) {
                    break;
                }
            }
        }
    }
    --path.depth;
    return stop;
}

bool equal(dom::element a, dom::element b);

bool equal_numbers(dom::element a, dom::element b) {
    int64_t a_signed = 0, b_signed = 0;
    if (a.get(a_signed) == simdjson::SUCCESS && b.get(b_signed) == simdjson::SUCCESS) {
        return a_signed == b_signed;
    }
    uint64_t a_unsigned = 0, b_unsigned = 0;
    if (a.get(a_unsigned) == simdjson::SUCCESS && b.get(b_unsigned) == simdjson::SUCCESS) {
        return a_unsigned == b_unsigned;
    }
    double a_real = 0, b_real = 0;
    return a.get(a_real) == simdjson::SUCCESS && b.get(b_real) == simdjson::SUCCESS &&
           a_real == b_real;
}

bool equal_arrays(dom::array a, dom::array b) {
    auto left = a.begin(), right = b.begin();
    for (; left != a.end() && right != b.end(); ++left, ++right) {
        if (!equal(*left, *right)) {
            return false;
        }
    }
    return !(left != a.end()) && !(right != b.end());
}

/// `b` is what is expected: its size bounds the work.
bool equal_objects(dom::object a, dom::object b) {
    if (a.size() != b.size()) {
        return false;
    }
    for (dom::key_value_pair member : b) {
        dom::element other;
        if (a.at_key(member.key).get(other) != simdjson::SUCCESS || !equal(other, member.value)) {
            return false;
        }
    }
    return true;
}

bool equal(dom::element a, dom::element b) {
    if (a.is_number() && b.is_number()) {
        return equal_numbers(a, b);
    }
    if (a.type() != b.type()) {
        return false;
    }
    switch (a.type()) {
    case dom::element_type::STRING:
        return a.get_string().value_unsafe() == b.get_string().value_unsafe();
    case dom::element_type::BOOL:
        return a.get_bool().value_unsafe() == b.get_bool().value_unsafe();
    case dom::element_type::ARRAY:
        return equal_arrays(a.get_array().value_unsafe(), b.get_array().value_unsafe());
    case dom::element_type::OBJECT:
        return equal_objects(a.get_object().value_unsafe(), b.get_object().value_unsafe());
    default:
        return true; // null
    }
}

/// Walks a text that is known to be JSON, by its punctuation only.
class Walker {
public:
    explicit Walker(std::string_view text) : text_(text) { skip_blanks(); }

    /// Enters the array or object that starts here and stands at its child of that number.
    void enter(uint32_t ordinal) {
        bool object = peek() == '{';
        ++at_;
        skip_blanks();
        for (uint32_t i = 0;; ++i) {
            if (object) {
                skip_string();
                skip_blanks();
                ++at_; // the colon
                skip_blanks();
            }
            if (i == ordinal || at_ >= text_.size()) {
                return;
            }
            skip_value();
            skip_blanks();
            ++at_; // the comma
            skip_blanks();
        }
    }
    /// The value that starts here.
    std::string_view value() {
        size_t start = std::min(at_, text_.size());
        skip_value();
        return text_.substr(start, at_ - start);
    }

private:
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
    void skip_string() {
        ++at_;
        while (at_ < text_.size() && text_[at_] != '"') {
            at_ += text_[at_] == '\\' ? 2 : 1;
        }
        ++at_;
    }
    void skip_value() {
        size_t depth = 0;
        do {
            char c = peek();
            if (c == '"') {
                skip_string();
            } else if (c == '{' || c == '[') {
                ++depth;
                ++at_;
            } else if (c == '}' || c == ']') {
                --depth;
                ++at_;
            } else if (depth > 0) {
                ++at_; // a comma, a blank, a letter of a number
            } else {
                at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
            }
        } while (depth > 0 && at_ < text_.size());
    }

    std::string_view text_;
    size_t at_ = 0;
};

template <class Integer>
void append_number(std::string& out, Integer number) {
    char digits[20];
    char* end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, static_cast<size_t>(end - digits));
}

/// `text`: where the element comes from, for what does not come out of the reader as it went in.
void append_value(std::string& out, dom::element element, std::string_view text, const Path& path) {
    switch (element.type()) {
    case dom::element_type::STRING:
        out.append(element.get_string().value_unsafe());
        return;
    case dom::element_type::BOOL:
        out.append(element.get_bool().value_unsafe() ? "true" : "false");
        return;
    case dom::element_type::INT64:
        append_number(out, element.get_int64().value_unsafe());
        return;
    case dom::element_type::UINT64:
        append_number(out, element.get_uint64().value_unsafe());
        return;
    default:
        Walker walker(text);
        for (size_t level = 0; level < path.depth; ++level) {
            walker.enter(path.ordinals[level]);
        }
        out.append(walker.value());
    }
}

/// An array index by RFC 6901: no sign, no leading zero.
uint64_t index_of(std::string_view key) {
    uint64_t index = 0;
    auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
    bool whole = error == std::errc() && end == key.data() + key.size();
    return whole && (key.size() == 1 || key.front() != '0') ? index : JsonPointer::Token::no_index;
}

} // namespace

Expected<JsonPointer> JsonPointer::parse(std::string_view text) {
    JsonPointer pointer;
    if (!text.empty() && text.front() != '/') {
        return failure("the JSON pointer " + quoted(text) + " does not start with '/': write " +
                       ringblast::quoted("/" + std::string(text)));
    }
    size_t at = 0;
    while (at < text.size()) {
        size_t end = std::min(text.find('/', at + 1), text.size());
        Token token;
        for (size_t i = at + 1; i < end; ++i) {
            char c = text[i];
            if (c == '~') {
                ++i;
                if (i == end || (text[i] != '0' && text[i] != '1')) {
                    return failure("the JSON pointer " + quoted(text) +
                                   " has a '~' that is neither ~0 (for ~) nor ~1 (for /)");
                }
                c = text[i] == '0' ? '~' : '/';
            }
            token.key += c;
        }
        token.any = token.key == "*";
        token.index = index_of(token.key);
        pointer.has_any_ |= token.any;
        pointer.tokens_.push_back(std::move(token));
        at = end;
    }
    if (pointer.tokens_.size() > tokens_max) {
        return failure("the JSON pointer " + quoted(text) + " is deeper than 64 levels");
    }
    return pointer;
}

/// The text stays beside what was read from it, for values that are taken as they stand.
struct JsonText::Document {
    dom::parser parser{};
    dom::element root{};
    std::unique_ptr<char[]> padded{};
    size_t room = 0; ///< without the padding
    std::string_view text{};

    bool make_room(size_t size);
    bool read(std::string_view json);
    bool visit(const JsonPointer& pointer, auto visit) const {
        Path path;
        return visit_places(root, pointer.tokens(), path, visit);
    }
};

bool JsonText::Document::make_room(size_t size) {
    if (room >= size) {
        return true;
    }
    size_t larger = std::max(size, room * 2);
    padded = std::make_unique<char[]>(larger + simdjson::SIMDJSON_PADDING);
    room = larger;
    return parser.allocate(larger) == simdjson::SUCCESS;
}

/// A scalar is read as the one element of an array: for one at the root simdjson allocates.
bool JsonText::Document::read(std::string_view json) {
    size_t first = std::min(json.find_first_not_of(" \t\r\n"), json.size() - 1);
    size_t bracket = json[first] != '{' && json[first] != '[' ? 1 : 0;
    size_t size = json.size() + 2 * bracket;
    if (!make_room(size)) {
        return false;
    }
    std::memcpy(padded.get() + bracket, json.data(), json.size());
    std::memset(padded.get() + size, 0, simdjson::SIMDJSON_PADDING);
    text = {padded.get() + bracket, json.size()};
    if (bracket == 0) {
        return parser.parse(padded.get(), size, false).get(root) == simdjson::SUCCESS;
    }
    padded[0] = '[';
    padded[size - 1] = ']';
    dom::array only;
    return parser.parse(padded.get(), size, false).get(only) == simdjson::SUCCESS &&
           only.size() == 1 && only.at(0).get(root) == simdjson::SUCCESS;
}

JsonText::JsonText() = default;
JsonText::JsonText(JsonText&& other) noexcept = default;
JsonText& JsonText::operator=(JsonText&& other) noexcept = default;
JsonText::~JsonText() = default;

bool JsonText::read(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) {
        text.remove_prefix(3);
    }
    if (text.empty()) {
        return false;
    }
    if (document_ == nullptr) {
        document_ = std::make_unique<Document>();
    }
    return document_->read(text);
}

bool JsonText::has(const JsonPointer& pointer) const {
    return document_->visit(pointer, [](dom::element, const Path&) { return true; });
}

bool JsonText::has_equal(const JsonPointer& pointer, const JsonText& value) const {
    return document_->visit(pointer, [&](dom::element element, const Path&) {
        return equal(element, value.document_->root);
    });
}

bool JsonText::append_found(std::string& out, const JsonPointer& pointer, uint64_t random) const {
    uint64_t number = 0;
    if (pointer.has_any()) {
        uint64_t count = 0;
        document_->visit(pointer, [&](dom::element element, const Path&) {
            count += !element.is_null();
            return false;
        });
        number = scale_bits(random, count);
    }
    return document_->visit(pointer, [&](dom::element element, const Path& path) {
        if (element.is_null() || number-- != 0) {
            return false;
        }
        append_value(out, element, document_->text, path);
        return true;
    });
}

} // namespace ringblast
