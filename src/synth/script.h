// synth/script.h - who does what when: a person's poses over the seconds of a clip or a story.
#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "synth/motion.h"
#include "synth/variation.h"

namespace gerund::synth {

/// A stretch of time, [start_seconds, end_seconds), in which an action is seen.
struct Interval {
  std::string label;
  double start_seconds = 0, end_seconds = 0;
};

/// One act or rest of a script. `action` is empty for a rest.
struct Span {
  double start = 0, end = 0;  ///< Seconds. The time up to the next span's start is spent getting there.
  std::string action;
  Posture posture = Posture::stand;  ///< Of the rest, or where the action begins.
  double cycles_per_second = 1;
  double phase = 0;  ///< At `start`.
  Manner manner;     ///< How this act is done.
  Vec3 origin;       ///< Where the person is at `start`.
  double metres_per_cycle = 0;
};

/// A sequence of spans by one person.
///
/// Threads: const calls from any thread.
class Script {
 public:
  explicit Script(const Body& body) : body_(body) {}

  /// Appends a span; its origin is set to where the one before it ends, plus `step_aside`.
  void add(Span span, Vec3 step_aside = {});
  /// Moves everything, e.g. so that a path has its middle at the origin.
  void shift(Vec3 offset);

  const Body& body() const { return body_; }
  const std::vector<Span>& spans() const { return spans_; }
  /// The person's pose, in scene coordinates.
  Pose pose_at(double seconds) const;
  /// The point on the floor that a travelling person has reached.
  Vec3 origin_at(double seconds) const;
  /// The cycles done since the start of span `index`, its first phase included.
  double phase_at(size_t index, double seconds) const;
  /// The origin that span `index` has reached; its first or last one before and after it.
  Vec3 origin_in(size_t index, double seconds) const;
  /// Where each action is seen, cut to [0, seconds).
  std::vector<Interval> intervals(double seconds) const;

 private:
  Pose span_pose(size_t index, double seconds) const;

  Body body_;
  std::vector<Span> spans_;
};

/// The script of one clip of `seconds`: the action in one or two bouts, rest in poses common to all actions around it.
Script clip_script(const std::string& action, double seconds, const Body& body, const Variation& variation,
                   base::Random& random);

/// The script of several actions in a row, each shown nearly all of its time.
struct StoryAct;
Script story_script(const std::vector<StoryAct>& acts, const Body& body, const Variation& variation,
                    base::Random& random);

}  // namespace gerund::synth
