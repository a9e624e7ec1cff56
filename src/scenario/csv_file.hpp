// A CSV file (RFC 4180: quotes, doubled quotes, line breaks inside quotes, LF or CRLF, a byte order
// mark passed over) as a read-only mapping with an index of its rows: shared by all threads, with
// 4 to 8 bytes beside the file per row. The first line names the columns.
#pragma once

#include "ringblast/error.hpp"

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
    /// row with fewer or more fields than the header).
    static Expected<CsvFile> open(const std::string& path);
    CsvFile(CsvFile&& other) noexcept;
    CsvFile& operator=(CsvFile&&) = delete;
    ~CsvFile();

    const std::vector<std::string>& columns() const { return columns_; }
    std::optional<uint32_t> column(std::string_view name) const;
    uint64_t row_count() const { return rows_.size(); }
    /// Appends a field, unquoted. Requires: row < row_count(), column < columns().size().
    void append_field(std::string& out, uint64_t row, uint32_t column) const;

private:
    CsvFile() = default;

    const char* data_ = nullptr;
    size_t size_ = 0;
    std::vector<std::string> columns_;
    std::vector<uint64_t> rows_; ///< offset of each row
};

} // namespace ringblast
