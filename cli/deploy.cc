#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "cli/output_names.h"
#include "cli/program.h"
#include "cli/values.h"
#include "cli/verbs.h"
#include "cli/words.h"
#include "deploy/app.h"
#include "deploy/config_file.h"
#include "deploy/deepstream_config.h"
#include "deploy/frame_output.h"
#include "gst/area_list.h"
#include "gst/source_rules.h"
#include "serve/loaded_model.h"

namespace gerund::cli {
namespace {

struct Arguments {
  std::string config_path;
  std::vector<std::string> words;
  std::vector<std::string> overrides;  ///< Of the options, as keys of a config.
  std::vector<std::string> out;
  std::string events;
  std::vector<std::string> regions;
  bool loop = false;
  bool no_display = false;
  bool strict = false;
  bool print_config = false;
  bool reference = false;
  bool deepstream_reference = false;
  std::string key;
};

/// "door:0,0,0.5,1": gst/area_list.h reads the same form.
deploy::RegionConfig parse_region(const std::string& text) {
  const std::vector<gst::Area> areas = gst::parse_areas(text);
  if (areas.size() != 1)
    throw base::UserError(
        fmt::format("--roi {}: one region is wanted, id:x,y,width,height; repeat --roi for more", text));
  const gst::Area& area = areas.front();
  return {area.id, area.x, area.y, area.width, area.height, area.in_pixels};
}

/// MODEL URI... in place of a config.
void take_words(deploy::AppConfig& config, const std::vector<std::string>& paths) {
  if (paths.empty())
    throw base::UserError(
        "deploy: give a model and its sources, gerund deploy MODEL.onnx clip.mp4 rtsp://camera/live, or a config, "
        "gerund deploy -c app.yaml");
  config.model = paths[0];
  if (std::ranges::any_of(paths, [](const std::string& path) { return serve::is_onnx_path(path); }) &&
      !serve::is_onnx_path(config.model))
    throw base::UserError(fmt::format("deploy: the model comes first, then its sources; '{}' stands first", paths[0]));
  if (!serve::is_onnx_path(config.model))
    throw base::UserError(
        fmt::format("{}: only ONNX files are deployed; make one of a checkpoint with gerund export {} model.onnx",
                    paths[0], paths[0]));
  for (size_t i = 1; i < paths.size(); ++i) config.sources.emplace_back().uri = paths[i];
}

deploy::AppConfig load_config(const Arguments& arguments) {
  const Words words = split_words(arguments.words);
  std::vector<std::string> warnings;
  std::vector<std::string> overrides = words.overrides;
  overrides.insert(overrides.end(), arguments.overrides.begin(), arguments.overrides.end());
  deploy::AppConfig config;
  if (arguments.config_path.empty()) {
    take_words(config, words.paths);
    deploy::apply_overrides(config, overrides, warnings);
  } else {
    if (!words.paths.empty())
      throw base::UserError(fmt::format("{}: the config names model and sources; give -c or MODEL URI..., not both",
                                        words.paths.front()));
    config = deploy::read_any_config(arguments.config_path, overrides, warnings);
  }
  for (const std::string& warning : warnings) base::log_warning(warning);
  return config;
}

void apply_options(deploy::AppConfig& config, const Arguments& arguments) {
  if (!arguments.key.empty()) config.key = arguments.key;
  if (!arguments.out.empty()) config.output.out = arguments.out;
  if (!arguments.events.empty()) config.output.events = arguments.events;
  for (deploy::SourceConfig& source : config.sources) source.loop = source.loop || arguments.loop;
  if (arguments.no_display) config.output.display = false;
  if (arguments.strict) config.strict = true;
  for (const std::string& region : arguments.regions)
    for (deploy::SourceConfig& source : config.sources) source.regions.push_back(parse_region(region));
}

/// Somebody who asks for nothing in particular, where there is no display, wants to see what happens.
void choose_output(deploy::AppConfig& config, const Arguments& arguments) {
  const bool has_window = config.output.display && deploy::has_display();
  const bool wants_nothing = !arguments.config_path.empty() && !config.output.display;
  if (config.output.out.empty() && config.output.events.empty() && !has_window && !wants_nothing)
    config.output.events = "-";
}

void check_outputs(const deploy::AppConfig& config, const Arguments& arguments) {
  std::vector<std::filesystem::path> kept{config.model};
  if (!arguments.config_path.empty()) kept.emplace_back(arguments.config_path);
  for (const deploy::SourceConfig& source : config.sources)
    if (const std::optional<std::filesystem::path> path = gst::path_of(source.uri)) kept.push_back(*path);
  std::vector<NamedOutput> outputs{{"--events", config.output.events}};
  for (const std::string& target : config.output.out)
    if (!deploy::is_rtsp_target(target)) outputs.emplace_back("--out", target);
  check_output_names(outputs, std::move(kept));
}

void run_deploy(const Arguments& arguments) {
  if (arguments.reference) {
    fmt::print("{}", deploy::config_reference());
    return;
  }
  if (arguments.deepstream_reference) {
    fmt::print("{}", deploy::deepstream_reference());
    return;
  }
  deploy::AppConfig config = load_config(arguments);
  apply_options(config, arguments);
  if (arguments.print_config) {
    fmt::print("{}", deploy::print_config(config));
    return;
  }
  choose_output(config, arguments);
  check_outputs(config, arguments);
  if (const int code = deploy::run_app(std::move(config)); code != 0) throw ExitCode{code};
}

}  // namespace

void add_deploy(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = app.add_subcommand("deploy", "Names actions on live cameras and files, many at once");
  CLI::Option* words =
      verb->add_option("words", arguments->words, "MODEL.onnx URI|FILE ... [key=value ...]")->type_name("");
  set_word_kinds(*words, {true, Keys::config});
  verb->add_option("-c,--config", arguments->config_path,
                   "YAML (gerund deploy --reference), or DeepStream's action recognition config as it is")
      ->type_name(kFile);
  verb->add_option("-k,--key", arguments->key, "Opens a sealed model; DeepStream's files have tlt-model-key")
      ->type_name(kKey);
  verb->add_option("--out", arguments->out, "FILE.mp4 or rtsp://:8554/live; repeat for several")
      ->allow_extra_args(false)
      ->type_name("FILE|RTSP");
  verb->add_option("--events", arguments->events, "JSON lines (docs/formats.md) to a file; - for stdout")
      ->type_name("FILE|-");
  verb->add_option("--roi", arguments->regions,
                   "id:x,y,width,height, in pixels or 0..1: looked at by itself; of every source; repeat for "
                   "several")
      ->allow_extra_args(false)
      ->type_name("REGION");
  const auto option = [&](const char* name, const char* key, const char* help, const std::string& type) {
    return verb
        ->add_option_function<std::string>(
            name,
            [arguments, key](const std::string& value) {
              const char* quote = value == "null" ? "\"" : "";  // The engine's name, and not YAML's nothing.
              arguments->overrides.push_back(fmt::format("{}={}{}{}", key, quote, value, quote));
            },
            help)
        ->type_name(type);
  };
  option("--threshold", "events.threshold", "Score at which an action begins, 0..1", "SCORE");
  option("--stride", "window.stride", "Frames from window to window, counting frames", "N");
  option("--subsample", "window.subsample", "Frames left out between two taken ones", "N");
  option("--sample-fps", "window.sample_fps", "Samples per second, whatever the camera's rate", "FPS");
  option("--hop", "window.hop_seconds", "Seconds from window to window, taking samples by time", "SECONDS");
  option("--engine", "engine.name", "Engine of the network; null gives no answers, for measuring the rest",
         engine_type());
  option("--threads", "engine.num_threads", "Threads of the network; 0: all cores", "N");
  option("--precision", "engine.precision", infer::kPrecisionHelp, "NAME");
  option("--batch", "engine.max_batch", "Most windows in one run of the network", "N");
  option("--width", "output.width", "Of the tiled picture, pixels", "N");
  option("--height", "output.height", "Of the tiled picture, pixels", "N");
  verb->add_flag("--loop", arguments->loop, "Files begin anew at their end");
  verb->add_flag("--no-display", arguments->no_display, "No window, even where there is a display");
  option("--compat", "compat",
         "exact: a label for one frame, no softmax, one bad source ends all, as the reference does",
         one_of({"improved", "exact"}))
      ->check(CLI::IsMember({"improved", "exact"}).description(""));
  verb->add_flag("--strict", arguments->strict, "Contradictions between config and model are errors");
  verb->add_flag("--print-config", arguments->print_config, "Prints the config as YAML and does nothing else");
  verb->add_flag("--reference", arguments->reference, "Prints the table of all keys of a config");
  verb->add_flag("--deepstream-reference", arguments->deepstream_reference,
                 "Prints what becomes of all keys of DeepStream's files (docs/deepstream.md)");
  verb->footer(
      "Exit codes: 0 all done; 2 config; 3 no source ever worked; 4 model; 5 output.\n"
      "Example: gerund deploy model.onnx rtsp://camera/live clip.mp4 --events events.jsonl --out tiled.mp4");
  verb->callback([arguments] { run_deploy(*arguments); });
}

}  // namespace gerund::cli
