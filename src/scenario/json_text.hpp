// A JSON text, read whole (simdjson, so rubbish anywhere in it is seen), and what JSON pointers
// find in it. Pointers are those of RFC 6901 with one addition: `*` is any element of an array and
// any member of an object, so `/items/*/id` finds many places.
#pragma once

#include "ringblast/error.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

class JsonPointer {
public:
    static constexpr size_t tokens_max = 64;

    struct Token {
        static constexpr uint64_t no_index = UINT64_MAX;
        std::string key;
        uint64_t index = no_index; ///< of an array
        bool any = false;          ///< `*`
    };

    /// "" is the whole text. Errors name the pointer and what it lacks.
    static Expected<JsonPointer> parse(std::string_view text);
    const std::vector<Token>& tokens() const { return tokens_; }
    bool has_any() const { return has_any_; }

private:
    std::vector<Token> tokens_;
    bool has_any_ = false;
};

class JsonText {
public:
    JsonText();
    JsonText(JsonText&& other) noexcept;
    JsonText& operator=(JsonText&& other) noexcept;
    ~JsonText();

    /// Reads a text, of which it keeps a copy. False when it is not JSON: broken anywhere, not
    /// UTF-8, nested deeper than 1024 or with a number beyond what 64 bits hold. Allocates only
    /// where its memory has to grow. The rest requires that the last read() said true.
    bool read(std::string_view text);

    /// Whether the pointer finds anything, null included.
    bool has(const JsonPointer& pointer) const;
    /// Whether anything that the pointer finds equals the other text: numbers by value, objects
    /// without regard to the order of their members.
    bool has_equal(const JsonPointer& pointer, const JsonText& value) const;
    /// Appends what the pointer finds: strings unescaped, all else as it stands in the text. Of
    /// several places one by the random bits. False, and nothing appended, when there is none; a
    /// null is none.
    bool append_found(std::string& out, const JsonPointer& pointer, uint64_t random) const;

private:
    struct Document;
    std::unique_ptr<Document> document_;
};

} // namespace ringblast
