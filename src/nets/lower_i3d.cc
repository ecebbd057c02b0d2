#include <array>

#include "nets/i3d_layout.h"
#include "nets/lower_families.h"

namespace gerund::nets {
namespace {

using Triple = std::array<int64_t, 3>;

Sliding same(const Feature& input, const Triple& kernel, const Triple& strides) {
  Sliding sliding{{kernel.begin(), kernel.end()}, {strides.begin(), strides.end()}, {}, {}};
  for (size_t axis = 0; axis < 3; ++axis) {
    const auto [before, after] = same_padding(input.extents[axis], kernel.at(axis), strides.at(axis));
    sliding.before.push_back(before);
    sliding.after.push_back(after);
  }
  return sliding;
}

class I3dGraph {
 public:
  I3dGraph(GraphBuilder& builder, const Architecture& architecture) : builder_(builder), architecture_(architecture) {}

  Feature apply(const I3dStep& step, const Feature& input) {
    const std::string name(step.name);
    switch (step.kind) {
      case I3dStep::Kind::unit:
        return unit(name, input, step.channels[0], step.kernel, step.strides);
      case I3dStep::Kind::pool:
        return builder_.max_pool(name, input, same(input, step.kernel, step.strides));
      case I3dStep::Kind::mixed:
        break;
    }
    return mixed(name, input, step.channels);
  }

 private:
  Feature unit(const std::string& name, const Feature& input, int64_t channels, const Triple& kernel = {1, 1, 1},
               const Triple& strides = {1, 1, 1}) {
    const Feature x =
        builder_.conv(name + ".conv3d", input, scaled(architecture_, channels), same(input, kernel, strides));
    return builder_.relu(name + ".relu", builder_.batch_norm(name + ".bn", x, kI3dEpsilon));
  }

  Feature mixed(const std::string& name, const Feature& input, const std::array<int64_t, 6>& out) {
    constexpr Triple kCube{3, 3, 3};
    const std::array branches{
        unit(name + ".b0", input, out[0]),
        unit(name + ".b1b", unit(name + ".b1a", input, out[1]), out[2], kCube),
        unit(name + ".b2b", unit(name + ".b2a", input, out[3]), out[4], kCube),
        unit(name + ".b3b", builder_.max_pool(name + ".b3a", input, same(input, kCube, {1, 1, 1})), out[5]),
    };
    Feature joined{"", 0, input.extents};
    std::vector<std::string> names;
    for (const Feature& branch : branches) {
      names.push_back(branch.name);
      joined.channels += branch.channels;
    }
    joined.name = builder_.node("Concat", name, names, {{"axis", int64_t{1}}});
    return joined;
  }

  GraphBuilder& builder_;
  const Architecture& architecture_;
};

}  // namespace

std::string lower_i3d(GraphBuilder& builder, const Architecture& branch, const Feature& input,
                      const std::string& output) {
  I3dGraph graph(builder, branch);
  Feature x = input;
  for (const I3dStep& step : i3d_steps()) x = graph.apply(step, x);
  x = builder.average_pool("avg_pool", x, {{2, 7, 7}, {1, 1, 1}, {0, 0, 0}, {0, 0, 0}});
  x = builder.conv("logits.conv3d", x, branch.num_classes, centered({1, 1, 1}, {1, 1, 1}), {.groups = 1, .bias = true});
  return builder.node("ReduceMean", "logits.mean", {x.name}, {{"axes", Ints{2, 3, 4}}, {"keepdims", int64_t{0}}},
                      output);
}

}  // namespace gerund::nets
