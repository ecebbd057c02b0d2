// synth/actions.h - the ten actions that can be drawn.
#pragma once

#include <string>
#include <vector>

namespace gerund::synth {

/// walk, run, push, ride_bike, fall_floor, pushup, pullup, situp, wave, idle.
const std::vector<std::string>& action_names();

/// Throws UserError naming `field` and the nearest known action unless `action` is one of the ten.
void check_action(const std::string& field, const std::string& action);

}  // namespace gerund::synth
