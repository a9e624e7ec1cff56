#include "scenario/csv_file.hpp"

#include "temporary_file.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace ringblast;
using namespace ringblast::test;

namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(const CsvFile& file) {
    Rows rows;
    for (uint64_t row = 0; row < file.row_count(); ++row) {
        rows.emplace_back();
        for (uint32_t column = 0; column < file.columns().size(); ++column) {
            file.append_field(rows.back().emplace_back(), row, column);
        }
    }
    return rows;
}

} // namespace

TEST_CASE("files and what is in them") {
    struct Row {
        const char* why;
        std::string bytes;
        std::vector<std::string> columns;
        Rows rows;
    };
    const Row table[] = {
        {"a plain one", "a,b\n1,2\n3,4\n", {"a", "b"}, {{"1", "2"}, {"3", "4"}}},
        {"no line end at the end", "a,b\n1,2", {"a", "b"}, {{"1", "2"}}},
        {"CRLF", "a,b\r\n1,2\r\n3,4\r\n", {"a", "b"}, {{"1", "2"}, {"3", "4"}}},
        {"a byte order mark",
         "\xef\xbb\xbf"
         "a,b\n1,2\n",
         {"a", "b"},
         {{"1", "2"}}},
        {"empty fields",
         "a,b,c\n,,\n1,,\n,,3",
         {"a", "b", "c"},
         {{"", "", ""}, {"1", "", ""}, {"", "", "3"}}},
        {"a last field that is empty at the end", "a,b\n1,", {"a", "b"}, {{"1", ""}}},
        {"quotes", "a,b\n\"1\",\"2\"\n", {"a", "b"}, {{"1", "2"}}},
        {"commas in quotes", "a,b\n\"1,5\",2\n", {"a", "b"}, {{"1,5", "2"}}},
        {"doubled quotes",
         "a,b\n\"say \"\"hi\"\"\",\"\"\"\"\n",
         {"a", "b"},
         {{"say \"hi\"", "\""}}},
        {"line breaks in quotes",
         "a,b\n\"1\n2\",\"3\r\n4\"\n5,6\n",
         {"a", "b"},
         {{"1\n2", "3\r\n4"}, {"5", "6"}}},
        {"quotes in the first line",
         "\"a \"\"x\"\"\",\"b,c\"\n1,2\n",
         {"a \"x\"", "b,c"},
         {{"1", "2"}}},
        {"a quote inside a field is part of it",
         "a,b\n5\" pipe,x\n",
         {"a", "b"},
         {{"5\" pipe", "x"}}},
        {"a CR inside a field is part of it", "a,b\n1\r2,3\n", {"a", "b"}, {{"1\r2", "3"}}},
        {"empty lines are no rows", "a\n\n1\n\r\n2\n\n", {"a"}, {{"1"}, {"2"}}},
        {"but an empty text in quotes is one", "a\n\"\"\n", {"a"}, {{""}}},
        {"blanks belong to the values", "a, b\n 1 ,2\n", {"a", " b"}, {{" 1 ", "2"}}},
        {"only the first line", "a,b\n", {"a", "b"}, {}},
    };
    for (const Row& row : table) {
        INFO(std::string(row.why));
        TemporaryFile bytes(row.bytes);
        Expected<CsvFile> file = CsvFile::open(bytes.path());
        REQUIRE(file.has_value());
        CHECK(file->columns() == row.columns);
        CHECK(rows_of(*file) == row.rows);
        CHECK(file->column(row.columns.back()) == row.columns.size() - 1);
        CHECK(!file->column("no such"));
    }
}

TEST_CASE("what is not CSV is named with its line") {
    struct Row {
        const char* why;
        std::string bytes, message;
    };
    const Row table[] = {
        {"nothing", "", " is empty: its first line names the columns"},
        {"a field too few", "a,b\n1,2\n3\n", ", line 3: 1 field, but the first line names 2"},
        {"a field too many", "a,b\n\"1\n1\",2\n3,4,5\n",
         ", line 4: 3 fields, but the first line names 2"},
        {"a quote that does not end", "a,b\n1,2\n\"3,4\n5,6\n",
         ", line 3: a quote that does not end"},
        {"text behind a quote", "a,b\n\"1\"x,2\n",
         ", line 2: text behind the closing quote of a field"},
        {"a quote that does not end in the first line", "\"a,b\n",
         ", line 1: a quote that does not end"},
        {"a name twice", "a,a\n", ", line 1: the column \"a\" stands there twice"},
    };
    for (const Row& row : table) {
        INFO(std::string(row.why));
        TemporaryFile bytes(row.bytes);
        Expected<CsvFile> file = CsvFile::open(bytes.path());
        REQUIRE(!file.has_value());
        CHECK(file.error().message == "the CSV file \"" + bytes.path() + "\"" + row.message);
    }
    CHECK(CsvFile::open("/").error().message == "the CSV file \"/\" is not a file");
    CHECK(CsvFile::open("").error().message ==
          "the CSV file \"\" cannot be read: No such file or directory");
}

TEST_CASE("a file larger than the pieces that are given back") {
    std::string bytes = "number,text\n";
    const std::string filler(100, 'x');
    constexpr uint64_t rows = 400'000;
    for (uint64_t i = 0; i < rows; ++i) {
        bytes += std::to_string(i) + ",\"" + filler + "\"\n";
    }
    TemporaryFile stored(bytes);
    Expected<CsvFile> file = CsvFile::open(stored.path());
    REQUIRE(file.has_value());
    CHECK(file->row_count() == rows);
    std::string number;
    for (uint64_t row = 0; row < rows; row += 12'345) {
        number.clear();
        file->append_field(number, row, 0);
        CHECK(number == std::to_string(row));
    }
    CsvFile moved = std::move(*file);
    number.clear();
    moved.append_field(number, rows - 1, 1);
    CHECK(number == filler);
}
