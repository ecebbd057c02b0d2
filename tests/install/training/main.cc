// Prints what LibTorch, behind the installed libraries, makes of a video's middle: training CHECKPOINT VIDEO.
#include <gerund/clip/assemble.h>
#include <gerund/clip/sampler.h>
#include <gerund/infer/softmax.h>
#include <gerund/media/frame_source.h>
#include <gerund/predict/loaded_model.h>

#include <cstdio>

int main(int, char** argv) {
  using namespace gerund;
  const serve::LoadedModel model = predict::open_model(argv[1], {});
  const auto video = media::open_source(argv[2]);
  const clip::FrameIndices middle =
      clip::sample_view(model.recipe(), clip::View::center, video->info().num_frames, 1).front();
  const tensor::Tensor input = clip::assemble(model.recipe(), video->read(middle));
  tensor::Shape shape = input.shape();
  shape.insert(shape.begin(), 1);
  const std::vector<double> scores = infer::softmax(model.engine->run(input.reshaped(shape)).floats());
  std::printf("%s : ['%s']\n", argv[2], model.labels.at(static_cast<size_t>(infer::argmax(scores))).c_str());
}
