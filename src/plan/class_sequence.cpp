#include "plan/class_sequence.hpp"

namespace ringblast {

ClassSequence::ClassSequence(const std::vector<PlannedClass>& classes) {
    for (const PlannedClass& one : classes) {
        double weight = one.count ? 0 : one.weight;
        shares_.push_back({.weight = weight, .fixed_left = one.count.value_or(0)});
        total_ += weight;
    }
}

uint16_t ClassSequence::next() {
    for (; fixed_ < shares_.size(); ++fixed_) {
        if (shares_[fixed_].fixed_left > 0) {
            --shares_[fixed_].fixed_left;
            return static_cast<uint16_t>(fixed_);
        }
    }
    size_t richest = shares_.size();
    for (size_t i = 0; i < shares_.size(); ++i) {
        Share& share = shares_[i];
        share.credit += share.weight;
        if (share.weight > 0 &&
            (richest == shares_.size() || share.credit > shares_[richest].credit)) {
            richest = i;
        }
    }
    if (richest == shares_.size()) {
        return 0; // no class has a weight: validated away
    }
    shares_[richest].credit -= total_;
    return static_cast<uint16_t>(richest);
}

} // namespace ringblast
