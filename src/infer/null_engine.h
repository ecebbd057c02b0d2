// infer/null_engine.h - answers zeros at once: for measuring all that stands around a network.
#pragma once

#include <memory>

#include "infer/engine.h"

namespace gerund::infer {

/// Outputs are zeros of the model's output shapes; an extent that is free is the batch of the first input where it
/// comes first, else 1. Inputs are not looked at beyond that.
std::unique_ptr<Engine> make_null(graph::Model model, const EngineOptions& options);

}  // namespace gerund::infer
