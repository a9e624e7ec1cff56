// The problems of a profile, each with its place, collected while it is read so that all of them
// are reported at once, in the order of the files.
#pragma once

#include "ringblast/error.hpp"

#include <compare>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace ringblast {

/// Where something stands; lines and columns count from 1, 0 is the file as a whole.
struct Place {
    uint32_t file = 0; ///< number that Problems::add_file gave
    uint32_t line = 0, column = 0;
    auto operator<=>(const Place&) const = default;
};

class Problems {
public:
    /// `name` is how messages call it; paths in the file are relative to `directory`.
    uint32_t add_file(std::string name, std::string directory);
    size_t file_count() const { return files_.size(); }
    const std::string& directory(uint32_t file) const { return files_[file].directory; }
    const std::string& name(uint32_t file) const { return files_[file].name; }

    /// Beyond a hundred they are only counted: see full().
    void add(Place place, std::string message);
    /// The same, and what else is wrong with the value there follows from it: it is not told.
    void add_cause(Place place, std::string message);
    bool empty() const { return found_.empty(); }
    /// Messages are no longer kept; whoever makes a costly one may leave that.
    bool full() const { return found_.size() >= kept_max; }
    /// `name:line:column`, for messages that name a second place.
    std::string place_text(Place place) const;

    /// `FILE:LINE:COLUMN: what; what is allowed`, by place.
    std::vector<Error> take();

private:
    static constexpr size_t kept_max = 100;
    struct File {
        std::string name, directory;
    };
    struct Problem {
        Place place;
        std::string message;
    };
    std::vector<File> files_;
    std::vector<Problem> found_;
    std::set<Place> causes_;
    size_t left_out_ = 0;
};

} // namespace ringblast
