// Any bytes as a CSV file: an error of one line, or fields that, written with quotes, are read back
// the same.
#include "scenario/csv_file.hpp"

#include "fuzz.hpp"
#include "protocol/field_lines.hpp"

#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

using namespace ringblast;
using namespace ringblast::fuzz;

namespace {

using Rows = std::vector<std::vector<std::string>>;

/// Opens bytes as a file.
Expected<CsvFile> open_bytes(std::string_view bytes) {
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    require(write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "a file");
    Expected<CsvFile> file = CsvFile::open("/proc/self/fd/" + std::to_string(fd));
    close(fd);
    return file;
}

Rows rows_of(const CsvFile& file) {
    Rows rows{file.columns()};
    for (uint64_t row = 0; row < file.row_count(); ++row) {
        rows.emplace_back();
        for (uint32_t column = 0; column < file.columns().size(); ++column) {
            file.append_field(rows.back().emplace_back(), row, column);
            std::string escaped;
            file.append_field(escaped, row, column, Escape::path);
            std::string wanted;
            append_escaped(wanted, rows.back().back(), Escape::path);
            require(escaped == wanted, "escaping in pieces is escaping");
        }
    }
    return rows;
}

std::string written(const Rows& rows) {
    std::string text;
    for (const std::vector<std::string>& row : rows) {
        for (size_t i = 0; i < row.size(); ++i) {
            text += i == 0 ? "\"" : ",\"";
            for (char c : row[i]) {
                text += c;
                text += c == '"' ? "\"" : "";
            }
            text += '"';
        }
        text += "\r\n";
    }
    return text;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    Expected<CsvFile> file = open_bytes({reinterpret_cast<const char*>(data), size});
    if (!file) {
        require(find_control(file.error().message, 0) == file.error().message.size(),
                "a message is one printable line");
        return 0;
    }
    Rows rows = rows_of(*file);
    Expected<CsvFile> again = open_bytes(written(rows));
    require(again.has_value(), "what is written can be read");
    require(rows_of(*again) == rows, "and is the same");
    return 0;
}
