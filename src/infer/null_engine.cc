#include "infer/null_engine.h"

#include <fmt/format.h>

#include "base/error.h"
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
    check_shapes(inputs);
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
  void check_shapes(std::span<const tensor::Tensor> inputs) const {
    input_shapes(model_.inputs, inputs);
    for (size_t i = 0; i < inputs.size(); ++i) {
      const tensor::Shape &wanted = model_.inputs[i].shape, &given = inputs[i].shape();
      bool fits = wanted.size() == given.size();
      for (size_t axis = 0; fits && axis < wanted.size(); ++axis)
        fits = wanted[axis] < 0 || wanted[axis] == given[axis];
      if (!fits)
        throw base::UserError(fmt::format("{}: input {} is {}, and {} was given", model_.name, model_.inputs[i].name,
                                          tensor::to_string(wanted), tensor::to_string(given)));
    }
  }

  graph::Model model_;
};

}  // namespace

std::unique_ptr<Engine> make_null(graph::Model model, const EngineOptions& /*options*/) {
  return std::make_unique<NullEngine>(std::move(model));
}

}  // namespace gerund::infer
