#include "infer/onednn/plan.h"

#include <algorithm>

#include "base/error.h"
#include "base/interrupt.h"
#include "infer/onednn/planner.h"

namespace gerund::infer {

Plan::Plan(Network& network, const std::map<std::string, tensor::Shape>& input_shapes, const PlanOptions& options)
    : ends_on_interrupt_(options.ends_on_interrupt) {
  Planner(network, input_shapes, options, *this).build();
}

std::vector<tensor::Tensor> Plan::run(std::span<const tensor::Tensor> inputs, float* arena) const {
  std::vector<tensor::Tensor> results;
  for (const size_t output : outputs_) results.push_back(tensor::Tensor::unset(buffers_[output].shape));
  const auto target_of = [&](size_t buffer) {
    const Buffer& b = buffers_[buffer];
    return b.output >= 0 ? results[static_cast<size_t>(b.output)].floats().data() : arena + b.offset;
  };
  const auto memory_of = [&](size_t buffer) -> const float* {
    const Buffer& b = buffers_[buffer];
    return b.input >= 0 ? inputs[static_cast<size_t>(b.input)].floats().data() : target_of(buffer);
  };
  std::vector<const float*> operands;
  for (const Task& task : tasks_) {
    if (ends_on_interrupt_ && base::interrupted()) throw base::Interrupted("interrupted while a network ran");
    operands.clear();
    for (const size_t input : task.inputs) operands.push_back(memory_of(input));
    task.run(operands, target_of(task.output), arena + scratch_offset_);
  }
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const Buffer& buffer = buffers_[outputs_[i]];
    if (buffer.output != static_cast<int>(i))
      std::copy_n(memory_of(outputs_[i]), buffer.floats, results[i].floats().data());
  }
  return results;
}

}  // namespace gerund::infer
