#include "report/escape.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

TEST_CASE("bytes that are no UTF-8 become U+FFFD") {
    const std::string bad = "\xef\xbf\xbd";
    CHECK(valid_utf8("plain, Ünïcödé, 漢字, 🙂") == "plain, Ünïcödé, 漢字, 🙂");
    CHECK(valid_utf8("a\xff"
                     "b") == "a" + bad + "b");
    CHECK(valid_utf8("cut \xe6\xbc") == "cut " + bad + bad);
    CHECK(valid_utf8("\xc0\xaf") == bad + bad);                     // overlong /
    CHECK(valid_utf8("\xe0\x80\xaf") == bad + bad + bad);           // overlong
    CHECK(valid_utf8("\xed\xa0\x80") == bad + bad + bad);           // a surrogate
    CHECK(valid_utf8("\xf4\x90\x80\x80") == bad + bad + bad + bad); // beyond U+10FFFF
}

TEST_CASE("text in XML and HTML") {
    CHECK(escape_xml("<a href=\"x\">'&</a>") == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&lt;/a&gt;");
    CHECK(escape_xml("a\tb\nc") == "a\tb\nc");
    CHECK(escape_xml(std::string("\x1b[2J\0", 5)) == "\xef\xbf\xbd[2J\xef\xbf\xbd");
    CHECK(escape_xml("\xef\xbf\xbf") == "\xef\xbf\xbd"); // U+FFFF is not XML
}

TEST_CASE("a cell of Markdown") {
    CHECK(escape_markdown("a|b `c` *d* <e> [f](g)\r\n#h") ==
          "a\\|b \\`c\\` \\*d\\* \\<e\\> \\[f\\](g)  \\#h");
    CHECK(escape_markdown("45.5 ms, 漢") == "45.5 ms, 漢");
}

TEST_CASE("a field of CSV is quoted only where it must be") {
    CHECK(csv_field("get runs") == "get runs");
    CHECK(csv_field("") == "");
    CHECK(csv_field("a,b") == "\"a,b\"");
    CHECK(csv_field("say \"x\"") == "\"say \"\"x\"\"\"");
    CHECK(csv_field("two\nlines") == "\"two\nlines\"");
    CHECK(csv_field(std::string("a\0b", 3)) == "a\xef\xbf\xbd"
                                               "b");
}

TEST_CASE("JSON that cannot end its script element") {
    CHECK(escape_script_json("{\"a\":\"</script><!--&\"}") ==
          "{\"a\":\"\\u003c/script\\u003e\\u003c!--\\u0026\"}");
}
