#include "synth/script.h"

#include <algorithm>

namespace gerund::synth {
namespace {

constexpr double kRampSeconds = 0.3;
constexpr double kFallSeconds = 0.85;

bool ramps(const Span& span) {
  return span.metres_per_cycle > 0 || span.action == "wave";
}

/// Integral of smooth() from 0 to x, for x >= 0.
double smooth_integral(double x) {
  const double inside = std::min(x, 1.0);
  return inside * inside * inside - inside * inside * inside * inside / 2 + std::max(0.0, x - 1.0);
}

/// How fully the action is done, 0 at the ends of a span of an action that starts and stops softly.
double strength(const Span& span, double seconds) {
  if (!ramps(span)) return 1;
  return std::min(smooth((seconds - span.start) / kRampSeconds), smooth((span.end - seconds) / kRampSeconds));
}

/// Seconds of full strength done at `seconds`.
double effort(const Span& span, double seconds) {
  const double now = std::clamp(seconds, span.start, span.end) - span.start;
  if (!ramps(span)) return now;
  const double whole = span.end - span.start;
  const double begun = kRampSeconds * smooth_integral(now / kRampSeconds);
  const double ending = now - (whole - kRampSeconds);
  if (ending <= 0) return begun;
  // In the closing ramp the strength is 1 - smooth(u).
  return begun - kRampSeconds * smooth_integral(ending / kRampSeconds);
}

Posture last_posture(const Span& span) {
  if (span.action != "fall_floor") return span.posture;
  return span.manner.lean > 0.5 ? Posture::prone : Posture::supine;
}

/// The postures passed between two others, both ends left out.
std::vector<Posture> way(Posture from, Posture to) {
  const auto up = [](Posture posture) {
    std::vector<Posture> line{posture};
    while (line.back() != Posture::stand) line.push_back(next_up(line.back()));
    return line;
  };
  std::vector<Posture> rise = up(from), sink = up(to);
  while (rise.size() > 1 && sink.size() > 1 && rise[rise.size() - 2] == sink[sink.size() - 2]) {
    rise.pop_back();
    sink.pop_back();
  }
  sink.pop_back();
  rise.insert(rise.end(), sink.rbegin(), sink.rend());
  if (!rise.empty() && rise.front() == from) rise.erase(rise.begin());
  if (!rise.empty() && rise.back() == to) rise.pop_back();
  return rise;
}

/// Small motions of somebody who rests.
Pose breathing(Pose pose, double seconds, const Manner& manner) {
  const double breath = std::sin(2 * kPi * 0.4 * seconds + 6 * manner.width);
  pose.chest_up = pose.chest_up + pose.chest_front * (0.02 * breath);
  pose.head_front.y += 0.35 * std::sin(2 * kPi * 0.25 * seconds + 6 * manner.style);
  return pose;
}

}  // namespace

void Script::add(Span span, Vec3 step_aside) {
  if (!spans_.empty()) span.origin = origin_in(spans_.size() - 1, spans_.back().end) + step_aside;
  spans_.push_back(std::move(span));
}

void Script::shift(Vec3 offset) {
  for (Span& span : spans_) span.origin = span.origin + offset;
}

double Script::phase_at(size_t index, double seconds) const {
  const Span& span = spans_[index];
  return span.phase + span.cycles_per_second * effort(span, seconds);
}

Vec3 Script::origin_in(size_t index, double seconds) const {
  const Span& span = spans_[index];
  return span.origin + Vec3{span.metres_per_cycle * (phase_at(index, seconds) - span.phase), 0, 0};
}

Pose Script::span_pose(size_t index, double seconds) const {
  const Span& span = spans_[index];
  const Pose rest = posture_pose(body_, span.manner, span.posture);
  if (span.action.empty()) return moved(breathing(rest, seconds, span.manner), span.origin);
  if (span.action == "fall_floor")
    return moved(fall(body_, span.manner, (seconds - span.start) / kFallSeconds), span.origin);
  const Pose act = action_pose(span.action, body_, span.manner, phase_at(index, seconds));
  return moved(mix(rest, act, strength(span, seconds)), origin_in(index, seconds));
}

Pose Script::pose_at(double seconds) const {
  size_t next = 0;
  while (next < spans_.size() && seconds >= spans_[next].start) ++next;
  if (next == 0) return span_pose(0, seconds);
  const size_t now = next - 1;
  if (next == spans_.size() || seconds < spans_[now].end) return span_pose(now, seconds);
  const Span &before = spans_[now], &after = spans_[next];
  std::vector<Pose> poses{span_pose(now, before.end)};
  const Vec3 here = origin_in(now, before.end);
  const std::vector<Posture> between = way(last_posture(before), after.posture);
  for (size_t i = 0; i < between.size(); ++i) {
    const double share = static_cast<double>(i + 1) / static_cast<double>(between.size() + 1);
    poses.push_back(moved(posture_pose(body_, before.manner, between[i]), mix(here, after.origin, share)));
  }
  poses.push_back(span_pose(next, after.start));
  const double place =
      smooth((seconds - before.end) / (after.start - before.end)) * static_cast<double>(poses.size() - 1);
  const size_t first = std::min(static_cast<size_t>(place), poses.size() - 2);
  return mix(poses[first], poses[first + 1], place - static_cast<double>(first));
}

Vec3 Script::origin_at(double seconds) const {
  size_t next = 0;
  while (next < spans_.size() && seconds >= spans_[next].start) ++next;
  if (next == 0) return spans_[0].origin;
  const Vec3 here = origin_in(next - 1, seconds);
  const double end = spans_[next - 1].end;
  if (next == spans_.size() || seconds < end) return here;
  return mix(here, spans_[next].origin, (seconds - end) / (spans_[next].start - end));
}

std::vector<Interval> Script::intervals(double seconds) const {
  std::vector<Interval> shown;
  for (const Span& span : spans_)
    if (!span.action.empty() && span.end > 0 && span.start < seconds)
      shown.push_back({span.action, std::max(span.start, 0.0), std::min(span.end, seconds)});
  return shown;
}

}  // namespace gerund::synth
