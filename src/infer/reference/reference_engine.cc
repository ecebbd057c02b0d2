#include "infer/reference/reference_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/interrupt.h"
#include "graph/attributes.h"
#include "graph/transform.h"
#include "infer/reference/kernels.h"

namespace gerund::infer {
namespace {

using tensor::Tensor;

/// A node with its kernel, and the values that nobody reads after it.
struct Step {
  const graph::Node* node;
  Kernel kernel;
  std::vector<std::string> dead_after;
};

class ReferenceEngine : public Engine {
 public:
  ReferenceEngine(const graph::Model& model, int num_threads) : model_(model), num_threads_(num_threads) {
    check_interface();
    for (const graph::Node& node : model_.nodes) steps_.push_back({&node, find_kernel(node), {}});
    find_last_readers();
    check_shapes();
  }

  Tensor run(const Tensor& input) const override {
    if (input.dtype() != tensor::DType::f32) throw base::UserError("the input of a network must be float32");
    const auto shapes = graph::infer_shapes(model_, {{model_.inputs[0].name, input.shape()}});
    std::map<std::string, Tensor> made;
    const auto find = [&](const std::string& name) -> const Tensor* {
      if (name.empty()) return nullptr;
      if (name == model_.inputs[0].name) return &input;
      const auto value = made.find(name);
      return value == made.end() ? &model_.initializers.at(name) : &value->second;
    };
    for (const Step& step : steps_) {
      if (base::interrupted()) throw base::Interrupted("interrupted while a network ran");
      const std::string& output = step.node->outputs.front();
      KernelCall call{*step.node, model_.opset, {}, shapes.at(output), num_threads_};
      for (const std::string& name : step.node->inputs) call.inputs.push_back(find(name));
      made[output] = step.kernel(call);
      for (const std::string& name : step.dead_after) made.erase(name);
    }
    return std::move(made.at(model_.outputs[0].name));
  }

 private:
  void check_interface() const {
    if (model_.inputs.size() != 1 || model_.outputs.empty()) {
      throw base::UserError(fmt::format("the network has {} inputs and {} outputs; one input and an output are wanted",
                                        model_.inputs.size(), model_.outputs.size()));
    }
    const std::string& output = model_.outputs[0].name;
    bool is_made = false;
    for (const graph::Node& node : model_.nodes) {
      if (node.outputs.empty()) throw base::UserError(graph::describe(node) + ": has no output");
      is_made = is_made || node.outputs.front() == output;
    }
    if (!is_made) throw base::UserError(fmt::format("output '{}' is made by no node", output));
  }

  /// Only the first output is returned; the others may be freed as well.
  void find_last_readers() {
    std::map<std::string, size_t> last;
    for (size_t i = 0; i < steps_.size(); ++i) {
      last[steps_[i].node->outputs.front()] = i;
      for (const std::string& name : steps_[i].node->inputs) last[name] = i;
    }
    last.erase(model_.outputs[0].name);
    for (const auto& [name, step] : last) steps_[step].dead_after.push_back(name);
  }

  /// Finds what cannot run when the network is loaded, where only the batch is free. Other free extents are checked by
  /// run().
  void check_shapes() const {
    tensor::Shape shape = model_.inputs[0].shape;
    if (!shape.empty() && shape[0] == -1) shape[0] = 1;
    if (std::find(shape.begin(), shape.end(), -1) != shape.end()) return;
    graph::infer_shapes(model_, {{model_.inputs[0].name, shape}});
  }

  const graph::Model model_;
  const int num_threads_;
  std::vector<Step> steps_;
};

}  // namespace

std::unique_ptr<Engine> make_reference(const graph::Model& model, int num_threads) {
  return std::make_unique<ReferenceEngine>(model, num_threads);
}

}  // namespace gerund::infer
