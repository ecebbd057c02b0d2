// bench/engine/opencv_peer.cc - OpenCV DNN in bench/engine; speaks the protocol of peer.h.
// Usage: opencv_peer MODEL.onnx INPUT.safetensors OUTPUT.safetensors THREADS
#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>

#include "engine/peer.h"

namespace gerund::bench {
namespace {

class OpenCv : public Runtime {
 public:
  tensor::TensorFile load(const std::string& model, tensor::TensorFile inputs, int num_threads) override {
    cv::setNumThreads(num_threads);
    net_ = cv::dnn::readNetFromONNX(model);
    net_.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    const auto& [name, input] = *inputs.tensors.begin();
    const std::vector<int> shape(input.shape().begin(), input.shape().end());
    cv::Mat(shape, CV_32F, const_cast<float*>(input.floats().data())).copyTo(input_);
    const cv::Mat output = forward();
    tensor::TensorFile answer;
    answer.tensors["output"] = tensor::Tensor(tensor::Shape(output.size.p, output.size.p + output.dims),
                                              std::span(output.ptr<float>(), output.total()));
    return answer;
  }
  void run() override { forward(); }
  nlohmann::json describe() const override { return {{"version", CV_VERSION}}; }

 private:
  cv::Mat forward() {
    net_.setInput(input_);
    return net_.forward();
  }

  cv::dnn::Net net_;
  cv::Mat input_;
};

}  // namespace
}  // namespace gerund::bench

int main(int argc, char** argv) {
  gerund::bench::OpenCv runtime;
  return gerund::bench::serve(runtime, {argv + 1, argv + argc});
}
