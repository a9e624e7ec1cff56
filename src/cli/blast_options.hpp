// What the words of a blast mean: a profile, the use of this machine, outputs and exit policy.
#pragma once

#include "analysis/verdict.hpp"
#include "cli/words.hpp"
#include "ringblast/ringblast.hpp"

namespace ringblast {

struct BlastOptions {
    Profile profile;
    RunOptions run;
    ExitPolicy exit;
    OutputPaths outputs;
    bool quiet = false, verbose = false, progress = true, show_secrets = false;
    bool demo = false;
};

/// All bad values and impossible pairs at once. Reads the body file.
ExpectedAll<BlastOptions> read_blast_options(const BlastWords& words);

/// A list of CPUs: 0,2,4-7.
Expected<std::vector<int>> parse_cpu_list(const std::string& text);

/// The word of --engine.
Expected<EngineChoice> parse_engine(const std::string& word);

} // namespace ringblast
