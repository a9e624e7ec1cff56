// The file of a suite: several runs in order, each a profile with the words that its own command
// line would have. It is read with the tree, the places and the messages of profile files.
// docs/suite.md is the reference of the format.
#pragma once

#include "cli/words.hpp"
#include "profile/keys.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace ringblast {

/// A [[run]], what [defaults] and the command line say being in it.
struct SuiteStep {
    std::string name; ///< empty: that of the profile
    RunWords words;   ///< what `ringblast run` would be told; without outputs
    Duration pause{}; ///< before it, unless it is the first
    bool stop_on_failure = false;
    std::string place;                         ///< FILE:LINE:COLUMN of the table
    std::map<std::string, std::string> places; ///< of the keys that the file has, by their names
};

struct SuiteFile {
    std::string name; ///< at first the file's, without folder and .toml
    std::string description;
    OutputPaths outputs; ///< of the overview; the command line's go before
    std::vector<SuiteStep> steps;
};

/// Errors are `FILE:LINE:COLUMN: what; what is allowed`, all at once. The profiles are not looked
/// at.
ExpectedAll<SuiteFile> read_suite_file(const SuiteWords& words);

/// Whether the file says of itself that it is a suite; what cannot be read is none.
bool is_suite_file(const std::string& path);

/// The keys of a suite by their tables: docs/suite.md has a section for each.
std::span<const KeyTable> suite_key_tables();

} // namespace ringblast
