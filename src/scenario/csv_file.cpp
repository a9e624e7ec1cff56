#include "scenario/csv_file.hpp"

#include "base/check.hpp"
#include "base/quote.hpp"
#include "base/unique_fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <utility>

namespace ringblast {

namespace {

/// Indexed pages are given back in pieces of this size.
constexpr size_t release_step = 16 * 1024 * 1024;

/// What ends an unquoted field, or may.
constexpr std::array<bool, 256> make_ends() {
    std::array<bool, 256> ends{};
    ends[','] = ends['\n'] = ends['\r'] = true;
    return ends;
}
constexpr std::array<bool, 256> ends_field = make_ends();

struct Field {
    size_t start, end;    ///< without the outer quotes
    size_t next;          ///< behind the comma or line end
    uint64_t lines = 0;   ///< line breaks passed, the row's own included
    bool doubled = false; ///< holds "" for "
    bool last = false;    ///< of its row
    const char* problem = nullptr;
};

/// Where a field that ended at `at` leads. Requires: a comma, line end or the end stands there.
void finish(std::string_view text, size_t at, Field& field) {
    field.last = at == text.size() || text[at] != ',';
    field.next = at;
    if (at < text.size()) {
        field.next += text[at] == '\r' ? 2 : 1;
        field.lines += field.last ? 1 : 0;
    }
}

bool is_line_end(std::string_view text, size_t at) {
    return text[at] == '\n' || (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n');
}

Field read_quoted(std::string_view text, size_t at) {
    Field field{.start = at + 1, .end = at + 1, .next = at + 1};
    size_t i = at + 1;
    while (true) {
        while (i < text.size() && text[i] != '"') {
            field.lines += text[i] == '\n';
            ++i;
        }
        if (i == text.size()) {
            field.problem = "a quote that does not end";
            return field;
        }
        if (i + 1 == text.size() || text[i + 1] != '"') {
            break;
        }
        field.doubled = true;
        i += 2;
    }
    field.end = i++;
    if (i < text.size() && text[i] != ',' && !is_line_end(text, i)) {
        field.problem = "text behind the closing quote of a field";
        return field;
    }
    finish(text, i, field);
    return field;
}

/// The field at `at`.
Field read_field(std::string_view text, size_t at) {
    if (at < text.size() && text[at] == '"') {
        return read_quoted(text, at);
    }
    Field field{.start = at, .end = at, .next = at};
    size_t i = at;
    // A CR without LF is part of the value, as is a quote that does not come first.
    while (i < text.size() && (!ends_field[static_cast<uint8_t>(text[i])] ||
                               (text[i] == '\r' && !is_line_end(text, i)))) {
        ++i;
    }
    field.end = i;
    finish(text, i, field);
    return field;
}

std::string unquoted(std::string_view text, const Field& field) {
    std::string value;
    for (size_t i = field.start; i < field.end; ++i) {
        value += text[i];
        i += field.doubled && text[i] == '"';
    }
    return value;
}

std::unexpected<Error> fault(const std::string& path, uint64_t line, std::string what) {
    return failure("the CSV file " + quoted(path) + ", line " + std::to_string(line) + ": " + what);
}

std::unexpected<Error> fault(const std::string& path, const std::string& what) {
    return failure("the CSV file " + quoted(path) + " " + what);
}

} // namespace

Expected<CsvFile> CsvFile::open(const std::string& path) {
    Expected<CsvFile> file = map(path);
    if (file) {
        if (Expected<void> fine = file->index(path); !fine) {
            return std::unexpected(fine.error());
        }
    }
    return file;
}

Expected<std::vector<std::string>> CsvFile::read_columns(const std::string& path) {
    Expected<CsvFile> file = map(path);
    if (!file) {
        return std::unexpected(file.error());
    }
    if (Expected<size_t> read = file->read_header(path); !read) {
        return std::unexpected(read.error());
    }
    return std::move(file->columns_);
}

/// The file without an index.
Expected<CsvFile> CsvFile::map(const std::string& path) {
    // Not to wait for the other end of a named pipe.
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat facts {};
    if (!fd || fstat(fd.get(), &facts) != 0) {
        return fault(path, std::string("cannot be read: ") + std::strerror(errno));
    }
    if (!S_ISREG(facts.st_mode)) {
        return fault(path, "is not a file");
    }
    if (facts.st_size == 0) {
        return fault(path, "is empty: its first line names the columns");
    }
    CsvFile file;
    file.size_ = static_cast<size_t>(facts.st_size);
    void* mapping = mmap(nullptr, file.size_, PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (mapping == MAP_FAILED) {
        return fault(path, std::string("cannot be mapped: ") + std::strerror(errno));
    }
    file.data_ = static_cast<const char*>(mapping);
    return file;
}

CsvFile::CsvFile(CsvFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)),
      columns_(std::move(other.columns_)), rows_(std::move(other.rows_)),
      first_rows_(std::move(other.first_rows_)) {}

CsvFile::~CsvFile() {
    if (data_ != nullptr) {
        munmap(const_cast<char*>(data_), size_);
    }
}

/// Fills columns_; where the rows start.
Expected<size_t> CsvFile::read_header(const std::string& path) {
    std::string_view text(data_, size_);
    size_t at = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
    while (true) {
        Field field = read_field(text, at);
        if (field.problem != nullptr) {
            return fault(path, 1, field.problem);
        }
        std::string name = unquoted(text, field);
        if (column(name)) {
            return fault(path, 1, "the column " + quoted(name) + " stands there twice");
        }
        columns_.push_back(std::move(name));
        at = field.next;
        if (field.last) {
            return at;
        }
    }
}

Expected<void> CsvFile::index(const std::string& path) {
    std::string_view text(data_, size_);
    Expected<size_t> start = read_header(path);
    if (!start) {
        return std::unexpected(start.error());
    }
    size_t at = *start;
    uint64_t line = 1 + static_cast<uint64_t>(std::ranges::count(text.substr(0, at), '\n'));
    size_t released = 0;
    while (at < size_) {
        if (is_line_end(text, at)) {
            at += text[at] == '\r' ? 2 : 1;
            ++line;
            continue;
        }
        const uint64_t first_line = line;
        while (first_rows_.size() < at >> 32) {
            first_rows_.push_back(rows_.size());
        }
        rows_.push_back(static_cast<uint32_t>(at));
        size_t fields = 0;
        for (bool last = false; !last; ++fields) {
            Field field = read_field(text, at);
            if (field.problem != nullptr) {
                return fault(path, line, field.problem);
            }
            line += field.lines;
            at = field.next;
            last = field.last;
        }
        if (fields != columns_.size()) {
            return fault(path, first_line,
                         std::to_string(fields) + (fields == 1 ? " field" : " fields") +
                             ", but the first line names " + std::to_string(columns_.size()));
        }
        if (at - released >= release_step) [[unlikely]] {
            // The pages stay in the page cache; only this process lets go of them.
            size_t size = (at - released) / release_step * release_step;
            madvise(const_cast<char*>(data_) + released, size, MADV_DONTNEED);
            released += size;
        }
    }
    madvise(const_cast<char*>(data_) + released, size_ - released, MADV_DONTNEED);
    rows_.shrink_to_fit();
    return {};
}

std::optional<uint32_t> CsvFile::column(std::string_view name) const {
    auto found = std::ranges::find(columns_, name);
    if (found == columns_.end()) {
        return std::nullopt;
    }
    return static_cast<uint32_t>(found - columns_.begin());
}

uint64_t CsvFile::offset_of(uint64_t row) const {
    auto high = std::ranges::upper_bound(first_rows_, row) - first_rows_.begin();
    return static_cast<uint64_t>(high) << 32 | rows_[row];
}

void CsvFile::append_field(std::string& out, uint64_t row, uint32_t column, Escape escape) const {
    CHECK(row < rows_.size() && column < columns_.size());
    std::string_view text(data_, size_);
    Field field = read_field(text, offset_of(row));
    for (uint32_t i = 0; i < column; ++i) {
        field = read_field(text, field.next);
    }
    std::string_view rest = text.substr(field.start, field.end - field.start);
    while (field.doubled) {
        size_t quote = rest.find('"');
        if (quote == rest.npos) {
            break;
        }
        append_escaped(out, rest.substr(0, quote + 1), escape);
        rest.remove_prefix(quote + 2);
    }
    append_escaped(out, rest, escape);
}

} // namespace ringblast
