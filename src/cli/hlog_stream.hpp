// Writes the HdrHistogram log while the load runs, an interval a second: what was measured is on
// disk even if the run is killed.
#pragma once

#include "cli/output_file.hpp"
#include "ringblast/snapshot.hpp"

#include <optional>

namespace ringblast {

class HlogStream final : public Observer {
public:
    /// Borrows the file.
    explicit HlogStream(OutputFile& file) : file_(file) {}

    void on_start(int64_t started_at_unix_ns) override;
    void on_second(const Snapshot& snapshot) override;

    /// The first failure to write, if any.
    const std::optional<Error>& error() const { return error_; }

private:
    void keep(const Expected<void>& written);

    OutputFile& file_;
    std::optional<Error> error_;
};

} // namespace ringblast
