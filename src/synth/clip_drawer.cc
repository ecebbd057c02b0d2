#include "synth/clip_drawer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "synth/actions.h"

namespace gerund::synth {
namespace {

constexpr int kSupersampling = 2;
constexpr size_t kNoiseValues = 1 << 16;

void check_range(const char* field, double value, double least, double most) {
  if (value >= least && value <= most) return;
  throw base::UserError(fmt::format("{}: {} is out of range; allowed: {} to {}", field, value, least, most));
}

void check_even(const char* field, int value) {
  if (value % 2 != 0)
    throw base::UserError(fmt::format("{}: {} is odd, video needs even sizes; use {}", field, value, value + 1));
}

Script script_of(const ClipOptions& options) {
  check_clip_options(options);
  base::Random random = base::Random::keyed({options.seed, 0});
  const Body body = random_body(random);
  return clip_script(options.action, options.seconds, body, options.variation, random);
}

Scene clip_scene(const ClipOptions& options) {
  Script script = script_of(options);
  // The scene has its own random numbers, so that it does not depend on the action.
  base::Random around = base::Random::keyed({options.seed, 1});
  return random_scene(std::move(script), options.seconds, options.height, options.variation, around);
}

}  // namespace

void check_picture(int width, int height, double fps) {
  check_range("width", width, 32, 1920);
  check_range("height", height, 32, 1080);
  check_even("width", width);
  check_even("height", height);
  check_range("fps", fps, 5, 60);
}

void check_clip_options(const ClipOptions& options) {
  check_action("action", options.action);
  check_picture(options.width, options.height, options.fps);
  check_range("seconds", options.seconds, 1, 600);
}

struct ScenePainter::Parts {
  Scene scene;
  int width, height;
  uint64_t seed;
  double exposure = 1, blur = 0, noise = 0;
  bool mirror = false;
  std::vector<int8_t> grain{};  // kNoiseValues normal values in 1/32.
};

ScenePainter::ScenePainter(Scene scene, int width, int height, const Variation& variation, uint64_t seed)
    : parts_(
          std::make_unique<Parts>(Parts{.scene = std::move(scene), .width = width, .height = height, .seed = seed})) {
  base::Random random = base::Random::keyed({seed, 2});
  parts_->exposure = 1 + random.uniform(-variation.exposure_share, variation.exposure_share);
  parts_->blur = random.uniform(0, variation.blur_pixels);
  parts_->noise = random.uniform(0, variation.noise_levels);
  parts_->mirror = random.chance(variation.mirror_share);
  parts_->grain.resize(kNoiseValues);
  for (int8_t& value : parts_->grain)
    value = static_cast<int8_t>(std::clamp(std::lround(random.normal() * 32), -127L, 127L));
}

ScenePainter::~ScenePainter() = default;
ScenePainter::ScenePainter(ScenePainter&&) noexcept = default;
ScenePainter& ScenePainter::operator=(ScenePainter&&) noexcept = default;

const Scene& ScenePainter::scene() const {
  return parts_->scene;
}

tensor::Frame ScenePainter::paint(double seconds, Cast cast) const {
  const Parts& parts = *parts_;
  Camera camera = camera_at(parts.scene, seconds, parts.width, parts.height);
  cv::Mat small(parts.height, parts.width, CV_8UC3), large;
  paint_backdrop(small, camera, parts.scene.backdrop, parts.scene.light);
  std::vector<Shape> shapes = shapes_at(parts.scene, seconds, cast);
  paint_shadows(small, camera, parts.scene.light, shapes);
  cv::resize(small, large, {}, kSupersampling, kSupersampling, cv::INTER_LINEAR);
  camera.focal *= kSupersampling;
  camera.center_u *= kSupersampling;
  camera.center_v *= kSupersampling;
  synth::paint(large, camera, parts.scene.light, std::move(shapes));
  cv::resize(large, small, small.size(), 0, 0, cv::INTER_AREA);
  if (parts.blur > 0.3) cv::GaussianBlur(small, small, {5, 5}, parts.blur);
  if (parts.mirror) cv::flip(small, small, 1);
  tensor::Frame frame(parts.width, parts.height);
  frame.pts_seconds = seconds;
  base::Random random = base::Random::keyed({parts.seed, 3, static_cast<uint64_t>(std::llround(seconds * 1e6))});
  size_t at = static_cast<size_t>(random.below(kNoiseValues));
  const auto gain = static_cast<float>(parts.exposure), noise = static_cast<float>(parts.noise / 32);
  for (size_t i = 0; i < frame.rgb.size(); ++i, at = (at + 1) % kNoiseValues)
    frame.rgb[i] = cv::saturate_cast<uint8_t>(static_cast<float>(small.data[i]) * gain +
                                              noise * static_cast<float>(parts.grain[at]));
  return frame;
}

ClipDrawer::ClipDrawer(const ClipOptions& options)
    : options_(options),
      num_frames_(0),
      painter_(clip_scene(options), options.width, options.height, options.variation, options.seed) {
  num_frames_ = std::llround(options.seconds * options.fps);
}

tensor::Frame ClipDrawer::draw(int64_t index) const {
  return painter_.paint(static_cast<double>(index) / options_.fps);
}

tensor::Frame ClipDrawer::draw_empty(int64_t index) const {
  return painter_.paint(static_cast<double>(index) / options_.fps, Cast::without_person);
}

std::vector<Interval> clip_intervals(const ClipOptions& options) {
  return script_of(options).intervals(options.seconds);
}

}  // namespace gerund::synth
