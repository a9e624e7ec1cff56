#include "profile/problems.hpp"

#include "base/print.hpp"

#include <algorithm>
#include <utility>

namespace ringblast {

uint32_t Problems::add_file(std::string name, std::string directory) {
    files_.push_back({std::move(name), std::move(directory)});
    return static_cast<uint32_t>(files_.size() - 1);
}

void Problems::add(Place place, std::string message) {
    if (causes_.contains(place)) {
        return;
    }
    if (full()) {
        ++left_out_;
        return;
    }
    found_.push_back({place, std::move(message)});
}

void Problems::add_cause(Place place, std::string message) {
    add(place, std::move(message));
    causes_.insert(place);
}

std::string Problems::place_text(Place place) const {
    std::string text = files_[place.file].name;
    if (place.line > 0) {
        text += ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
    }
    return text;
}

std::vector<Error> Problems::take() {
    std::ranges::stable_sort(found_, {}, &Problem::place);
    std::vector<Error> errors;
    for (const Problem& problem : found_) {
        errors.push_back({place_text(problem.place) + ": " + printable(problem.message)});
    }
    if (left_out_ > 0) {
        errors.push_back({"and " + std::to_string(left_out_) + " more"});
    }
    found_.clear();
    left_out_ = 0;
    return errors;
}

} // namespace ringblast
