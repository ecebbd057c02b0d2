// tests/deploy/deepstream_files.h - the three files of a small DeepStream application, to be changed by each test.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "deploy/config_file.h"
#include "deploy/config_files.h"
#include "deploy/deepstream_config.h"

namespace gerund::deploy {

using Texts = std::vector<std::string>;

inline const char* const kPreprocess = R"([property]
enable=1
target-unique-ids=1
process-on-frame=1
network-input-shape= 2;3;16;112;96
network-color-format=0
network-input-order=2
tensor-data-type=0
tensor-name=input_rgb
processing-width=96
processing-height=112
)";
inline const char* const kUser = R"([user-configs]
channel-scale-factors=0.007843137
channel-mean-offsets=127.5
stride=4
subsample=1
)";
inline const char* const kGroup = "[group-0]\nsrc-ids=0;1\nprocess-on-roi=0\n";
inline const char* const kInfer =
    "[property]\nonnx-file=./net.onnx\nlabelfile-path=labels.txt\nbatch-size=2\nnetwork-type=1\n";

/// `text` with `from` replaced by `to`.
inline std::string changed(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

/// An application of two sources; each test changes what it is about.
class DeepStream : public ConfigFiles {
 protected:
  void SetUp() override {
    ConfigFiles::SetUp();
    write("labels.txt", "walk;run\n");
  }
  std::string application() const {
    return "[action-recognition]\nuri-list=file:///a.mp4;rtsp://cam/1;\ndisplay-sync=1\nfakesink=0\n"
           "preprocess-config=pre.txt\ninfer-config=infer.txt\nmuxer-width=1280\nmuxer-height=720\n"
           "tiler-width=640\ntiler-height=480\ndebug=0\nenable-fps=1\n";
  }
  AppConfig read() {
    write_files();
    return read_deepstream(folder_ / "app.txt", warnings_);
  }
  AppConfig read_with(const std::vector<std::string>& overrides) {
    write_files();
    return read_any_config(folder_ / "app.txt", overrides, warnings_);
  }
  std::string error() {
    return error_of([&] { read(); });
  }
  /// The message without the folder.
  std::string short_error() {
    std::string message = error();
    const std::string start = folder_.string() + "/";
    return message.starts_with(start) ? message.substr(start.size()) : message;
  }
  /// True where one warning, and only one, has this part.
  bool warns_once(const std::string& part) const {
    int count = 0;
    for (const std::string& line : warnings_) count += contains(line, part) ? 1 : 0;
    return count == 1;
  }

 private:
  void write_files() {
    write("app.txt", app_);
    write("pre.txt", pre_ + user_ + group_);
    write("infer.txt", infer_);
    warnings_.clear();
  }

 protected:
  std::string app_ = application();
  std::string pre_ = kPreprocess;
  std::string user_ = kUser;
  std::string group_ = kGroup;
  std::string infer_ = kInfer;
  Texts warnings_;
};

}  // namespace gerund::deploy
