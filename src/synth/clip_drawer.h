// synth/clip_drawer.h - the pictures of one drawn clip.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "synth/scene.h"
#include "synth/variation.h"
#include "tensor/frame.h"

namespace gerund::synth {

struct ClipOptions {
  std::string action;   ///< One of action_names().
  uint64_t seed = 1;    ///< Decides person, clothes, scene, light, camera and timing.
  int width = 160;      ///< Pixels, even, 32..1920.
  int height = 120;     ///< Pixels, even, 32..1080.
  double fps = 25;      ///< Frames per second, 5..60.
  double seconds = 3;   ///< Length, 1..600.
  Variation variation;  ///< How much differs.
};

/// Where the action is seen in a clip. Throws UserError where an option is out of range.
std::vector<Interval> clip_intervals(const ClipOptions& options);

/// Throws UserError naming the field where one is out of range.
void check_clip_options(const ClipOptions& options);
/// The same for a size and rate that another struct holds.
void check_picture(int width, int height, double fps);

/// Paints the moments of a scene as a camera would record them: twice the size, then reduced; blur, exposure, noise.
///
/// Threads: none. The same scene, size and seed give the same pictures, in whatever order they are asked for.
class ScenePainter {
 public:
  ScenePainter(Scene scene, int width, int height, const Variation& variation, uint64_t seed);
  ~ScenePainter();
  ScenePainter(ScenePainter&&) noexcept;
  ScenePainter& operator=(ScenePainter&&) noexcept;

  const Scene& scene() const;
  tensor::Frame paint(double seconds, Cast cast = Cast::everybody) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// One clip, frame by frame.
///
/// Threads: none. The same options give the same bytes.
class ClipDrawer {
 public:
  /// Throws UserError where an option is out of range.
  explicit ClipDrawer(const ClipOptions& options);

  int64_t num_frames() const { return num_frames_; }
  /// Frame `index` of [0, num_frames()).
  tensor::Frame draw(int64_t index) const;
  /// The same moment without the person and what the person moves: the empty scene.
  tensor::Frame draw_empty(int64_t index) const;
  const Scene& scene() const { return painter_.scene(); }

 private:
  ClipOptions options_;
  int64_t num_frames_;
  ScenePainter painter_;
};

}  // namespace gerund::synth
