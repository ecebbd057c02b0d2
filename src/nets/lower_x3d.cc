#include "nets/lower_families.h"
#include "nets/x3d_layout.h"

namespace gerund::nets {
namespace {

class X3dGraph {
 public:
  explicit X3dGraph(GraphBuilder& builder) : builder_(builder) {}

  Feature stem(const Feature& input, int64_t out) {
    Feature x = builder_.conv("blocks.0.conv.conv_t", input, out, centered({1, 3, 3}, {1, 2, 2}));
    x = builder_.conv("blocks.0.conv.conv_xy", x, out, centered({5, 1, 1}, {1, 1, 1}), {.groups = out});
    return builder_.relu("blocks.0.activation", builder_.batch_norm("blocks.0.norm", x));
  }

  Feature apply(const X3dBlock& block, const Feature& input) {
    const std::string name = block.name();
    Feature shortcut = input;
    if (block.has_projection()) {
      const Sliding strided = centered({1, 1, 1}, {1, block.stride, block.stride});
      shortcut = builder_.conv(name + ".branch1_conv", input, block.out, strided);
    }
    if (block.has_projection_norm()) shortcut = builder_.batch_norm(name + ".branch1_norm", shortcut);
    const Feature x = bottleneck(block, name + ".branch2", input);
    return builder_.relu(name + ".activation", builder_.add(name + ".add", x, shortcut));
  }

  /// To [N, out].
  std::string projected_pool(const Feature& input, int64_t inner, int64_t out) {
    const std::string name = "blocks.5.pool";
    Feature x = builder_.batch_norm(name + ".pre_norm", point_conv(name + ".pre_conv", input, inner));
    x = builder_.global_average(name + ".pool", builder_.relu(name + ".pre_act", x));
    x = builder_.relu(name + ".post_act", point_conv(name + ".post_conv", x, out));
    return builder_.node("Flatten", "flatten", {x.name}, {{"axis", int64_t{1}}});
  }

 private:
  Feature point_conv(const std::string& name, const Feature& input, int64_t out, bool bias = false) {
    return builder_.conv(name, input, out, centered({1, 1, 1}, {1, 1, 1}), {.groups = 1, .bias = bias});
  }

  Feature bottleneck(const X3dBlock& block, const std::string& name, const Feature& input) {
    Feature x = builder_.batch_norm(name + ".norm_a", point_conv(name + ".conv_a", input, block.inner));
    x = builder_.relu(name + ".act_a", x);
    x = builder_.conv(name + ".conv_b", x, block.inner, centered({3, 3, 3}, {1, block.stride, block.stride}),
                      {.groups = block.inner});
    x = builder_.batch_norm(name + ".norm_b.0", x);
    if (block.squeezed > 0) x = squeeze_excite(name + ".norm_b.1.block", x, block.squeezed);
    x = times_sigmoid(name + ".act_b", x, x);  // Swish.
    return builder_.batch_norm(name + ".norm_c", point_conv(name + ".conv_c", x, block.out));
  }

  Feature squeeze_excite(const std::string& name, const Feature& input, int64_t squeezed) {
    Feature share = point_conv(name + ".0", builder_.global_average(name + ".mean", input), squeezed, true);
    share = point_conv(name + ".2", builder_.relu(name + ".1", share), input.channels, true);
    return times_sigmoid(name + ".3", input, share);
  }

  Feature times_sigmoid(const std::string& name, Feature input, const Feature& of) {
    const std::string share = builder_.node("Sigmoid", name + ".sigmoid", {of.name});
    input.name = builder_.node("Mul", name, {input.name, share});
    return input;
  }

  GraphBuilder& builder_;
};

}  // namespace

std::string lower_x3d(GraphBuilder& builder, const Architecture& branch, const Feature& input,
                      const std::string& output) {
  const X3dLayout layout = x3d_layout(branch);
  X3dGraph graph(builder);
  Feature x = graph.stem(input, layout.stem);
  for (const X3dBlock& block : layout.blocks) x = graph.apply(block, x);
  const std::string pooled = graph.projected_pool(x, layout.head_inner, layout.head_out);
  return builder.linear("blocks.5.proj", pooled, layout.head_out, branch.num_classes, output);
}

}  // namespace gerund::nets
