#include "cli/outputs.hpp"

#include "report/csv.hpp"
#include "report/hdr_log.hpp"
#include "report/html.hpp"
#include "report/json.hpp"
#include "report/junit.hpp"
#include "report/markdown.hpp"
#include "report/time_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>

namespace ringblast {

struct Outputs::Format {
    Kind kind;
    const char* name;
    const char* option;
    const char* suffix; ///< in a directory, behind the common stem
    std::string (*render)(const Result&);
};

namespace {

constexpr size_t name_size_max = 80;
constexpr int collisions_max = 1000;

std::string render_markdown_plain(const Result& result) {
    return render_markdown(result);
}

} // namespace

std::string file_name_of(std::string_view name) {
    if (const size_t scheme = name.find("://"); scheme != std::string_view::npos) {
        name.remove_prefix(scheme + 3);
    }
    std::string safe;
    for (const char c : name) {
        const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '.' || c == '_';
        if (allowed && safe.size() < name_size_max) {
            safe += c;
        } else if (!safe.empty() && safe.back() != '-') {
            safe += '-';
        }
    }
    safe.erase(safe.find_last_not_of("-.") + 1);
    safe.erase(0, std::min(safe.find_first_not_of("."), safe.size()));
    return safe.empty() ? "run" : safe;
}

std::string expand_path(std::string path, const OutputNames& names) {
    const std::array<std::pair<std::string_view, std::string>, 3> places = {{
        {"{profile}", file_name_of(names.profile)},
        {"{users}", std::to_string(names.users)},
        {"{time}", print_utc_compact(names.unix_ns)},
    }};
    for (const auto& [place, text] : places) {
        for (size_t at = 0; (at = path.find(place, at)) != std::string::npos; at += text.size()) {
            path.replace(at, place.size(), text);
        }
    }
    return path;
}

const Outputs::Format& Outputs::format_of(Kind kind) {
    static constexpr std::array<Format, 8> formats = {{
        {Kind::html, "html", "--html", ".html", render_html},
        {Kind::csv_stats, "csv_stats", "--csv", "_stats.csv", render_csv_stats},
        {Kind::csv_history, "csv_history", "--csv", "_stats_history.csv", render_csv_history},
        {Kind::csv_failures, "csv_failures", "--csv", "_failures.csv", render_csv_failures},
        {Kind::json, "json", "--json", "_metrics.json", render_json},
        {Kind::junit, "junit", "--junit", "_junit.xml", render_junit},
        {Kind::markdown, "markdown", "--markdown", "_summary.md", render_markdown_plain},
        {Kind::hdr_log, "hdr_log", "--hdr-log", ".hlog", render_hdr_log},
    }};
    return formats[static_cast<size_t>(kind)];
}

void Outputs::open_file(Kind kind, const std::string& path, std::vector<Error>& errors) {
    if (std::ranges::find(paths_, path) != paths_.end()) {
        errors.push_back({path == "-" ? "only one report fits standard output (-)"
                                      : fmt::format("{} {}: another report goes there",
                                                    format_of(kind).option, path)});
        return;
    }
    Expected<OutputFile> file = OutputFile::open(path);
    if (!file) {
        errors.push_back(file.error());
        return;
    }
    entries_.push_back({kind, std::move(*file)});
    paths_.push_back(path);
}

/// The JSON comes first: it is created only where there is none, which takes the name.
void Outputs::open_directory(const std::string& path, const OutputNames& names,
                             std::vector<Error>& errors) {
    const std::string stem =
        (std::filesystem::path(path) / fmt::format("load_test_{}_{}", file_name_of(names.profile),
                                                   print_utc_compact(names.unix_ns)))
            .string();
    for (int number = 1; number <= collisions_max; ++number) {
        const std::string numbered = number == 1 ? stem : fmt::format("{}-{}", stem, number);
        const std::string json = numbered + format_of(Kind::json).suffix;
        Expected<std::optional<OutputFile>> file = OutputFile::create(json);
        if (!file) {
            errors.push_back(file.error());
            return;
        }
        if (!*file) {
            continue;
        }
        entries_.push_back({Kind::json, std::move(**file)});
        paths_.push_back(json);
        directory_stem_ = numbered;
        for (const Kind kind : {Kind::html, Kind::csv_stats, Kind::csv_history, Kind::csv_failures,
                                Kind::junit, Kind::markdown, Kind::hdr_log}) {
            open_file(kind, numbered + format_of(kind).suffix, errors);
        }
        return;
    }
    errors.push_back({fmt::format("--output-dir {}: too many results of this second", path)});
}

ExpectedAll<Outputs> Outputs::open(const OutputPaths& paths, const OutputNames& names) {
    Outputs outputs;
    std::vector<Error> errors;
    const auto open_one = [&](Kind kind, const std::optional<std::string>& path) {
        if (path) {
            outputs.open_file(kind, expand_path(*path, names), errors);
        }
    };
    open_one(Kind::json, paths.json);
    open_one(Kind::html, paths.html);
    if (paths.csv == "-") {
        errors.push_back({"--csv -: these are three files; give what their names begin with"});
    } else if (paths.csv) {
        for (const Kind kind : {Kind::csv_stats, Kind::csv_history, Kind::csv_failures}) {
            open_one(kind, *paths.csv + format_of(kind).suffix);
        }
    }
    open_one(Kind::junit, paths.junit);
    open_one(Kind::markdown, paths.markdown);
    open_one(Kind::hdr_log, paths.hdr_log);
    if (paths.directory) {
        outputs.open_directory(expand_path(*paths.directory, names), names, errors);
    }
    if (!errors.empty()) {
        return std::unexpected(std::move(errors));
    }
    return outputs;
}

std::vector<std::string> Outputs::named_paths(const OutputPaths& paths, const OutputNames& names) {
    std::vector<std::string> all;
    for (const auto& path : {paths.json, paths.html, paths.junit, paths.markdown, paths.hdr_log}) {
        if (path) {
            all.push_back(expand_path(*path, names));
        }
    }
    for (const Kind kind : {Kind::csv_stats, Kind::csv_history, Kind::csv_failures}) {
        if (paths.csv) {
            all.push_back(expand_path(*paths.csv + format_of(kind).suffix, names));
        }
    }
    return all;
}

bool Outputs::take_standard_output() const {
    return std::ranges::any_of(entries_,
                               [](const Entry& entry) { return entry.file.standard_output(); });
}

std::vector<ReportFile> Outputs::files() const {
    std::vector<ReportFile> files;
    for (size_t i = 0; i < entries_.size(); ++i) {
        files.push_back({format_of(entries_[i].kind).name, paths_[i]});
    }
    return files;
}

std::vector<OutputFile*> Outputs::hdr_logs() {
    std::vector<OutputFile*> files;
    for (Entry& entry : entries_) {
        if (entry.kind == Kind::hdr_log) {
            files.push_back(&entry.file);
        }
    }
    return files;
}

std::vector<Error> Outputs::write(const Result& result) {
    return write_those(result, false);
}

std::vector<Error> Outputs::write_hdr_logs(const Result& result) {
    return write_those(result, true);
}

std::vector<Error> Outputs::write_those(const Result& result, bool hdr_logs) {
    std::vector<Error> errors;
    for (Entry& entry : entries_) {
        if ((entry.kind == Kind::hdr_log) == hdr_logs) {
            Expected<void> written = entry.file.write_all(format_of(entry.kind).render(result));
            if (!written) {
                errors.push_back(written.error());
            }
        }
    }
    return errors;
}

uint64_t users_of(const Load& load) {
    double users = 0;
    for (const Stage& stage : load.stages) {
        users = std::max(users, stage.users.value_or(0));
    }
    return users > 0 ? static_cast<uint64_t>(std::llround(users)) : load.max_users;
}

} // namespace ringblast
