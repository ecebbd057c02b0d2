#include "synth/actions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/nearest.h"

namespace gerund::synth {

const std::vector<std::string>& action_names() {
  static const std::vector<std::string> names{"walk",   "run",    "push",  "ride_bike", "fall_floor",
                                              "pushup", "pullup", "situp", "wave",      "idle"};
  return names;
}

void check_action(const std::string& field, const std::string& action) {
  const auto& names = action_names();
  if (std::find(names.begin(), names.end(), action) != names.end()) return;
  throw base::UserError(fmt::format("{}: no action \"{}\"; did you mean \"{}\"? Known: {}", field, action,
                                    base::nearest_name(action, names), fmt::join(names, ", ")));
}

}  // namespace gerund::synth
