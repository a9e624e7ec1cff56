// The files of a suite's overview, opened before its first run and written anew after each, so that
// a suite that is killed leaves what was known.
#pragma once

#include "cli/output_file.hpp"
#include "ringblast/profile.hpp"
#include "ringblast/suite.hpp"

#include <string>
#include <vector>

namespace ringblast {

class SuiteOverview {
public:
    /// Opens what is asked for; a directory gets all of them, as suite.html, suite.json, suite.txt,
    /// suite_junit.xml and suite_summary.md. All problems at once.
    static ExpectedAll<SuiteOverview> open(const OutputPaths& paths);

    bool empty() const { return entries_.empty(); }
    bool take_standard_output() const;
    /// Files only: standard output gets its report when the suite is over, from finish().
    void write_so_far(const SuiteResult& suite);
    /// All of them. Returns what could not be written.
    std::vector<Error> finish(const SuiteResult& suite);

private:
    struct Format;
    struct Entry {
        const Format* format;
        std::string path;
        OutputFile file;
    };
    void open_file(const Format& format, const std::string& path, std::vector<Error>& errors);
    static Expected<void> write(Entry& entry, const SuiteResult& suite);

    std::vector<Entry> entries_;
};

} // namespace ringblast
