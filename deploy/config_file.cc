#include "deploy/config_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "deploy/config_reader.h"
#include "deploy/config_text.h"
#include "deploy/deepstream_config.h"
#include "deploy/key_file.h"
#include "spec/override.h"
#include "spec/yaml_file.h"

namespace gerund::deploy {
namespace {

using base::UserError;
using spec::Value;

AppConfig read_text(const std::string& text, const std::string& name,
                    const std::optional<std::filesystem::path>& folder, const std::vector<std::string>& overrides,
                    std::vector<std::string>& warnings) {
  AppConfig config;
  ConfigReader reader(config, name, warnings);
  reader.read(spec::read_yaml(text, name), folder);
  for (const std::string& change : overrides) reader.read(spec::parse_override(change), std::nullopt);
  reader.finish();
  return config;
}

/// True where the first line that says something is "[group]".
bool is_key_file(const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const size_t first = text.find_first_not_of(" \t\r", at);
    const size_t last = text.find_last_not_of(" \t\r", end == 0 ? 0 : end - 1);
    if (first < end && text[first] != '#' && text[first] != ';')
      return text[first] == '[' && text[last] == ']' && text.find_first_of(",:", first) > last;
    at = end + 1;
  }
  return false;
}

[[noreturn]] void refuse_file(const std::filesystem::path& path, const std::string& what) {
  throw UserError(
      fmt::format("{}: {}; give the file with [action-recognition] "
                  "(deepstream_action_recognition_config.txt), or a YAML file of gerund's own",
                  path.string(), what));
}

void refuse_part(const std::filesystem::path& path, const Value& groups) {
  if (find_value(groups, "property") != nullptr)
    refuse_file(path, "is the preprocess or inference file of an application, not the application's");
}

}  // namespace

AppConfig parse_config(const std::string& text, const std::string& name, const std::vector<std::string>& overrides,
                       std::vector<std::string>& warnings) {
  return read_text(text, name, std::nullopt, overrides, warnings);
}

AppConfig read_config(const std::filesystem::path& path, const std::vector<std::string>& overrides,
                      std::vector<std::string>& warnings) {
  return read_text(read_config_text(path), path.string(), path.parent_path(), overrides, warnings);
}

void apply_overrides(AppConfig& config, const std::vector<std::string>& overrides, std::vector<std::string>& warnings) {
  ConfigReader reader(config, "overrides", warnings);
  for (const std::string& change : overrides) reader.read(spec::parse_override(change), std::nullopt);
  reader.finish();
}

AppConfig read_any_config(const std::filesystem::path& path, const std::vector<std::string>& overrides,
                          std::vector<std::string>& warnings) {
  const std::string text = read_config_text(path);
  if (!is_key_file(text)) {
    const Value top = spec::read_yaml(text, path.string());
    if (find_value(top, "deepstream") != nullptr)
      refuse_file(path, "is a pipeline for DeepStream's Service Maker, which gerund does not build");
    refuse_part(path, top);
    return read_config(path, overrides, warnings);
  }
  const Value groups = parse_key_file(text, path.string());
  refuse_part(path, groups);
  if (!is_deepstream(groups)) refuse_file(path, "has no group [action-recognition]");
  AppConfig config = read_deepstream(path, warnings);
  const double threshold = config.events.threshold;
  if (threshold > 1) config.events.threshold = std::nan("");  // Until it is known what it is compared with.
  apply_overrides(config, overrides, warnings);
  if (!std::isnan(config.events.threshold)) return config;
  config.events.threshold = 0;
  // One of raw logits, which have no counterpart in probabilities.
  if (config.exact) {
    config.events.threshold = threshold;
  } else {
    warnings.push_back(
        fmt::format("classifier-threshold: {} is above 1, and scores here are probabilities; 0 is "
                    "taken (--compat exact compares the network's raw numbers)",
                    threshold));
  }
  return config;
}

}  // namespace gerund::deploy
