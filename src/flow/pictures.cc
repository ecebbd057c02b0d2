#include "flow/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>

#include "base/error.h"

namespace gerund::flow {
namespace {

bool is_known(float u, float v) {
  return std::abs(u) <= kUnknownFlow && std::abs(v) <= kUnknownFlow;
}

float longest_motion(const Field& field) {
  float longest = 1;
  for (size_t i = 0; i < field.uv.size(); i += 2) {
    const float u = field.uv[i], v = field.uv[i + 1];
    if (is_known(u, v)) longest = std::max(longest, std::sqrt(u * u + v * v));
  }
  return longest;
}

}  // namespace

FlowPictures to_pictures(const Field& field, const Scale& scale) {
  if (!(scale.clamp_pixels >= 0) || std::isinf(scale.clamp_pixels))
    throw base::UserError(
        fmt::format("clamp: {} is no length in pixels; allowed: 0 (each pair has its own scale), or 20 as I3D has it",
                    scale.clamp_pixels));
  const float m = scale.clamp_pixels > 0 ? static_cast<float>(scale.clamp_pixels) : longest_motion(field);
  const auto level = [m](float x) { return static_cast<uint8_t>(std::clamp(x, -m, m) / m * 127.999F + 128.0F); };
  const size_t num_pixels = field.uv.size() / 2;
  FlowPictures pictures{{field.width, field.height, std::vector<uint8_t>(num_pixels, 128)},
                        {field.width, field.height, std::vector<uint8_t>(num_pixels, 128)}};
  for (size_t i = 0; i < num_pixels; ++i) {
    const float u = field.uv[2 * i], v = field.uv[2 * i + 1];
    if (!is_known(u, v)) continue;
    pictures.u.pixels[i] = level(u);
    pictures.v.pixels[i] = level(v);
  }
  return pictures;
}

std::string encode(const GreyPicture& picture, const std::string& extension) {
  // cv::Mat wants a pointer to change through; imencode only reads it.
  const cv::Mat grey(picture.height, picture.width, CV_8UC1, const_cast<uint8_t*>(picture.pixels.data()));
  std::vector<uint8_t> bytes;
  if (grey.empty() || !cv::imencode(extension, grey, bytes, {cv::IMWRITE_JPEG_QUALITY, 95}))
    throw base::UserError(fmt::format("a flow picture of {} x {} pixels cannot be encoded as {}", picture.width,
                                      picture.height, extension));
  return {bytes.begin(), bytes.end()};
}

}  // namespace gerund::flow
