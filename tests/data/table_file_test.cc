#include "data/table_file.h"

#include "base/error.h"
#include "data/drawn_clips.h"

namespace gerund::data {
namespace {

class TableFile : public drawn::Folder {
 protected:
  Table read(const std::string& text) {
    base::write_file(folder_ / "t.csv", text);
    return read_table(folder_ / "t.csv");
  }
  std::string message(const std::string& text) {
    try {
      read(text);
    } catch (const base::UserError& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(TableFile, ReadsQuotesLineEndsAndAByteOrderMark) {
  const Table table = read(
      "\xef\xbb\xbf"
      "a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n\r\n2,\n3,last");
  EXPECT_EQ(table.columns, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_EQ(table.rows[0].fields, (std::vector<std::string>{"1", "x, \"y\"\nz"}));
  EXPECT_EQ(table.rows[1].fields, (std::vector<std::string>{"2", ""}));
  EXPECT_EQ(table.rows[1].line, 5);
  EXPECT_EQ(table.rows[2].fields[table.column("b")], "last");
}

TEST_F(TableFile, NamesTheLineThatIsWrong) {
  EXPECT_NE(message("a,b\n1,2\n3\n").find("t.csv:3: has 1 fields where the first line has 2"), std::string::npos);
  EXPECT_NE(message("a,b\n1,\"2\n3,4\n").find("t.csv:2: a quoted field"), std::string::npos);
  EXPECT_NE(message("").find("is empty"), std::string::npos);
  const Table table = read("a,b\n");
  EXPECT_THROW(table.column("c"), base::UserError);
}

}  // namespace
}  // namespace gerund::data
