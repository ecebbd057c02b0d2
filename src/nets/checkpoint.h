// nets/checkpoint.h - a trained or half-trained network as one file: weights, spec, labels, recipe, metrics, optimizer
// state.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nets/architecture.h"
#include "spec/experiment.h"
#include "tensor/safetensors.h"
#include "tensor/tensor.h"

namespace gerund::nets {

/// What one epoch gave. Accuracies 0..1; nullopt where there was no validation.
struct EpochMetrics {
  int64_t epoch = 0;  ///< From 0.
  double lr = 0;
  double train_loss = 0;
  double train_accuracy = 0;
  std::optional<double> val_loss;
  std::optional<double> val_accuracy;
  std::optional<double> val_class_accuracy;  ///< Mean of the classes' own.
  double seconds = 0;                        ///< Of its steps, waiting included, validation and saving not.
  double clips_per_second = 0;               ///< Of those steps; 0 where unknown (older checkpoints).
  double wait_share = 0;                     ///< Part of `seconds` spent waiting for clips, 0..1.
};

/// Where a run stands: what it needs to go on as if it had never stopped.
struct TrainingState {
  uint64_t seed = 0;            ///< Of all randomness of the run.
  int64_t epoch = 0;            ///< The epoch under way (or the next one).
  int64_t batch = 0;            ///< Batches of it already done, of all processes together.
  int64_t clips_per_batch = 0;  ///< Of all processes together; 0: not known, as in files of before.
  double loss_sum = 0;          ///< Over the clips of those batches.
  int64_t num_correct = 0;
  int64_t num_clips = 0;
  int64_t num_updates = 0;  ///< Of the weights, in the whole run.
  double lr = 0;            ///< Rate in force, before any warm-up.
  double plateau_best = 0;  ///< AutoReduce: best value seen (meaningful once plateau_seen).
  bool plateau_seen = false;
  int64_t plateau_bad_epochs = 0;
  std::vector<EpochMetrics> history;
};

/// Tensor names are PyTorch's. The file is safetensors; docs/formats.md has its metadata.
struct Checkpoint {
  spec::Experiment experiment;
  std::vector<std::string> labels;  ///< By class index.
  std::string recipe;               ///< JSON of clip/recipe.h.
  double clip_seconds = 0;  ///< Median length of the training videos; 0 where unknown. Live windows are as long.
  std::string origin;       ///< JSON: file and SHA-256 of imported weights; "" of trained ones.
  TrainingState state;
  std::map<std::string, tensor::Tensor> weights;  ///< Parameters and buffers.
  /// What training needs beside them, by "momentum.NAME" and the like; with train.ema_decay also "raw.NAME", as
  /// `weights` are the averaged ones then. Empty in a file that no training goes on from.
  std::map<std::string, tensor::Tensor> optimizer;
};

/// Writes a file, sealed (base/seal.h) where checkpoint.experiment.encryption_key is set. The key is not in the file.
void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Throws UserError for a file that is missing, damaged, no checkpoint of gerund, or sealed with another key than
/// `key`. A missing X.tlt is looked for as X.safetensors.
Checkpoint load_checkpoint(const std::filesystem::path& path, const std::string& key = "");

/// True where the metadata say that it is a checkpoint of gerund.
bool is_checkpoint(const tensor::TensorFile& file);
/// The checkpoint that a file holds; `name` stands in messages. Throws as load_checkpoint does.
Checkpoint to_checkpoint(tensor::TensorFile file, const std::string& name);

/// The path itself, or X.safetensors for an X.tlt that does not exist.
std::filesystem::path resolve_checkpoint_path(const std::filesystem::path& path);

/// Throws UserError naming `origin` and the first float32 tensor with a value that is infinite or no number.
void check_finite(const std::map<std::string, tensor::Tensor>& weights, const std::string& origin);

/// Number of trainable parameters among `weights` (all but running statistics).
int64_t num_parameters(const std::map<std::string, tensor::Tensor>& weights);

}  // namespace gerund::nets
