#include "spec/collect.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/nearest.h"
#include "spec/dialect.h"

namespace gerund::spec {
namespace {

/// "a", "a and b", "a, b and c".
std::string enumerate(const std::vector<std::string>& names) {
  if (names.size() == 1) return names[0];
  return fmt::format("{} and {}", fmt::join(names.begin(), names.end() - 1, ", "), names.back());
}

/// The canonical key whose last part is `name`, or was before; "" where there is none.
std::string find_elsewhere(const FieldTable& table, const std::string& name) {
  const auto ends_with_name = [&](const std::string& key) { return key == name || key.ends_with("." + name); };
  for (const Field& field : table.fields()) {
    if (ends_with_name(field.key)) return field.key;
  }
  for (const auto& [block, help] : block_help()) {
    if (!block.empty() && ends_with_name(block)) return block;
  }
  return now_of(name);
}

/// Puts the entries of `block` into `into`; those of the same key replace.
void merge(Value& into, const Value& block) {
  for (const Entry& entry : block.entries) {
    const auto same = std::find_if(into.entries.begin(), into.entries.end(),
                                   [&](const Entry& other) { return other.key == entry.key; });
    if (same == into.entries.end()) {
      into.entries.push_back(entry);
    } else {
      same->value = entry.value;
    }
  }
}

}  // namespace

void Notes::add(const Value& value, const std::string& note) {
  const std::string key = fmt::format("{}: {}", value.place, excerpt(value.name));
  const auto found = std::find(keys_.begin(), keys_.end(), key);
  if (found == keys_.end()) {
    keys_.push_back(key);
    lines_.push_back(key + " " + note);
  } else {
    lines_[static_cast<size_t>(found - keys_.begin())] += "; " + note;
  }
}

void Notes::add_line(const std::string& line) {
  keys_.emplace_back();
  lines_.push_back(line);
}

void Collector::add_override(const Value& top) {
  overriding_ = true;
  add_block(top, "");
}

void Collector::add_block(const Value& block, const std::string& canonical) {
  if (block.kind == Value::Kind::kNull) return;  // "train:" with nothing under it
  if (block.kind == Value::Kind::kScalar && is_placeholder(block.text)) return;
  if (block.kind != Value::Kind::kMap) fail(block, fmt::format("{} is not a block of keys", describe(block)));
  for (const Entry& entry : block.entries) add_entry(entry, canonical);
}

void Collector::add_entry(const Entry& entry, const std::string& block) {
  const std::string key = join_key(block, entry.key);
  const std::vector<std::string> targets = current_names(key, entry.value.kind, verbs_);
  if (entry.key.find('.') != std::string::npos)
    throw base::UserError(fmt::format("{}: the key '{}' has a dot; write blocks inside blocks instead",
                                      entry.value.place, excerpt(entry.key)));
  if (table_.is_block(targets[0])) {
    add_block(entry.value, targets[0]);
    return;
  }
  if (table_.find(targets[0]) == nullptr) refuse_unknown(entry, block);
  note(entry.value, targets);
  if (key == kOutputShape) {
    add_shape(entry.value, targets);
  } else {
    for (const std::string& target : targets) assign(target, entry.value);
  }
}

void Collector::add_shape(const Value& shape, const std::vector<std::string>& targets) {
  if (shape.kind == Value::Kind::kScalar && is_placeholder(shape.text)) return;
  if (shape.kind != Value::Kind::kList || shape.items.size() != targets.size())
    fail(shape, fmt::format("{} is not a list of two integers; allowed: [height, width]", describe(shape)));
  for (size_t i = 0; i < targets.size(); ++i) assign(targets[i], shape.items[i]);
}

void Collector::assign(const std::string& key, const Value& value) {
  const auto [given, is_new] = settings_.emplace(key, value);
  if (is_new) return;
  if (!overriding_)
    fail(value, fmt::format("is the same setting as {} ({}); keep one", given->second.name, given->second.place));
  if (value.kind == Value::Kind::kMap && given->second.kind == Value::Kind::kMap) {
    merge(given->second, value);
  } else {
    given->second = value;
  }
}

void Collector::note(const Value& value, const std::vector<std::string>& targets) {
  if (targets[0] != value.name || targets.size() > 1) {
    notes_.add(value, fmt::format("is the old name of {}", enumerate(targets)));
    file_is_old_ = file_is_old_ || !overriding_;
  }
  const bool has_effect = std::any_of(targets.begin(), targets.end(),
                                      [&](const std::string& key) { return table_.find(key)->no_effect.empty(); });
  if (has_effect || !noted_.insert(targets[0]).second) return;
  notes_.add(value, fmt::format("has no effect here: {}", table_.find(targets[0])->no_effect));
}

void Collector::refuse_unknown(const Entry& entry, const std::string& block) const {
  const std::string& name = entry.value.name;
  const bool nested = name.size() > entry.key.size();
  const std::string where =
      nested ? fmt::format("in {}", excerpt(name.substr(0, name.size() - entry.key.size() - 1))) : "at the top level";
  std::string known = find_elsewhere(table_, entry.key);
  if (known.empty()) {
    std::vector<std::string> names = table_.names_in(block);
    for (const std::string& old : old_names_in(block)) names.push_back(old);
    known = base::nearest_name(excerpt(entry.key), names);
  }
  throw base::UserError(
      fmt::format("{}: unknown key '{}' {}; did you mean '{}'?", entry.value.place, excerpt(entry.key), where, known));
}

}  // namespace gerund::spec
