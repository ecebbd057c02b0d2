#include <fmt/format.h>

#include <charconv>
#include <memory>

#include "base/error.h"
#include "cli/terminal.h"
#include "cli/values.h"
#include "cli/verbs.h"
#include "synth/actions.h"
#include "synth/dataset.h"
#include "synth/story.h"

namespace gerund::cli {
namespace {

struct Arguments {
  std::string target;
  std::vector<std::string> actions;
  std::vector<std::string> story;
  std::string size;
  bool force = false;
  std::string codec = "mpeg4";
  synth::DatasetOptions dataset;
};

// "160x120"
void read_size(const std::string& text, int& width, int& height) {
  const size_t cross = text.find('x');
  const char* end = text.data() + text.size();
  const bool fits = cross != std::string::npos && std::from_chars(text.data(), end, width).ptr == text.data() + cross &&
                    std::from_chars(text.data() + cross + 1, end, height).ptr == end;
  if (!fits) throw base::UserError(fmt::format("--size: '{}' is no size; write WIDTHxHEIGHT, e.g. 160x120", text));
}

// "pushup:8": an action and its seconds.
synth::StoryAct read_act(const std::string& text) {
  const size_t colon = text.find(':');
  synth::StoryAct act;
  act.action = text.substr(0, colon);
  if (colon == std::string::npos) return act;
  const char* end = text.data() + text.size();
  if (std::from_chars(text.data() + colon + 1, end, act.seconds).ptr != end) {
    throw base::UserError(fmt::format("--story: '{}' is no act; write ACTION:SECONDS, e.g. pushup:8", text));
  }
  return act;
}

void run_synth(Arguments& arguments) {
  TerminalProgress progress;
  if (!arguments.story.empty()) {
    synth::StoryOptions options;
    options.seed = arguments.dataset.seed;
    options.fps = arguments.dataset.fps;
    if (!arguments.size.empty()) read_size(arguments.size, options.width, options.height);
    std::vector<synth::StoryAct> acts;
    for (const std::string& text : arguments.story) acts.push_back(read_act(text));
    if (!arguments.force && std::filesystem::exists(arguments.target))
      throw base::UserError(fmt::format("{}: exists already; choose another name, or add --force", arguments.target));
    synth::draw_story(arguments.target, acts, options, progress);
    return;
  }
  if (arguments.codec != "mpeg4" && arguments.codec != "h264")
    throw base::UserError(fmt::format("--codec: '{}' is not known; allowed: mpeg4, h264", arguments.codec));
  synth::DatasetOptions& options = arguments.dataset;
  options.folder = arguments.target;
  options.codec = arguments.codec == "h264" ? media::Codec::h264 : media::Codec::mpeg4;
  options.actions = arguments.actions.empty() ? synth::action_names() : arguments.actions;
  if (!arguments.size.empty()) read_size(arguments.size, options.width, options.height);
  synth::draw_dataset(options, progress);
}

}  // namespace

void add_synth(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  synth::DatasetOptions& options = arguments->dataset;
  CLI::App* verb = app.add_subcommand("synth", "Draws people in action: a data set, or one long video");
  verb->add_option("target", arguments->target, "Folder of the data set, or file of the story")->required();
  verb->add_option("--actions", arguments->actions, "Classes to draw, with commas between them; all ten by default")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name(one_of(synth::action_names()));
  verb->add_option("--clips", options.clips_per_class, "Clips per class")->capture_default_str();
  verb->add_option("--train", options.train_share, "Share of the clips for train/")->capture_default_str();
  verb->add_option("--val", options.val_share, "Share for val/; the rest is test/")->capture_default_str();
  verb->add_option("--seed", options.seed, "Decides every clip")->check(check_seed, "")->capture_default_str();
  verb->add_option("--size", arguments->size, "Pixels: 160x120 for clips, 320x240 for stories")->type_name("WxH");
  verb->add_option("--fps", options.fps, "Frames per second")->capture_default_str();
  verb->add_option("--min-seconds", options.min_seconds, "Shortest clip")->capture_default_str();
  verb->add_option("--max-seconds", options.max_seconds, "Longest clip")->capture_default_str();
  verb->add_option("--codec", arguments->codec, "mpeg4 (.avi) or h264 (.mp4)")
      ->type_name(one_of({"mpeg4", "h264"}))
      ->capture_default_str();
  verb->add_option("--threads", options.num_threads, "Clips drawn at once; 0: as many as cores")->capture_default_str();
  verb->add_option("--story", arguments->story, "One video of these acts in a row, with its truth beside it")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("ACTION:SECONDS");
  verb->add_flag("--force", arguments->force, "With --story: overwrites the file");
  verb->footer(
      "Examples: gerund synth clips --actions pushup,pullup,situp --clips 40\n          gerund synth story.mp4 --story "
      "pushup:8,walk:5,situp:8");
  verb->callback([arguments] { run_synth(*arguments); });
}

}  // namespace gerund::cli
