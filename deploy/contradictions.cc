#include "deploy/contradictions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace gerund::deploy {
namespace {

/// Config files write 1 / 127.5 as 0.007843137, and 0.2254 stands for 0.225 in many.
constexpr double kRounding = 2e-3;

std::string text_of(const std::vector<double>& numbers) {
  return numbers.empty() ? "none" : fmt::format("[{:.4g}]", fmt::join(numbers, ", "));
}

bool differ(const std::vector<double>& a, const std::vector<double>& b) {
  return !std::ranges::equal(a, b, [](double x, double y) { return std::abs(x - y) <= kRounding; });
}

class Comparison {
 public:
  void compare(bool differs, const char* matter, const std::string& config, const std::string& model) {
    if (differs) messages_.push_back(fmt::format("{}: the config says {}, the model {}", matter, config, model));
  }
  std::vector<std::string> take() { return std::move(messages_); }

 private:
  std::vector<std::string> messages_;
};

const char* name_of(clip::InputType type) {
  return type == clip::InputType::volume_3d ? "3D (N;3;T;H;W)" : "2D (N;3*T;H;W)";
}

const char* name_of(clip::ResizeMode mode) {
  switch (mode) {
    case clip::ResizeMode::squash:
      return "both sides to the input's size";
    case clip::ResizeMode::center_crop:
      return "short side to a size, then the middle";
    case clip::ResizeMode::letterbox:
      return "aspect ratio kept, black at right and below";
    case clip::ResizeMode::letterbox_center:
      return "aspect ratio kept, black around";
  }
  return "";
}

void compare_recipes(const clip::Recipe& config, const clip::Recipe& model, Comparison& found) {
  found.compare(config.input_type != model.input_type, "kind of input", name_of(config.input_type),
                name_of(model.input_type));
  found.compare(config.num_frames != model.num_frames, "frames of a window", fmt::format("{}", config.num_frames),
                fmt::format("{}", model.num_frames));
  found.compare(config.width != model.width || config.height != model.height, "size of the input",
                fmt::format("{}x{}", config.width, config.height), fmt::format("{}x{}", model.width, model.height));
  found.compare(differ(config.mean, model.mean), "mean of pixels in 0..1", text_of(config.mean), text_of(model.mean));
  found.compare(differ(config.std, model.std), "standard deviation of pixels in 0..1", text_of(config.std),
                text_of(model.std));
  found.compare(config.resize_mode != model.resize_mode, "resize", name_of(config.resize_mode),
                name_of(model.resize_mode));
}

}  // namespace

std::vector<std::string> contradictions(const AppConfig& config, const serve::LoadedModel& model) {
  Comparison found;
  if (config.recipe) compare_recipes(*config.recipe, model.recipe(), found);
  const int64_t step = model.step ? serve::frames_per_window(model) : config.window.stride;
  found.compare(config.window.stride > 0 && config.window.stride != step, "frames from window to window (stride)",
                fmt::format("{}", config.window.stride), fmt::format("{}, its step", step));
  found.compare(config.input_name && *config.input_name != model.input_name, "name of the input",
                config.input_name.value_or(""), model.input_name);
  const bool counts_differ = !config.labels.empty() && config.labels.size() != model.labels.size();
  found.compare(counts_differ, "number of classes", fmt::format("{}", config.labels.size()),
                fmt::format("{}", model.labels.size()));
  found.compare(!config.labels.empty() && !counts_differ && config.labels != model.labels, "names of the classes",
                fmt::format("{}", fmt::join(config.labels, ";")), fmt::format("{}", fmt::join(model.labels, ";")));
  return found.take();
}

}  // namespace gerund::deploy
