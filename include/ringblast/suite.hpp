// What a suite of runs produced, as plain data: its runs in their order, each with its results, and
// the verdict over all of them. The overview in every format is a function of it.
#pragma once

#include "ringblast/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ringblast {

/// A file that was written for a run.
struct ReportFile {
    std::string kind; ///< "html", "json", "csv_stats" …
    std::string path; ///< absolute, or from the working directory
};

/// One load of a run: its only one, or with `each` one for each task.
struct SuitePart {
    std::string task; ///< that ran alone; empty: all tasks together
    Result result;
    int exit_code = 0;
    std::vector<ReportFile> reports{};
};

struct SuiteRun {
    std::string name;
    std::string profile;                 ///< a path, or the name of a built-in
    std::vector<SuitePart> parts{};      ///< empty where nothing was run
    std::vector<std::string> problems{}; ///< why it could not be started (exit code 2)
    std::string not_run{};               ///< why it was left out; empty: it was not
    int exit_code = 0;                   ///< the first by SPEC § 9 over its parts
    Verdict verdict = Verdict::skipped;  ///< the worst of its parts; skipped: not run
};

struct SuiteResult {
    std::string name;
    std::string description{};
    int64_t started_at_ns = 0; ///< Unix time
    double duration_s = 0;     ///< pauses between runs included
    bool interrupted = false;
    std::vector<SuiteRun> runs{};
    Verdict verdict = Verdict::fail;
    int exit_code = 0;
    std::string version{}, command{}; ///< of ringblast; secrets masked by the caller
};

} // namespace ringblast
