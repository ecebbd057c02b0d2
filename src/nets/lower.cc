#include "nets/lower.h"

#include <fmt/format.h>

#include "base/error.h"
#include "nets/lower_families.h"

namespace gerund::nets {
namespace {

constexpr const char* kOutput = "fc_pred";

Time time_of(const Architecture& architecture) {
  return !architecture.volume ? Time::stacked : architecture.causal ? Time::causal : Time::centered;
}

std::string model_name(const Architecture& architecture, Time time) {
  const char* type = architecture.model_type == ModelType::rgb  ? "rgb"
                     : architecture.model_type == ModelType::of ? "of"
                                                                : "joint";
  return fmt::format("{}_{}_{}{}{}", architecture.backbone, architecture.volume ? "3d" : "2d", type,
                     architecture.causal ? "_causal" : "", time == Time::step ? "_step" : "");
}

Feature add_input(GraphBuilder& builder, const Architecture& branch, int64_t num_frames, int64_t height,
                  int64_t width) {
  Feature input{input_name(branch), input_channels(branch), {height, width}};
  if (branch.volume) input.extents.insert(input.extents.begin(), num_frames);
  tensor::Shape shape{-1, input.channels};
  shape.insert(shape.end(), input.extents.begin(), input.extents.end());
  builder.model.inputs.push_back({input.name, shape});
  return input;
}

std::string lower_branch(GraphBuilder& builder, const Architecture& branch, const Feature& input, Time time,
                         const std::string& output) {
  switch (backbone_of(branch).family) {
    case Family::resnet:
      return lower_resnet(builder, branch, input, time, output);
    case Family::i3d:
      return lower_i3d(builder, branch, input, output);
    case Family::video_resnet:
      return lower_video_resnet(builder, branch, input, output);
    case Family::x3d:
      return lower_x3d(builder, branch, input, output);
  }
  throw base::InternalError("unknown family of networks");
}

/// A network of one input over `num_frames`, or over so many new ones where time is carried.
graph::Model build(const Architecture& architecture, const Weights& weights, Time time, int64_t num_frames,
                   int64_t height, int64_t width) {
  GraphBuilder builder(weights);
  builder.model.name = model_name(architecture, time);
  tensor::Shape logits{-1, architecture.num_classes};
  if (time == Time::step && num_frames > spec::kPositionFrames)
    logits.insert(logits.begin() + 1, num_frames / spec::kPositionFrames);
  builder.model.outputs = {{kOutput, logits}};
  const Feature input = add_input(builder, architecture, num_frames, height, width);
  lower_branch(builder, architecture, input, time, kOutput);
  return builder.model;
}

graph::Model build_joint(const Architecture& architecture, const Weights& weights, int64_t height, int64_t width) {
  GraphBuilder builder(weights);
  const Time time = time_of(architecture);
  builder.model.name = model_name(architecture, time);
  builder.model.outputs = {{kOutput, {-1, architecture.num_classes}}};
  std::vector<std::string> logits;
  for (const Architecture& branch : branches_of(architecture)) {
    const Feature input = add_input(builder, branch, branch.num_frames, height, width);
    builder.set_prefix(branch_prefix(branch));
    logits.push_back(lower_branch(builder, branch, input, time, ""));
  }
  builder.set_prefix("");
  const std::string both = builder.node("Concat", "logits", logits, {{"axis", int64_t{1}}});
  const std::string hidden = builder.linear("fc1", both, 2 * architecture.num_classes, architecture.num_fc);
  const std::string positive = builder.node("Relu", "relu", {hidden});
  builder.linear("fc2", positive, architecture.num_fc, architecture.num_classes, kOutput);
  return builder.model;
}

void check_frames(const Architecture& architecture, int64_t num_frames, const char* what) {
  if (!architecture.causal || architecture.model_type == ModelType::joint)
    throw base::InternalError(fmt::format("{}: the network is not causal, or not of one input", what));
  if (num_frames >= spec::kPositionFrames && num_frames % spec::kPositionFrames == 0) return;
  throw base::UserError(fmt::format("{}: is {}; a causal network takes a multiple of {}, at least {}", what, num_frames,
                                    spec::kPositionFrames, spec::kPositionFrames));
}

}  // namespace

graph::Model lower(const Architecture& architecture, const Weights& weights, int64_t height, int64_t width) {
  if (architecture.model_type == ModelType::joint) return build_joint(architecture, weights, height, width);
  return build(architecture, weights, time_of(architecture), architecture.num_frames, height, width);
}

graph::Model lower_sequence(const Architecture& architecture, const Weights& weights, int64_t height, int64_t width,
                            int64_t num_frames) {
  check_frames(architecture, num_frames, "frames of a sequence");
  return build(architecture, weights, Time::causal, num_frames, height, width);
}

graph::Model lower_step(const Architecture& architecture, const Weights& weights, int64_t height, int64_t width,
                        int64_t step_frames) {
  check_frames(architecture, step_frames, "frames of a step");
  return build(architecture, weights, Time::step, step_frames, height, width);
}

}  // namespace gerund::nets
