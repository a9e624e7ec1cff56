// A value of parsed JSON and where it stands, for whoever reads a result back. The first problem is
// kept; after it reading goes on with empty values, so that no caller needs to look.
#pragma once

#include "base/quote.hpp"
#include "ringblast/error.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

inline constexpr double amount_max = 1e15; ///< more seconds or requests than any run has

class JsonNode {
public:
    using Json = nlohmann::json;

    JsonNode(const Json& json, std::string path, std::optional<Error>& problem)
        : json_(&json), path_(std::move(path)), problem_(&problem) {}

    JsonNode at(const char* key) const {
        const JsonNode child = maybe(key);
        if (json_->is_object() && !json_->contains(key)) {
            child.fail("is missing");
        }
        return child;
    }
    /// A key that earlier versions did not write: null when it is not there.
    JsonNode maybe(const char* key) const {
        static const Json null;
        const std::string path = path_.empty() ? key : path_ + "." + key;
        if (!json_->is_object()) {
            expected("an object");
            return {null, path, *problem_};
        }
        const auto found = json_->find(key);
        return {found == json_->end() ? null : *found, path, *problem_};
    }
    bool has(const char* key) const { return json_->is_object() && json_->contains(key); }
    bool null() const { return json_->is_null(); }

    std::string text() const {
        if (!json_->is_string()) {
            expected("a text");
            return {};
        }
        return json_->get<std::string>();
    }
    std::string text_or_empty() const { return null() ? std::string() : text(); }
    bool flag() const {
        if (!json_->is_boolean()) {
            expected("true or false");
            return false;
        }
        return json_->get<bool>();
    }
    /// Programs that write JSON anew may have made a real number of a whole one.
    uint64_t count() const {
        if (json_->is_number_unsigned()) {
            return json_->get<uint64_t>();
        }
        const double value = json_->is_number() ? json_->get<double>() : -1;
        if (value < 0 || value > amount_max || value != std::floor(value)) {
            expected("a whole number");
            return 0;
        }
        return static_cast<uint64_t>(value);
    }
    double number() const {
        const double value = json_->is_number() ? json_->get<double>() : NAN;
        if (!(std::abs(value) <= amount_max)) {
            expected("a number");
            return 0;
        }
        return value;
    }
    /// Not negative; null, as what was not a number is written, is 0.
    double amount() const {
        const double value = null() ? 0 : number();
        if (value < 0) {
            expected("a number that is not negative");
            return 0;
        }
        return value;
    }
    std::optional<double> maybe_number() const {
        return null() ? std::nullopt : std::optional(number());
    }
    /// Nanoseconds of a time in a longer unit; null is 0.
    int64_t ns(double ns_in_unit) const {
        return static_cast<int64_t>(std::llround(std::min(amount() * ns_in_unit, 9e18)));
    }
    template <class Enum, size_t size>
    Enum word(const std::array<std::string_view, size>& words) const {
        const std::string read = text();
        const auto found = std::ranges::find(words, read);
        if (found == words.end()) {
            fail(ringblast::quoted(read) + " is none of the words that may stand here");
            return {};
        }
        return static_cast<Enum>(found - words.begin());
    }
    template <class T>
    std::vector<T> list(T (*read)(const JsonNode&)) const {
        std::vector<T> values;
        if (!json_->is_array()) {
            expected("a list");
            return values;
        }
        for (const Json& entry : *json_) {
            values.push_back(
                read({entry, path_ + "[" + std::to_string(values.size()) + "]", *problem_}));
        }
        return values;
    }
    const Json& json() const { return *json_; }

    void fail(const std::string& what) const {
        if (!*problem_) {
            *problem_ = Error{(path_.empty() ? "the result" : path_) + " " + what};
        }
    }
    void expected(const char* what) const {
        fail(std::string("must be ") + what + ", not " + json_->type_name());
    }

private:
    const Json* json_;
    std::string path_;
    std::optional<Error>* problem_;
};

} // namespace ringblast
