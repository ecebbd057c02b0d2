#include "cli/values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "infer/engine.h"

namespace gerund::cli {
namespace {

struct KindsName {
  const char* name;
  WordKinds kinds;
};
constexpr std::array kKindsNames{
    KindsName{"keys of a spec", {false, Keys::spec}},
    KindsName{"files and keys of a spec", {true, Keys::spec}},
    KindsName{"files and keys of a config", {true, Keys::config}},
};

bool has_capital(const std::string& text) {
  return std::ranges::any_of(text, [](unsigned char byte) { return std::isupper(byte) != 0; });
}

// "OUT.mp4": a name, a dot, letters or digits to the end.
bool is_file_name(const std::string& type) {
  const size_t dot = type.rfind('.');
  return dot != std::string::npos && dot > 0 && dot + 1 < type.size() &&
         std::all_of(type.begin() + static_cast<std::ptrdiff_t>(dot) + 1, type.end(),
                     [](unsigned char byte) { return std::isalnum(byte) != 0; });
}

}  // namespace

std::string check_seed(const std::string& text) {
  return text.starts_with('-') ? text + " is below 0; allowed: 0 and up" : "";
}

std::string one_of(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, "|"));
}

std::string engine_type() {
  std::vector<std::string> names = infer::engine_names();
  names.insert(names.begin(), "auto");
  names.emplace_back("null");
  return one_of(names);
}

// CLI11 keeps no words of a caller's own with an option, but for named validators: this one accepts everything.
void set_word_kinds(CLI::Option& words, const WordKinds& kinds) {
  for (const KindsName& known : kKindsNames) {
    if (known.kinds.files == kinds.files && known.kinds.keys == kinds.keys)
      words.check([](const std::string&) { return std::string(); }, "", known.name);
  }
}

WordKinds word_kinds(CLI::Option& words) {
  for (const KindsName& known : kKindsNames) {
    try {
      words.get_validator(known.name);
      return known.kinds;
    } catch (const CLI::OptionNotFound&) {
      continue;
    }
  }
  return {};
}

Values values_of_type(const std::string& type) {
  Values values;
  if (!type.empty() && !has_capital(type)) {
    for (const std::string& name : CLI::detail::split(type, '|')) values.choices.push_back(name);
  }
  values.folders = type == kFolder;
  values.files = type.find(kFile) != std::string::npos || (values.choices.empty() && is_file_name(type));
  return values;
}

}  // namespace gerund::cli
