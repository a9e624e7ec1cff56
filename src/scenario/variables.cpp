#include "scenario/variables.hpp"

#include "base/nearest.hpp"
#include "base/quote.hpp"
#include "base/random.hpp"

#include <algorithm>

namespace ringblast {

namespace {

constexpr int64_t text_size_max = 1024 * 1024;

/// What may stand in {{...}} without being misread.
bool is_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' ||
               c == '-';
    });
}

/// FNV-1a (Fowler, Noll, Vo), mixed: a random stream per name.
uint64_t stream_of(std::string_view name) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (char c : name) {
        hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
    }
    return mix64(hash);
}

Error problem(std::string_view name, const std::string& what) {
    return {"variable " + quoted(name) + ": " + what};
}

/// What is wrong with the values of a variable, or "".
std::string fault_of(const Variable& variable) {
    using Kind = Variable::Kind;
    switch (variable.kind) {
    case Kind::integer:
        return variable.low <= variable.high
                   ? ""
                   : "the range from " + std::to_string(variable.low) + " to " +
                         std::to_string(variable.high) + " is empty";
    case Kind::choice:
        return variable.texts.empty() ? "there is nothing to choose from" : "";
    case Kind::value:
        return variable.texts.size() == 1 ? "" : "it needs one value";
    case Kind::text:
        return variable.low >= 1 && variable.low <= text_size_max
                   ? ""
                   : "a length of " + std::to_string(variable.low) +
                         " is not possible: 1 to 1048576 letters";
    case Kind::now:
        return variable.per != DrawnPer::user
                   ? ""
                   : "the time is drawn per task or per request, not per user";
    default:
        return "";
    }
}

} // namespace

void Variables::add_declared(const Variable& variable, Files& files, std::vector<Error>& errors) {
    if (!is_name(variable.name)) {
        errors.push_back(problem(variable.name, "a name has letters, digits, '_' and '-' only"));
        return;
    }
    auto same = [&](const Drawn& drawn) { return drawn.spec.name == variable.name; };
    if (std::ranges::any_of(drawn_, same)) {
        errors.push_back(problem(variable.name, "it is declared twice"));
        return;
    }
    Drawn drawn{.spec = variable, .csv = nullptr, .stream = stream_of(variable.name)};
    if (std::string fault = fault_of(variable); !fault.empty()) {
        errors.push_back(problem(variable.name, fault));
    }
    if (variable.kind == Variable::Kind::csv) {
        auto known = std::ranges::find(files, variable.file, &Files::value_type::first);
        if (known == files.end()) {
            Expected<CsvFile> file = CsvFile::open(variable.file);
            if (!file) {
                errors.push_back(problem(variable.name, file.error().message));
                return;
            }
            files.emplace_back(variable.file, std::make_shared<const CsvFile>(std::move(*file)));
            known = files.end() - 1;
        }
        drawn.csv = known->second;
        if (drawn.csv->row_count() == 0) {
            errors.push_back(
                problem(variable.name, "the CSV file " + quoted(variable.file) + " has no rows"));
        }
    }
    drawn_.push_back(std::move(drawn));
}

void Variables::add_given(const Given& given) {
    if (std::optional<uint32_t> slot = stored_slot(given.first)) {
        stored_[*slot].given = given.second;
        return;
    }
    Drawn constant{.csv = nullptr, .stream = 0};
    constant.spec.name = given.first;
    constant.spec.texts = {given.second};
    drawn_.push_back(std::move(constant));
}

ExpectedAll<Variables> Variables::compile(const std::vector<Variable>& declared,
                                          const std::vector<std::string>& extracted,
                                          const std::vector<Given>& given, uint64_t seed) {
    Variables variables;
    variables.seed_ = seed;
    std::vector<Error> errors;
    Files files;
    for (const Variable& variable : declared) {
        variables.add_declared(variable, files, errors);
    }
    auto is_declared = [&](const std::string& name) {
        return std::ranges::find(declared, name, &Variable::name) != declared.end();
    };
    for (const std::string& name : extracted) {
        if (!is_name(name)) {
            errors.push_back(problem(name, "a name has letters, digits, '_' and '-' only"));
        } else if (is_declared(name)) {
            errors.push_back(problem(name, "it is both declared and extracted: rename one"));
        } else if (!variables.stored_slot(name)) {
            variables.stored_.push_back({name, std::nullopt});
        }
    }
    for (const Given& value : given) {
        if (is_declared(value.first)) {
            errors.push_back(problem(value.first, "it is both declared and extracted: rename one"));
        } else {
            variables.add_given(value);
        }
    }
    if (!errors.empty()) {
        return std::unexpected(std::move(errors));
    }
    return variables;
}

std::optional<uint32_t> Variables::stored_slot(std::string_view name) const {
    auto found = std::ranges::find(stored_, name, &Stored::name);
    if (found == stored_.end()) {
        return std::nullopt;
    }
    return static_cast<uint32_t>(found - stored_.begin());
}

std::string Variables::nearest(std::string_view name) const {
    std::vector<std::string> known;
    for (const Stored& stored : stored_) {
        known.push_back(stored.name);
    }
    for (const Drawn& drawn : drawn_) {
        if (drawn.csv == nullptr) {
            known.push_back(drawn.spec.name);
            continue;
        }
        for (const std::string& column : drawn.csv->columns()) {
            known.push_back(drawn.spec.name + "." + column);
        }
    }
    std::vector<std::string_view> views(known.begin(), known.end());
    // A column may be named by anything.
    std::string_view best = nearest_word(name, views);
    return best.empty() ? "" : " (nearest: " + quoted(best) + ")";
}

Expected<VariableRef> Variables::find(std::string_view name) const {
    if (std::optional<uint32_t> slot = stored_slot(name)) {
        return VariableRef{.variable = *slot, .stored = true};
    }
    std::string_view first = name.substr(0, name.find('.'));
    for (uint32_t i = 0; i < drawn_.size(); ++i) {
        const Drawn& drawn = drawn_[i];
        if (drawn.csv == nullptr && drawn.spec.name == name) {
            return VariableRef{.variable = i};
        }
        if (drawn.csv == nullptr || drawn.spec.name != first) {
            continue;
        }
        if (first.size() == name.size()) {
            return failure("the variable " + quoted(name) +
                           " is a CSV file: name a column of it, as in " +
                           quoted(drawn.spec.name + "." + drawn.csv->columns().front()));
        }
        if (auto column = drawn.csv->column(name.substr(first.size() + 1))) {
            return VariableRef{.variable = i, .column = *column};
        }
    }
    return failure("unknown variable " + quoted(name) + nearest(name));
}

} // namespace ringblast
