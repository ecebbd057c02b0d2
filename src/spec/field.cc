#include "spec/field.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/nearest.h"

namespace gerund::spec {
namespace {

/// Chooses the call by the type of a member.
template <class... Functions>
struct ByType : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
ByType(Functions...) -> ByType<Functions...>;

std::string with_allowed(const Field& field) {
  const std::string allowed = allowed_text(field);
  return allowed.empty() ? "" : "; allowed: " + allowed;
}

[[noreturn]] void refuse_type(const Field& field, const Value& value, const std::string& wanted) {
  fail(value, fmt::format("{} is not {}{}", describe(value), wanted, with_allowed(field)));
}

[[noreturn]] void refuse_range(const Field& field, const Value& value) {
  fail(value, fmt::format("{} is out of range{}", excerpt(value.text), with_allowed(field)));
}

/// The whole text as a number, with a sign and, for a float, an exponent; as from_chars, so not by locale.
template <typename Number>
std::from_chars_result read_number(const std::string& text, Number& number) {
  const bool plus = text.size() > 1 && text[0] == '+' && text[1] != '-';
  std::from_chars_result result = std::from_chars(text.data() + (plus ? 1 : 0), text.data() + text.size(), number);
  if (result.ec == std::errc() && result.ptr != text.data() + text.size()) result.ec = std::errc::invalid_argument;
  return result;
}

void read_scalar(const Field& field, const Value& value, int64_t& number) {
  const char* kWanted = "an integer";
  if (value.kind != Value::Kind::kScalar) refuse_type(field, value, kWanted);
  const std::from_chars_result result = read_number(value.text, number);
  if (result.ec == std::errc::result_out_of_range) refuse_range(field, value);
  if (result.ec != std::errc()) refuse_type(field, value, kWanted);
  if (!field.range.holds(static_cast<double>(number))) refuse_range(field, value);
}

void read_scalar(const Field& field, const Value& value, double& number) {
  const char* kWanted = "a number";
  if (value.kind != Value::Kind::kScalar) refuse_type(field, value, kWanted);
  const std::from_chars_result result = read_number(value.text, number);
  if (result.ec == std::errc::result_out_of_range) refuse_range(field, value);
  if (result.ec != std::errc() || !std::isfinite(number)) refuse_type(field, value, kWanted);
  if (!field.range.holds(number)) refuse_range(field, value);
}

void read_scalar(const Field& field, const Value& value, std::string& text) {
  if (value.kind != Value::Kind::kScalar) refuse_type(field, value, "text");
  text = value.text;
}

template <typename Item>
void read_list(const Field& field, const Value& value, std::vector<Item>& list) {
  if (value.kind != Value::Kind::kList) refuse_type(field, value, "a " + type_name(field));
  const std::vector<size_t>& lengths = field.range.lengths;
  if (!lengths.empty() && std::find(lengths.begin(), lengths.end(), value.items.size()) == lengths.end())
    fail(value, fmt::format("a list of {} is out of range{}", value.items.size(), with_allowed(field)));
  std::vector<Item> result;
  for (const Value& item : value.items) {
    result.emplace_back();
    read_scalar(field, item, result.back());
  }
  list = std::move(result);
}

template <typename Number>
void read_map(const Field& field, const Value& value, std::map<std::string, Number>& numbers) {
  if (value.kind != Value::Kind::kMap && value.kind != Value::Kind::kNull)
    refuse_type(field, value, "a block of " + type_name(field) + " lines");
  numbers.clear();
  for (const Entry& entry : value.entries) read_scalar(field, entry.value, numbers[entry.key]);
}

void read_bool(const Field& field, const Value& value, bool& flag) {
  const std::vector<std::string> kTrue = {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "1"};
  const std::vector<std::string> kFalse = {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "0"};
  const bool yes = std::find(kTrue.begin(), kTrue.end(), value.text) != kTrue.end();
  const bool no = std::find(kFalse.begin(), kFalse.end(), value.text) != kFalse.end();
  if (value.kind != Value::Kind::kScalar || yes == no) refuse_type(field, value, "a boolean");
  flag = yes;
}

std::string read_choice(const Field& field, const Value& value, std::string& choice) {
  const std::vector<std::string>& choices = field.range.choices;
  if (value.kind != Value::Kind::kScalar) refuse_type(field, value, "one of the names");
  if (std::find(choices.begin(), choices.end(), value.text) != choices.end()) {
    choice = value.text;
    return "";
  }
  for (const auto& [old, now] : field.range.old_spellings) {
    if (value.text != old) continue;
    choice = now;
    return fmt::format("{} is the old spelling of {}", old, now);
  }
  fail(value, fmt::format("{} is not known{}; did you mean '{}'?", describe(value), with_allowed(field),
                          base::nearest_name(excerpt(value.text), choices)));
}

std::string read_text(const Field& field, const Value& value, std::string& text) {
  if (!field.range.choices.empty()) return read_choice(field, value, text);
  if (value.kind != Value::Kind::kNull) read_scalar(field, value, text);  // null keeps the default
  return "";
}

void read_optional(const Field& field, const Value& value, std::optional<std::string>& text) {
  text.reset();
  if (value.kind != Value::Kind::kNull) read_scalar(field, value, text.emplace());
}

std::string number_text(double number) {
  return fmt::format("{}", number);
}

/// Of a list or a map.
bool holds_placeholder(const Value& value) {
  const auto is_open = [](const Value& one) { return one.kind == Value::Kind::kScalar && is_placeholder(one.text); };
  return std::ranges::any_of(value.items, is_open) ||
         std::ranges::any_of(value.entries, [&](const Entry& entry) { return is_open(entry.value); });
}

}  // namespace

bool Range::holds(double number) const {
  if (!(std::abs(number) <= std::numeric_limits<float>::max())) return false;
  if (low && (without_low ? number <= *low : number < *low)) return false;
  return !high || (without_high ? number < *high : number <= *high);
}

Range anything() {
  return {};
}

Range at_least(double low) {
  Range range;
  range.low = low;
  return range;
}

Range more_than(double low) {
  Range range = at_least(low);
  range.without_low = true;
  return range;
}

Range between(double low, double high) {
  Range range = at_least(low);
  range.high = high;
  return range;
}

Range one_of(std::vector<std::string> choices) {
  Range range;
  range.choices = std::move(choices);
  return range;
}

std::string read_member(const Field& field, const Value& value) {
  const bool is_text = std::holds_alternative<std::optional<std::string>*>(field.member) ||
                       (std::holds_alternative<std::string*>(field.member) && field.range.choices.empty());
  if (!is_text && value.kind == Value::Kind::kScalar && is_placeholder(value.text))
    return fmt::format("is {}: the default is taken", value.text);
  if (holds_placeholder(value)) return "has a value that is not known yet (\?\?\?): the default is taken";
  const ByType read{
      [&](std::string* text) { return read_text(field, value, *text); },
      [&](std::optional<std::string>* text) { return read_optional(field, value, *text), std::string(); },
      [&](int64_t* number) { return read_scalar(field, value, *number), std::string(); },
      [&](double* number) { return read_scalar(field, value, *number), std::string(); },
      [&](bool* flag) { return read_bool(field, value, *flag), std::string(); },
      [&](LabelMap* labels) { return read_map(field, value, *labels), std::string(); },
      [&](NumberMap* numbers) { return read_map(field, value, *numbers), std::string(); },
      [&](auto* list) { return read_list(field, value, *list), std::string(); },
  };
  return std::visit(read, field.member);
}

std::string allowed_text(const Field& field) {
  const Range& range = field.range;
  std::vector<std::string> parts;
  if (!range.choices.empty()) parts.push_back(fmt::format("{}", fmt::join(range.choices, ", ")));
  if (std::holds_alternative<bool*>(field.member)) parts.emplace_back("true, false");
  if (range.low && range.high && !range.without_low && !range.without_high) {
    parts.push_back(number_text(*range.low) + ".." + number_text(*range.high));
  } else {
    if (range.low) parts.push_back((range.without_low ? "> " : ">= ") + number_text(*range.low));
    if (range.high) parts.push_back((range.without_high ? "< " : "<= ") + number_text(*range.high));
  }
  if (!range.lengths.empty()) {
    const auto last = range.lengths.end() - 1;
    const std::string others = fmt::format("{}", fmt::join(range.lengths.begin(), last, ", "));
    parts.push_back(fmt::format("{}{}{} values", others, others.empty() ? "" : " or ", *last));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string type_name(const Field& field) {
  const bool choice = !field.range.choices.empty();
  const ByType name{
      [&](const std::string*) { return choice ? "name" : "text"; },
      [](const std::optional<std::string>*) { return "text or null"; },
      [](const int64_t*) { return "integer"; },
      [](const double*) { return "number"; },
      [](const bool*) { return "boolean"; },
      [](const std::vector<int64_t>*) { return "list of integers"; },
      [](const std::vector<double>*) { return "list of numbers"; },
      [](const std::vector<std::string>*) { return "list of texts"; },
      [](const LabelMap*) { return "class name: integer"; },
      [](const NumberMap*) { return "name: number"; },
  };
  return std::visit([&](const auto* member) { return std::string(name(member)); }, field.member);
}

}  // namespace gerund::spec
