#include "draw/film_strip.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "base/error.h"
#include "draw/canvas.h"

namespace gerund::draw {
namespace {

constexpr int kGap = 2;
constexpr Color kFilm{24, 28, 34};

// Frames that are wider still are squeezed: a JPEG has no room for them.
int width_of(const tensor::Frame& frame, int height) {
  constexpr int kWidest = 8;  // Heights.
  if (frame.width < 1 || frame.height < 1) throw base::InternalError("a frame of a film strip is empty");
  return static_cast<int>(
      std::lround(height * std::clamp(double{1} * frame.width / frame.height, 1.0 / height, double{kWidest})));
}

// As a camera of that size would see it: every pixel is the mean of the area it stands for.
tensor::Frame shrunk(const tensor::Frame& frame, int width, int height) {
  const cv::Mat from(frame.height, frame.width, CV_8UC3, const_cast<uint8_t*>(frame.rgb.data()));
  tensor::Frame made(width, height);
  cv::Mat to(height, width, CV_8UC3, made.rgb.data());
  cv::resize(from, to, to.size(), 0, 0, frame.height > height ? cv::INTER_AREA : cv::INTER_LINEAR);
  return made;
}

}  // namespace

tensor::Frame draw_film_strip(std::span<const tensor::Frame> frames, int height) {
  if (frames.empty() || height < 8) throw base::InternalError("a film strip without frames cannot be drawn");
  int width = -kGap;
  for (const tensor::Frame& frame : frames) width += width_of(frame, height) + kGap;
  tensor::Frame strip(width, height);
  Canvas canvas(strip);
  canvas.fill(kFilm);
  int left = 0;
  for (const tensor::Frame& frame : frames) {
    const tensor::Frame picture = shrunk(frame, width_of(frame, height), height);
    canvas.picture({double{1} * left, 0, double{1} * picture.width, double{1} * height}, picture);
    left += picture.width + kGap;
  }
  return strip;
}

std::string encode_jpeg(const tensor::Frame& frame, int quality) {
  if (frame.width < 1 || frame.height < 1) throw base::InternalError("an empty picture cannot be encoded as JPEG");
  const cv::Mat rgb(frame.height, frame.width, CV_8UC3, const_cast<uint8_t*>(frame.rgb.data()));
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  std::vector<uint8_t> bytes;
  if (!cv::imencode(".jpg", bgr, bytes, {cv::IMWRITE_JPEG_QUALITY, quality}))
    throw base::InternalError("OpenCV cannot encode JPEG");
  return {bytes.begin(), bytes.end()};
}

}  // namespace gerund::draw
