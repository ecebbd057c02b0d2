#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "spec/dialect.h"
#include "spec/field_table.h"
#include "spec/load.h"

namespace gerund::spec {
namespace {

/// What a key of TAO does otherwise here, or what its users stumble over. A key that is not named does the same.
// clang-format off
const std::map<std::string, std::string>& differences() {
  static const std::map<std::string, std::string> kDifferences = {
      {"encryption_key", "Seals checkpoints and models ([sealing.md](sealing.md)). What TAO encrypted stays closed."},
      {"results_dir", "The same folders below it, `train`, `evaluate`, `inference`, `export`; needed by `train` alone."},
      {"model.model_type", "Not given: rgb, also in files of before 5.0, whose default in TAO is joint."},
      {"model.backbone", "TAO's six and others ([networks.md](networks.md)). `resnet18` is read as `resnet_18`."},
      {"model.rgb_pretrained_model_path", "Of gerund, of PyTorch (`.pth`, `.pt`, `.ckpt`) or an unencrypted `.tlt`. Any number of classes and frames; what was loaded is listed. Looked at by `train` alone."},
      {"model.of_pretrained_model_path", "The same. From colour weights a 3D flow network gets a first layer too; in TAO it stays random."},
      {"model.joint_pretrained_model_path", "For 2D as well; TAO's 2D fails."},
      {"model.input_width", "`output_shape` is `[height, width]`."},
      {"model.input_height", "`output_shape` is `[height, width]`."},
      {"model.sample_rate", "Training clips begin anywhere in [0, N - L r + 1) and never wrap to frame 0 where they fit; TAO's can. Joint networks: the same spacing for both inputs."},
      {"dataset.train_dataset_dir", "Folders of frames as in TAO, or video files, or both. Class folders that label_map lacks, stray files and broken clips are named and left out; in TAO they end the run."},
      {"dataset.val_dataset_dir", "The same; without it there is no validation, and `best.safetensors` is best by `train_loss`."},
      {"dataset.label_map", "Needed by `train` alone: checkpoints and models have it."},
      {"dataset.batch_size", "2, as from 6.0 on; before, TAO's default was 32. Fewer clips than a batch are no error."},
      {"dataset.workers", "Threads, not processes."},
      {"dataset.augmentation_config.train_crop_type", "multi_scale_crop of joint networks resizes first, as for one input; TAO's does not."},
      {"dataset.augmentation_config.horizontal_flip_prob", "Flow of a mirrored clip is negated; `flow_flip: reference` leaves it as TAO does."},
      {"train.checkpoint_interval", "1; in 5.0 to 5.2 TAO's default was 5, and it was the interval of validation too. The newest `keep_checkpoints` are kept, beside best and last; TAO keeps all."},
      {"train.resume_training_checkpoint_path", "A `.safetensors` of gerund. Without it the last one in the folder is gone on from, as in TAO."},
      {"train.optim.lr_scheduler", "TAO's two, Cosine and OneCycle."},
      {"evaluate.checkpoint", "A checkpoint, an ONNX file or a sealed one; may stand as the first word instead. Nothing of the training spec is needed. Of `X.tlt` that is not there, `X.safetensors` is taken."},
      {"evaluate.test_dataset_dir", "May stand as the second word instead."},
      {"evaluate.video_eval_mode", "conv: the mean of the clips' softmax per video, whatever the batch size. TAO counts the first clip twice (5.0 to 5.2) or votes per batch (from 5.5 on)."},
      {"inference.checkpoint", "As evaluate.checkpoint."},
      {"inference.inference_dataset_dir", "May stand behind the model instead: folders, videos, patterns."},
      {"inference.video_inf_mode", "As video_eval_mode. `--json` and `--csv` give scores, which TAO does not."},
      {"export.onnx_file", "As in TAO a file that exists is not overwritten (`--force` does). A name in `.etlt` is a sealed ONNX file where there is a key, else `.onnx` is written."},
  };
  return kDifferences;
}
// clang-format on

std::string block_of(const std::string& key) {
  const size_t dot = key.find('.');
  return dot == std::string::npos ? "" : key.substr(0, dot);
}

bool is_own(const Field& field) {
  return field.help.starts_with("gerund's own");
}

/// What a key was called before 5.0; "" where it is new.
std::string old_name_of(const std::string& key) {
  for (const OldName& name : old_names()) {
    if (std::find(name.now.begin(), name.now.end(), key) != name.now.end()) return as_written(name.old);
  }
  for (const OldName& block : old_blocks()) {
    if (block.now[0] == block_of(key)) return block.old + key.substr(block.now[0].size());
  }
  return block_of(key).empty() ? key : "";
}

std::string here(const Field& field) {
  const auto found = differences().find(field.key);
  if (!field.no_effect.empty()) return fmt::format("No effect: {}.", field.no_effect);
  return found == differences().end() ? "The same." : found->second;
}

}  // namespace

std::string moving_markdown() {
  Experiment defaults;
  const FieldTable table(defaults);
  for (const auto& [key, difference] : differences()) {
    if (table.find(key) == nullptr) throw base::InternalError(fmt::format("differences from TAO: no key {}", key));
  }
  std::string text = "| key from 5.0 on | before 5.0 | here |\n| --- | --- | --- |\n";
  for (const Field& field : table.fields()) {
    if (is_own(field)) continue;
    const std::string old = old_name_of(field.key);
    text += fmt::format("| `{}` | {} | {} |\n", field.key, old.empty() ? "" : fmt::format("`{}`", old), here(field));
  }
  return text;
}

}  // namespace gerund::spec
