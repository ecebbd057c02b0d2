#include "flow/estimator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <opencv2/imgproc.hpp>
#include <opencv2/optflow.hpp>
#include <opencv2/video/tracking.hpp>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/nearest.h"

namespace gerund::flow {
namespace {

constexpr std::array<std::pair<std::string_view, Method>, 3> kMethods{
    {{"dis", Method::dis}, {"farneback", Method::farneback}, {"tvl1", Method::tvl1}}};
constexpr int kLeastPixels = 16;  // Of a side; dis cannot work on less than 12.

cv::Ptr<cv::DenseOpticalFlow> make_method(Method method) {
  switch (method) {
    case Method::farneback:
      return cv::FarnebackOpticalFlow::create();
    case Method::tvl1:
      return cv::optflow::DualTVL1OpticalFlow::create();
    case Method::dis:
      break;
  }
  return cv::DISOpticalFlow::create(cv::DISOpticalFlow::PRESET_MEDIUM);
}

cv::Mat luma(const tensor::Frame& frame) {
  // cv::Mat wants a pointer to change through; cvtColor only reads it.
  const cv::Mat rgb(frame.height, frame.width, CV_8UC3, const_cast<uint8_t*>(frame.rgb.data()));
  cv::Mat grey;
  cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
  return grey;
}

}  // namespace

std::string name_of(Method method) {
  return std::string(std::ranges::find(kMethods, method, &std::pair<std::string_view, Method>::second)->first);
}

Method method_named(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [known, method] : kMethods) {
    if (known == name) return method;
    names.emplace_back(known);
  }
  throw base::UserError(
      fmt::format("'{}' is no method of optical flow; allowed: dis, farneback, tvl1; did you mean {}?", name,
                  base::nearest_name(name, names)));
}

struct Estimator::State {
  cv::Ptr<cv::DenseOpticalFlow> method;
  cv::Mat before;
};

Estimator::Estimator(Method method) : state_(std::make_unique<State>()) {
  // Once: it takes OpenCV's pool of threads away, under the hands of an estimator that is at work elsewhere.
  [[maybe_unused]] static const bool is_alone = (cv::setNumThreads(1), true);
  state_->method = make_method(method);
}
Estimator::~Estimator() = default;
Estimator::Estimator(Estimator&&) noexcept = default;
Estimator& Estimator::operator=(Estimator&&) noexcept = default;

std::optional<Field> Estimator::push(const tensor::Frame& frame) {
  if (frame.width < kLeastPixels || frame.height < kLeastPixels)
    throw base::UserError(fmt::format("pictures of {} x {} pixels are too small for optical flow; at least {} x {}",
                                      frame.width, frame.height, kLeastPixels, kLeastPixels));
  cv::Mat before = std::exchange(state_->before, luma(frame));
  if (before.empty()) return std::nullopt;
  if (before.size() != state_->before.size())
    throw base::UserError(fmt::format("the picture changes from {} x {} to {} x {} pixels; optical flow wants one size",
                                      before.cols, before.rows, frame.width, frame.height));
  Field field(frame.width, frame.height);
  cv::Mat flow(frame.height, frame.width, CV_32FC2, field.uv.data());
  flow.setTo(0);  // No method may start from another pair's answer.
  state_->method->calc(before, state_->before, flow);
  if (flow.data != reinterpret_cast<const uchar*>(field.uv.data()))
    throw base::InternalError("OpenCV wrote the flow elsewhere");
  return field;
}

std::vector<FlowPictures> flow_pictures(std::span<const tensor::Frame> frames, Method method, const Scale& scale) {
  Estimator estimator(method);
  std::vector<FlowPictures> pictures;
  for (const tensor::Frame& frame : frames) {
    if (base::interrupted()) throw base::Interrupted("interrupted while optical flow was computed");
    if (const std::optional<Field> field = estimator.push(frame)) pictures.push_back(to_pictures(*field, scale));
  }
  return pictures;
}

}  // namespace gerund::flow
