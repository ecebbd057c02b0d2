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
  const auto memory_of = [&](size_t buffer) {
    const Buffer& b = buffers_[buffer];
    return b.input < 0 ? arena + b.offset : inputs[static_cast<size_t>(b.input)].floats().data();
  };
  std::vector<const float*> operands;
  for (const Task& task : tasks_) {
    if (ends_on_interrupt_ && base::interrupted()) throw base::Interrupted("interrupted while a network ran");
    operands.clear();
    for (const size_t input : task.inputs) operands.push_back(memory_of(input));
    task.run(operands, arena + buffers_[task.output].offset, arena + scratch_offset_);
  }
  std::vector<tensor::Tensor> results;
  for (const size_t output : outputs_) {
    const Buffer& buffer = buffers_[output];
    results.emplace_back(buffer.shape, std::span(memory_of(output), static_cast<size_t>(buffer.floats)));
  }
  return results;
}

}  // namespace gerund::infer
