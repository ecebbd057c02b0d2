#include "catalogue/index.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/nearest.h"
#include "base/utf8.h"

namespace gerund::catalogue {
namespace {

using base::UserError;
using json = nlohmann::ordered_json;  // Fields stay in the order in which people read them.

constexpr const char* kFormat = "gerund.catalogue/1";
constexpr int kMostDepth = 12;
constexpr size_t kMostNameBytes = 64;

bool is_plain(char byte) {
  return std::isalnum(static_cast<unsigned char>(byte)) != 0 || byte == '_' || byte == '-' || byte == '.';
}

/// Letters, digits, '_', '-', '.', not begun by a dot: what a folder and a URL take as it is.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= kMostNameBytes && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), is_plain);
}

/// Plain names with '/' between them: neither absolute nor with "..".
bool is_path_below(std::string_view path) {
  for (;;) {
    const size_t slash = path.find('/');
    if (!is_plain_name(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

/// Reads fields of one object and names where they are wrong.
class Fields {
 public:
  Fields(const json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object.is_object()) throw UserError(where_ + ": is no object");
  }

  [[noreturn]] void fail(const std::string& field, const std::string& wanted) const {
    throw UserError(fmt::format("{}: '{}' is wrong: {}", where_, field, wanted));
  }

  const json& value(const std::string& field) const {
    const auto found = object_.find(field);
    if (found == object_.end()) throw UserError(fmt::format("{}: '{}' is missing", where_, field));
    return *found;
  }

  std::string text(const std::string& field) const { return text_of(value(field), field); }

  int64_t count(const std::string& field) const {
    const json& number = value(field);
    if (!number.is_number_unsigned() || number.get<uint64_t>() > uint64_t{1} << 60)
      fail(field, "a whole number is wanted");
    return number.get<int64_t>();
  }

  double share(const std::string& field) const {
    const json& number = value(field);
    if (!number.is_number()) fail(field, "a number is wanted");
    const auto share = number.get<double>();
    if (!(share >= 0 && share <= 1)) fail(field, "a share of 0 to 1 is wanted");
    return share;
  }

  const json& list(const std::string& field) const {
    if (!value(field).is_array()) fail(field, "a list is wanted");
    return value(field);
  }

  std::vector<std::string> texts(const std::string& field) const {
    std::vector<std::string> texts;
    for (const json& item : list(field)) texts.push_back(text_of(item, field));
    return texts;
  }

 private:
  /// Control characters would reach the user's terminal.
  std::string text_of(const json& value, const std::string& field) const {
    if (!value.is_string()) fail(field, "text is wanted");
    auto text = value.get<std::string>();
    if (std::any_of(text.begin(), text.end(), [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; }))
      fail(field, "text of one line is wanted");
    return text;
  }

  const json& object_;
  std::string where_;
};

Network read_network(const json& object, const std::string& where) {
  const Fields fields(object, where + ", network");
  Network network{fields.text("model_type"), fields.text("input_type"), fields.text("backbone"),
                  fields.text("temporal"), fields.count("width")};
  return network;
}

Accuracy read_accuracy(const json& object, const std::string& where) {
  const Fields fields(object, where + ", accuracy");
  return {fields.share("value"), fields.count("clips"), fields.text("split"), fields.text("command")};
}

std::string read_sha256(const Fields& fields) {
  std::string sum = fields.text("sha256");
  const bool is_sum = sum.size() == 64 && std::all_of(sum.begin(), sum.end(), [](char digit) {
                        return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f');
                      });
  if (!is_sum) fields.fail("sha256", "64 hexadecimal digits in lower case are wanted");
  return sum;
}

Entry read_entry(const json& object, const std::string& where) {
  const Fields fields(object, where);
  Entry entry;
  entry.name = fields.text("name");
  if (!is_plain_name(entry.name)) fields.fail("name", "letters, digits, '_', '-' and '.' are wanted, 64 at most");
  entry.summary = fields.text("summary");
  entry.file = fields.text("file");
  if (!is_path_below(entry.file))
    fields.fail("file", fmt::format("'{}' is no path below the index of letters, digits, '_', '-', '.'", entry.file));
  entry.num_bytes = fields.count("size");
  entry.sha256 = read_sha256(fields);
  entry.licence = fields.text("licence");
  entry.network = read_network(fields.value("network"), where);
  entry.classes = fields.texts("classes");
  entry.recipe = base::json_text(fields.value("recipe"));
  entry.parameters = fields.count("parameters");
  entry.multiply_adds = fields.count("multiply_adds");
  for (const json& accuracy : fields.list("accuracy")) entry.accuracies.push_back(read_accuracy(accuracy, where));
  entry.made_by = fields.texts("made_by");
  return entry;
}

json parse_json(std::string_view text, const std::string& name) {
  const auto refuse_depth = [&](int depth, json::parse_event_t, json&) {
    if (depth > kMostDepth) throw UserError(fmt::format("{}: is nested deeper than an index can be", name));
    return true;
  };
  try {
    return json::parse(text, refuse_depth);
  } catch (const json::exception& error) {
    throw UserError(fmt::format("{}: is no JSON: {}", name, error.what()));
  }
}

json to_json(const Entry& entry) {
  json accuracies = json::array();
  for (const Accuracy& accuracy : entry.accuracies)
    accuracies.push_back({{"value", accuracy.value},
                          {"clips", accuracy.num_clips},
                          {"split", accuracy.split},
                          {"command", accuracy.command}});
  const Network& network = entry.network;
  return {{"name", entry.name},
          {"summary", entry.summary},
          {"file", entry.file},
          {"size", entry.num_bytes},
          {"sha256", entry.sha256},
          {"licence", entry.licence},
          {"network",
           {{"model_type", network.model_type},
            {"input_type", network.input_type},
            {"backbone", network.backbone},
            {"temporal", network.temporal},
            {"width", network.width}}},
          {"classes", entry.classes},
          {"recipe", json::parse(entry.recipe)},
          {"parameters", entry.parameters},
          {"multiply_adds", entry.multiply_adds},
          {"accuracy", accuracies},
          {"made_by", entry.made_by}};
}

}  // namespace

Index parse_index(std::string_view text, const std::string& name) {
  if (text.size() > kMostIndexBytes)
    throw UserError(fmt::format("{}: is longer than an index may be ({} bytes)", name, kMostIndexBytes));
  const json root = parse_json(text, name);
  const Fields fields(root, name);
  if (const std::string format = fields.text("format"); format != kFormat)
    throw UserError(fmt::format("{}: is of the format '{}'; this program reads '{}'", name, format, kFormat));
  Index index;
  std::set<std::string> names;
  for (const json& object : fields.list("models")) {
    index.entries.push_back(read_entry(object, fmt::format("{}, model {}", name, index.entries.size() + 1)));
    if (!names.insert(index.entries.back().name).second)
      throw UserError(fmt::format("{}: '{}' is there twice", name, index.entries.back().name));
  }
  return index;
}

std::string print_index(const Index& index) {
  json models = json::array();
  for (const Entry& entry : index.entries) models.push_back(to_json(entry));
  return base::json_text(json{{"format", kFormat}, {"models", models}}, 2) + "\n";
}

std::string print_entry(const Entry& entry) {
  return base::json_text(to_json(entry), 2) + "\n";
}

const Entry& entry_named(const Index& index, const std::string& name) {
  std::vector<std::string> names;
  for (const Entry& entry : index.entries) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
  }
  throw UserError(names.empty()
                      ? fmt::format("'{}': the catalogue is empty", name)
                      : fmt::format("'{}' is not in the catalogue; did you mean '{}'? gerund models list shows all",
                                    name, base::nearest_name(name, names)));
}

}  // namespace gerund::catalogue
