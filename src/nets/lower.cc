#include "nets/lower.h"

#include <fmt/format.h>

#include "base/error.h"
#include "graph/metadata.h"

namespace gerund::nets {
namespace {

using Ints = std::vector<int64_t>;

enum class Time {
  stacked,   // 2D: no axis of its own.
  centered,  // Padded on both sides.
  causal,    // Padded with zeros before the beginning only: Note [Causal time] in nets/resnet.cc.
  step,      // Not padded: what came before is carried from run to run.
};

/// A value that a node makes: [N, channels, (time,) height, width].
struct Feature {
  std::string name;
  int64_t channels;
  int64_t height;
  int64_t width;
};

/// A window along time. `before` and `after`: padding.
struct TimeWindow {
  int64_t taps;
  int64_t stride;
  int64_t before;
  int64_t after;
};

// Appends nodes to a graph; every method returns the value it makes.
class GraphBuilder {
 public:
  GraphBuilder(Time time, const Weights& weights) : time_(time), weights_(weights) {}

  /// `num_frames`: of the input, where the stem carries history.
  Feature stem(const Feature& input, int64_t out, int64_t num_frames) {
    const bool centered = time_ == Time::centered;
    const Feature seen = with_history("conv1", input, kStemHistory, num_frames);
    const Feature x = conv("conv1", seen, out, 7, 2, window(5, centered ? 2 : 4, kStemHistory));
    return pool(relu("relu1", batch_norm("bn1", x)), {1, centered ? 2 : 1, 0, 0});
  }

  /// `num_positions`: in time, of `input`.
  Feature basic_block(const std::string& name, const Feature& input, int64_t out, int64_t stride,
                      int64_t num_positions) {
    const auto conv3 = [&](const std::string& part, const Feature& x, int64_t s) {
      const Feature seen = with_history(name + "." + part, x, kConvHistory, num_positions);
      return conv(name + "." + part, seen, out, 3, s, window(3, 1, kConvHistory));
    };
    Feature x = relu(name + ".relu1", batch_norm(name + ".bn1", conv3("conv1", input, stride)));
    x = batch_norm(name + ".bn2", conv3("conv2", x, 1));
    Feature shortcut = input;
    if (stride != 1 || input.channels != out) {
      shortcut = conv(name + ".downsample.0", input, out, 1, stride, {1, 1, 0, 0});
      shortcut = batch_norm(name + ".downsample.1", shortcut);
    }
    x.name = node("Add", name + ".add", {x.name, shortcut.name});
    return relu(name + ".relu2", x);
  }

  /// Mean over space and time.
  std::string average(const Feature& input) {
    return node("Flatten", "flatten", {node("GlobalAveragePool", "avg_pool", {input.name})}, {{"axis", int64_t{1}}});
  }

  /// Mean over space and the last `window` of `num_positions`.
  std::string average_last(const Feature& input, int64_t window, int64_t num_positions) {
    const std::string pooled = average_space(input);
    return average_time(cut("last_positions", pooled, num_positions - window, num_positions));
  }

  /// Mean over space and the newest `window` positions, `num_new` of them new; those before come with the state. Where
  /// fewer were seen since the reset, the mean over these: what is missing is zero in the sum, and the quotient is
  /// mended.
  std::string average_newest(const Feature& input, int64_t window, int64_t num_new) {
    std::string seen = average_space(input);
    if (window > 1) {
      const std::string state = add_state("head", {input.channels, window - 1});
      seen = node("Concat", "head.seen", {state, seen}, {{"axis", int64_t{2}}});
      cut("head.next", seen, num_new, num_new + window - 1, next_state("head"));
    }
    if (num_new > 1) seen = cut("head.newest", seen, num_new - 1, num_new - 1 + window);
    std::string mean = average_time(seen);
    if (window == 1) return mean;
    const std::string limit = constant(static_cast<float>(window));
    const std::string count = node("Add", "count", {add_state("count", {1}), constant(static_cast<float>(num_new))});
    const std::string counted = node("Clip", "count.clip", {count, constant(0), limit}, {}, next_state("count"));
    return node("Mul", "head.mean", {mean, node("Div", "count.share", {limit, counted})});
  }

  void head(const std::string& input, int64_t channels, int64_t num_classes) {
    node("Gemm", "fc_cls",
         {input, weight("fc_cls.weight", {num_classes, channels}), weight("fc_cls.bias", {num_classes})},
         {{"transB", int64_t{1}}}, "fc_pred");
  }

  graph::Model model;

 private:
  std::string node(const std::string& op, const std::string& name, std::vector<std::string> inputs,
                   std::map<std::string, graph::Attribute> attributes = {}, std::string output = {}) {
    if (output.empty()) output = name + ".out";
    model.nodes.push_back({op, name, std::move(inputs), {output}, std::move(attributes)});
    return output;
  }

  std::string weight(const std::string& name, const tensor::Shape& shape) {
    const auto found = weights_.find(name);
    if (found == weights_.end())
      throw base::UserError(fmt::format("weights: '{}' is missing; the file belongs to another network", name));
    if (found->second.shape() != shape) {
      throw base::UserError(
          fmt::format("weights: '{}' has shape {}, the network needs {}; the file belongs to another network", name,
                      tensor::to_string(found->second.shape()), tensor::to_string(shape)));
    }
    model.initializers[name] = found->second;
    return name;
  }

  std::string constant(float value) {
    std::string name = fmt::format("constant_{}", value);
    model.initializers[name] = tensor::Tensor({}, std::vector<float>{value});
    return name;
  }

  std::string index(int64_t value) {
    std::string name = fmt::format("index_{}", value);
    tensor::Tensor list({1}, tensor::DType::i64);
    list.ints()[0] = value;
    model.initializers[name] = std::move(list);
    return name;
  }

  /// Positions [start, stop) in time, axis 2.
  std::string cut(const std::string& name, const std::string& input, int64_t start, int64_t stop,
                  const std::string& output = {}) {
    return node("Slice", name, {input, index(start), index(stop), index(2)}, {}, output);
  }

  /// Declares what is carried; `shape` without the batch. Returns the input's name.
  std::string add_state(const std::string& name, tensor::Shape shape) {
    shape.insert(shape.begin(), -1);
    model.inputs.push_back({graph::kStatePrefix + name, shape});
    model.outputs.push_back({next_state(name), shape});
    return graph::kStatePrefix + name;
  }
  static std::string next_state(const std::string& name) { return graph::kNextStatePrefix + name; }

  /// `input` with the `history` positions before it in front, where they are carried; `num_new` is the input's extent.
  Feature with_history(const std::string& name, Feature input, int64_t history, int64_t num_new) {
    if (time_ != Time::step) return input;
    const std::string state = add_state(name, {input.channels, history, input.height, input.width});
    input.name = node("Concat", name + ".seen", {state, input.name}, {{"axis", int64_t{2}}});
    cut(name + ".next", input.name, num_new, num_new + history, next_state(name));
    return input;
  }

  TimeWindow window(int64_t taps, int64_t stride, int64_t history) const {
    if (time_ == Time::causal) return {taps, stride, history, 0};
    if (time_ == Time::step) return {taps, stride, 0, 0};
    return {taps, stride, taps / 2, taps / 2};
  }

  /// kernel_shape, strides and pads of a window of extent x extent in space.
  std::map<std::string, graph::Attribute> sliding(int64_t extent, int64_t stride, const TimeWindow& time) const {
    const int64_t pad = extent / 2;
    if (time_ == Time::stacked) {
      return {{"kernel_shape", Ints{extent, extent}}, {"strides", Ints{stride, stride}}, {"pads", Ints(4, pad)}};
    }
    return {{"kernel_shape", Ints{time.taps, extent, extent}},
            {"strides", Ints{time.stride, stride, stride}},
            {"pads", Ints{time.before, pad, pad, time.after, pad, pad}}};
  }

  static Feature slid(std::string name, const Feature& input, int64_t channels, int64_t stride) {
    return {std::move(name), channels, (input.height - 1) / stride + 1, (input.width - 1) / stride + 1};
  }

  Feature conv(const std::string& name, const Feature& input, int64_t out, int64_t extent, int64_t stride,
               const TimeWindow& time) {
    tensor::Shape shape{out, input.channels, extent, extent};
    if (time_ != Time::stacked) shape.insert(shape.begin() + 2, time.taps);
    std::string made = node("Conv", name, {input.name, weight(name + ".weight", shape)}, sliding(extent, stride, time));
    return slid(std::move(made), input, out, stride);
  }

  Feature batch_norm(const std::string& name, Feature input) {
    std::vector<std::string> inputs{input.name};
    for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"})
      inputs.push_back(weight(name + part, {input.channels}));
    input.name = node("BatchNormalization", name, inputs, {{"epsilon", 1e-5F}});
    return input;
  }

  Feature relu(const std::string& name, Feature input) {
    input.name = node("Relu", name, {input.name});
    return input;
  }

  Feature pool(const Feature& input, const TimeWindow& time) {
    return slid(node("MaxPool", "maxpool", {input.name}, sliding(3, 2, time)), input, input.channels, 2);
  }

  std::string average_space(const Feature& input) {
    return node("ReduceMean", "space_mean", {input.name}, {{"axes", Ints{3, 4}}, {"keepdims", int64_t{0}}});
  }
  std::string average_time(const std::string& input) {
    return node("ReduceMean", "time_mean", {input}, {{"axes", Ints{2}}, {"keepdims", int64_t{0}}});
  }

  Time time_;
  const Weights& weights_;
};

/// The graph over `num_frames`, or over so many new ones where time is carried.
graph::Model build(const Architecture& architecture, const Weights& weights, Time time, int64_t num_frames,
                   int64_t height, int64_t width) {
  GraphBuilder builder(time, weights);
  builder.model.name = fmt::format("{}_{}_rgb{}{}", architecture.backbone, architecture.volume ? "3d" : "2d",
                                   architecture.causal ? "_causal" : "", time == Time::step ? "_step" : "");
  const int64_t channels = input_channels(architecture);
  const tensor::Shape input = architecture.volume ? tensor::Shape{-1, channels, num_frames, height, width}
                                                  : tensor::Shape{-1, channels, height, width};
  builder.model.inputs = {{"input_rgb", input}};
  builder.model.outputs = {{"fc_pred", {-1, architecture.num_classes}}};

  const int64_t positions = num_frames / spec::kPositionFrames;  // Of a causal network.
  Feature x = builder.stem({"input_rgb", channels, height, width}, architecture.width, num_frames);
  const std::vector<int64_t> depths = stage_depths(architecture);
  for (size_t stage = 0; stage < depths.size(); ++stage) {
    const int64_t out = architecture.width << stage;
    for (int64_t block = 0; block < depths[stage]; ++block) {
      x = builder.basic_block(fmt::format("layer{}.{}", stage + 1, block), x, out, block == 0 && stage > 0 ? 2 : 1,
                              positions);
    }
  }
  const int64_t window = num_positions(architecture);
  const std::string mean = time == Time::step                           ? builder.average_newest(x, window, positions)
                           : time == Time::causal && positions > window ? builder.average_last(x, window, positions)
                                                                        : builder.average(x);
  builder.head(mean, x.channels, architecture.num_classes);
  return builder.model;
}

void check_frames(const Architecture& architecture, int64_t num_frames, const char* what) {
  if (!architecture.causal) throw base::InternalError(fmt::format("{}: the network is not causal", what));
  if (num_frames >= spec::kPositionFrames && num_frames % spec::kPositionFrames == 0) return;
  throw base::UserError(fmt::format("{}: is {}; a causal network takes a multiple of {}, at least {}", what, num_frames,
                                    spec::kPositionFrames, spec::kPositionFrames));
}

}  // namespace

graph::Model lower(const Architecture& architecture, const Weights& weights, int64_t height, int64_t width) {
  const Time time = !architecture.volume ? Time::stacked : architecture.causal ? Time::causal : Time::centered;
  return build(architecture, weights, time, architecture.num_frames, height, width);
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
