// A CSV file (RFC 4180: quotes, doubled quotes, line breaks inside quotes, LF or CRLF, a byte order
// mark passed over) as a read-only mapping with an index of its rows: shared by all threads, with
// 4 bytes beside the file per row. The first line names the columns. Empty lines are no rows.
//
// The index holds the low half of each row's offset; rows are in order, so the few rows at which
// the high half grows are enough to restore it. What was indexed is given back to the page cache,
// so that a large file is resident only where it is read.
#pragma once

#include "ringblast/error.hpp"
#include "scenario/escape.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

class CsvFile {
public:
    /// Errors name the file, and the line where it stops being CSV (a quote that does not end, a
    /// row with fewer or more fields than the header). The file must keep its size while it is
    /// open: a mapping of what was cut off cannot be read.
    static Expected<CsvFile> open(const std::string& path);
    /// The names of the first line alone; the rows are not looked at.
    static Expected<std::vector<std::string>> read_columns(const std::string& path);
    CsvFile(CsvFile&& other) noexcept;
    CsvFile& operator=(CsvFile&&) = delete;
    ~CsvFile();

    const std::vector<std::string>& columns() const { return columns_; }
    std::optional<uint32_t> column(std::string_view name) const;
    uint64_t row_count() const { return rows_.size(); }
    /// Appends a field, unquoted, then escaped. Requires: row < row_count(), column <
    /// columns().size(). Allocates only where `out` has to grow.
    void append_field(std::string& out, uint64_t row, uint32_t column,
                      Escape escape = Escape::none) const;

private:
    CsvFile() = default;
    static Expected<CsvFile> map(const std::string& path);
    Expected<void> index(const std::string& path);
    Expected<size_t> read_header(const std::string& path);
    uint64_t offset_of(uint64_t row) const;

    const char* data_ = nullptr;
    size_t size_ = 0;
    std::vector<std::string> columns_;
    std::vector<uint32_t> rows_;       ///< low half of the offset of each row
    std::vector<uint64_t> first_rows_; ///< first row whose high half is 1, 2, …
};

} // namespace ringblast
