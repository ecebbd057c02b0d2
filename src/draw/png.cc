#include "draw/png.h"

#include <fmt/format.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/files.h"

namespace gerund::draw {

std::string encode_png(const tensor::Frame& frame) {
  if (frame.width < 1 || frame.height < 1)
    throw base::UserError(fmt::format("a picture of {}x{} pixels cannot be written", frame.width, frame.height));
  // cv::Mat wants a pointer to change through; cvtColor only reads it.
  const cv::Mat rgb(frame.height, frame.width, CV_8UC3, const_cast<uint8_t*>(frame.rgb.data()));
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  std::vector<uint8_t> bytes;
  if (!cv::imencode(".png", bgr, bytes)) throw base::UserError("the picture cannot be encoded as PNG");
  return {bytes.begin(), bytes.end()};
}

void write_png(const std::filesystem::path& path, const tensor::Frame& frame) {
  std::string bytes;
  try {
    bytes = encode_png(frame);
  } catch (const base::UserError& error) {
    throw base::UserError(fmt::format("{}: {}", path.string(), error.what()));
  }
  base::write_file(path, bytes);
}

tensor::Frame read_png(const std::filesystem::path& path) {
  const std::string bytes = base::read_file(path);
  constexpr std::string_view kSignature("\x89PNG\r\n\x1a\n", 8);
  cv::Mat bgr;
  if (bytes.starts_with(kSignature)) {
    const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<char*>(bytes.data()));
    bgr = cv::imdecode(encoded, cv::IMREAD_COLOR);
  }
  if (bgr.empty())
    throw base::UserError(fmt::format("{}: is not a PNG picture, or is cut short; write it again", path.string()));
  tensor::Frame frame(bgr.cols, bgr.rows);
  cv::Mat rgb(frame.height, frame.width, CV_8UC3, frame.rgb.data());
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return frame;
}

}  // namespace gerund::draw
