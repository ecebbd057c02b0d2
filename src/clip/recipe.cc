#include "clip/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/nearest.h"
#include "spec/experiment.h"

namespace gerund::clip {
namespace {

using nlohmann::json;

constexpr std::array kInputTypes{std::pair{InputType::stacked_2d, "2d"}, std::pair{InputType::volume_3d, "3d"}};
constexpr std::array kStrategies{std::pair{SampleStrategy::random_interval, "random_interval"},
                                 std::pair{SampleStrategy::consecutive, "consecutive"}};
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

  std::vector<double> means(const char* key) {
    return channels(
        key, [](double) { return true; }, "no or three numbers");
  }
  std::vector<double> deviations(const char* key) { return channels(key, is_deviation, "no or three numbers above 0"); }

  void constant(const char* key, const char* only) {
    if (at(key) != only) fail(key, only);
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
  std::vector<double> channels(const char* key, Fits fits, const char* allowed) {
    const json& value = at(key);
    const auto fits_here = [&](const json& v) { return v.is_number() && fits(v.get<double>()); };
    if (!value.is_array() || (!value.empty() && value.size() != 3) ||
        !std::all_of(value.begin(), value.end(), fits_here))
      fail(key, allowed);
    return value.get<std::vector<double>>();
  }

  const json& at(const char* key) {
    known_.emplace_back(key);
    const auto found = object_.find(key);
    if (found == object_.end())
      throw base::UserError(fmt::format("{}: the recipe lacks '{}'; export the model again", origin_, key));
    return *found;
  }

  [[noreturn]] void fail(const char* key, const std::string& allowed) const {
    throw base::UserError(
        fmt::format("{}: recipe.{} is {}; allowed: {}", origin_, key, object_.at(key).dump(), allowed));
  }

  const json& object_;
  std::string origin_;
  std::vector<std::string> known_;
};

std::vector<double> per_channel(const std::vector<double>& values, const char* key) {
  if (values.size() == 1) return std::vector<double>(3, values[0]);
  if (values.empty() || values.size() == 3) return values;
  throw base::UserError(
      fmt::format("dataset.augmentation_config.{}: has {} numbers; allowed: 0, 1 or 3", key, values.size()));
}

}  // namespace

std::vector<int64_t> input_shape(const Recipe& recipe) {
  if (recipe.input_type == InputType::volume_3d) return {3, recipe.num_frames, recipe.height, recipe.width};
  return {3 * static_cast<int64_t>(recipe.num_frames), recipe.height, recipe.width};
}

Recipe make_recipe(const spec::Experiment& experiment) {
  const spec::ModelSpec& model = experiment.model;
  const spec::AugmentationSpec& pixels = experiment.dataset.augmentation_config;
  if (model.model_type != "rgb")
    throw base::UserError(fmt::format("model.model_type: '{}' is not built yet; use rgb", model.model_type));
  Recipe recipe;
  recipe.input_type = model.input_type == "3d" ? InputType::volume_3d : InputType::stacked_2d;
  recipe.num_frames = static_cast<int>(model.rgb_seq_length);
  recipe.height = static_cast<int>(model.input_height);
  recipe.width = static_cast<int>(model.input_width);
  recipe.sample_strategy =
      model.sample_strategy == "consecutive" ? SampleStrategy::consecutive : SampleStrategy::random_interval;
  recipe.sample_rate = static_cast<int>(model.sample_rate);
  recipe.resize_mode = pixels.val_center_crop ? ResizeMode::center_crop : ResizeMode::squash;
  recipe.crop_smaller_edge = static_cast<int>(pixels.crop_smaller_edge);
  recipe.mean = per_channel(pixels.rgb_input_mean, "rgb_input_mean");
  recipe.std = per_channel(pixels.rgb_input_std, "rgb_input_std");
  if (!std::all_of(recipe.std.begin(), recipe.std.end(), is_deviation))
    throw base::UserError("dataset.augmentation_config.rgb_input_std: has a number that is not above 0; allowed: > 0");
  return recipe;
}

std::string to_json(const Recipe& recipe) {
  const json object = {{"input_type", name_of(kInputTypes, recipe.input_type)},
                       {"num_frames", recipe.num_frames},
                       {"height", recipe.height},
                       {"width", recipe.width},
                       {"sample_strategy", name_of(kStrategies, recipe.sample_strategy)},
                       {"sample_rate", recipe.sample_rate},
                       {"resize_mode", name_of(kResizeModes, recipe.resize_mode)},
                       {"crop_smaller_edge", recipe.crop_smaller_edge},
                       {"mean", recipe.mean},
                       {"std", recipe.std},
                       {"color_order", "rgb"},
                       {"resize_filter", "pil_bilinear"}};
  return object.dump();
}

Recipe recipe_from_json(const std::string& text, const std::string& origin) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object())
    throw base::UserError(fmt::format("{}: its recipe is not a JSON object; export the model again", origin));
  Reader reader(object, origin);
  Recipe recipe;
  recipe.input_type = reader.choice("input_type", kInputTypes);
  recipe.num_frames = reader.count("num_frames");
  recipe.height = reader.count("height");
  recipe.width = reader.count("width");
  recipe.sample_strategy = reader.choice("sample_strategy", kStrategies);
  recipe.sample_rate = reader.count("sample_rate");
  recipe.resize_mode = reader.choice("resize_mode", kResizeModes);
  recipe.crop_smaller_edge = reader.count("crop_smaller_edge");
  recipe.mean = reader.means("mean");
  recipe.std = reader.deviations("std");
  reader.constant("color_order", "rgb");
  reader.constant("resize_filter", "pil_bilinear");
  reader.nothing_else();
  return recipe;
}

}  // namespace gerund::clip
