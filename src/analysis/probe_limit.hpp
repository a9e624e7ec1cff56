// The VALUE of a threshold on a probe: `80%`, `64KiB`, `200ms`, `1MiB/min`. What it means depends
// on the unit that the probe says it has: of one in MiB a limit of 64KiB is 0.0625. A bare number
// is in the probe's own unit.
#pragma once

#include "ringblast/error.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ringblast {

enum class LimitKind : uint8_t {
    plain,   ///< in the unit of the probe
    percent, ///< 80 for 80%
    size,    ///< bytes
    time,    ///< seconds
};

struct ProbeLimit {
    LimitKind kind = LimitKind::plain;
    double value = 0; ///< of a slope: per second
};

/// `slope`: a period must stand behind it, /s, /min or /h. Errors say what was read and what is
/// allowed.
Expected<ProbeLimit> parse_probe_limit(std::string_view text, bool slope);

/// The limit in a probe's unit; nothing where it cannot be one of it (64KiB of seconds). Without a
/// unit percent are shares of 1, sizes bytes and times seconds, as Prometheus has them.
std::optional<double> limit_in_unit(LimitKind kind, double value, std::string_view unit);

} // namespace ringblast
