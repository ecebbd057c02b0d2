// spec/checks.h - rules between fields, which no field can check alone.
#pragma once

#include <string>

#include "spec/collect.h"
#include "spec/experiment.h"

namespace gerund::spec {

/// Throws UserError at the place of the field at fault (`settings` knows it; else the file `name`): label_map indices
/// 0 to n-1, each once, with folder names as classes; networks other than resnets with 3d; causal with 3d, rgb, and
/// clips and histories of 4 n frames; intervals of at most num_epochs; rising lr_steps; lr_decay below 1 for
/// AutoReduce; at least one crop scale.
void check_experiment(const Experiment& experiment, const Settings& settings, const std::string& name);

}  // namespace gerund::spec
