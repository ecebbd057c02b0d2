#include <filesystem>

#include "deploy/frame_output.h"
#include "media/video_writer.h"

namespace gerund::deploy {
namespace {

class FileOutput : public FrameOutput {
 public:
  FileOutput(const std::string& path, const PictureFormat& format) {
    media::WriterOptions options;
    options.width = format.width;
    options.height = format.height;
    options.fps = format.fps;
    options.codec = std::filesystem::path(path).extension() == ".avi" ? media::Codec::mpeg4 : media::Codec::h264;
    options.gop_frames = 50;
    attempt([&] { writer_ = std::make_unique<media::VideoWriter>(path, options); });
  }

  void push(const tensor::Frame& frame) override {
    attempt([&] { writer_->push(frame); });
  }
  void finish() override {
    attempt([&] { writer_->finish(); });
  }

 private:
  template <typename Work>
  void attempt(Work work) {
    try {
      work();
    } catch (const base::UserError& error) {
      throw OutputError(error.what());
    }
  }

  std::unique_ptr<media::VideoWriter> writer_;
};

}  // namespace

bool is_rtsp_target(const std::string& target) {
  return target.starts_with("rtsp://");
}

std::unique_ptr<FrameOutput> open_file_output(const std::string& path, const PictureFormat& format) {
  return std::make_unique<FileOutput>(path, format);
}

std::unique_ptr<FrameOutput> open_output(const std::string& target, const PictureFormat& format) {
  return is_rtsp_target(target) ? open_rtsp_output(target, format) : open_file_output(target, format);
}

}  // namespace gerund::deploy
