#include "infer/reference/reference_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/interrupt.h"
#include "graph/attributes.h"
#include "graph/transform.h"
#include "infer/interface.h"
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
  ReferenceEngine(graph::Model model, const EngineOptions& options) : model_(std::move(model)), options_(options) {
    check_interface(model_);
    for (const graph::Node& node : model_.nodes) steps_.push_back({&node, find_kernel(node), {}});
    find_last_readers();
    check_shapes(model_);
  }

  std::vector<Tensor> run_all(std::span<const Tensor> inputs) const override {
    const auto shapes = graph::infer_shapes(model_, input_shapes(model_.inputs, inputs));
    std::map<std::string, const Tensor*> given;
    for (size_t i = 0; i < inputs.size(); ++i) given[model_.inputs[i].name] = &inputs[i];
    std::map<std::string, Tensor> made;
    const auto find = [&](const std::string& name) -> const Tensor* {
      if (name.empty()) return nullptr;
      if (const auto value = given.find(name); value != given.end()) return value->second;
      const auto value = made.find(name);
      return value == made.end() ? &model_.initializers.at(name) : &value->second;
    };
    for (const Step& step : steps_) {
      if (options_.ends_on_interrupt && base::interrupted()) throw base::Interrupted("interrupted while a network ran");
      const std::string& output = step.node->outputs.front();
      KernelCall call{*step.node, model_.opset, {}, shapes.at(output), options_.num_threads};
      for (const std::string& name : step.node->inputs) call.inputs.push_back(find(name));
      made[output] = step.kernel(call);
      for (const std::string& name : step.dead_after) made.erase(name);
    }
    std::vector<Tensor> outputs;
    for (const graph::Value& output : model_.outputs) outputs.push_back(std::move(made.at(output.name)));
    return outputs;
  }

 private:
  void find_last_readers() {
    std::map<std::string, size_t> last;
    for (size_t i = 0; i < steps_.size(); ++i) {
      last[steps_[i].node->outputs.front()] = i;
      for (const std::string& name : steps_[i].node->inputs) last[name] = i;
    }
    for (const graph::Value& output : model_.outputs) last.erase(output.name);
    for (const auto& [name, step] : last) steps_[step].dead_after.push_back(name);
  }

  const graph::Model model_;
  const EngineOptions options_;
  std::vector<Step> steps_;
};

}  // namespace

std::unique_ptr<Engine> make_reference(graph::Model model, const EngineOptions& options) {
  return std::make_unique<ReferenceEngine>(std::move(model), options);
}

}  // namespace gerund::infer
