#include "cli/output_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>

namespace ringblast {

void OutputFile::Closer::operator()(std::FILE* stream) const {
    if (stream != stdout) {
        std::fclose(stream);
    }
}

namespace {

void make_folders(const std::string& path) {
    std::error_code ignored; // what is wrong shows when the file is opened
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
}

} // namespace

Expected<OutputFile> OutputFile::open(const std::string& path) {
    if (path == "-") {
        return OutputFile("standard output", stdout);
    }
    make_folders(path);
    std::FILE* stream = std::fopen(path.c_str(), "ae");
    if (stream == nullptr) {
        return failure(fmt::format("{} cannot be written: {}", path, std::strerror(errno)));
    }
    return OutputFile(path, stream);
}

Expected<std::optional<OutputFile>> OutputFile::create(const std::string& path) {
    make_folders(path);
    std::FILE* stream = std::fopen(path.c_str(), "wxe");
    if (stream == nullptr && errno == EEXIST) {
        return std::nullopt;
    }
    if (stream == nullptr) {
        return failure(fmt::format("{} cannot be written: {}", path, std::strerror(errno)));
    }
    return OutputFile(path, stream);
}

Expected<void> OutputFile::check(const std::string& path) {
    std::error_code ignored;
    std::filesystem::path place = std::filesystem::absolute(path, ignored);
    const bool there = std::filesystem::exists(place, ignored);
    while (place.has_relative_path() && !std::filesystem::exists(place, ignored)) {
        place = place.parent_path();
    }
    if (there && std::filesystem::is_directory(place, ignored)) {
        return failure(fmt::format("{} cannot be written: {}", path, std::strerror(EISDIR)));
    }
    if (!there && !std::filesystem::is_directory(place, ignored)) {
        return failure(fmt::format("{} cannot be written: {}", path, std::strerror(ENOTDIR)));
    }
    if (access(place.c_str(), W_OK) != 0) {
        return failure(fmt::format("{} cannot be written: {}", path, std::strerror(errno)));
    }
    return {};
}

Expected<void> OutputFile::write_all(std::string_view text) {
    begun_ = false;
    return write(text);
}

Expected<void> OutputFile::append(std::string_view text) {
    return write(text);
}

Expected<void> OutputFile::write(std::string_view text) {
    bool fresh = begun_ || standard_output() || ftruncate(fileno(stream_.get()), 0) == 0;
    begun_ = true;
    if (!fresh || std::fwrite(text.data(), 1, text.size(), stream_.get()) != text.size() ||
        std::fflush(stream_.get()) != 0) {
        return failure(fmt::format("{} could not be written: {}", path_, std::strerror(errno)));
    }
    return {};
}

} // namespace ringblast
