// The variables of a profile: what `{{name}}` stands for. A drawn value is a pure function of the
// seed and of who draws it when (DrawOrigin), so that it needs no memory, is the same for the whole
// run of a task and does not depend on the number of threads. Only what is extracted from responses
// is kept, with the user (UserValues).
#pragma once

#include "ringblast/error.hpp"
#include "ringblast/profile.hpp"
#include "scenario/csv_file.hpp"
#include "scenario/escape.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringblast {

/// Who draws, and when. A turn is a run of a task: in a closed load the user's own count, lane the
/// user and lanes the most users; in an open load turn is the arrival and lane is 0 of 1.
struct DrawOrigin {
    uint64_t user = 0; ///< global number
    uint64_t lane = 0, lanes = 1;
    uint64_t turn = 0;
    uint32_t request = 0;                          ///< ordinal of the request within the turn
    int64_t turn_unix_ns = 0, request_unix_ns = 0; ///< times of day of their starts
};

/// What a user extracted so far; by slot. Unset is not empty.
class UserValues {
public:
    explicit UserValues(size_t slots = 0) : values_(slots) {}

    bool is_set(uint32_t slot) const { return values_[slot].set; }
    std::string_view get(uint32_t slot) const { return values_[slot].text; }
    /// Keeps the memory of the value before.
    void set(uint32_t slot, std::string_view text) {
        values_[slot].text.assign(text);
        values_[slot].set = true;
    }
    void clear() {
        for (Value& value : values_) {
            value.set = false;
        }
    }

private:
    struct Value {
        std::string text;
        bool set = false;
    };
    std::vector<Value> values_;
};

/// A variable, or a column of one, as a template refers to it.
struct VariableRef {
    uint32_t variable = 0;
    uint32_t column = 0; ///< of a csv
    bool stored = false; ///< extracted: `variable` is its slot in UserValues
    bool operator==(const VariableRef&) const = default;
};

/// Name and value of what is known before the load.
using Given = std::pair<std::string, std::string>;

/// Compiled and immutable; shared by all threads.
class Variables {
public:
    Variables() = default;

    /// `extracted`: names that responses fill, repetitions allowed; `given`: extracted by the
    /// set-up, constants here, or the value of an extracted one until a response sets it. Opens
    /// the csv files (paths as they stand). Errors name the variable: a bad name or one that
    /// stands twice, an empty range, no choices, a file that cannot be read or has no rows.
    static ExpectedAll<Variables> compile(const std::vector<Variable>& declared,
                                          const std::vector<std::string>& extracted,
                                          const std::vector<Given>& given, uint64_t seed);

    /// The variable of that name, `csv.column` included. The error names the nearest known one.
    Expected<VariableRef> find(std::string_view name) const;

    /// Whether it has a value now: false for an extracted one that was not set yet and for a csv
    /// with pick = unique whose rows are used up.
    bool has_value(VariableRef ref, const DrawOrigin& origin, const UserValues& values) const;
    /// Whether has_value() may ever be false.
    bool may_be_unset(VariableRef ref) const;
    /// Whether an extracted variable has a value; use this and not UserValues::is_set(), which
    /// does not know what the set-up gave.
    bool stored_is_set(uint32_t slot, const UserValues& values) const {
        return values.is_set(slot) || stored_[slot].given.has_value();
    }
    /// Whether every csv with pick = unique and per = user or task still has a row.
    bool rows_left(const DrawOrigin& origin) const;
    /// Requires: has_value(). Allocates only where `out` has to grow.
    void append(std::string& out, VariableRef ref, const DrawOrigin& origin,
                const UserValues& values, Escape escape) const;

    /// Random bits for choices that are no variable (an element of a JSON array), drawn anew for
    /// each request.
    uint64_t pick(const DrawOrigin& origin) const;

    size_t stored_count() const { return stored_.size(); }
    std::string_view stored_name(uint32_t slot) const { return stored_[slot].name; }
    /// The slot of an extracted variable, by name.
    std::optional<uint32_t> stored_slot(std::string_view name) const;
    /// Requests of the longest task run, for sequences that are drawn per request. >= 1.
    void set_requests_max(uint32_t count) { requests_max_ = count; }

private:
    struct Drawn {
        Variable spec;
        std::shared_ptr<const CsvFile> csv;
        uint64_t stream; ///< from the name: other variables may come and go
    };
    struct Stored {
        std::string name;
        std::optional<std::string> given;
    };
    struct Draw;
    using Files = std::vector<std::pair<std::string, std::shared_ptr<const CsvFile>>>;

    void add_declared(const Variable& variable, Files& files, std::vector<Error>& errors);
    void add_given(const Given& given);
    std::string nearest(std::string_view name) const;
    Draw draw_of(const Drawn& drawn, const DrawOrigin& origin) const;
    uint64_t ordinal_of(DrawnPer per, const DrawOrigin& origin) const;
    uint64_t row_of(const Drawn& drawn, const DrawOrigin& origin) const;

    std::vector<Drawn> drawn_;
    std::vector<Stored> stored_;
    uint64_t seed_ = 1;
    uint32_t requests_max_ = 1;
};

} // namespace ringblast
