#include "cli/suite_file.hpp"

#include "analysis/threshold.hpp"
#include "cli/test_options.hpp"
#include "profile/file_text.hpp"
#include "profile/include.hpp"
#include "profile/reading.hpp"
#include "profile/values.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

namespace ringblast {

namespace {

/// Keys whose values are words of the command line, text for text.
constexpr std::pair<std::string_view, LoadWords::Word RunWords::*> word_keys[] = {
    {"host", &RunWords::host},
    {"wait_for", &RunWords::wait_for},
    {"users", &RunWords::users},
    {"spawn_rate", &RunWords::spawn_rate},
    {"duration", &RunWords::duration},
    {"requests", &RunWords::requests},
    {"rate", &RunWords::rate},
    {"arrival", &RunWords::arrival},
    {"stages", &RunWords::stages},
    {"warm_up", &RunWords::warm_up},
    {"graceful_stop", &RunWords::graceful_stop},
    {"seed", &RunWords::seed},
    {"mode", &RunWords::mode},
    {"fail_on", &RunWords::fail_on},
};
constexpr std::pair<std::string_view, std::vector<std::string> RunWords::*> filter_keys[] = {
    {"tags", &RunWords::tags},
    {"exclude_tags", &RunWords::exclude_tags},
    {"user_class", &RunWords::user_classes},
};
constexpr std::pair<std::string_view, bool RunWords::*> flag_keys[] = {
    {"each", &RunWords::each},
    {"abort_on_fail", &RunWords::abort_on_fail},
    {"strict", &RunWords::strict},
};

constexpr std::string_view top_keys[] = {"name",     "description", "include",
                                         "defaults", "output",      "run"};
constexpr std::string_view run_keys[] = {
    "profile",  "name",    "pause",        "on_failure",    "each",         "set",  "host",
    "wait_for", "users",   "spawn_rate",   "duration",      "requests",     "rate", "arrival",
    "stages",   "warm_up", "seed",         "graceful_stop", "mode",         "tags", "user_class",
    "fail_on",  "strict",  "exclude_tags", "threshold",     "abort_on_fail"};
constexpr std::span default_keys = std::span(run_keys).subspan(2);
constexpr std::string_view output_keys[] = {"output_dir", "json", "html", "junit", "markdown"};

enum SuiteTable : uint8_t { top_table, defaults_table, run_table, output_table };
constexpr std::array<KeyTable, 4> tables = {{
    {"the suite", "the top of the file", top_keys},
    {"[defaults]", "[defaults]", default_keys},
    {"[[run]]", "[[run]]", run_keys},
    {"[output]", "[output]", output_keys},
}};

KnownKeys known(SuiteTable table) {
    return {tables[table], tables};
}

constexpr std::string_view failure_words[] = {"continue", "stop"};

/// What a run says of itself, over what [defaults] said before.
class StepReader {
public:
    StepReader(Reading& reading, const TomlNode& node, SuiteTable kind)
        : reading_(reading), node_(node), table_(reading, node, known(kind)) {}

    void read_into(SuiteStep& step) const {
        RunWords& words = step.words;
        for (const auto& [key, member] : word_keys) {
            table_.take(key, words.*member, read_word_text);
        }
        for (const auto& [key, member] : filter_keys) {
            table_.take(key, words.*member, read_texts);
        }
        for (const auto& [key, member] : flag_keys) {
            table_.take(key, words.*member, read_boolean);
        }
        table_.take("pause", step.pause, read_duration);
        table_.take("threshold", words.thresholds, read_conditions);
        table_.take("on_failure", step.stop_on_failure, read_on_failure);
        read_set(words.set);
        for (const TomlEntry& entry : node_.entries) {
            step.places[entry.key] = reading_.problems.place_text(entry.place);
        }
    }
    /// What only a [[run]] has.
    void read_own(SuiteStep& step) const {
        step.place = reading_.problems.place_text(node_.place);
        table_.take("name", step.name, read_name);
        table_.take("profile", step.words.profile, read_profile_name);
        if (table_.find("profile") == nullptr) {
            reading_.problem(node_, "[[run]] has no profile; allowed: profile = \"load.toml\", or "
                                    "the name of a built-in profile");
        }
    }

private:
    static std::optional<LoadWords::Word> read_word_text(Reading& reading, std::string_view key,
                                                         const TomlNode& node) {
        OptionalText text = read_scalar(reading, key, node);
        return text ? std::optional<LoadWords::Word>(std::move(*text)) : std::nullopt;
    }
    static std::optional<std::vector<std::string>>
    read_conditions(Reading& reading, std::string_view key, const TomlNode& node) {
        std::optional<std::vector<std::string>> texts = read_texts(reading, key, node);
        for (const std::string& text : texts.value_or(std::vector<std::string>{})) {
            if (Expected<Threshold> threshold = parse_threshold(text); !threshold) {
                reading.problem(node, threshold.error().message);
            }
        }
        return texts;
    }
    static std::optional<bool> read_on_failure(Reading& reading, std::string_view key,
                                               const TomlNode& node) {
        std::optional<size_t> word = read_word(reading, key, node, failure_words);
        return word ? std::optional(*word == 1) : std::nullopt;
    }
    /// A path from the file it stands in, or the name of a built-in.
    static OptionalText read_profile_name(Reading& reading, std::string_view key,
                                          const TomlNode& node) {
        OptionalText text = read_name(reading, key, node);
        return text && is_profile_path(*text) ? reading.path(node, *text) : text;
    }
    /// Later values go before earlier ones of the same name.
    void read_set(std::vector<std::string>& set) const {
        const TomlNode* node = table_.find("set");
        if (node == nullptr ||
            !expect_table(reading_, "set", *node, "set = { NAME = \"value\" }")) {
            return;
        }
        for (const TomlEntry& entry : node->entries) {
            if (OptionalText text = read_scalar(reading_, "set." + entry.key, entry.node)) {
                set.push_back(entry.key + "=" + *text);
            }
        }
    }

    Reading& reading_;
    const TomlNode& node_;
    TableReader table_;
};

/// Lays the words of the command line over those of the file.
RunWords laid_over(const RunWords& file, const SuiteWords& given) {
    RunWords words = given.run;
    words.profile = file.profile;
    words.outputs = {};
    for (const auto& [key, member] : word_keys) {
        words.*member = words.*member ? words.*member : file.*member;
    }
    for (const auto& [key, member] : flag_keys) {
        words.*member = words.*member || file.*member;
    }
    const bool filtered = std::ranges::any_of(
        filter_keys, [&](const auto& filter) { return !(words.*filter.second).empty(); });
    for (const auto& [key, member] : filter_keys) {
        words.*member = filtered ? words.*member : file.*member;
    }
    words.set.insert(words.set.begin(), file.set.begin(), file.set.end());
    words.thresholds.insert(words.thresholds.begin(), file.thresholds.begin(),
                            file.thresholds.end());
    return words;
}

OutputPaths read_overview(Reading& reading, const TomlNode& node) {
    OutputPaths output;
    const TableReader table(reading, node, known(output_table));
    table.take("output_dir", output.directory, read_path);
    table.take("json", output.json, read_output_path);
    table.take("html", output.html, read_output_path);
    table.take("junit", output.junit, read_output_path);
    table.take("markdown", output.markdown, read_output_path);
    return output;
}

void read_runs(Reading& reading, const TableReader& top, const TomlNode& tree,
               const SuiteWords& words, SuiteFile& file) {
    SuiteStep first;
    const TomlNode& defaults = part(reading, top, "defaults");
    StepReader(reading, defaults, defaults_table).read_into(first);
    const TomlNode* runs = top.find("run");
    if (runs == nullptr || (runs->kind == TomlNode::Kind::list && runs->items.empty())) {
        reading.problem(tree,
                        "the suite has no [[run]]; allowed: one or more, each with a profile");
        return;
    }
    for (const TomlNode* node : read_tables(reading, "run", *runs)) {
        SuiteStep& step = file.steps.emplace_back(first);
        const StepReader reader(reading, *node, run_table);
        reader.read_into(step);
        reader.read_own(step);
        step.words = laid_over(step.words, words);
        if (words.on_failure) {
            step.stop_on_failure = *words.on_failure == failure_words[1];
        }
    }
}

/// Whoever gives a profile to `ringblast suite` is told where it belongs.
bool refuse_profile(const TomlNode& tree, Problems& problems) {
    const TomlEntry* users = tree.find("user");
    if (users == nullptr || tree.find("run") != nullptr) {
        return false;
    }
    problems.add(users->place, "this is a profile, not a suite; allowed: ringblast run " +
                                   problems.name(users->place.file));
    return true;
}

SuiteFile read_parts(Reading& reading, const TomlNode& tree, const SuiteWords& words) {
    SuiteFile file;
    const TableReader top(reading, tree, known(top_table));
    file.name = std::filesystem::path(words.file).stem().string();
    top.take("name", file.name, read_name);
    top.take("description", file.description, read_text);
    file.outputs = read_overview(reading, part(reading, top, "output"));
    read_runs(reading, top, tree, words, file);
    for (auto path : {&OutputPaths::json, &OutputPaths::html, &OutputPaths::junit,
                      &OutputPaths::markdown, &OutputPaths::directory}) {
        if (words.run.outputs.*path) {
            file.outputs.*path = words.run.outputs.*path;
        }
    }
    return file;
}

/// What is wrong with the words themselves.
std::vector<Error> check_words(const SuiteWords& words, LoadOptions& options) {
    OptionReading reading;
    options.set = read_set(words.run.set, reading);
    if (words.on_failure &&
        std::ranges::find(failure_words, *words.on_failure) == std::end(failure_words)) {
        reading.problem(
            fmt::format("--on-failure {}: continue or stop is allowed", *words.on_failure));
    }
    return std::move(reading.errors);
}

} // namespace

ExpectedAll<SuiteFile> read_suite_file(const SuiteWords& words) {
    LoadOptions options;
    if (std::vector<Error> errors = check_words(words, options); !errors.empty()) {
        return std::unexpected(std::move(errors));
    }
    const Expected<std::string> text = read_text_file(words.file, profile_size_max, Files::any);
    if (!text) {
        return std::unexpected(std::vector{text.error()});
    }
    Problems problems;
    std::optional<TomlNode> tree = read_tree({.text = *text,
                                              .name = words.file,
                                              .directory = directory_of(words.file),
                                              .path = words.file},
                                             options.set, problems);
    if (!tree || refuse_profile(*tree, problems)) {
        return std::unexpected(problems.take());
    }
    substitute_tree(*tree, options.set, problems);
    Reading reading(options, problems);
    SuiteFile file = read_parts(reading, *tree, words);
    if (!problems.empty()) {
        return std::unexpected(problems.take());
    }
    return file;
}

bool is_suite_file(const std::string& path) {
    const Expected<std::string> text = read_text_file(path, profile_size_max);
    if (!text) {
        return false;
    }
    Problems problems;
    const std::optional<TomlNode> tree =
        parse_toml(*text, problems.add_file(path, directory_of(path)), problems);
    return tree && tree->find("user") == nullptr &&
           (tree->find("run") != nullptr || tree->find("defaults") != nullptr);
}

std::span<const KeyTable> suite_key_tables() {
    return tables;
}

} // namespace ringblast
