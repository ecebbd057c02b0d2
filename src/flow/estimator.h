// flow/estimator.h - dense optical flow between the frames of a video.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "flow/field.h"
#include "flow/pictures.h"
#include "tensor/frame.h"

namespace gerund::flow {

/// How the flow is found, all by OpenCV with its own defaults, on BT.601 luma.
enum class Method {
  dis,        ///< Dense inverse search, medium preset (Kroeger et al., ECCV 2016): the fastest, and the default.
  farneback,  ///< Polynomial expansion (Farnebäck, SCIA 2003): 5 levels of 0.5, window 13, 10 iterations.
  tvl1,       ///< TV-L1 (Zach, Pock, Bischof, DAGM 2007): what two-stream papers used; some 50 times as slow as dis.
};

/// "dis", "farneback" or "tvl1". Throws UserError naming the nearest for another.
Method method_named(const std::string& name);
std::string name_of(Method method);

/// Takes the frames of one video one after the other.
///
/// Threads: none; one Estimator per thread. OpenCV's own threads are switched off for the whole process
///          (cv::setNumThreads(1)), because dis gives other values with another number of them: the flow depends on the
///          frames only. Spread clips over threads instead.
/// Owns:    the luma of the last frame.
class Estimator {
 public:
  explicit Estimator(Method method);
  ~Estimator();
  Estimator(Estimator&&) noexcept;
  Estimator& operator=(Estimator&&) noexcept;

  /// The motion from the frame before to this one; nullopt for the first. Throws UserError where the size changes, or a
  /// side is less than 16 pixels.
  std::optional<Field> push(const tensor::Frame& frame);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The flow of consecutive frames as pictures: N - 1 pairs for N frames, none for fewer than 2. Deterministic. Throws
/// UserError as Estimator::push and to_pictures do, Interrupted after Ctrl-C.
std::vector<FlowPictures> flow_pictures(std::span<const tensor::Frame> frames, Method method, const Scale& scale);

}  // namespace gerund::flow
