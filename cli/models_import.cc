#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/log.h"
#include "cli/models_verbs.h"
#include "cli/output_names.h"
#include "cli/values.h"
#include "deploy/label_file.h"
#include "nets/architecture.h"
#include "nets/checkpoint.h"
#include "predict/import_model.h"

namespace gerund::cli {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string file;
  std::string out;
  std::string labels;
  predict::ImportOptions options;
  bool force = false;
};

fs::path target_of(const Arguments& arguments) {
  fs::path target =
      arguments.out.empty() ? fs::path(arguments.file).replace_extension(".safetensors") : fs::path(arguments.out);
  if (target.extension() != ".safetensors")
    throw base::UserError(
        fmt::format("--out: '{}' does not end in .safetensors; give a name that does", target.string()));
  check_output_names({{"--out", target.string()}}, {arguments.file});
  if (fs::exists(target) && !arguments.force)
    throw base::UserError(
        fmt::format("{} already exists; choose another name with --out, or add --force", target.string()));
  return target;
}

void run_import(Arguments& arguments) {
  const fs::path target = target_of(arguments);
  if (!arguments.labels.empty()) arguments.options.labels = deploy::read_labels(arguments.labels);
  const predict::Import imported = predict::import_model(arguments.file, arguments.options);
  if (!imported.transfer.fresh.empty())
    base::log_warning(fmt::format("{}: lacks {} of the network's tensors; train before you trust its answers",
                                  arguments.file, imported.transfer.fresh.size()));
  nets::save_checkpoint(target, imported.checkpoint);
  fmt::print("{}{}\n", predict::to_text(imported), target.string());
}

std::vector<std::string> backbone_names() {
  std::vector<std::string> names;
  for (const nets::Backbone& backbone : nets::backbones()) names.emplace_back(backbone.name);
  return names;
}

}  // namespace

void add_models_import(CLI::App& models) {
  auto arguments = std::make_shared<Arguments>();
  predict::ImportOptions& options = arguments->options;
  CLI::App* verb = models.add_subcommand("import", "Makes a checkpoint of weights that others have trained");
  verb->add_option("file", arguments->file, "FILE.pth, .pt or .safetensors")->required()->type_name(kFile);
  verb->add_option("--out", arguments->out, "Checkpoint to write; default: the file's name with .safetensors")
      ->type_name(kFile);
  verb->add_option("--backbone", options.backbone, "The network, as model.backbone; default: recognised")
      ->type_name(one_of(backbone_names()));
  verb->add_option("--input-type", options.input_type, "3d makes volumes of the kernels of a 2d network")
      ->type_name(one_of({"2d", "3d"}));
  verb->add_option("--model-type", options.model_type, "Colours or optical flow; default: as the first weight says")
      ->type_name(one_of({"rgb", "of"}));
  verb->add_option("--frames", options.num_frames, "Frames of a clip")->check(CLI::Range(1, 4096));
  verb->add_option("--size", options.size, "Height and width of the input, pixels")->check(CLI::Range(16, 4096));
  verb->add_option("--labels", arguments->labels, "Class names by index: lines, CSV or JSON; default: class_0, ...")
      ->type_name(kFile);
  verb->add_option("-k,--key", options.key, "Opens a sealed file and seals the checkpoint")->type_name(kKey);
  verb->add_flag("--force", arguments->force, "Overwrites the checkpoint where it exists");
  verb->footer(
      "Files of PyTorch are read without running what is in them.\n"
      "Example: gerund models import resnet18-f37072fd.pth --input-type 3d --frames 16");
  verb->callback([arguments] { run_import(*arguments); });
}

}  // namespace gerund::cli
