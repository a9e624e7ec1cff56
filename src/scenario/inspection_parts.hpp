// The compiled form of an Inspection, as inspection.cpp makes it and inspector.cpp reads it. Every
// check knows the number of its first problem; its other problems follow.
#pragma once

#include "scenario/inspection.hpp"
#include "scenario/json_text.hpp"
#include "scenario/regex.hpp"
#include "scenario/text_template.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringblast {

struct Inspection::Parts {
    /// problem: missing; +1: does not contain it; +2: variable not set.
    struct HeaderCheck {
        std::string name;
        TextTemplate value;
        uint32_t problem;
    };
    /// problem: does not contain it; +1: variable not set.
    struct BodyCheck {
        TextTemplate text;
        uint32_t problem;
    };
    /// problem: no match; +1: too hard.
    struct RegexCheck {
        Regex regex;
        uint32_t problem;
    };
    /// problem: missing (for absent: there); +1: not equal; +2: variable not set.
    struct JsonCheck {
        JsonPointer pointer;
        JsonCondition::Kind kind;
        TextTemplate value;
        JsonText fixed_value; ///< of a value without insertions
        uint32_t problem;
    };
    /// problem: missing; +1: too hard.
    struct Extraction {
        uint32_t slot;
        Extract::Kind kind;
        std::string name; ///< of a header or cookie
        JsonPointer pointer;
        Regex regex;
        uint32_t group;
        std::optional<std::string> fallback;
        uint32_t problem;
    };

    int64_t latency_ns_max = INT64_MAX;
    uint32_t slow_problem = 0;
    uint32_t not_json_problem = 0;
    std::vector<HeaderCheck> headers;
    std::vector<BodyCheck> contains;
    std::vector<RegexCheck> matches;
    std::vector<JsonCheck> json;
    std::vector<Extraction> extractions;
    bool looks_at_head = false, looks_at_body = false;
    bool reads_json = false;           ///< for a condition or an extraction
    std::vector<std::string> problems; ///< text of problem n at n - 1
};

} // namespace ringblast
