// A report on its way to a file or standard output ("-"). Opened before the load, so that a path
// that cannot be written is an error before anything is sent.
#pragma once

#include "ringblast/error.hpp"

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ringblast {

class OutputFile {
public:
    /// Makes missing folders and the file; an existing one is kept until the first write.
    static Expected<OutputFile> open(const std::string& path);

    /// The same, but a file that is there already is left alone: nothing is returned.
    static Expected<std::optional<OutputFile>> create(const std::string& path);

    /// Whether open() would succeed, as far as permissions tell; nothing is made.
    static Expected<void> check(const std::string& path);

    bool standard_output() const { return stream_.get() == stdout; }
    /// Replaces the content. The error names the path.
    Expected<void> write_all(std::string_view text);
    /// Appends and flushes, so that a reader sees whole lines.
    Expected<void> append(std::string_view text);

private:
    struct Closer {
        void operator()(std::FILE* stream) const;
    };
    OutputFile(std::string path, std::FILE* stream) : path_(std::move(path)), stream_(stream) {}
    Expected<void> write(std::string_view text);

    std::string path_;
    std::unique_ptr<std::FILE, Closer> stream_;
    bool begun_ = false;
};

} // namespace ringblast
