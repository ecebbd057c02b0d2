// The choice of an engine is data that a reader sees whole.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/workers.h"
#include "infer/engine.h"
#include "infer/null_engine.h"
#include "infer/onednn/onednn_engine.h"
#include "infer/reference/reference_engine.h"

namespace gerund::infer {
namespace {

struct EngineEntry {
  const char* name;
  bool (*has_bf16)();
  std::unique_ptr<Engine> (*make)(graph::Model model, const EngineOptions& options);
};

bool always() {
  return true;
}
bool never() {
  return false;
}

// Fastest first.
constexpr std::array kEngines{
    EngineEntry{"onednn", onednn_has_bf16, make_onednn},
    EngineEntry{"reference", never, make_reference},
};

// Taken only where it is asked for: it gives no answers.
constexpr EngineEntry kNull{"null", always, make_null};

constexpr std::array kAlgorithms{"auto", "direct", "winograd"};
constexpr std::array kPrecisions{"fp32", "bf16", "int8", "auto"};

const EngineEntry& find_entry(const std::string& name) {
  if (name == kNull.name) return kNull;
  for (const EngineEntry& entry : kEngines) {
    if (name == "auto" || name == entry.name) return entry;
  }
  throw base::UserError(fmt::format("engine '{}' is not known; known: auto, {}, {}; did you mean '{}'?", name,
                                    fmt::join(engine_names(), ", "), kNull.name,
                                    base::nearest_name(name, engine_names())));
}

void check_name(const char* what, const std::string& name, const std::vector<std::string>& known) {
  if (std::ranges::find(known, name) != known.end()) return;
  throw base::UserError(fmt::format("{} '{}' is not known; known: {}; did you mean '{}'?", what, name,
                                    fmt::join(known, ", "), base::nearest_name(name, known)));
}

bool has_whole_numbers(const graph::Model& model) {
  return std::ranges::any_of(model.nodes, [](const graph::Node& node) { return node.op == "QuantizeLinear"; });
}

}  // namespace

std::vector<std::string> engine_names() {
  std::vector<std::string> names;
  names.reserve(kEngines.size());
  for (const EngineEntry& entry : kEngines) names.emplace_back(entry.name);
  return names;
}

std::vector<std::string> algorithm_names() {
  return {kAlgorithms.begin(), kAlgorithms.end()};
}

std::vector<std::string> precision_names() {
  return {kPrecisions.begin(), kPrecisions.end()};
}

std::string chosen_engine(const std::string& name) {
  return find_entry(name).name;
}

std::string chosen_precision(const graph::Model& model, const EngineOptions& options) {
  const std::string& wanted = options.precision;
  check_name("precision", wanted, precision_names());
  const EngineEntry& entry = find_entry(options.engine);
  if (wanted == "bf16") {
    if (entry.has_bf16()) return has_whole_numbers(model) ? "int8+bf16" : "bf16";
    throw base::UserError(
        fmt::format("precision bf16: the engine {} does not have it here (onednn alone has, on processors with AVX-512 "
                    "BF16 or AMX); take fp32, or auto",
                    entry.name));
  }
  const bool rounds = wanted == "auto" && entry.has_bf16();
  if (has_whole_numbers(model)) return rounds ? "int8+bf16" : "int8";
  if (wanted == "int8") {
    throw base::UserError(
        "precision int8: this model has no whole numbers; write one that has by gerund export --int8 --calibrate "
        "CLIPS, or take fp32");
  }
  return rounds ? "bf16" : "fp32";
}

std::unique_ptr<Engine> make_engine(graph::Model model, const EngineOptions& options) {
  if (options.num_threads < 0) {
    throw base::UserError(fmt::format("num_threads is {}; 0 (all cores) or more is wanted", options.num_threads));
  }
  check_name("algorithm", options.algorithm, algorithm_names());
  const EngineEntry& entry = find_entry(options.engine);
  EngineOptions resolved = options;
  resolved.precision = chosen_precision(model, options);
  if (options.precision == "auto")
    base::log_info(fmt::format("precision auto: {}{}", resolved.precision,
                               resolved.precision == "fp32"
                                   ? ", for the processor or the file has nothing narrower"
                                   : "; a convolution takes it only where it measured faster than fp32"));
  if (options.num_threads == 0) resolved.num_threads = base::num_cores();
  return entry.make(std::move(model), resolved);
}

}  // namespace gerund::infer
