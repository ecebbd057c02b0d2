// spec/experiment.h - every setting of an experiment: the canonical spec. Keys, defaults and ranges: docs/spec.md, made
// from the same table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gerund::spec {

/// Frames for which a causal network makes one position in time: clips and histories are whole numbers of them.
inline constexpr int64_t kPositionFrames = 4;

struct ModelSpec {
  std::string model_type = "rgb";
  std::string backbone = "resnet_18";
  std::string input_type = "2d";
  int64_t rgb_seq_length = 3;
  int64_t of_seq_length = 10;
  std::optional<std::string> rgb_pretrained_model_path;
  std::optional<std::string> of_pretrained_model_path;
  int64_t rgb_pretrained_num_classes = 5;
  int64_t of_pretrained_num_classes = 5;
  std::optional<std::string> joint_pretrained_model_path;
  int64_t num_fc = 64;
  std::string sample_strategy = "random_interval";
  int64_t sample_rate = 1;
  bool imagenet_pretrained = false;
  double dropout_ratio = 0.5;
  int64_t input_width = 224;
  int64_t input_height = 224;
  int64_t width = 64;  ///< gerund's own: channels of the first stage; 64 is ResNet, less is a narrow variant.
  std::string temporal = "centered";  ///< gerund's own: causal looks back only and can be streamed.
  int64_t history_frames = -1;        ///< gerund's own: frames before a training clip at most; -1: 128.

  bool operator==(const ModelSpec&) const = default;
};

struct AugmentationSpec {
  std::string train_crop_type = "random_crop";
  std::vector<double> scales{1.0};
  double horizontal_flip_prob = 0.5;
  std::vector<double> rgb_input_mean{0.485, 0.456, 0.406};
  std::vector<double> rgb_input_std{0.229, 0.224, 0.225};
  std::vector<double> of_input_mean{0.5};
  std::vector<double> of_input_std{0.5};
  std::string flow_method = "dis";   ///< gerund's own: how optical flow is found in videos.
  double flow_clamp = 0;             ///< gerund's own: its scale, pixels; 0: the longest motion of each pair.
  std::string flow_flip = "negate";  ///< gerund's own: reference mirrors the pictures of u without negating them.
  bool val_center_crop = false;
  int64_t crop_smaller_edge = 256;

  bool operator==(const AugmentationSpec&) const = default;
};

struct DatasetSpec {
  std::optional<std::string> train_dataset_dir;
  std::optional<std::string> val_dataset_dir;
  std::map<std::string, int64_t> label_map;  ///< Class folder name to class index.
  int64_t batch_size = 2;
  int64_t workers = 8;
  int64_t clips_per_video = 1;
  std::optional<std::string> cache_dir;  ///< gerund's own: folder of decoded clips; null: the user's cache folder.
  double cache_gb = 10;                  ///< gerund's own: its largest size in 10^9 bytes; 0: clips are not kept.
  AugmentationSpec augmentation_config;

  bool operator==(const DatasetSpec&) const = default;
};

struct OptimSpec {
  std::string optimizer = "sgd";
  double lr = 5e-4;
  double momentum = 0.9;
  bool nesterov = false;
  std::vector<double> betas{0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 5e-4;
  std::map<std::string, double> lr_multipliers;  ///< By the beginning of parameter names.
  double warmup_epochs = 0;
  std::string lr_scheduler = "MultiStep";
  std::vector<int64_t> lr_steps{15, 25};
  double lr_decay = 0.1;
  std::string lr_monitor = "val_loss";
  int64_t patience = 1;
  double min_lr = 1e-4;

  bool operator==(const OptimSpec&) const = default;
};

struct TrainSpec {
  int64_t num_gpus = 1;
  std::vector<int64_t> gpu_ids{0};
  int64_t num_nodes = 1;
  int64_t seed = 1234;
  bool cudnn_benchmark = false;
  bool cudnn_deterministic = true;
  int64_t num_epochs = 10;
  int64_t checkpoint_interval = 1;
  std::string checkpoint_interval_unit = "epoch";
  int64_t validation_interval = 1;
  std::optional<std::string> resume_training_checkpoint_path;
  std::optional<std::string> results_dir;
  double clip_grad_norm = 0.0;
  std::vector<std::string> freeze;  ///< Beginnings of parameter names.
  double label_smoothing = 0;
  std::map<std::string, double> class_weights;  ///< By class name.
  std::string class_balance = "none";
  double mixup_alpha = 0;
  double ema_decay = 0;
  int64_t accumulate_batches = 1;
  std::string best_metric = "val_loss";
  int64_t early_stopping_patience = 0;
  std::string device = "auto";
  std::string precision = "fp32";
  OptimSpec optim;
  int64_t keep_checkpoints = 3;  ///< gerund's own: newest epoch checkpoints kept beside best and last.
  int64_t num_threads = 0;       ///< gerund's own: threads of the arithmetic; 0 is all cores.

  bool operator==(const TrainSpec&) const = default;
};

struct EvaluateSpec {
  std::optional<std::string> checkpoint;
  std::optional<std::string> test_dataset_dir;
  int64_t batch_size = 1;
  std::string video_eval_mode = "center";
  int64_t video_num_segments = 10;
  int64_t num_gpus = 1;
  std::vector<int64_t> gpu_ids{0};
  int64_t num_nodes = 1;
  std::optional<std::string> results_dir;
  std::optional<std::string> trt_engine;

  bool operator==(const EvaluateSpec&) const = default;
};

struct InferenceSpec {
  std::optional<std::string> checkpoint;
  std::optional<std::string> inference_dataset_dir;
  int64_t batch_size = 1;
  std::string video_inf_mode = "center";
  int64_t video_num_segments = 1;
  int64_t num_gpus = 1;
  std::vector<int64_t> gpu_ids{0};
  int64_t num_nodes = 1;
  std::optional<std::string> results_dir;
  std::optional<std::string> trt_engine;

  bool operator==(const InferenceSpec&) const = default;
};

struct ExportSpec {
  std::optional<std::string> checkpoint;
  std::optional<std::string> onnx_file;
  int64_t gpu_id = 0;
  int64_t batch_size = 1;
  std::optional<std::string> results_dir;

  bool operator==(const ExportSpec&) const = default;
};

struct WandbSpec {
  bool enable = true;
  std::string project = "TAO Toolkit";
  std::string entity;
  std::string group;
  std::vector<std::string> tags{"tao-toolkit"};
  bool reinit = false;
  bool sync_tensorboard = false;
  bool save_code = false;
  std::string name = "TAO Toolkit Training";
  std::string run_id;

  bool operator==(const WandbSpec&) const = default;
};

struct Experiment {
  std::string model_name = "action_recognition";
  std::optional<std::string> encryption_key;
  std::string results_dir;
  WandbSpec wandb;
  ModelSpec model;
  DatasetSpec dataset;
  TrainSpec train;
  EvaluateSpec evaluate;
  InferenceSpec inference;
  ExportSpec export_;  ///< "export" in the file.

  bool operator==(const Experiment&) const = default;
};

}  // namespace gerund::spec
