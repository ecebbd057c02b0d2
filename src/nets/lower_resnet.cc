#include "graph/metadata.h"
#include "nets/lower_families.h"
#include "nets/resnet_layout.h"

namespace gerund::nets {
namespace {

// A window along time. `before` and `after`: padding.
struct TimeWindow {
  int64_t taps;
  int64_t stride;
  int64_t before;
  int64_t after;
};

class ResNetGraph {
 public:
  ResNetGraph(GraphBuilder& builder, Time time) : builder_(builder), time_(time) {}

  Feature stem(const Feature& input, int64_t out) {
    const bool is_centered = time_ == Time::centered;
    const Feature seen = with_history("conv1", input, kStemHistory);
    const Feature x = builder_.conv("conv1", seen, out, sliding(7, 2, window(5, is_centered ? 2 : 4, kStemHistory)));
    return builder_.max_pool("maxpool", builder_.relu("relu1", builder_.batch_norm("bn1", x)),
                             sliding(3, 2, {1, is_centered ? 2 : 1, 0, 0}));
  }

  Feature basic_block(const ResNetBlock& block, const Feature& input) {
    const std::string name = block.name();
    Feature x = builder_.batch_norm(name + ".bn1", conv3(name + ".conv1", input, block.planes, block.stride));
    x = conv3(name + ".conv2", builder_.relu(name + ".relu1", x), block.out, 1);
    return join(block, builder_.batch_norm(name + ".bn2", x), input, ".relu2");
  }

  Feature bottleneck(const ResNetBlock& block, const Feature& input) {
    const std::string name = block.name();
    Feature x = builder_.batch_norm(name + ".bn1", conv1(name + ".conv1", input, block.planes, 1));
    x = conv3(name + ".conv2", builder_.relu(name + ".relu1", x), block.planes, block.stride);
    x = builder_.relu(name + ".relu2", builder_.batch_norm(name + ".bn2", x));
    x = builder_.batch_norm(name + ".bn3", conv1(name + ".conv3", x, block.out, 1));
    return join(block, x, input, ".relu3");
  }

  /// Mean over space and time, of causal networks over the last `num_positions`; of steps a row for each position.
  std::string average(const Feature& input, int64_t num_positions) {
    if (time_ == Time::step) return average_newest(input, num_positions);
    if (time_ == Time::causal && input.extents[0] > num_positions) return average_last(input, num_positions);
    return builder_.node("Flatten", "flatten", {builder_.global_average("avg_pool", input).name},
                         {{"axis", int64_t{1}}});
  }

 private:
  Feature conv1(const std::string& name, const Feature& input, int64_t out, int64_t stride) {
    return builder_.conv(name, input, out, sliding(1, stride, {1, 1, 0, 0}));
  }

  Feature conv3(const std::string& name, const Feature& input, int64_t out, int64_t stride) {
    const Feature seen = with_history(name, input, kConvHistory);
    return builder_.conv(name, seen, out, sliding(3, stride, window(3, 1, kConvHistory)));
  }

  /// The end of a block: the sum of `x` and the shortcut, and its ReLU.
  Feature join(const ResNetBlock& block, const Feature& x, const Feature& input, const char* relu) {
    const std::string name = block.name();
    Feature shortcut = input;
    if (block.has_projection()) {
      shortcut = conv1(name + ".downsample.0", input, block.out, block.stride);
      shortcut = builder_.batch_norm(name + ".downsample.1", shortcut);
    }
    return builder_.relu(name + relu, builder_.add(name + ".add", x, shortcut));
  }

  /// Mean over space and the last `window` positions.
  std::string average_last(const Feature& input, int64_t window) {
    const int64_t num_positions = input.extents[0];
    const std::string pooled = average_space(input);
    return average_time(cut("last_positions", pooled, num_positions - window, num_positions));
  }

  /// For each position of `input`, oldest first, the mean over space and the newest `window` positions up to it: [N *
  /// positions, channels]. Those before the input's come with the state. Where fewer were seen since the reset, the
  /// mean over these: what is missing is zero in the sum, and the quotient is mended.
  std::string average_newest(const Feature& input, int64_t window) {
    const int64_t num_new = input.extents[0];
    std::string seen = average_space(input);
    if (window > 1) {
      const std::string state = add_state("head", {input.channels, window - 1});
      seen = builder_.node("Concat", "head.seen", {state, seen}, {{"axis", int64_t{2}}});
      cut("head.next", seen, num_new, num_new + window - 1, next_state("head"));
    }
    const Feature line{builder_.node("Unsqueeze", "head.line", {seen, builder_.indices({3})}),
                       input.channels,
                       {num_new + window - 1, 1}};
    std::string means = builder_.average_pool("head.mean", line, {{window, 1}, {1, 1}, {0, 0}, {0, 0}}).name;
    means = builder_.node("Transpose", "head.by_position", {means}, {{"perm", Ints{0, 2, 1, 3}}});
    if (window > 1) means = builder_.node("Mul", "head.mended", {means, window_per_seen(num_new, window)});
    return builder_.node("Reshape", "head.rows", {means, builder_.indices({-1, input.channels})});
  }

  /// `window` over the positions seen since the reset, `window` at most, for each new position: [N, num_new, 1, 1].
  std::string window_per_seen(int64_t num_new, int64_t window) {
    std::vector<float> places;
    for (int64_t place = 1; place <= num_new; ++place) places.push_back(static_cast<float>(place));
    const std::string limit = builder_.constant(static_cast<float>(window));
    const std::string count = builder_.node("Add", "count", {add_state("count", {1}), builder_.constants(places)});
    const std::string counted = builder_.node("Clip", "count.clip", {count, builder_.constant(0), limit});
    cut("count.next", counted, num_new - 1, num_new, next_state("count"), 1);
    const std::string share = builder_.node("Div", "count.share", {limit, counted});
    return builder_.node("Reshape", "count.by_position", {share, builder_.indices({-1, num_new, 1, 1})});
  }

  /// [N, channels, positions].
  std::string average_space(const Feature& input) {
    const Sliding whole{{1, input.extents[1], input.extents[2]}, {1, 1, 1}, {0, 0, 0}, {0, 0, 0}};
    const std::string mean = builder_.average_pool("space_mean", input, whole).name;
    return builder_.node("Squeeze", "by_position", {mean, builder_.indices({3, 4})});
  }
  std::string average_time(const std::string& input) {
    return builder_.node("ReduceMean", "time_mean", {input}, {{"axes", Ints{2}}, {"keepdims", int64_t{0}}});
  }

  /// Positions [start, stop) of an axis, by default that of time.
  std::string cut(const std::string& name, const std::string& input, int64_t start, int64_t stop,
                  const std::string& output = {}, int64_t axis = 2) {
    return builder_.node("Slice", name,
                         {input, builder_.indices({start}), builder_.indices({stop}), builder_.indices({axis})}, {},
                         output);
  }

  /// Declares what is carried; `shape` without the batch. Returns the input's name.
  std::string add_state(const std::string& name, tensor::Shape shape) {
    shape.insert(shape.begin(), -1);
    builder_.model.inputs.push_back({graph::kStatePrefix + name, shape});
    builder_.model.outputs.push_back({next_state(name), shape});
    return graph::kStatePrefix + name;
  }
  static std::string next_state(const std::string& name) { return graph::kNextStatePrefix + name; }

  /// `input` with the `history` positions before it in front, where they are carried.
  Feature with_history(const std::string& name, Feature input, int64_t history) {
    if (time_ != Time::step) return input;
    const int64_t num_new = input.extents[0];
    const std::string state = add_state(name, {input.channels, history, input.extents[1], input.extents[2]});
    input.name = builder_.node("Concat", name + ".seen", {state, input.name}, {{"axis", int64_t{2}}});
    input.extents[0] = num_new + history;
    cut(name + ".next", input.name, num_new, num_new + history, next_state(name));
    return input;
  }

  TimeWindow window(int64_t taps, int64_t stride, int64_t history) const {
    if (time_ == Time::causal) return {taps, stride, history, 0};
    if (time_ == Time::step) return {taps, stride, 0, 0};
    return {taps, stride, taps / 2, taps / 2};
  }

  /// A window of extent x extent in space, padded by half, and of `time` where there is such an axis.
  Sliding sliding(int64_t extent, int64_t stride, const TimeWindow& time) const {
    const int64_t pad = extent / 2;
    if (time_ == Time::stacked) return {{extent, extent}, {stride, stride}, {pad, pad}, {pad, pad}};
    return {
        {time.taps, extent, extent}, {time.stride, stride, stride}, {time.before, pad, pad}, {time.after, pad, pad}};
  }

  GraphBuilder& builder_;
  Time time_;
};

}  // namespace

std::string lower_resnet(GraphBuilder& builder, const Architecture& branch, const Feature& input, Time time,
                         const std::string& output) {
  ResNetGraph graph(builder, time);
  Feature x = graph.stem(input, branch.width);
  for (const ResNetBlock& block : resnet_blocks(branch))
    x = backbone_of(branch).bottleneck ? graph.bottleneck(block, x) : graph.basic_block(block, x);
  const std::string mean = graph.average(x, num_positions(branch));
  if (time != Time::step || x.extents[0] == 1)
    return builder.linear("fc_cls", mean, x.channels, branch.num_classes, output);
  const std::string rows = builder.linear("fc_cls", mean, x.channels, branch.num_classes);
  return builder.node("Reshape", "fc_pred", {rows, builder.indices({-1, x.extents[0], branch.num_classes})}, {},
                      output);
}

}  // namespace gerund::nets
