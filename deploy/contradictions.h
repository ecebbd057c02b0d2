// deploy/contradictions.h - where a config and its model say different things.
#pragma once

#include <string>
#include <vector>

#include "deploy/app_config.h"
#include "serve/loaded_model.h"

namespace gerund::deploy {

/// One message for each matter on which they differ, naming both values: mean, std, frames, size, kind of input,
/// resize, stride of a model that goes in steps, names and number of classes, the input's name. What the model says is
/// what is done.
std::vector<std::string> contradictions(const AppConfig& config, const serve::LoadedModel& model);

}  // namespace gerund::deploy
