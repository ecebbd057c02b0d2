// The choice of an engine is data that a reader sees whole.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "base/nearest.h"
#include "base/workers.h"
#include "infer/engine.h"
#include "infer/onednn/onednn_engine.h"
#include "infer/reference/reference_engine.h"

namespace gerund::infer {
namespace {

struct EngineEntry {
  const char* name;
  bool (*runs_here)();
  std::unique_ptr<Engine> (*make)(graph::Model model, const EngineOptions& options);
};

bool always() {
  return true;
}

// Fastest first; reference last, and always runs.
constexpr std::array kEngines{
    EngineEntry{"onednn", always, make_onednn},
    EngineEntry{"reference", always, make_reference},
};

constexpr std::array<std::string_view, 3> kAlgorithms{"auto", "direct", "winograd"};

}  // namespace

std::vector<std::string> engine_names() {
  std::vector<std::string> names;
  names.reserve(kEngines.size());
  for (const EngineEntry& entry : kEngines) names.emplace_back(entry.name);
  return names;
}

std::unique_ptr<Engine> make_engine(graph::Model model, const EngineOptions& options) {
  if (options.num_threads < 0) {
    throw base::UserError(fmt::format("num_threads is {}; 0 (all cores) or more is wanted", options.num_threads));
  }
  if (std::find(kAlgorithms.begin(), kAlgorithms.end(), options.algorithm) == kAlgorithms.end()) {
    throw base::UserError(
        fmt::format("algorithm '{}' is not known; known: {}", options.algorithm, fmt::join(kAlgorithms, ", ")));
  }
  EngineOptions resolved = options;
  if (options.num_threads == 0) resolved.num_threads = base::num_cores();
  for (const EngineEntry& entry : kEngines) {
    const bool is_wanted = options.engine == "auto" ? entry.runs_here() : options.engine == entry.name;
    if (is_wanted) return entry.make(std::move(model), resolved);
  }
  throw base::UserError(fmt::format("engine '{}' is not known; known: auto, {}; did you mean '{}'?", options.engine,
                                    fmt::join(engine_names(), ", "),
                                    base::nearest_name(options.engine, engine_names())));
}

}  // namespace gerund::infer
