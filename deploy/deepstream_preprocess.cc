#include "deploy/deepstream_preprocess.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/nearest.h"
#include "deploy/deepstream_groups.h"
#include "deploy/deepstream_keys.h"
#include "deploy/key_file.h"

namespace gerund::deploy {
namespace {

using spec::Value;

constexpr int kChannels = 3;
constexpr double kWhite = 255;
constexpr double kLongest = 65536;
constexpr const char* kSequenceFunction = "CustomSequenceTensorPreparation";
constexpr const char* kObjectMode = "gerund deploy looks at pictures and regions, not at detected objects";

/// [property] and [user-configs] as they are written.
struct Properties {
  bool enable = true;
  std::vector<int64_t> target_unique_ids;
  bool process_on_frame = true;
  std::vector<int64_t> network_input_shape;
  int64_t network_input_order = 2;
  int64_t network_color_format = 0;
  int64_t tensor_data_type = 0;
  std::string tensor_name;
  int64_t processing_width = 0;
  int64_t processing_height = 0;
  bool maintain_aspect_ratio = false;
  bool symmetric_padding = false;
  std::string function = kSequenceFunction;

  std::vector<double> channel_scale_factors;
  std::vector<double> channel_mean_offsets;
  double pixel_normalization_factor = 1;
  std::vector<double> offsets;
  int64_t stride = 1;
  int64_t subsample = 0;
};

// clang-format off
std::vector<spec::Field> property_fields(Properties& p) {
  using namespace spec;
  return {
      {"enable", &p.enable, anything(), "0: no source is looked at, with a warning.", ""},
      {"target-unique-ids", &p.target_unique_ids, anything(), "A warning where `gie-unique-id` of the inference file is not in it; they are paired all the same.", ""},
      {"process-on-frame", &p.process_on_frame, anything(), "Not given: 1. 0 (detected objects) is refused: GStreamer's elements do that, [pipelines.md](pipelines.md#boxes-of-a-detector).", ""},
      {"network-input-shape", &p.network_input_shape, between(1, kLongest), "`N;3;T;H;W` (3D) or `N;3*T;H;W` (2D): `engine.max_batch` and the recipe. Refused: other channels (skeletons), other ranks.", ""},
      {"network-input-order", &p.network_input_order, between(0, 2), "0 and 2 are the same here; 1 (NHWC) is refused.", ""},
      {"network-color-format", &p.network_color_format, between(0, 2), "0 (RGB); 1 (BGR) and 2 (GRAY) are refused.", ""},
      {"tensor-data-type", &p.tensor_data_type, between(0, 7), "0; others with a warning: the network is fed float32, as DeepStream's sequence library does whatever this says.", ""},
      {"tensor-name", &p.tensor_name, anything(), "`input_name`, compared with the model's.", ""},
      {"processing-width", &p.processing_width, between(1, kLongest), "A warning where it is not W of the shape; the shape counts.", ""},
      {"processing-height", &p.processing_height, between(1, kLongest), "The same of H.", ""},
      {"maintain-aspect-ratio", &p.maintain_aspect_ratio, anything(), "`recipe.resize_mode`: 1 is letterbox, black at right and below.", ""},
      {"symmetric-padding", &p.symmetric_padding, anything(), "With it 1: letterbox_center, black around.", ""},
      {"custom-tensor-preparation-function", &p.function, anything(), "A warning where it is not the sequence library's.", ""},
  };
}

std::vector<spec::Field> user_fields(Properties& p) {
  using namespace spec;
  Range factors = more_than(0);
  Range offsets = anything();
  factors.lengths = offsets.lengths = {1, 2, kChannels};
  return {
      {"channel-scale-factors", &p.channel_scale_factors, factors, "`recipe.std` = 1 / (255 s) of each channel; a short list repeats its last value.", ""},
      {"channel-mean-offsets", &p.channel_mean_offsets, offsets, "`recipe.mean` = m / 255, the same.", ""},
      {"pixel-normalization-factor", &p.pixel_normalization_factor, more_than(0), "s of all channels, where `channel-scale-factors` is not given.", ""},
      {"offsets", &p.offsets, offsets, "m, where `channel-mean-offsets` is not given.", ""},
      {"stride", &p.stride, between(1, kLongest), "`window.stride`; not given: 1 ([sequences.md](sequences.md)).", ""},
      {"subsample", &p.subsample, between(0, kLongest), "`window.subsample`; not given: 0.", ""},
  };
}
// clang-format on

const std::vector<IdleKeys>& idle_properties() {
  static const std::vector<IdleKeys> kIdle = {
      {"gerund runs on the CPU, with memory of its own",
       {"gpu-id", "scaling-buf-pool-size", "tensor-buf-pool-size", "scaling-pool-memory-type",
        "scaling-pool-compute-hw", "tensor-allocator-memory-type"}},
      {"one antialiased resize, the same as in training", {"scaling-filter"}},
      {"gerund has sequences built in", {"custom-lib-path", "unique-id"}},
      {kObjectMode, {"operate-on-gie-id"}},
  };
  return kIdle;
}

const std::vector<IdleKeys>& idle_user_configs() {
  static const std::vector<IdleKeys> kIdle = {
      {"means are numbers here, see channel-mean-offsets", {"mean-file"}},
  };
  return kIdle;
}

/// Channel `c` of a list that repeats its last value, or `missing` where it is empty.
double channel_of(const std::vector<double>& list, size_t c, double missing) {
  return list.empty() ? missing : list[std::min(c, list.size() - 1)];
}

/// Says what a file with such a value cannot do here.
class Refusal {
 public:
  explicit Refusal(const Value& group) : group_(group) {}
  [[noreturn]] void operator()(const char* key, const std::string& message) const {
    const Value* given = find_value(group_, key);
    if (given != nullptr) fail(*given, message);
    throw base::UserError(fmt::format("{}: {}: {}", group_.place, key, message));
  }

 private:
  const Value& group_;
};

void check_properties(const Properties& p, const Refusal& refuse) {
  if (!p.process_on_frame)
    refuse("process-on-frame",
           "0 looks at objects that a detector finds, and this application has none; set 1 and give roi-params-src-K, "
           "or build a pipeline with gerund's GStreamer elements, which take boxes as GstVideoRegionOfInterestMeta");
  if (p.network_input_order == 1)
    refuse("network-input-order", "1 (NHWC) cannot be fed; export the network with N;C;S;H;W or N;C*S;H;W and set 2");
  if (p.network_color_format != 0)
    refuse("network-color-format",
           fmt::format("{} ({}) cannot be fed, gerund's pictures are RGB; export the network for RGB and set 0",
                       p.network_color_format, p.network_color_format == 1 ? "BGR" : "GRAY"));
}

/// The shape's part of the recipe. Two traps: skeletons have rank 5 as well, and stacks whose channels are no colours.
clip::Recipe recipe_of_shape(const std::vector<int64_t>& shape, const Refusal& refuse) {
  const char* key = "network-input-shape";
  if (shape.empty()) refuse(key, "is not given; write N;3;frames;height;width or N;3*frames;height;width");
  const std::string text = fmt::format("{}", fmt::join(shape, ";"));
  if (shape.size() != 4 && shape.size() != 5)
    refuse(key, fmt::format("{} has {} numbers; allowed: N;3;frames;height;width or N;3*frames;height;width", text,
                            shape.size()));
  const bool is_volume = shape.size() == 5;
  if (is_volume && shape[1] != kChannels)
    refuse(key, fmt::format("{} has {} channels, so it is no clip of colour pictures (points of skeletons look like "
                            "this, and are not built); allowed: N;3;frames;height;width",
                            text, shape[1]));
  if (!is_volume && shape[1] % kChannels != 0)
    refuse(key, fmt::format("{} has {} channels, which no number of colour pictures fills; allowed: a multiple of 3",
                            text, shape[1]));
  clip::Recipe recipe;
  recipe.input_type = is_volume ? clip::InputType::volume_3d : clip::InputType::stacked_2d;
  recipe.num_frames = static_cast<int>(is_volume ? shape[2] : shape[1] / kChannels);
  recipe.height = static_cast<int>(shape[shape.size() - 2]);
  recipe.width = static_cast<int>(shape[shape.size() - 1]);
  return recipe;
}

/// y = scale * (x - offset) of x in 0..255 is (x / 255 - mean) / std.
clip::Recipe recipe_of(const Properties& p, const Refusal& refuse) {
  clip::Recipe recipe = recipe_of_shape(p.network_input_shape, refuse);
  recipe.sample_strategy = clip::SampleStrategy::consecutive;
  recipe.sample_rate = static_cast<int>(p.subsample + 1);
  if (p.maintain_aspect_ratio)
    recipe.resize_mode = p.symmetric_padding ? clip::ResizeMode::letterbox_center : clip::ResizeMode::letterbox;
  const std::vector<double>& offsets = p.channel_mean_offsets.empty() ? p.offsets : p.channel_mean_offsets;
  recipe.mean.clear();
  recipe.std.clear();
  for (size_t c = 0; c < kChannels; ++c) {
    recipe.mean.push_back(channel_of(offsets, c, 0) / kWhite);
    recipe.std.push_back(1 / (kWhite * channel_of(p.channel_scale_factors, c, p.pixel_normalization_factor)));
  }
  return recipe;
}

void warn_of_properties(const Properties& p, const Value& group, KeyReader& reader) {
  std::vector<std::string> missing;
  for (const char* key : {"network-input-order", "network-color-format", "tensor-data-type", "tensor-name",
                          "processing-width", "processing-height"}) {
    if (find_value(group, key) == nullptr) missing.emplace_back(key);
  }
  if (!missing.empty())
    reader.warn(
        fmt::format("{} not given; float32 RGB of the size in network-input-shape is taken", fmt::join(missing, ", ")));
  if (p.tensor_data_type != 0)
    reader.warn(*find_value(group, "tensor-data-type"),
                fmt::format("{} is not obeyed: the network is fed float32, as by DeepStream's sequence library",
                            p.tensor_data_type));
  if (p.symmetric_padding && !p.maintain_aspect_ratio)
    reader.note_idle("symmetric-padding", "nothing is padded without maintain-aspect-ratio=1");
  if (p.function != kSequenceFunction)
    reader.warn(*find_value(group, "custom-tensor-preparation-function"),
                fmt::format("'{}' is not run; gerund does what {} does", spec::excerpt(p.function), kSequenceFunction));
}

void warn_of_size(const Properties& p, const clip::Recipe& recipe, const Value& group, KeyReader& reader) {
  const auto compare = [&](const char* key, int64_t given, int64_t wanted) {
    if (given == 0 || given == wanted) return;
    reader.warn(*find_value(group, key),
                fmt::format("{} is not the size in network-input-shape; {} is taken", given, wanted));
  };
  compare("processing-width", p.processing_width, recipe.width);
  compare("processing-height", p.processing_height, recipe.height);
}

void fill(const Properties& p, const clip::Recipe& recipe, AppConfig& config) {
  config.recipe = recipe;
  if (!p.tensor_name.empty()) config.input_name = p.tensor_name;
  config.window.stride = static_cast<int>(p.stride);
  config.window.subsample = static_cast<int>(p.subsample);
  config.window.sample_fps = 0;
  config.engine.max_batch = static_cast<int>(p.network_input_shape[0]);
}

}  // namespace

std::string preprocess_reference() {
  Properties properties;
  return fmt::format("### The preprocess file: `[property]`\n\n{}\n### The preprocess file: `[user-configs]`\n\n{}\n{}",
                     key_table(property_fields(properties), idle_properties()),
                     key_table(user_fields(properties), idle_user_configs()), source_groups_reference());
}

std::vector<int64_t> read_preprocess(const std::filesystem::path& path, const MuxerSize& muxer, AppConfig& config,
                                     std::vector<std::string>& warnings) {
  KeyReader reader(path, warnings);
  const Value file = read_groups(path);
  Properties properties;
  const Value* group = find_value(file, "property");
  if (group == nullptr)
    throw base::UserError(fmt::format("{}: has no group [property]; is it the preprocess file?", path.string()));
  reader.read(*group, property_fields(properties), idle_properties());
  if (const Value* user = find_value(file, "user-configs"))
    reader.read(*user, user_fields(properties), idle_user_configs());

  const Refusal refuse(*group);
  check_properties(properties, refuse);
  const clip::Recipe recipe = recipe_of(properties, refuse);
  warn_of_properties(properties, *group, reader);
  warn_of_size(properties, recipe, *group, reader);
  fill(properties, recipe, config);
  read_source_groups(file, muxer, config, reader);
  if (!properties.enable) {
    reader.warn(*find_value(*group, "enable"), "0 switches the preprocessing off: no source is looked at");
    for (SourceConfig& source : config.sources) source.is_watched = false;
  }
  reader.finish();
  return properties.target_unique_ids;
}

}  // namespace gerund::deploy
