// infer/onednn/onednn_engine.h - the fast engine for processors: oneDNN, and Winograd convolutions of our own.
#pragma once

#include <memory>

#include "infer/engine.h"

namespace gerund::infer {

/// Runs `model`; options.num_threads is at least 1. Throws UserError for a graph that it cannot run.
std::unique_ptr<Engine> make_onednn(graph::Model model, const EngineOptions& options);

/// Whether this processor multiplies bfloat16 numbers.
bool onednn_has_bf16();

}  // namespace gerund::infer
