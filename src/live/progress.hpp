// What a person sees while a run lasts: stage, time, users, rate, p50 and p99, errors. On a
// terminal one block that is drawn anew every second, elsewhere a line every ten seconds.
#pragma once

#include "live/terminal.hpp"
#include "ringblast/snapshot.hpp"

#include <cstdint>

namespace ringblast {

/// Prints progress. Borrows the terminal; the block is removed when the run is over, so that the
/// report stands in its place.
class Progress final : public Observer {
public:
    explicit Progress(Terminal& terminal) : terminal_(terminal) {}

    void on_second(const Snapshot& snapshot) override;
    void on_finish(const Result& result) override;

private:
    /// The figures of the seconds since the last line, or of the last second in a block.
    struct Window {
        Histogram latency;
        double seconds = 0;
        uint64_t completed = 0;
    };

    void add(const Snapshot& snapshot);
    std::string time_text(const Snapshot& snapshot) const;
    std::string figures_text(const Snapshot& snapshot) const;
    std::string bar_text(const Snapshot& snapshot) const;

    Terminal& terminal_;
    Window window_;
    uint64_t dropped_ = 0;
    double next_line_s_ = 10;
};

/// Prints a line per ended request for --verbose: time, user, name, status or outcome, latency,
/// bytes, error. Shares the terminal with a Progress, whose block stays below the lines.
class SamplePrinter final : public Observer {
public:
    explicit SamplePrinter(Terminal& terminal) : terminal_(terminal) {}

    void on_sample(const Sample& sample) override;

private:
    Terminal& terminal_;
};

} // namespace ringblast
