#include "nets/export_model.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/utf8.h"
#include "graph/metadata.h"
#include "graph/transform.h"
#include "nets/lower.h"
#include "nets/step_cost.h"

namespace gerund::nets {
namespace {

using nlohmann::json;

json origin_of(const Checkpoint& checkpoint, const std::string& source) {
  const Architecture architecture = make_architecture(checkpoint.experiment);
  json origin = {{"checkpoint", source},
                 {"backbone", architecture.backbone},
                 {"model_type", checkpoint.experiment.model.model_type},
                 {"input_type", architecture.volume ? "3d" : "2d"},
                 {"width", architecture.width},
                 {"temporal", architecture.causal ? "causal" : "centered"},
                 {"clip_seconds", checkpoint.clip_seconds},
                 {"made_by", "gerund " GERUND_VERSION}};
  if (!checkpoint.origin.empty()) origin["imported"] = json::parse(checkpoint.origin, nullptr, false);
  if (checkpoint.state.history.empty()) return origin;
  const EpochMetrics& metrics = checkpoint.state.history.back();
  origin["epoch"] = metrics.epoch;
  origin["train_loss"] = metrics.train_loss;
  if (metrics.val_loss) origin["val_loss"] = *metrics.val_loss;
  if (metrics.val_accuracy) origin["val_accuracy"] = *metrics.val_accuracy;
  return origin;
}

// Counted here, so that a file tells it to whoever has no weights of the other network.
void add_step_cost(json& origin, const Checkpoint& checkpoint, int64_t step_frames) {
  const spec::ModelSpec& spec = checkpoint.experiment.model;
  const StepCost cost = step_cost(make_architecture(checkpoint.experiment), checkpoint.weights, spec.input_height,
                                  spec.input_width, step_frames);
  origin["step_frames"] = cost.step_frames;
  origin["macs_per_frame"] = cost.macs_per_frame;
  origin["centered_macs_per_frame"] = cost.centered_macs_per_frame;
}

graph::Model folded_with_metadata(const graph::Model& lowered, const Checkpoint& checkpoint, const json& origin) {
  graph::Model model = graph::fold_batch_norm(lowered);
  model.metadata = {{graph::kFormatKey, "1"},
                    {graph::kRecipeKey, checkpoint.recipe},
                    {graph::kLabelsKey, base::json_text(json(checkpoint.labels))},
                    {graph::kParametersKey, std::to_string(num_parameters(checkpoint.weights))},
                    {graph::kOriginKey, base::json_text(origin)}};
  return model;
}

}  // namespace

graph::Model export_model(const Checkpoint& checkpoint, const std::string& source) {
  check_finite(checkpoint.weights, source);
  const spec::ModelSpec& spec = checkpoint.experiment.model;
  const Architecture architecture = make_architecture(checkpoint.experiment);
  json origin = origin_of(checkpoint, source);
  if (architecture.causal) add_step_cost(origin, checkpoint, spec::kPositionFrames);
  return folded_with_metadata(lower(architecture, checkpoint.weights, spec.input_height, spec.input_width), checkpoint,
                              origin);
}

graph::Model export_step_model(const Checkpoint& checkpoint, const std::string& source, int64_t step_frames) {
  const spec::ModelSpec& spec = checkpoint.experiment.model;
  const Architecture architecture = make_architecture(checkpoint.experiment);
  if (!architecture.causal) {
    throw base::UserError(
        fmt::format("{}: its network is centered and cannot go on from frame to frame; train one with model.temporal "
                    "causal",
                    source));
  }
  const graph::Model step =
      lower_step(architecture, checkpoint.weights, spec.input_height, spec.input_width, step_frames);
  check_finite(checkpoint.weights, source);
  json origin = origin_of(checkpoint, source);
  add_step_cost(origin, checkpoint, step_frames);
  return folded_with_metadata(step, checkpoint, origin);
}

}  // namespace gerund::nets
