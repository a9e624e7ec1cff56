// A file for the length of a test, without a name in any folder.
#pragma once

#include "base/unique_fd.hpp"

#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

namespace ringblast::test {

class TemporaryFile {
public:
    explicit TemporaryFile(std::string_view bytes) : fd_(memfd_create("test", MFD_CLOEXEC)) {
        while (!bytes.empty()) {
            ssize_t written = write(fd_.get(), bytes.data(), bytes.size());
            if (written <= 0) {
                break;
            }
            bytes.remove_prefix(static_cast<size_t>(written));
        }
    }
    std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }

private:
    UniqueFd fd_;
};

} // namespace ringblast::test
