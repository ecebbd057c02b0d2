// infer/reference/reference_engine.h - the plain engine: portable C++ and nothing else; what other engines are compared
// with.
#pragma once

#include <memory>

#include "infer/engine.h"

namespace gerund::infer {

/// Runs `model` on options.num_threads (at least 1) threads; results do not depend on their number. Throws UserError
/// for a graph that it cannot run.
std::unique_ptr<Engine> make_reference(graph::Model model, const EngineOptions& options);

}  // namespace gerund::infer
