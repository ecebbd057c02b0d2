// bench/load/bench_colours.cc - YUV 4:2:0 to RGB: tensor::to_rgb beside libswscale with the flags whose pixels it
// makes. Usage: bench_colours [ROUNDS]    prints one JSON object: median milliseconds per picture, one thread, in turn;
// answers compared first.
extern "C" {
#include <libswscale/swscale.h>
}

#include <algorithm>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/random.h"
#include "tensor/yuv.h"

namespace {

using namespace gerund;

constexpr int kFlags = SWS_BILINEAR | SWS_FULL_CHR_H_INT | SWS_ACCURATE_RND | SWS_BITEXACT;

struct Picture {
  Picture(int width_, int height_) : width(width_), height(height_) {
    base::Random random(1);
    const size_t luma = static_cast<size_t>(width) * static_cast<size_t>(height);
    samples.resize(luma * 3 / 2);
    for (uint8_t& sample : samples) sample = static_cast<uint8_t>(16 + random.below(220));
    view.width = width;
    view.height = height;
    view.planes = {samples.data(), samples.data() + luma, samples.data() + luma * 5 / 4};
    view.strides = {width, width / 2, width / 2};
  }
  int width, height;
  std::vector<uint8_t> samples;
  tensor::YuvView view;
};

/// libswscale writes some bytes behind the last pixel of a row: rows here have room for them.
class Scaler {
 public:
  explicit Scaler(const Picture& picture)
      : picture_(picture),
        context_(sws_getContext(picture.width, picture.height, AV_PIX_FMT_YUV420P, picture.width, picture.height,
                                AV_PIX_FMT_RGB24, kFlags, nullptr, nullptr, nullptr)),
        stride_(picture.width * 3 + 64),
        rgb_(static_cast<size_t>(stride_) * static_cast<size_t>(picture.height) + 64) {}
  ~Scaler() { sws_freeContext(context_); }
  Scaler(const Scaler&) = delete;
  Scaler& operator=(const Scaler&) = delete;

  void run() {
    uint8_t* target[] = {rgb_.data()};
    sws_scale(context_, picture_.view.planes.data(), picture_.view.strides.data(), 0, picture_.height, target,
              &stride_);
  }
  bool equals(const tensor::Frame& frame) const {
    for (int y = 0; y < frame.height; ++y)
      if (!std::equal(frame.row(y), frame.row(y) + frame.width * 3, rgb_.data() + static_cast<ptrdiff_t>(y) * stride_))
        return false;
    return true;
  }

 private:
  const Picture& picture_;
  SwsContext* context_;
  int stride_;
  std::vector<uint8_t> rgb_;
};

template <typename Work>
double milliseconds(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

nlohmann::json measure(int width, int height, int rounds) {
  const Picture picture(width, height);
  Scaler scaler(picture);
  scaler.run();
  if (!scaler.equals(tensor::to_rgb(picture.view))) throw std::runtime_error("the pixels differ");
  std::vector<double> ours, theirs;
  for (int round = 0; round < rounds; ++round) {
    ours.push_back(milliseconds([&] { tensor::to_rgb(picture.view); }));
    theirs.push_back(milliseconds([&] { scaler.run(); }));
  }
  return {{"size", std::to_string(width) + "x" + std::to_string(height)},
          {"to_rgb_ms", median(ours)},
          {"swscale_ms", median(theirs)},
          {"ratio", median(theirs) / median(ours)}};
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::stoi(argv[1]) : 41;
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& [width, height] : {std::pair(320, 240), std::pair(640, 480), std::pair(1920, 1080)})
    rows.push_back(measure(width, height, rounds));
  std::cout << nlohmann::json{{"bench", "colours"}, {"rounds", rounds}, {"rows", rows}}.dump() << "\n";
}
