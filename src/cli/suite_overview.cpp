#include "cli/suite_overview.hpp"

#include "report/suite_html.hpp"
#include "report/suite_json.hpp"
#include "report/suite_junit.hpp"
#include "report/suite_markdown.hpp"
#include "report/suite_text.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>

namespace ringblast {

namespace {

std::string render_plain_text(const SuiteResult& suite, const std::string&) {
    return render_suite_text(suite);
}
std::string render_plain_junit(const SuiteResult& suite, const std::string&) {
    return render_suite_junit(suite);
}

} // namespace

struct SuiteOverview::Format {
    std::optional<std::string> OutputPaths::*path; ///< of the option; null: in a directory only
    const char* option;
    const char* name; ///< in a directory
    std::string (*render)(const SuiteResult&, const std::string& folder);
};

void SuiteOverview::open_file(const Format& format, const std::string& path,
                              std::vector<Error>& errors) {
    if (std::ranges::find(entries_, path, &Entry::path) != entries_.end()) {
        errors.push_back(
            {path == "-" ? "only one report fits standard output (-)"
                         : fmt::format("{} {}: another report goes there", format.option, path)});
        return;
    }
    Expected<OutputFile> file = OutputFile::open(path);
    if (!file) {
        errors.push_back(file.error());
        return;
    }
    entries_.push_back({&format, path, std::move(*file)});
}

ExpectedAll<SuiteOverview> SuiteOverview::open(const OutputPaths& paths) {
    static constexpr std::array<Format, 5> formats = {{
        {&OutputPaths::json, "--json", "suite.json", render_suite_json},
        {&OutputPaths::html, "--html", "suite.html", render_suite_html},
        {&OutputPaths::junit, "--junit", "suite_junit.xml", render_plain_junit},
        {&OutputPaths::markdown, "--markdown", "suite_summary.md", render_suite_markdown},
        {nullptr, "--output-dir", "suite.txt", render_plain_text},
    }};
    SuiteOverview overview;
    std::vector<Error> errors;
    for (const Format& format : formats) {
        if (format.path != nullptr && paths.*format.path) {
            overview.open_file(format, *(paths.*format.path), errors);
        }
        if (paths.directory) {
            overview.open_file(
                format, (std::filesystem::path(*paths.directory) / format.name).string(), errors);
        }
    }
    if (!errors.empty()) {
        return std::unexpected(std::move(errors));
    }
    return overview;
}

bool SuiteOverview::take_standard_output() const {
    return std::ranges::any_of(entries_,
                               [](const Entry& entry) { return entry.file.standard_output(); });
}

/// Links in a report start at the folder that it is in; those of standard output where we are.
Expected<void> SuiteOverview::write(Entry& entry, const SuiteResult& suite) {
    const std::string folder = entry.file.standard_output()
                                   ? ""
                                   : std::filesystem::path(entry.path).parent_path().string();
    return entry.file.write_all(entry.format->render(suite, folder));
}

void SuiteOverview::write_so_far(const SuiteResult& suite) {
    for (Entry& entry : entries_) {
        if (!entry.file.standard_output()) {
            (void)write(entry, suite); // a full disk is told at the end
        }
    }
}

std::vector<Error> SuiteOverview::finish(const SuiteResult& suite) {
    std::vector<Error> errors;
    for (Entry& entry : entries_) {
        if (Expected<void> written = write(entry, suite); !written) {
            errors.push_back(written.error());
        }
    }
    return errors;
}

} // namespace ringblast
