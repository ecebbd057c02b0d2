#include "nets/step_cost.h"

#include "graph/transform.h"

namespace gerund::nets {
namespace {

double macs_of_one(const graph::Model& model) {
  std::map<std::string, tensor::Shape> shapes;
  for (const graph::Value& input : model.inputs) {
    shapes[input.name] = input.shape;
    shapes[input.name].front() = 1;
  }
  return static_cast<double>(graph::count_macs(model, shapes));
}

}  // namespace

StepCost step_cost(const Architecture& architecture, const Weights& weights, int64_t height, int64_t width,
                   int64_t step_frames) {
  Architecture centered = architecture;
  centered.causal = false;
  const auto frames = static_cast<double>(step_frames);
  return {step_frames, macs_of_one(lower_step(architecture, weights, height, width, step_frames)) / frames,
          macs_of_one(lower(centered, weights, height, width)) / frames};
}

}  // namespace gerund::nets
