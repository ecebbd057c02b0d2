#include "infer/null_engine.h"

#include "infer/interface.h"

namespace gerund::infer {
namespace {

class NullEngine : public Engine {
 public:
  explicit NullEngine(graph::Model model) : model_(std::move(model)) {
    check_interface(model_);
    model_.nodes.clear();
    model_.initializers.clear();
  }

  std::vector<tensor::Tensor> run_all(std::span<const tensor::Tensor> inputs) const override {
    input_shapes(model_.inputs, inputs);
    std::vector<tensor::Tensor> outputs;
    for (const graph::Value& value : model_.outputs) {
      tensor::Shape shape = value.shape;
      for (size_t axis = 0; axis < shape.size(); ++axis)
        if (shape[axis] < 0) shape[axis] = axis == 0 ? inputs[0].dim(0) : 1;
      outputs.emplace_back(shape);
    }
    return outputs;
  }

 private:
  graph::Model model_;
};

}  // namespace

std::unique_ptr<Engine> make_null(graph::Model model, const EngineOptions& /*options*/) {
  return std::make_unique<NullEngine>(std::move(model));
}

}  // namespace gerund::infer
