#include "nets/i3d_layout.h"

#include <algorithm>

namespace gerund::nets {

const std::vector<I3dStep>& i3d_steps() {
  using Kind = I3dStep::Kind;
  static const std::vector<I3dStep> kSteps{
      {Kind::unit, "Conv3d_1a_7x7", {7, 7, 7}, {2, 2, 2}, {64}},
      {Kind::pool, "MaxPool3d_2a_3x3", {1, 3, 3}, {1, 2, 2}},
      {Kind::unit, "Conv3d_2b_1x1", {1, 1, 1}, {1, 1, 1}, {64}},
      {Kind::unit, "Conv3d_2c_3x3", {3, 3, 3}, {1, 1, 1}, {192}},
      {Kind::pool, "MaxPool3d_3a_3x3", {1, 3, 3}, {1, 2, 2}},
      {Kind::mixed, "Mixed_3b", {}, {}, {64, 96, 128, 16, 32, 32}},
      {Kind::mixed, "Mixed_3c", {}, {}, {128, 128, 192, 32, 96, 64}},
      {Kind::pool, "MaxPool3d_4a_3x3", {3, 3, 3}, {2, 2, 2}},
      {Kind::mixed, "Mixed_4b", {}, {}, {192, 96, 208, 16, 48, 64}},
      {Kind::mixed, "Mixed_4c", {}, {}, {160, 112, 224, 24, 64, 64}},
      {Kind::mixed, "Mixed_4d", {}, {}, {128, 128, 256, 24, 64, 64}},
      {Kind::mixed, "Mixed_4e", {}, {}, {112, 144, 288, 32, 64, 64}},
      {Kind::mixed, "Mixed_4f", {}, {}, {256, 160, 320, 32, 128, 128}},
      {Kind::pool, "MaxPool3d_5a_2x2", {2, 2, 2}, {2, 2, 2}},
      {Kind::mixed, "Mixed_5b", {}, {}, {256, 160, 320, 32, 128, 128}},
      {Kind::mixed, "Mixed_5c", {}, {}, {384, 192, 384, 48, 128, 128}},
  };
  return kSteps;
}

std::array<int64_t, 2> same_padding(int64_t extent, int64_t kernel, int64_t stride) {
  const int64_t rest = extent % stride == 0 ? stride : extent % stride;
  const int64_t total = std::max<int64_t>(0, kernel - rest);
  return {total / 2, total - total / 2};
}

}  // namespace gerund::nets
