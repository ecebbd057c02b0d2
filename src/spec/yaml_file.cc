#include "spec/yaml_file.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <vector>

#include "base/error.h"

namespace gerund::spec {
namespace {

using base::UserError;

constexpr size_t kMostBytes = 1 << 20;
constexpr int kMostValues = 20000;
constexpr int kMostLevels = 32;
constexpr const char* kMerge = "<<";

/// Turns yaml-cpp nodes into values; counts them, because a small file can mean a huge tree through its aliases.
class Converter {
 public:
  explicit Converter(std::string file) : file_(std::move(file)) {}

  Value convert(const YAML::Node& node, int line, const std::string& name, int level) {
    Value value;
    value.place = fmt::format("{}:{}", file_, line);
    value.name = name;
    if (level > kMostLevels) fail(value, fmt::format("is nested too deep; allowed: {} levels", kMostLevels));
    if (++num_values_ > kMostValues) fail(value, fmt::format("is one value too many; allowed: {}", kMostValues));
    if (node.IsScalar()) {
      value.kind = Value::Kind::kScalar;
      value.text = node.Scalar();
    } else if (node.IsSequence()) {
      value.kind = Value::Kind::kList;
      convert_items(node, value, level);
    } else if (node.IsMap()) {
      value.kind = Value::Kind::kMap;
      convert_entries(node, value, level);
    }
    return value;
  }

 private:
  void convert_items(const YAML::Node& node, Value& list, int level) {
    for (size_t i = 0; i < node.size(); ++i) {
      const YAML::Node item = node[i];
      list.items.push_back(convert(item, item.Mark().line + 1, fmt::format("{}[{}]", list.name, i), level + 1));
    }
  }

  void convert_entries(const YAML::Node& node, Value& block, int level) {
    std::map<std::string, std::string> first_places;
    for (const auto& entry : node) {
      const int line = entry.first.Mark().line + 1;
      if (!entry.first.IsScalar()) throw UserError(fmt::format("{}:{}: a key must be plain text", file_, line));
      const std::string& key = entry.first.Scalar();
      if (key == kMerge) continue;
      Value value = convert(entry.second, line, join_key(block.name, key), level + 1);
      const auto [first, is_new] = first_places.emplace(key, value.place);
      if (!is_new) fail(value, fmt::format("is given twice, first at {}; keep one", first->second));
      block.entries.push_back({key, std::move(value)});
    }
    if (const YAML::Node merged = node[kMerge]) merge(merged, block, level);
  }

  // "<<: *block" (YAML 1.1): the entries of other blocks, or of a list of them, where this one has none of that key.
  void merge(const YAML::Node& merged, Value& block, int level) {
    const int line = merged.Mark().line + 1;
    if (merged.IsSequence()) {
      for (const YAML::Node& one : merged) merge(one, block, level + 1);
      return;
    }
    const Value other = convert(merged, line, block.name, level + 1);
    if (other.kind != Value::Kind::kMap)
      throw UserError(fmt::format("{}:{}: << takes a block of keys, or a list of blocks", file_, line));
    for (const Entry& entry : other.entries) {
      const bool is_there = std::ranges::any_of(block.entries, [&](const Entry& own) { return own.key == entry.key; });
      if (!is_there) block.entries.push_back(entry);
    }
  }

  std::string file_;
  int num_values_ = 0;
};

/// Notes where documents start and ignores what is in them.
class DocumentStarts : public YAML::EventHandler {
 public:
  std::vector<YAML::Mark> marks;

  void OnDocumentStart(const YAML::Mark& mark) override { marks.push_back(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

/// Throws where text follows the first document. YAML::LoadAll is of no use for that: where the parser cannot get on,
/// as at a ',' that starts the file, it makes empty documents without end.
void refuse_second_document(const std::string& text, const std::string& name) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStarts starts;
  const bool two = parser.HandleNextDocument(starts) && parser.HandleNextDocument(starts) && starts.marks.size() > 1;
  if (!two) return;
  const YAML::Mark& second = starts.marks[1];
  if (second.pos == starts.marks[0].pos)
    throw UserError(fmt::format("{}:{}: is not YAML: nothing can start like this (column {})", name, second.line + 1,
                                second.column + 1));
  throw UserError(fmt::format("{}:{}: starts a second YAML document; keep one", name, second.line + 1));
}

/// Has line `number` of `text`, from 0, a tab?
bool has_tab(const std::string& text, int number) {
  size_t begin = 0;
  for (int i = 0; i < number && begin < text.size(); ++i) begin = std::min(text.find('\n', begin), text.size() - 1) + 1;
  return text.substr(begin, text.find('\n', begin) - begin).find('\t') != std::string::npos;
}

YAML::Node parse_document(const std::string& text, const std::string& name) {
  try {
    refuse_second_document(text, name);
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    throw UserError(
        fmt::format("{}:{}: is not YAML: {} (column {}{})", name, error.mark.line + 1, error.msg, error.mark.column + 1,
                    has_tab(text, error.mark.line) ? "; it has a tab, and YAML is indented by spaces" : ""));
  }
}

}  // namespace

Value read_yaml(const std::string& text, const std::string& name) {
  if (text.size() > kMostBytes)
    throw UserError(
        fmt::format("{}: has {} bytes; a spec is YAML text of at most {}. Is it a checkpoint or a model? These go to "
                    "evaluate, infer, export and describe",
                    name, text.size(), kMostBytes));
  const YAML::Node document = parse_document(text, name);
  const int line = document.Mark().line + 1;
  if (document.IsNull()) throw UserError(fmt::format("{}: is empty; it is to have blocks such as model:", name));
  if (!document.IsMap())
    throw UserError(fmt::format("{}:{}: is not a spec; a spec has blocks such as model: and dataset:", name, line));
  return Converter(name).convert(document, line, "", 0);
}

}  // namespace gerund::spec
