#include "deploy/deepstream_keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/nearest.h"
#include "deploy/config_text.h"
#include "deploy/key_file.h"
#include "spec/yaml_file.h"

namespace gerund::deploy {
namespace {

using spec::Field;
using spec::Value;

/// `value` in the form that spec::read_member wants for this field.
Value prepared(const Field& field, const Value& value) {
  const Value given = expand_environment(value);
  if (std::holds_alternative<std::string*>(field.member)) return plain_text(given);
  const bool is_text_list = std::holds_alternative<std::vector<std::string>*>(field.member);
  const bool is_list = is_text_list || std::holds_alternative<std::vector<int64_t>*>(field.member) ||
                       std::holds_alternative<std::vector<double>*>(field.member);
  if (!is_list) return without_remark(given);
  Value list = list_of(is_text_list ? given : without_remark(given));
  for (Value& item : list.items) {
    if (is_text_list) item = plain_text(item);
  }
  return list;
}

const IdleKeys* find_idle(const std::vector<IdleKeys>& idle, const std::string& key) {
  const auto found = std::find_if(idle.begin(), idle.end(), [&](const IdleKeys& some) {
    return std::find(some.keys.begin(), some.keys.end(), key) != some.keys.end();
  });
  return found == idle.end() ? nullptr : &*found;
}

std::string nearest_key(const std::string& key, const std::vector<Field>& fields, const std::vector<IdleKeys>& idle) {
  std::vector<std::string> known;
  known.reserve(fields.size());
  for (const Field& field : fields) known.push_back(field.key);
  for (const IdleKeys& some : idle) known.insert(known.end(), some.keys.begin(), some.keys.end());
  return base::nearest_name(spec::excerpt(key), known);
}

}  // namespace

std::string key_table(const std::vector<Field>& fields, const std::vector<IdleKeys>& idle) {
  std::string text = "| key | takes | here |\n| --- | --- | --- |\n";
  for (const Field& field : fields) {
    const std::string allowed = std::holds_alternative<bool*>(field.member) ? "" : allowed_text(field);
    text += fmt::format("| `{}` | {}{}{} | {} |\n", field.key, type_name(field), allowed.empty() ? "" : ", ", allowed,
                        field.help);
  }
  for (const IdleKeys& some : idle)
    text += fmt::format("| `{}` | | No meaning: {}. |\n", fmt::join(some.keys, "`, `"), some.reason);
  return text;
}

Value read_groups(const std::filesystem::path& path) {
  const std::string text = read_config_text(path);
  const bool is_yaml = path.extension() == ".yml" || path.extension() == ".yaml";
  return is_yaml ? spec::read_yaml(text, path.string()) : parse_key_file(text, path.string());
}

void KeyReader::read(const Value& group, const std::vector<Field>& fields, const std::vector<IdleKeys>& idle) {
  if (group.kind == Value::Kind::kNull) return;
  if (group.kind != Value::Kind::kMap) fail(group, fmt::format("{} is not a group of keys", describe(group)));
  for (const spec::Entry& entry : group.entries) {
    const auto field =
        std::find_if(fields.begin(), fields.end(), [&](const Field& known) { return known.key == entry.key; });
    const IdleKeys* without_meaning = find_idle(idle, entry.key);
    if (field != fields.end()) {
      read_member(*field, prepared(*field, entry.value));
    } else if (without_meaning != nullptr) {
      note_idle(entry.key, without_meaning->reason);
    } else {
      const std::string nearest = nearest_key(entry.key, fields, idle);
      const bool is_near = base::edit_distance(entry.key, nearest) <= std::max<int>(2, std::ssize(entry.key) / 3);
      warn(entry.value, is_near ? fmt::format("is not known and ignored; did you mean '{}'?", nearest)
                                : "is not known in this group and ignored");
    }
  }
}

void KeyReader::note_idle(const std::string& key, const std::string& reason) {
  for (IdleKeys& some : idle_) {
    if (some.reason != reason) continue;
    if (std::find(some.keys.begin(), some.keys.end(), key) == some.keys.end()) some.keys.push_back(key);
    return;
  }
  idle_.push_back({reason, {key}});
}

void KeyReader::warn(const Value& value, const std::string& message) {
  warnings_.push_back(fmt::format("{}: {}: {}", value.place, spec::excerpt(value.name), message));
}

void KeyReader::warn(const std::string& message) {
  warnings_.push_back(fmt::format("{}: {}", file_.string(), message));
}

std::filesystem::path KeyReader::file_at(const Value& value, const std::string& named) {
  const FoundFile found = find_file(named, file_.parent_path());
  if (found.is_in_working_folder)
    warn(value, fmt::format("{} is taken from the working folder; the folder of this file has none", named));
  return found.path;
}

void KeyReader::finish() {
  if (idle_.empty()) return;
  std::vector<std::string> parts;
  for (const IdleKeys& some : idle_) parts.push_back(fmt::format("{} ({})", fmt::join(some.keys, ", "), some.reason));
  warn(fmt::format("no meaning here: {}", fmt::join(parts, "; ")));
}

}  // namespace gerund::deploy
