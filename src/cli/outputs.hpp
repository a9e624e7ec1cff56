// All files that a command writes, opened in one place and before the load, so that a path that
// cannot be written is an error before anything is sent.
#pragma once

#include "cli/output_file.hpp"
#include "ringblast/profile.hpp"
#include "ringblast/suite.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

/// What {profile}, {users} and {time} in a path stand for.
struct OutputNames {
    std::string profile; ///< what a file name cannot hold becomes a dash
    uint64_t users = 0;
    int64_t unix_ns = 0; ///< the time as 20260102-030405, UTC
};

/// A path with these places filled in.
std::string expand_path(std::string path, const OutputNames& names);

/// The name of a profile or a run, or a URL without its scheme, as part of a file name.
std::string file_name_of(std::string_view name);

class Outputs {
public:
    /// Opens what is asked for; missing folders are made. `-` is standard output, for one report.
    /// A directory gets every report, as load_test_PROFILE_TIME with the suffix of each; where that
    /// name is taken, -2 and so on is appended. All problems at once.
    static ExpectedAll<Outputs> open(const OutputPaths& paths, const OutputNames& names);

    /// Where the reports named one by one will be, those of a directory left out.
    static std::vector<std::string> named_paths(const OutputPaths& paths, const OutputNames& names);

    bool empty() const { return entries_.empty(); }
    bool take_standard_output() const;
    /// What all files in the directory begin with; empty without --output-dir.
    const std::string& directory_stem() const { return directory_stem_; }

    /// All files, each with the name of its kind: html, csv_stats, json …
    std::vector<ReportFile> files() const;

    /// The HdrHistogram logs, to be written while the load runs. Valid while this object is where
    /// it is.
    std::vector<OutputFile*> hdr_logs();

    /// Writes all reports but the HdrHistogram logs. Returns what could not be written.
    std::vector<Error> write(const Result& result);
    /// Writes the logs from the timeline, where nobody wrote them during the run.
    std::vector<Error> write_hdr_logs(const Result& result);

private:
    enum class Kind : uint8_t {
        html,
        csv_stats,
        csv_history,
        csv_failures,
        json,
        junit,
        markdown,
        hdr_log,
    };
    struct Format; ///< names and renderer of a kind
    struct Entry {
        Kind kind;
        OutputFile file;
    };
    static const Format& format_of(Kind kind);
    void open_file(Kind kind, const std::string& path, std::vector<Error>& errors);
    void open_directory(const std::string& path, const OutputNames& names,
                        std::vector<Error>& errors);
    std::vector<Error> write_those(const Result& result, bool hdr_logs);

    std::vector<Entry> entries_;
    std::vector<std::string> paths_; ///< of the entries
    std::string directory_stem_;
};

/// The most users of a load, for {users}: of a closed load its highest goal.
uint64_t users_of(const Load& load);

} // namespace ringblast
