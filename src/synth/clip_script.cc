#include <array>

#include "synth/script.h"
#include "synth/story.h"

namespace gerund::synth {
namespace {

bool is_exercise(const std::string& action) {
  return action == "pushup" || action == "pullup" || action == "situp";
}

/// A pose of rest, drawn alike for every exercise.
Posture random_rest(const std::string& action, base::Random& random) {
  if (action == "ride_bike") return Posture::astride;
  if (!is_exercise(action)) return Posture::stand;
  constexpr std::array kRests{Posture::stand, Posture::stand, Posture::stand, Posture::kneel,
                              Posture::kneel, Posture::squat, Posture::sit,   Posture::sit,
                              Posture::prone, Posture::plank, Posture::stand, Posture::supine};
  return kRests[static_cast<size_t>(random.below(kRests.size()))];
}

/// An act in [start, end). Exercises end with a whole repetition, so that they meet the rest at their start position.
Span act(const std::string& action, double start, double end, const Body& body, const Manner& manner,
         base::Random& random) {
  Span span;
  span.start = start;
  span.end = end;
  span.action = action;
  span.manner = manner;
  span.posture = posture_of(action);
  span.cycles_per_second = usual_tempo(action) * manner.tempo;
  if (is_exercise(action)) {
    const double cycles = std::max(1.0, std::round(span.cycles_per_second * (end - start)));
    span.cycles_per_second = cycles / (end - start);
  } else {
    span.phase = random.uniform();
  }
  span.metres_per_cycle = stride(body, manner, action);
  return span;
}

Span rest(Posture posture, double start, double end, const Manner& manner) {
  Span span;
  span.start = start;
  span.end = end;
  span.posture = posture;
  span.manner = manner;
  return span;
}

int steps_up(Posture posture) {
  int steps = 0;
  for (; posture != Posture::stand; posture = next_up(posture)) ++steps;
  return steps;
}

/// Time to get from the rest to the action, at most two fifths of the rest.
double change_seconds(const std::string& action, Posture posture, double rest_seconds, const Variation& variation) {
  const int steps = std::max(1, steps_up(posture) + steps_up(posture_of(action)));
  return std::min(variation.step_seconds * (steps + 1), 0.4 * rest_seconds);
}

/// Puts the middle of the way travelled at the origin.
void center(Script& script, double seconds) {
  const Vec3 from = script.origin_at(0), to = script.origin_at(seconds);
  script.shift(mix(from, to, 0.5) * -1.0);
}

}  // namespace

Script clip_script(const std::string& action, double seconds, const Body& body, const Variation& variation,
                   base::Random& random) {
  Script script(body);
  const Manner manner = random_manner(body, random);
  const double pause = seconds * random.uniform(variation.rest_share_min, variation.rest_share_max);
  const Posture posture = random_rest(action, random);
  const double change = change_seconds(action, posture, pause, variation);
  const double before = random.uniform(0.0, 0.6), after = random.uniform(0.0, 0.6);
  const auto add_act = [&](double start, double end) { script.add(act(action, start, end, body, manner, random)); };
  const auto add_rest = [&](double start, double end) { script.add(rest(posture, start, end, manner)); };
  if (action == "idle") {
    add_act(0, seconds);
  } else if (action == "fall_floor") {
    add_rest(-1, pause - 0.05);
    add_act(pause, seconds + 1);
  } else if (random.chance(variation.center_rest_share)) {  // Action, rest, action.
    const double still = pause - 2 * change;
    const double start = seconds / 2 - change - still * random.uniform(0.2, 0.8);
    add_act(-before, start);
    add_rest(start + change, start + change + still);
    add_act(start + pause, seconds + after);
  } else if (const double form = random.uniform(); form < 0.33) {  // Rest, action.
    add_rest(-1, pause - change);
    add_act(pause, seconds + after);
  } else if (form < 0.66) {  // Action, rest.
    add_act(-before, seconds - pause);
    add_rest(seconds - pause + change, seconds + 1);
  } else {  // Rest, action, rest.
    const double first = pause * random.uniform(0.35, 0.65);
    const double quick = std::min(change, 0.7 * std::min(first, pause - first));
    add_rest(-1, first - quick);
    add_act(first, seconds - pause + first);
    add_rest(seconds - pause + first + quick, seconds + 1);
  }
  center(script, seconds);
  return script;
}

Script story_script(const std::vector<StoryAct>& acts, const Body& body, const Variation& variation,
                    base::Random& random) {
  Script script(body);
  const Manner manner = random_manner(body, random);
  double start = 0;
  Posture before = Posture::stand;
  Vec3 aside;
  for (const StoryAct& next : acts) {
    const int steps = steps_up(before) + steps_up(posture_of(next.action));
    const double change = start == 0 ? 0 : std::min(0.25 * next.seconds, variation.step_seconds * (steps + 2));
    script.add(act(next.action, start + change, start + next.seconds, body, manner, random), aside);
    start += next.seconds;
    before = next.action == "fall_floor" ? Posture::sit : posture_of(next.action);
    // Leaves the box or the bicycle where it stands.
    const bool leaves = next.action == "push" || next.action == "ride_bike";
    aside = leaves ? Vec3{0, -1.1, 0} : Vec3{};
  }
  return script;
}

}  // namespace gerund::synth
