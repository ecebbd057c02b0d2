// data/table_file.h - tables in CSV files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gerund::data {

/// A table with named columns.
struct Table {
  struct Row {
    int64_t line = 0;                 ///< Of the file, from 1.
    std::vector<std::string> fields;  ///< As many as there are columns.
  };
  std::filesystem::path path;
  std::vector<std::string> columns;
  std::vector<Row> rows;

  /// Position of a column. Throws UserError naming file and column where there is none.
  size_t column(const std::string& name) const;
  bool has(const std::string& name) const;
};

/// Reads a CSV file (RFC 4180: commas, "quoted, fields", line ends of both kinds) whose first line names the columns;
/// empty lines and a byte order mark are passed over. Throws UserError naming file and line where a row has another
/// number of fields than the first, a quote does not end, or the file cannot be read.
Table read_table(const std::filesystem::path& path);

}  // namespace gerund::data
