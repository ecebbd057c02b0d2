#include "clip/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "spec/experiment.h"

namespace gerund::clip {
namespace {

using nlohmann::json;

constexpr int kMostLevels = 8;  // Of an untrusted recipe; a real one has three.
constexpr std::array kModalities{std::pair{Modality::rgb, "rgb"}, std::pair{Modality::flow, "uv"}};
constexpr std::array kInputTypes{std::pair{InputType::stacked_2d, "2d"}, std::pair{InputType::volume_3d, "3d"}};
constexpr std::array kStrategies{std::pair{SampleStrategy::random_interval, "random_interval"},
                                 std::pair{SampleStrategy::consecutive, "consecutive"}};
constexpr std::array kFlowMethods{std::pair{"dis", "dis"}, std::pair{"farneback", "farneback"},
                                  std::pair{"tvl1", "tvl1"}};
constexpr std::array kResizeModes{
    std::pair{ResizeMode::squash, "squash"}, std::pair{ResizeMode::center_crop, "center_crop"},
    std::pair{ResizeMode::letterbox, "letterbox"}, std::pair{ResizeMode::letterbox_center, "letterbox_center"}};

template <typename Table, typename Value>
std::string name_of(const Table& table, Value value) {
  for (const auto& [known, name] : table) {
    if (known == value) return name;
  }
  throw base::InternalError("recipe value without a name");
}

// What pixels can be divided by.
bool is_deviation(double value) {
  return value > 0;
}

// Reads the fields of a recipe one by one; every complaint names the origin and the key.
class Reader {
 public:
  Reader(const json& object, std::string origin) : object_(object), origin_(std::move(origin)) {}

  int count(const char* key) {
    const json& value = at(key);
    if (!value.is_number_integer() || value.get<int64_t>() < 1 || value.get<int64_t>() > kMaxCount)
      fail(key, fmt::format("a whole number in 1..{}", kMaxCount));
    return value.get<int>();
  }

  template <typename Table>
  auto choice(const char* key, const Table& table) {
    const json& value = at(key);
    std::string allowed;
    for (const auto& [known, name] : table) {
      if (value == name) return known;
      allowed += fmt::format("{}{}", allowed.empty() ? "" : " or ", name);
    }
    fail(key, allowed);
  }

  std::vector<double> means(const char* key, int count) {
    return channels(
        key, count, [](double) { return true; }, "");
  }
  std::vector<double> deviations(const char* key, int count) { return channels(key, count, is_deviation, " above 0"); }

  double at_least_0(const char* key) {
    const json& value = at(key);
    if (!value.is_number() || !(value.get<double>() >= 0)) fail(key, "a number of 0 or more");
    return value.get<double>();
  }

  void constant(const char* key, const char* only) {
    if (at(key) != only) fail(key, only);
  }

  [[noreturn]] void fail(const char* key, const std::string& allowed) const {
    throw base::UserError(
        fmt::format("{}: recipe.{} is {}; allowed: {}", origin_, key, base::json_text(object_.at(key)), allowed));
  }

  void nothing_else() const {
    for (const auto& [key, value] : object_.items()) {
      if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
        throw base::UserError(
            fmt::format("{}: unknown key '{}' in the recipe; did you mean '{}'? The file may need a newer gerund",
                        origin_, key, base::nearest_name(key, known_)));
      }
    }
  }

 private:
  static constexpr int64_t kMaxCount = 1 << 16;

  template <typename Fits>
  std::vector<double> channels(const char* key, int count, Fits fits, const char* bound) {
    const json& value = at(key);
    const auto fits_here = [&](const json& v) { return v.is_number() && fits(v.get<double>()); };
    if (!value.is_array() || (!value.empty() && value.size() != static_cast<size_t>(count)) ||
        !std::all_of(value.begin(), value.end(), fits_here))
      fail(key, fmt::format("no or {} numbers{}", count, bound));
    return value.get<std::vector<double>>();
  }

  const json& at(const char* key) {
    known_.emplace_back(key);
    const auto found = object_.find(key);
    if (found == object_.end())
      throw base::UserError(fmt::format("{}: the recipe lacks '{}'; export the model again", origin_, key));
    return *found;
  }

  const json& object_;
  std::string origin_;
  std::vector<std::string> known_;
};

std::vector<double> per_channel(const std::vector<double>& values, int count, const std::string& key) {
  if (values.size() == 1) return std::vector<double>(static_cast<size_t>(count), values[0]);
  if (values.empty() || values.size() == static_cast<size_t>(count)) return values;
  throw base::UserError(
      fmt::format("dataset.augmentation_config.{}: has {} numbers; allowed: 0, 1 or {}", key, values.size(), count));
}

Recipe make_recipe(const spec::Experiment& experiment, Modality modality) {
  const spec::ModelSpec& model = experiment.model;
  const spec::AugmentationSpec& pixels = experiment.dataset.augmentation_config;
  const bool is_flow = modality == Modality::flow;
  Recipe recipe;
  recipe.modality = modality;
  recipe.input_type = model.input_type == "3d" ? InputType::volume_3d : InputType::stacked_2d;
  recipe.num_frames = static_cast<int>(is_flow ? model.of_seq_length : model.rgb_seq_length);
  recipe.height = static_cast<int>(model.input_height);
  recipe.width = static_cast<int>(model.input_width);
  recipe.sample_strategy =
      model.sample_strategy == "consecutive" ? SampleStrategy::consecutive : SampleStrategy::random_interval;
  recipe.sample_rate = static_cast<int>(model.sample_rate);
  recipe.resize_mode = pixels.val_center_crop ? ResizeMode::center_crop : ResizeMode::squash;
  recipe.crop_smaller_edge = static_cast<int>(pixels.crop_smaller_edge);
  const std::string keys = is_flow ? "of_input_" : "rgb_input_";
  recipe.mean =
      per_channel(is_flow ? pixels.of_input_mean : pixels.rgb_input_mean, num_channels(recipe), keys + "mean");
  recipe.std = per_channel(is_flow ? pixels.of_input_std : pixels.rgb_input_std, num_channels(recipe), keys + "std");
  if (!std::all_of(recipe.std.begin(), recipe.std.end(), is_deviation))
    throw base::UserError(
        fmt::format("dataset.augmentation_config.{}std: has a number that is not above 0; allowed: > 0", keys));
  if (is_flow) {
    recipe.flow_method = pixels.flow_method;
    recipe.flow_clamp = pixels.flow_clamp;
  }
  return recipe;
}

json to_object(const Recipe& recipe) {
  json object = {{"input_type", name_of(kInputTypes, recipe.input_type)},
                 {"num_frames", recipe.num_frames},
                 {"height", recipe.height},
                 {"width", recipe.width},
                 {"sample_strategy", name_of(kStrategies, recipe.sample_strategy)},
                 {"sample_rate", recipe.sample_rate},
                 {"resize_mode", name_of(kResizeModes, recipe.resize_mode)},
                 {"crop_smaller_edge", recipe.crop_smaller_edge},
                 {"mean", recipe.mean},
                 {"std", recipe.std},
                 {"color_order", name_of(kModalities, recipe.modality)},
                 {"resize_filter", "pil_bilinear"}};
  if (recipe.modality != Modality::flow) return object;
  object["flow_method"] = recipe.flow_method;
  object["flow_clamp"] = recipe.flow_clamp;
  return object;
}

Recipe from_object(const json& object, const std::string& origin) {
  if (!object.is_object())
    throw base::UserError(fmt::format("{}: its recipe is not a JSON object; export the model again", origin));
  Reader reader(object, origin);
  Recipe recipe;
  recipe.modality = reader.choice("color_order", kModalities);
  recipe.input_type = reader.choice("input_type", kInputTypes);
  recipe.num_frames = reader.count("num_frames");
  recipe.height = reader.count("height");
  recipe.width = reader.count("width");
  recipe.sample_strategy = reader.choice("sample_strategy", kStrategies);
  recipe.sample_rate = reader.count("sample_rate");
  recipe.resize_mode = reader.choice("resize_mode", kResizeModes);
  recipe.crop_smaller_edge = reader.count("crop_smaller_edge");
  recipe.mean = reader.means("mean", num_channels(recipe));
  recipe.std = reader.deviations("std", num_channels(recipe));
  reader.constant("resize_filter", "pil_bilinear");
  if (recipe.modality == Modality::flow) {
    const bool is_framed = recipe.resize_mode != ResizeMode::squash && recipe.resize_mode != ResizeMode::center_crop;
    if (is_framed) reader.fail("resize_mode", "squash or center_crop for optical flow, where black is motion");
    recipe.flow_method = reader.choice("flow_method", kFlowMethods);
    recipe.flow_clamp = reader.at_least_0("flow_clamp");
  }
  reader.nothing_else();
  return recipe;
}

}  // namespace

int num_channels(const Recipe& recipe) {
  return recipe.modality == Modality::flow ? 2 : 3;
}

std::vector<int64_t> input_shape(const Recipe& recipe) {
  const int64_t channels = num_channels(recipe);
  if (recipe.input_type == InputType::volume_3d) return {channels, recipe.num_frames, recipe.height, recipe.width};
  return {channels * recipe.num_frames, recipe.height, recipe.width};
}

Recipes make_recipes(const spec::Experiment& experiment) {
  const std::string& type = experiment.model.model_type;
  Recipes recipes;
  if (type != "of") recipes.push_back(make_recipe(experiment, Modality::rgb));
  if (type != "rgb") recipes.push_back(make_recipe(experiment, Modality::flow));
  return recipes;
}

std::string to_json(const Recipes& recipes) {
  if (recipes.size() == 1) return base::json_text(to_object(recipes.front()));
  json list = json::array();
  for (const Recipe& recipe : recipes) list.push_back(to_object(recipe));
  return base::json_text(list);
}

Recipes recipes_from_json(const std::string& text, const std::string& origin) {
  const auto refuse_depth = [&](int depth, json::parse_event_t, json&) {
    if (depth > kMostLevels) throw base::UserError(fmt::format("{}: its recipe is nested too deep", origin));
    return true;
  };
  const json parsed = json::parse(text, refuse_depth, false);
  if (!parsed.is_array()) return {from_object(parsed, origin)};
  Recipes recipes;
  for (const json& object : parsed) recipes.push_back(from_object(object, origin));
  const bool is_joint =
      recipes.size() == 2 && recipes[0].modality == Modality::rgb && recipes[1].modality == Modality::flow;
  if (!is_joint)
    throw base::UserError(fmt::format(
        "{}: its recipe is a list of {} inputs; allowed is first one of rgb, then one of uv; export the model again",
        origin, recipes.size()));
  return recipes;
}

const Recipe& only_colour(const Recipes& recipes, const std::string& origin) {
  if (recipes.size() == 1 && recipes.front().modality == Modality::rgb) return recipes.front();
  throw base::UserError(fmt::format(
      "{}: the network sees {}, and live or long videos are run through networks of colour frames (model.model_type "
      "rgb) only; clips can be given to it by gerund evaluate and gerund infer",
      origin, recipes.size() == 1 ? "optical flow" : "colour and optical flow"));
}

}  // namespace gerund::clip
