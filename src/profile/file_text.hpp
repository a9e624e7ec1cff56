// Whole files that a profile names, of bounded size, and where they lie.
#pragma once

#include "ringblast/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace ringblast {

/// Pipes and devices may never end, or never start.
enum class Files { regular, any };

/// The bytes of a file; errors name the path and the cause.
Expected<std::string> read_text_file(const std::string& path, size_t size_max,
                                     Files files = Files::regular);

/// A path as seen from `directory`; absolute ones stay.
std::string path_in(const std::string& directory, std::string_view path);

/// The folder of a file; `.` where the path names none.
std::string directory_of(const std::string& path);

} // namespace ringblast
