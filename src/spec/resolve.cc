#include "spec/resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "base/error.h"
#include "base/nearest.h"
#include "base/trim.h"
#include "spec/dialect.h"
#include "spec/expression.h"

namespace gerund::spec {
namespace {

constexpr size_t kMostBytes = 65536;
constexpr size_t kMostLevels = 64;
constexpr size_t kNone = std::string::npos;

/// The position after the '}' that closes the "${" at `start`, or kNone.
size_t reference_end(const std::string& text, size_t start) {
  int open = 0;
  for (size_t at = start; at < text.size(); ++at) {
    if (text.compare(at, 2, "${") == 0) ++open;
    if (text[at] == '}' && --open == 0) return at + 1;
  }
  return kNone;
}

const Value* find_entry(const Value& block, const std::string& key) {
  for (const Entry& entry : block.entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

/// All dotted keys under a block, blocks left out.
void list_keys(const Value& block, const std::string& prefix, std::vector<std::string>& keys) {
  for (const Entry& entry : block.entries) {
    const std::string key = join_key(prefix, entry.key);
    if (!entry.value.entries.empty()) {
      list_keys(entry.value, key, keys);
    } else {
      keys.push_back(key);
    }
  }
}

class Resolver {
 public:
  Resolver(Settings& settings, const Value& defaults, const std::set<std::string>& verbs)
      : settings_(settings), defaults_(defaults), verbs_(verbs) {}

  void resolve(Value& value) {
    if (done_.count(&value) > 0) return;
    if (!active_.insert(&value).second) fail(value, "refers to itself");
    if (active_.size() > kMostLevels) fail(value, fmt::format("is a chain of more than {} references", kMostLevels));
    for (Value& item : value.items) resolve_inner(item);
    for (Entry& entry : value.entries) resolve_inner(entry.value);
    if (value.kind == Value::Kind::kScalar && value.text.find("${") != kNone) replace(value);
    active_.erase(&value);
    done_.insert(&value);
  }

 private:
  /// What stands inside a list or a block must stay a single value: sizes cannot explode.
  void resolve_inner(Value& value) {
    resolve(value);
    if (value.kind == Value::Kind::kList || value.kind == Value::Kind::kMap)
      fail(value, fmt::format("{} stands where a single value belongs", describe(value)));
  }

  void replace(Value& value) {
    const std::string text = value.text;
    if (text.size() > kMostBytes) fail(value, fmt::format("is longer than {} bytes", kMostBytes));
    const bool whole = text.starts_with("${") && !text.starts_with("${eval:") && reference_end(text, 0) == text.size();
    if (!whole) {
      value.text = interpolate(value, text, 0);
      return;
    }
    const Value& target = find(value, interpolate(value, text.substr(2, text.size() - 3), 0));
    value.kind = target.kind;
    value.text = target.text;
    value.items = target.items;
    value.entries = target.entries;
  }

  /// `text` with its references replaced; `value` is where it stands.
  std::string interpolate(const Value& value, const std::string& text, size_t level) {
    if (level > kMostLevels) fail(value, "nests references too deep");
    std::string result;
    size_t at = 0;
    for (size_t open = text.find("${"); open != kNone; open = text.find("${", at)) {
      size_t first_slash = open;
      while (first_slash > at && text[first_slash - 1] == '\\') --first_slash;
      const size_t num_slashes = open - first_slash;
      result += text.substr(at, first_slash - at) + std::string(num_slashes / 2, '\\');
      if (num_slashes % 2 == 1) {
        result += "${";
        at = open + 2;
        continue;
      }
      at = reference_end(text, open);
      if (at == kNone) fail(value, fmt::format("'{}' has a ${{ without its }}", excerpt(text)));
      result += reference_text(value, interpolate(value, text.substr(open + 2, at - open - 3), level + 1));
      if (result.size() > kMostBytes) fail(value, fmt::format("becomes longer than {} bytes", kMostBytes));
    }
    return result + text.substr(at);
  }

  /// What ${`inner`} stands for inside a longer text.
  std::string reference_text(const Value& value, const std::string& inner) {
    const std::string resolver = base::trim(inner, " ").substr(0, base::trim(inner, " ").find(':'));
    if (resolver == "eval" && resolver.size() < base::trim(inner, " ").size())
      return calculate(value, base::trim(inner, " ").substr(resolver.size() + 1));
    const Value& target = find(value, inner);
    if (target.kind != Value::Kind::kScalar)
      fail(value, fmt::format("${{{}}} is {}, which cannot be part of a text", excerpt(inner), describe(target)));
    return target.text;
  }

  std::string calculate(const Value& value, const std::string& expression) {
    try {
      return evaluate_expression(base::trim(expression, " "));
    } catch (const base::UserError& error) {
      fail(value, error.what());
    }
  }

  /// The resolved target of ${`inner`}: a setting, an entry of one (label_map.walk), or a default.
  const Value& find(const Value& value, const std::string& inner) {
    const std::string path = base::trim(inner, " ");
    if (path.find(':') != kNone)
      fail(value, fmt::format("${{{}}} is not known; allowed: ${{block.key}} and ${{eval:...}}", excerpt(path)));
    const std::string key = canonical_key(path, verbs_);
    if (const auto given = settings_.find(key); given != settings_.end()) return resolved(given->second);
    const size_t dot = key.rfind('.');
    const auto owner = dot == kNone ? settings_.end() : settings_.find(key.substr(0, dot));
    if (owner != settings_.end()) {
      for (Entry& entry : owner->second.entries) {
        if (entry.key == key.substr(dot + 1)) return resolved(entry.value);
      }
    }
    return find_default(value, key, path);
  }

  const Value& resolved(Value& target) {
    resolve(target);
    return target;
  }

  const Value& find_default(const Value& value, const std::string& key, const std::string& path) const {
    const Value* target = &defaults_;
    for (size_t start = 0; target != nullptr && start <= key.size();) {
      const size_t dot = std::min(key.find('.', start), key.size());
      target = find_entry(*target, key.substr(start, dot - start));
      start = dot + 1;
    }
    if (target == nullptr) {
      std::vector<std::string> keys;
      list_keys(defaults_, "", keys);
      const std::string block = path.substr(0, path.find('.') + 1);  // One of the same block rather than a like one.
      const auto in_block = [&](const std::string& one) { return one.starts_with(block); };
      if (std::ranges::any_of(keys, in_block)) std::erase_if(keys, std::not_fn(in_block));
      fail(value, fmt::format("${{{}}} refers to an unknown key; did you mean '{}'?", excerpt(path),
                              base::nearest_name(excerpt(path), keys)));
    }
    if (!target->entries.empty()) fail(value, fmt::format("${{{}}} is a block, not a value", excerpt(path)));
    return *target;
  }

  Settings& settings_;
  const Value& defaults_;
  const std::set<std::string>& verbs_;
  // By address: values neither move nor come while resolving, except inside a scalar that becomes a copy of its target.
  std::set<const Value*> active_;
  std::set<const Value*> done_;
};

}  // namespace

void resolve_references(Settings& settings, const Value& defaults, const std::set<std::string>& verbs) {
  Resolver resolver(settings, defaults, verbs);
  for (auto& [key, value] : settings) resolver.resolve(value);
}

std::string escape_references(const std::string& text) {
  std::string result;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text.compare(at, 2, "${") == 0) {
      size_t num_slashes = 0;
      while (num_slashes < at && text[at - 1 - num_slashes] == '\\') ++num_slashes;
      result += std::string(num_slashes + 1, '\\');
    }
    result += text[at];
  }
  return result;
}

}  // namespace gerund::spec
