#include "deploy/deepstream_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "deploy/config_text.h"
#include "deploy/deepstream_infer.h"
#include "deploy/deepstream_keys.h"
#include "deploy/deepstream_preprocess.h"
#include "deploy/key_file.h"

namespace gerund::deploy {
namespace {

using base::UserError;
using spec::Value;

constexpr const char* kGroup = "action-recognition";
constexpr double kLongest = 16384;

/// The application's group as it is written, with the defaults of DeepStream.
struct Application {
  std::vector<std::string> uri_list;
  bool display_sync = true;
  bool fakesink = false;
  std::string preprocess_config;
  std::string infer_config;
  std::string triton_infer_config;
  MuxerSize muxer;
  int64_t tiler_width = 1280;
  int64_t tiler_height = 720;
  int64_t debug = 0;
  bool enable_fps = true;
};

// clang-format off
std::vector<spec::Field> fields_of(Application& a) {
  using namespace spec;
  return {
      {"uri-list", &a.uri_list, anything(), "`sources`, in this order; a path without scheme is taken as well.", ""},
      {"display-sync", &a.display_sync, anything(), "`output.real_time`.", ""},
      {"fakesink", &a.fakesink, anything(), "0: `output.display`, a window where there is a display; 1: none. Not given (6.0, 6.1): 0.", ""},
      {"preprocess-config", &a.preprocess_config, anything(), "The preprocess file, .txt or .yml.", ""},
      {"infer-config", &a.infer_config, anything(), "The inference file, .txt or .yml.", ""},
      {"triton-infer-config", &a.triton_infer_config, anything(), "Refused: models of a Triton server do not run here.", ""},
      {"muxer-width", &a.muxer.width, between(1, kLongest), "The space of `roi-params-src-K`; nothing is scaled to it. Not given: 1280.", ""},
      {"muxer-height", &a.muxer.height, between(1, kLongest), "The same; not given: 720.", ""},
      {"tiler-width", &a.tiler_width, between(2, kLongest), "`output.width`, rounded up to even.", ""},
      {"tiler-height", &a.tiler_height, between(2, kLongest), "`output.height`, the same.", ""},
      {"debug", &a.debug, between(0, 2), "`output.debug`: every window on stderr.", ""},
      {"enable-fps", &a.enable_fps, anything(), "`output.fps_line`, on the terminal.", ""},
  };
}
// clang-format on

const std::vector<IdleKeys>& idle_keys() {
  static const std::vector<IdleKeys> kIdle = {
      {"each source goes its own way, none waits for the others", {"muxer-batch-timeout"}},
  };
  return kIdle;
}

/// What DeepStream does not start without, and gerund does. fakesink came with 6.2.
void warn_of_missing(const Value& group, KeyReader& reader) {
  std::vector<std::string> missing;
  for (const char* key :
       {"display-sync", "muxer-width", "muxer-height", "tiler-width", "tiler-height", "debug", "enable-fps"}) {
    if (find_value(group, key) == nullptr) missing.emplace_back(key);
  }
  if (!missing.empty())
    reader.warn(fmt::format("{} not given; taken: display-sync=1, 1280 x 720, debug=0, enable-fps=1",
                            fmt::join(missing, ", ")));
}

void require(const Value& group, const char* key, bool is_given, const char* example) {
  if (is_given) return;
  throw UserError(fmt::format("{}: {} is not given; write {}={}", group.place, key, key, example));
}

std::vector<SourceConfig> sources_of(const Value& group, const Application& application, KeyReader& reader) {
  std::vector<SourceConfig> sources;
  for (const std::string& uri : application.uri_list) {
    if (uri.empty()) fail(*find_value(group, "uri-list"), "has an empty entry; leave out the ';' too many");
    SourceConfig source;
    source.uri = is_relative_path(uri) ? reader.file_at(*find_value(group, "uri-list"), uri).string() : uri;
    sources.push_back(std::move(source));
  }
  return sources;
}

/// The tiled picture has even sides.
int even(int64_t side) {
  return static_cast<int>(side + side % 2);
}

OutputConfig output_of(const Application& application) {
  OutputConfig output;
  output.display = !application.fakesink;
  output.real_time = application.display_sync;
  output.width = even(application.tiler_width);
  output.height = even(application.tiler_height);
  output.fps_line = application.enable_fps;
  output.debug = static_cast<int>(application.debug);
  return output;
}

Application read_application(const Value& group, KeyReader& reader) {
  Application application;
  reader.read(group, fields_of(application), idle_keys());
  if (!application.triton_infer_config.empty())
    fail(*find_value(group, "triton-infer-config"),
         "models of a Triton server do not run here; set infer-config to a file with onnx-file instead");
  require(group, "uri-list", !application.uri_list.empty(), "file:///path/to/video.mp4;");
  require(group, "preprocess-config", !application.preprocess_config.empty(), "FILE");
  require(group, "infer-config", !application.infer_config.empty(), "FILE");
  warn_of_missing(group, reader);
  return application;
}

}  // namespace

std::string deepstream_reference() {
  Application application;
  return fmt::format("### The application's file: `[{}]`\n\n{}\n{}\n{}", kGroup,
                     key_table(fields_of(application), idle_keys()), preprocess_reference(), infer_reference());
}

bool is_deepstream(const Value& groups) {
  return find_value(groups, kGroup) != nullptr;
}

AppConfig read_deepstream(const std::filesystem::path& path, std::vector<std::string>& warnings) {
  const Value file = parse_key_file(read_config_text(path), path.string());
  KeyReader reader(path, warnings);
  const Value* group = find_value(file, kGroup);
  if (group == nullptr)
    throw UserError(fmt::format("{}: has no group [{}]; is it the application's file?", path.string(), kGroup));
  for (const spec::Entry& entry : file.entries) {
    if (entry.key != kGroup) reader.warn(entry.value, fmt::format("is no known group and ignored; known: {}", kGroup));
  }
  const Application application = read_application(*group, reader);
  AppConfig config;
  config.sources = sources_of(*group, application, reader);
  config.output = output_of(application);
  const auto file_of = [&](const char* key, const std::string& named) {
    return reader.file_at(*find_value(*group, key), named);
  };
  const std::vector<int64_t> target_ids =
      read_preprocess(file_of("preprocess-config", application.preprocess_config), application.muxer, config, warnings);
  read_infer(file_of("infer-config", application.infer_config), target_ids, config, warnings);
  reader.finish();
  return config;
}

}  // namespace gerund::deploy
