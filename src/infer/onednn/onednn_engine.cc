#include "infer/onednn/onednn_engine.h"

#include <algorithm>
#include <list>
#include <mutex>

#include "graph/attributes.h"
#include "graph/transform.h"
#include "infer/fold_constants.h"
#include "infer/interface.h"
#include "infer/onednn/conv_choices.h"
#include "infer/onednn/plan.h"
#include "infer/parallel.h"

namespace gerund::infer {
namespace {

using tensor::Tensor;
using Shapes = std::map<std::string, tensor::Shape>;

constexpr size_t kMaxPlans = 8;  // Of different batch sizes; the one not used for longest goes.

/// The weights that a DequantizeLinear makes from int8 with zero points of 0, before they are folded to float32.
std::map<std::string, WholeWeights> whole_weights_of(const graph::Model& model) {
  constexpr int kLargest = 64;
  std::map<std::string, WholeWeights> found;
  for (const graph::Node& node : model.nodes) {
    if (node.op != "DequantizeLinear" || node.inputs.size() < 3) continue;
    const auto whole = model.initializers.find(node.inputs[0]), scales = model.initializers.find(node.inputs[1]),
               zeros = model.initializers.find(node.inputs[2]);
    const auto end = model.initializers.end();
    if (whole == end || scales == end || zeros == end || whole->second.dtype() != tensor::DType::i8 ||
        whole->second.shape().size() < 4)
      continue;
    const auto channels = static_cast<size_t>(whole->second.dim(0));
    const bool is_per_channel =
        scales->second.size() == whole->second.dim(0) && graph::int_attribute(node, "axis", 1) == 0;
    if ((scales->second.size() != 1 && !is_per_channel) ||
        std::ranges::any_of(zeros->second.bytes_i8(), [](int8_t zero) { return zero != 0; }) ||
        std::ranges::any_of(scales->second.floats(), [](float scale) { return !(scale > 0); }))
      continue;
    WholeWeights weights;
    const std::span<const float> of = scales->second.floats();
    weights.scales = is_per_channel ? std::vector<float>(of.begin(), of.end()) : std::vector<float>(channels, of[0]);
    weights.are_large =
        std::ranges::any_of(whole->second.bytes_i8(), [](int8_t w) { return w > kLargest || w < -kLargest; });
    found[node.outputs[0]] = std::move(weights);
  }
  return found;
}

class OnednnEngine : public Engine {
 public:
  OnednnEngine(graph::Model model, const EngineOptions& options)
      : options_{options.num_threads,       options.algorithm,    options.precision.ends_with("bf16"),
                 options.ends_on_interrupt, options.keeps_states, ConvChoices::of_user()} {
    check_interface(model);
    check_shapes(model);
    const bool has_batch_norm = std::any_of(model.nodes.begin(), model.nodes.end(),
                                            [](const graph::Node& node) { return node.op == "BatchNormalization"; });
    network_.inputs = model.inputs;
    network_.has_free_extents = std::ranges::any_of(model.inputs, [](const graph::Value& input) {
      return std::find(input.shape.begin() + (input.shape.empty() ? 0 : 1), input.shape.end(), -1) != input.shape.end();
    });
    if (!has_batch_norm) network_.whole_weights = whole_weights_of(model);  // Folding would scale them.
    model = fold_constants(std::move(model));
    if (has_batch_norm) model = graph::fold_batch_norm(std::move(model));
    network_.model = graph::drop_unread_positions(std::move(model));
    plan_for_one();
  }

  std::vector<Tensor> run_all(std::span<const Tensor> inputs) const override {
    const Shapes shapes = input_shapes(network_.inputs, inputs);
    const ThreadLimit limit(options_.num_threads);
    spread_threads(options_.num_threads);
    const std::shared_ptr<const Plan> plan = plan_of(shapes);
    AlignedFloats arena = take_arena(plan->num_arena_floats());
    std::vector<Tensor> outputs = plan->run(inputs, arena.data());
    give_arena(std::move(arena));
    return outputs;
  }

 private:
  struct KnownPlan {
    Shapes shapes;
    std::shared_ptr<const Plan> plan;
  };

  /// Weights are packed when the network is loaded, where only the batch is free.
  void plan_for_one() {
    Shapes shapes;
    for (const graph::Value& input : network_.inputs) {
      tensor::Shape shape = input.shape;
      if (!shape.empty() && shape[0] == -1) shape[0] = 1;
      if (std::find(shape.begin(), shape.end(), -1) != shape.end()) return;
      shapes[input.name] = shape;
    }
    const ThreadLimit limit(options_.num_threads);
    plan_of(shapes);
  }

  std::shared_ptr<const Plan> plan_of(const Shapes& shapes) const {
    std::lock_guard lock(mutex_);
    const auto known =
        std::find_if(plans_.begin(), plans_.end(), [&](const KnownPlan& one) { return one.shapes == shapes; });
    if (known != plans_.end()) {
      plans_.splice(plans_.begin(), plans_, known);
    } else {
      plans_.push_front({shapes, std::make_shared<const Plan>(network_, shapes, options_)});
      if (plans_.size() > kMaxPlans) plans_.pop_back();
    }
    return plans_.front().plan;
  }

  AlignedFloats take_arena(int64_t size) const {
    {
      std::lock_guard lock(mutex_);
      const auto fits =
          std::find_if(arenas_.begin(), arenas_.end(), [&](const AlignedFloats& one) { return one.size() >= size; });
      if (fits != arenas_.end()) {
        AlignedFloats arena = std::move(*fits);
        arenas_.erase(fits);
        return arena;
      }
      arenas_.clear();  // Too small for what is asked now.
    }
    return AlignedFloats(size);
  }

  void give_arena(AlignedFloats arena) const {
    std::lock_guard lock(mutex_);
    arenas_.push_back(std::move(arena));
  }

  const PlanOptions options_;
  mutable std::mutex mutex_;
  mutable Network network_;                    // Guarded by mutex_, but for `inputs`.
  mutable std::list<KnownPlan> plans_;         // Guarded by mutex_; the last used first.
  mutable std::vector<AlignedFloats> arenas_;  // Guarded by mutex_; free for the next run.
};

}  // namespace

bool onednn_has_bf16() {
  return has_bf16();
}

std::unique_ptr<Engine> make_onednn(graph::Model model, const EngineOptions& options) {
  return std::make_unique<OnednnEngine>(std::move(model), options);
}

}  // namespace gerund::infer
