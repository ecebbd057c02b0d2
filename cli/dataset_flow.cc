#include <memory>

#include "cli/dataset_verbs.h"
#include "cli/terminal.h"
#include "cli/values.h"
#include "data/frame_folders.h"
#include "flow/estimator.h"

namespace gerund::cli {
namespace {

struct Arguments {
  std::filesystem::path root;
  std::string method = "dis";
  bool from_flo = false;
  data::FlowOptions options;
};

void run_flow(Arguments& arguments) {
  data::FlowOptions& options = arguments.options;
  options.method = flow::method_named(arguments.method);
  options.num_workers = workers_for(options.num_workers);
  TerminalProgress progress;
  end_with(arguments.from_flo ? data::convert_flo(arguments.root, options, print_converted(), progress)
                              : data::make_flow(clips_of(arguments.root), options, print_converted(), progress));
}

}  // namespace

void add_dataset_flow(CLI::App& dataset) {
  auto arguments = std::make_shared<Arguments>();
  data::FlowOptions& options = arguments->options;
  options.num_workers = 0;
  CLI::App* verb = dataset.add_subcommand("flow", "Makes optical flow: CLASS/CLIP/{u,v}/000001.jpg");
  verb->add_option("dataset", arguments->root, "Folder of class folders: videos, frame folders, .flo files")
      ->required()
      ->type_name(kFolder);
  verb->add_option("out", options.folder, "Folder to make; that of frame folders may be the same")
      ->required()
      ->type_name(kFolder);
  auto* method = verb->add_option("--method", arguments->method, "How motion is found")
                     ->type_name(one_of({"dis", "farneback", "tvl1"}))
                     ->capture_default_str();
  verb->add_option("--clamp", options.scale.clamp_pixels,
                   "Longest motion in pixels, 20 as I3D has it; 0: each pair has its own scale, as TAO's")
      ->capture_default_str();
  auto* rgb = verb->add_flag("--rgb", options.with_rgb, "Writes rgb/000001.png as well");
  auto* flo = verb->add_flag("--flo", options.with_flo, "Keeps the motion itself as flo/flow_00000_gerund.flo");
  verb->add_flag("--png", options.lossless, "PNG instead of JPEG of quality 95");
  verb->add_flag("--from-flo", arguments->from_flo, "Takes CLASS/CLIP/flow_00000_*.flo instead of pictures")
      ->excludes(method)
      ->excludes(rgb)
      ->excludes(flo);
  verb->add_option("--workers", options.num_workers, "Threads; 0: one per core")->capture_default_str();
  verb->footer(
      "One picture fewer than frames. Exit code 1 where a clip could not be read. The same command goes on after an\n"
      "interruption.\n"
      "Example: gerund dataset flow clips flow --rgb");
  verb->callback([arguments] { run_flow(*arguments); });
}

}  // namespace gerund::cli
