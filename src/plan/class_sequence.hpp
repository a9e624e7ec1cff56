// Which class the next user or arrival has. Smooth weighted round robin: every class gains its
// weight, the richest one is taken and pays the sum of all. So each prefix of the sequence has the
// weights as near as whole numbers can, nothing drifts, and the class of number i is a function of
// i alone, whatever the number of threads.
#pragma once

#include "plan/plan.hpp"

#include <cstdint>
#include <vector>

namespace ringblast {

class ClassSequence {
public:
    /// Classes with a fixed count come first, as often as they are to.
    explicit ClassSequence(const std::vector<PlannedClass>& classes);

    /// The class of the next number. Requires: a class with a weight above 0, or fewer calls than
    /// the counts add up to.
    uint16_t next();
    /// Passes over some numbers.
    void skip(uint64_t count) {
        for (; count > 0; --count) {
            next();
        }
    }

private:
    struct Share {
        double weight;
        double credit = 0;
        uint64_t fixed_left = 0;
    };
    std::vector<Share> shares_;
    double total_ = 0;
    size_t fixed_ = 0; ///< first class that may have some of its count left
};

} // namespace ringblast
