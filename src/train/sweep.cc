#include "train/sweep.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <limits>
#include <set>

#include "base/csv.h"
#include "base/error.h"
#include "train/watch.h"

namespace gerund::train {
namespace {

[[noreturn]] void fail_axis(const std::string& text, const std::string& what) {
  throw base::UserError(
      fmt::format("'{}': {}; a key and its values are wanted, as in train.optim.lr=0.01,0.003", text, what));
}

/// Parts at commas that stand outside of brackets and quotes.
std::vector<std::string> split_values(const std::string& text) {
  std::vector<std::string> values(1);
  int depth = 0;
  char quote = 0;
  for (const char c : text) {
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    }
    if (c == ',' && depth == 0 && quote == 0) {
      values.emplace_back();
    } else {
      values.back() += c;
    }
  }
  return values;
}

/// The last word of a key where no other axis ends so, else all of it.
std::string short_key(std::span<const GridAxis> axes, const std::string& key) {
  const auto last_word = [](const std::string& full) { return full.substr(full.rfind('.') + 1); };
  const auto alike = std::count_if(axes.begin(), axes.end(),
                                   [&](const GridAxis& axis) { return last_word(axis.key) == last_word(key); });
  return alike == 1 ? last_word(key) : key;
}

std::string as_file_name(std::string text) {
  for (char& c : text)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && std::string_view("=,.+-_").find(c) == std::string::npos)
      c = '_';
  return text;
}

/// Text for a person, columns padded to the widest cell; the first row is the heading.
std::string to_columns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths(rows.front().size());
  for (const auto& row : rows)
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) line += fmt::format("{}{:<{}}", c > 0 ? "  " : "", row[c], widths[c]);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string value_of(const std::string& override_text) {
  return override_text.substr(override_text.find('=') + 1);
}

std::string number_or_dash(const std::optional<double>& value, double scale, int digits) {
  return value ? fmt::format("{:.{}f}", *value * scale, digits) : "-";
}

}  // namespace

GridAxis parse_axis(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) fail_axis(text, "has no key");
  GridAxis axis{text.substr(0, equals), split_values(text.substr(equals + 1))};
  const std::set<std::string> distinct(axis.values.begin(), axis.values.end());
  if (distinct.contains("")) fail_axis(text, "has an empty value");
  if (distinct.size() != axis.values.size()) fail_axis(text, "has a value twice");
  return axis;
}

std::vector<GridPoint> make_grid(std::span<const GridAxis> axes) {
  if (axes.empty())
    throw base::UserError("--grid: is not given; say what is to be tried, as in --grid train.optim.lr=0.01,0.003");
  std::vector<GridPoint> points(1);
  std::set<std::string> keys;
  for (const GridAxis& axis : axes) {
    if (!keys.insert(axis.key).second)
      throw base::UserError(fmt::format("--grid: {} is given twice; name all its values at once", axis.key));
    std::vector<GridPoint> longer;
    for (const GridPoint& point : points) {
      for (const std::string& value : axis.values) {
        longer.push_back(point);
        longer.back().overrides.push_back(axis.key + "=" + value);
        longer.back().name +=
            fmt::format("{}{}={}", point.name.empty() ? "" : ",", short_key(axes, axis.key), as_file_name(value));
      }
    }
    points = std::move(longer);
  }
  std::set<std::string> names;
  for (const GridPoint& point : points)
    if (!names.insert(point.name).second)
      throw base::UserError(
          fmt::format("--grid: two combinations would both write into {}; name values that differ in "
                      "more than punctuation",
                      point.name));
  return points;
}

void sort_by(std::vector<GridResult>& results, const std::string& metric) {
  const auto score = [&](const GridResult& result) {
    constexpr double kFailed = std::numeric_limits<double>::infinity();
    if (!result.best) return kFailed;
    return score_of(*result.best, watched_metric({&*result.best, 1}, metric)).value_or(kFailed);
  };
  std::stable_sort(results.begin(), results.end(),
                   [&](const GridResult& a, const GridResult& b) { return score(a) < score(b); });
}

std::string grid_table(std::span<const GridAxis> axes, std::span<const GridResult> results) {
  std::vector<std::vector<std::string>> rows(1);
  for (const GridAxis& axis : axes) rows[0].push_back(short_key(axes, axis.key));
  for (const char* name : {"val acc %", "class acc %", "val loss", "train loss", "epoch", "clips/s", "minutes"})
    rows[0].emplace_back(name);
  for (const GridResult& result : results) {
    std::vector<std::string> row;
    for (const std::string& one : result.point.overrides) row.push_back(value_of(one));
    if (result.best) {
      const nets::EpochMetrics& best = *result.best;
      row.push_back(number_or_dash(best.val_accuracy, 100, 1));
      row.push_back(number_or_dash(best.val_class_accuracy, 100, 1));
      row.push_back(number_or_dash(best.val_loss, 1, 4));
      row.push_back(fmt::format("{:.4f}", best.train_loss));
      row.push_back(fmt::format("{}", best.epoch + 1));
      row.push_back(fmt::format("{:.1f}", best.clips_per_second));
      row.push_back(fmt::format("{:.1f}", result.seconds / 60));
    } else {
      row.push_back("failed: " + result.failure);
    }
    rows.push_back(std::move(row));
  }
  // What failed is told at length; it widens no column.
  std::string failures;
  std::erase_if(rows, [&](const std::vector<std::string>& row) {
    if (row.size() == rows.front().size()) return false;
    failures += fmt::format("{}\n", fmt::join(row, "  "));
    return true;
  });
  return to_columns(rows) + failures;
}

std::string grid_csv(std::span<const GridAxis> axes, std::span<const GridResult> results) {
  std::string text;
  for (const GridAxis& axis : axes) text += base::csv_field(axis.key) + ",";
  text +=
      "val_accuracy,val_class_accuracy,val_loss,train_loss,train_accuracy,epoch,clips_per_second,seconds,checkpoint,"
      "failure\n";
  const auto number = [](const std::optional<double>& value) { return value ? fmt::format("{:.6g}", *value) : ""; };
  for (const GridResult& result : results) {
    for (const std::string& one : result.point.overrides) text += base::csv_field(value_of(one)) + ",";
    if (result.best) {
      const nets::EpochMetrics& best = *result.best;
      text += fmt::format("{},{},{},{:.6g},{:.6g},{},{:.6g},{:.6g},{},", number(best.val_accuracy),
                          number(best.val_class_accuracy), number(best.val_loss), best.train_loss, best.train_accuracy,
                          best.epoch + 1, best.clips_per_second, result.seconds, base::csv_field(result.checkpoint));
    } else {
      text += ",,,,,,,,,";
    }
    text += base::csv_field(result.failure) + "\n";
  }
  return text;
}

}  // namespace gerund::train
