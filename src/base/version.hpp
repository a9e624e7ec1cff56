// The version that reports and the User-Agent carry; one place, beside meson.build.
#pragma once

namespace ringblast {

inline constexpr const char* version = RINGBLAST_VERSION;

} // namespace ringblast
