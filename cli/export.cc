#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "base/log.h"
#include "base/status_log.h"
#include "cli/arguments.h"
#include "cli/models_catalogue.h"
#include "cli/terminal.h"
#include "cli/values.h"
#include "cli/verbs.h"
#include "graph/onnx_file.h"
#include "nets/checkpoint.h"
#include "nets/export_model.h"
#include "predict/loaded_model.h"
#include "predict/quantize_model.h"

namespace gerund::cli {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  SpecArguments spec;
  bool force = false;
  bool plain = false;
  bool step = false;
  int64_t step_frames = spec::kPositionFrames;
  bool int8 = false;
  std::string calibration_folder;
};

fs::path target_of(const fs::path& checkpoint, const std::string& given, const std::string& key,
                   const Arguments& arguments) {
  const char* extension = arguments.step ? ".step.onnx" : arguments.int8 ? ".int8.onnx" : ".onnx";
  fs::path target = given.empty() ? fs::path(checkpoint).replace_extension(extension) : fs::path(given);
  if (target.extension() == ".etlt" && key.empty()) {
    base::log_warning(target.string() +
                      ": is sealed only with a key (-k KEY); the model is written as .onnx, not sealed");
    target.replace_extension(".onnx");
  }
  if (!serve::is_onnx_path(target))
    throw base::UserError(
        fmt::format("export.onnx_file: '{}' does not end in .onnx; give a name that does", target.string()));
  return target;
}

void export_checkpoint(const Arguments& arguments, const Words& words, const spec::Experiment& experiment,
                       base::StatusLog& status) {
  const std::string key = experiment.encryption_key.value_or("");
  const std::string sealing_key = arguments.plain ? "" : key;
  const fs::path named =
      !words.paths.empty() ? words.paths[0] : spec::require(experiment.export_.checkpoint, "export.checkpoint");
  const fs::path checkpoint_path = nets::resolve_checkpoint_path(local_model(named));
  // One of the catalogue lies where the user would not look for a model.
  const fs::path target = target_of(checkpoint_path == named ? checkpoint_path : checkpoint_path.filename(),
                                    words.paths.size() > 1 ? words.paths[1] : experiment.export_.onnx_file.value_or(""),
                                    sealing_key, arguments);
  if (fs::is_directory(target))
    throw base::UserError(fmt::format("export.onnx_file: {} is a folder; give the name of a file", target.string()));
  if (fs::exists(target) && !arguments.force)
    throw base::UserError(fmt::format("{} already exists; choose another name or add --force", target.string()));
  const nets::Checkpoint checkpoint = nets::load_checkpoint(checkpoint_path, key);
  status.write({base::Status::started, "Starting Action Recognition export.", {}, {}});
  const std::string source = checkpoint_path.filename().string();
  graph::Model model = arguments.step ? nets::export_step_model(checkpoint, source, arguments.step_frames)
                                      : nets::export_model(checkpoint, source);
  if (arguments.int8) {
    TerminalProgress progress;
    predict::QuantizedModel quantized = predict::quantize_model(model, arguments.calibration_folder, progress);
    base::log_info(predict::summary_of(quantized));
    model = std::move(quantized.model);
  }
  graph::write_onnx(target, model, sealing_key);
  if (!sealing_key.empty())
    base::log_info(target.string() + " is sealed: it opens with -k KEY, and other runtimes do not open it (--plain)");
  fmt::print("{}\n", target.string());
}

void run_export(const Arguments& arguments) {
  const Words words = split_words(arguments.spec.words);
  if (words.paths.size() > 2)
    throw base::UserError(
        fmt::format("'{}': one word too many; usage: gerund export CHECKPOINT [MODEL.onnx]", words.paths[2]));
  const spec::Experiment experiment = load_experiment(arguments.spec);
  base::StatusLog status(verb_folder(experiment.results_dir, experiment.export_.results_dir, "export"));
  status.watch("Export", [&] { export_checkpoint(arguments, words, experiment, status); });
}

}  // namespace

void add_export(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = app.add_subcommand("export", "Writes a checkpoint as an ONNX model with recipe and labels inside");
  add_spec_arguments(*verb, arguments->spec, "[CHECKPOINT [MODEL.onnx]] [key=value ...]");
  verb->add_flag("--force", arguments->force, "Overwrites the model file where it exists");
  verb->add_flag("--plain", arguments->plain, "With -k: opens a sealed checkpoint, and writes a model that is not");
  CLI::Option* step = verb->add_flag(
      "--step", arguments->step, "Of a causal network: writes the graph that takes new frames and carries its state");
  verb->add_option("--step-frames", arguments->step_frames,
                   "New frames of one step, a multiple of 4; an answer after every fourth")
      ->capture_default_str()
      ->needs(step);
  CLI::Option* int8 = verb->add_flag("--int8", arguments->int8,
                                     "Convolutions in 8-bit whole numbers, as QuantizeLinear and DequantizeLinear");
  CLI::Option* calibrate =
      verb->add_option("--calibrate", arguments->calibration_folder,
                       "Folder of clips, at best a data set, that shows which ranges the network's values take")
          ->type_name(kFolder)
          ->needs(int8);
  int8->needs(calibrate)->excludes(step);
  verb->footer("Example: gerund export results/train/best.safetensors model.onnx");
  verb->callback([arguments] { run_export(*arguments); });
}

}  // namespace gerund::cli
