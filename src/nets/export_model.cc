#include "nets/export_model.h"

#include <nlohmann/json.hpp>

#include "graph/metadata.h"
#include "graph/transform.h"
#include "nets/lower.h"

namespace gerund::nets {
namespace {

using nlohmann::json;

json origin_of(const Checkpoint& checkpoint, const std::string& source) {
  const Architecture architecture = make_architecture(checkpoint.experiment);
  json origin = {{"checkpoint", source},
                 {"backbone", architecture.backbone},
                 {"input_type", architecture.volume ? "3d" : "2d"},
                 {"width", architecture.width},
                 {"clip_seconds", checkpoint.clip_seconds},
                 {"made_by", "gerund " GERUND_VERSION}};
  if (checkpoint.state.history.empty()) return origin;
  const EpochMetrics& metrics = checkpoint.state.history.back();
  origin["epoch"] = metrics.epoch;
  origin["train_loss"] = metrics.train_loss;
  if (metrics.val_loss) origin["val_loss"] = *metrics.val_loss;
  if (metrics.val_accuracy) origin["val_accuracy"] = *metrics.val_accuracy;
  return origin;
}

}  // namespace

graph::Model export_model(const Checkpoint& checkpoint, const std::string& source) {
  const spec::ModelSpec& spec = checkpoint.experiment.model;
  graph::Model model = graph::fold_batch_norm(
      lower(make_architecture(checkpoint.experiment), checkpoint.weights, spec.input_height, spec.input_width));
  model.metadata = {{graph::kFormatKey, "1"},
                    {graph::kRecipeKey, checkpoint.recipe},
                    {graph::kLabelsKey, json(checkpoint.labels).dump()},
                    {graph::kParametersKey, std::to_string(num_parameters(checkpoint.weights))},
                    {graph::kOriginKey, origin_of(checkpoint, source).dump()}};
  return model;
}

}  // namespace gerund::nets
