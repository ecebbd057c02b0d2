#include "nets/lower_families.h"
#include "nets/video_resnet_layout.h"

namespace gerund::nets {
namespace {

class VideoResNetGraph {
 public:
  explicit VideoResNetGraph(GraphBuilder& builder) : builder_(builder) {}

  Feature stem(const Feature& input, int64_t out, int64_t middle) {
    if (middle == 0) {
      const Feature x = builder_.conv("stem.0", input, out, centered({3, 7, 7}, {1, 2, 2}));
      return builder_.relu("stem.2", builder_.batch_norm("stem.1", x));
    }
    Feature x = builder_.conv("stem.0", input, middle, centered({1, 7, 7}, {1, 2, 2}));
    x = builder_.relu("stem.2", builder_.batch_norm("stem.1", x));
    x = builder_.conv("stem.3", x, out, centered({3, 1, 1}, {1, 1, 1}));
    return builder_.relu("stem.5", builder_.batch_norm("stem.4", x));
  }

  Feature apply(const VideoBlock& block, const Feature& input) {
    const std::string name = block.name();
    Feature x = builder_.batch_norm(name + ".conv1.1", conv(name + ".conv1.0", block, input, block.stride));
    x = conv(name + ".conv2.0", block, builder_.relu(name + ".conv1.2", x), 1);
    x = builder_.batch_norm(name + ".conv2.1", x);
    Feature shortcut = input;
    if (block.has_projection()) {
      const Sliding strided = centered({1, 1, 1}, {block.time_stride(), block.stride, block.stride});
      shortcut = builder_.conv(name + ".downsample.0", input, block.out, strided);
      shortcut = builder_.batch_norm(name + ".downsample.1", shortcut);
    }
    return builder_.relu(name + ".relu", builder_.add(name + ".add", x, shortcut));
  }

 private:
  Feature conv(const std::string& name, const VideoBlock& block, const Feature& input, int64_t stride) {
    const Sliding space = centered({1, 3, 3}, {1, stride, stride});
    switch (block.kernel) {
      case VideoKernel::whole:
        return builder_.conv(name, input, block.out, centered({3, 3, 3}, {stride, stride, stride}));
      case VideoKernel::space:
        return builder_.conv(name, input, block.out, space);
      case VideoKernel::split:
        break;
    }
    Feature x = builder_.batch_norm(name + ".1", builder_.conv(name + ".0", input, block.middle, space));
    x = builder_.relu(name + ".2", x);
    return builder_.conv(name + ".3", x, block.out, centered({3, 1, 1}, {stride, 1, 1}));
  }

  GraphBuilder& builder_;
};

}  // namespace

std::string lower_video_resnet(GraphBuilder& builder, const Architecture& branch, const Feature& input,
                               const std::string& output) {
  VideoResNetGraph graph(builder);
  Feature x = graph.stem(input, branch.width, stem_middle(branch));
  for (const VideoBlock& block : video_blocks(branch)) x = graph.apply(block, x);
  const std::string mean =
      builder.node("Flatten", "flatten", {builder.global_average("avgpool", x).name}, {{"axis", int64_t{1}}});
  return builder.linear("fc", mean, x.channels, branch.num_classes, output);
}

}  // namespace gerund::nets
