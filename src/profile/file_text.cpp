#include "profile/file_text.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

namespace ringblast {

Expected<std::string> read_text_file(const std::string& path, size_t size_max, Files files) {
    const auto refuse = [&path](const std::string& why) {
        return failure("cannot read " + path + ": " + why);
    };
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(path, error);
    if (std::filesystem::exists(status) && files == Files::regular &&
        !std::filesystem::is_regular_file(status)) {
        return refuse("it is not a regular file");
    }
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rbe"));
    if (!file) {
        return refuse(std::strerror(errno));
    }
    std::string text;
    char block[64 * 1024];
    while (const size_t size = std::fread(block, 1, sizeof block, file.get())) {
        text.append(block, size);
        if (text.size() > size_max) {
            return refuse("it is larger than " + std::to_string(size_max) + " bytes");
        }
    }
    if (std::ferror(file.get()) != 0) {
        return refuse(std::strerror(errno)); // a folder, among others
    }
    return text;
}

std::string path_in(const std::string& directory, std::string_view path) {
    return (std::filesystem::path(directory) / path).lexically_normal().string();
}

std::string directory_of(const std::string& path) {
    const std::filesystem::path parent = std::filesystem::path(path).parent_path();
    return parent.empty() ? "." : parent.string();
}

} // namespace ringblast
