#include "spec/field_table.h"

#include <algorithm>

namespace gerund::spec {
namespace {

constexpr const char* kOneDevice = "a process trains on the device of train.device; more of them are more processes";
constexpr const char* kCpuOnly = "this verb computes on the CPU";
constexpr const char* kNoReport = "gerund reports to no service";
constexpr const char* kClassCount = "the class count is read from the checkpoint";
constexpr const char* kNoTrt = "gerund runs no TensorRT engines";

/// Collects fields; `Rows::operator()` keeps a field on one line of the tables below.
struct Rows {
  std::vector<Field>& fields;
  template <typename T>
  void operator()(const char* key, T& member, Range range, const char* help, const char* no_effect = "") {
    fields.push_back({key, &member, std::move(range), help, no_effect});
  }
};

Range backbones() {
  Range range = one_of({"resnet_18", "resnet_34", "resnet_50", "resnet_101", "resnet_152", "i3d", "r3d_18", "mc3_18",
                        "r2plus1d_18", "x3d_s"});
  for (const char* depth : {"18", "34", "50", "101", "152"})
    range.old_spellings.push_back({std::string("resnet") + depth, std::string("resnet_") + depth});
  return range;
}

Range with_lengths(Range range, std::vector<size_t> lengths) {
  range.lengths = std::move(lengths);
  return range;
}

Range fraction_above_zero() {
  Range range = between(0, 1);
  range.without_low = true;
  return range;
}

Range below_one() {
  Range range = between(0, 1);
  range.without_high = true;
  return range;
}

Range verb_modes() {
  return one_of({"center", "conv", "all"});
}

// clang-format off
void add_top(Rows row, Experiment& e) {
  row("model_name", e.model_name, anything(), "Name of the network.", "gerund names files by its own rules");
  row("encryption_key", e.encryption_key, anything(), "Key that seals checkpoints and models, and opens sealed ones.");
  row("results_dir", e.results_dir, anything(), "Folder of results; each verb writes into a folder of its own name in it.");
}

void add_wandb(Rows row, WandbSpec& w) {
  row("wandb.enable", w.enable, anything(), "Report to Weights & Biases.", kNoReport);
  row("wandb.project", w.project, anything(), "Project there.", kNoReport);
  row("wandb.entity", w.entity, anything(), "User or team there.", kNoReport);
  row("wandb.group", w.group, anything(), "Group of runs there.", kNoReport);
  row("wandb.tags", w.tags, anything(), "Tags of the run there.", kNoReport);
  row("wandb.reinit", w.reinit, anything(), "Allow several runs in one process.", kNoReport);
  row("wandb.sync_tensorboard", w.sync_tensorboard, anything(), "Copy TensorBoard logs there.", kNoReport);
  row("wandb.save_code", w.save_code, anything(), "Store the code there.", kNoReport);
  row("wandb.name", w.name, anything(), "Name of the run there.", kNoReport);
  row("wandb.run_id", w.run_id, anything(), "Id of the run there.", kNoReport);
}

void add_model(Rows row, ModelSpec& m) {
  row("model.model_type", m.model_type, one_of({"rgb", "of", "joint"}), "What the network sees: colour frames, optical flow, or both.");
  row("model.backbone", m.backbone, backbones(), "The network (docs/networks.md); all but the resnets need input_type 3d.");
  row("model.input_type", m.input_type, one_of({"2d", "3d"}), "2d stacks the frames of a clip as channels; 3d convolves over time.");
  row("model.rgb_seq_length", m.rgb_seq_length, between(1, 4096), "Frames of one clip.");
  row("model.of_seq_length", m.of_seq_length, between(1, 4096), "Pairs of flow pictures (u, v) of one clip.");
  row("model.rgb_pretrained_model_path", m.rgb_pretrained_model_path, anything(), "Checkpoint whose weights training starts from; any number of classes.");
  row("model.of_pretrained_model_path", m.of_pretrained_model_path, anything(), "The same for the network of optical flow, or the flow branch of a joint one.");
  row("model.rgb_pretrained_num_classes", m.rgb_pretrained_num_classes, at_least(0), "Classes of that checkpoint.", kClassCount);
  row("model.of_pretrained_num_classes", m.of_pretrained_num_classes, at_least(0), "Classes of that checkpoint.", kClassCount);
  row("model.joint_pretrained_model_path", m.joint_pretrained_model_path, anything(), "Checkpoint whose weights a joint network starts from, both branches and what joins them; the two above come after it.");
  row("model.num_fc", m.num_fc, between(1, 65536), "Hidden units that join colour and flow.");
  row("model.sample_strategy", m.sample_strategy, one_of({"random_interval", "consecutive"}), "How the frames of a clip are picked from a video: spread over all of it, or one after another.");
  row("model.sample_rate", m.sample_rate, between(1, 10000), "Every how many frames one is taken (consecutive only).");
  row("model.imagenet_pretrained", m.imagenet_pretrained, anything(), "Start from ImageNet weights.", "gerund downloads nothing, see rgb_pretrained_model_path");
  row("model.dropout_ratio", m.dropout_ratio, between(0, 1), "Share of features dropped before the last layer while training.");
  row("model.input_width", m.input_width, between(1, 8192), "Width of the frames the network sees, pixels.");
  row("model.input_height", m.input_height, between(1, 8192), "Height of the frames the network sees, pixels.");
  row("model.width", m.width, between(1, 1024), "gerund's own: the network has width / 64 of the published channels; 64 is the published network, less a narrow variant.");
  row("model.temporal", m.temporal, one_of({"centered", "causal"}), "gerund's own: causal kernels look back in time only, so that new frames extend a stream at small cost (docs/streaming.md); needs input_type 3d.");
  row("model.history_frames", m.history_frames, at_least(-1), "gerund's own: of causal networks, frames before a training clip that the network may see, of the same video or of other clips; each batch draws which and how many. -1: 128, as far as it looks back.");
}

void add_dataset(Rows row, DatasetSpec& d) {
  row("dataset.train_dataset_dir", d.train_dataset_dir, anything(), "Folder of class folders with the videos to train on.");
  row("dataset.val_dataset_dir", d.val_dataset_dir, anything(), "The same for the validation after each epoch.");
  row("dataset.label_map", d.label_map, at_least(0), "Class folder name to class index, 0 to n-1.");
  row("dataset.batch_size", d.batch_size, between(1, 65536), "Clips per training step, and per step of validation.");
  row("dataset.workers", d.workers, between(0, 1024), "Threads that decode ahead; 0 decodes in the training thread.");
  row("dataset.clips_per_video", d.clips_per_video, between(1, 1000000), "Clips taken from each video in one epoch of training.");
  row("dataset.cache_dir", d.cache_dir, anything(), "gerund's own: folder where training keeps decoded clips for later epochs and runs; null is gerund/clips in $XDG_CACHE_HOME or ~/.cache.");
  row("dataset.cache_gb", d.cache_gb, between(0, 1000000), "gerund's own: gigabytes that folder may take, never more than the disk still has free; 0 keeps nothing.");
  AugmentationSpec& a = d.augmentation_config;
  const auto channels = [](Range range) { return with_lengths(std::move(range), {0, 1, 3}); };
  const auto flow_channels = [](Range range) { return with_lengths(std::move(range), {1, 2}); };
  row("dataset.augmentation_config.train_crop_type", a.train_crop_type, one_of({"random_crop", "multi_scale_crop", "no_crop"}), "How training frames are cut to the input size; no_crop squashes the whole frame.");
  row("dataset.augmentation_config.scales", a.scales, fraction_above_zero(), "Crop sizes as shares of the short edge (multi_scale_crop).");
  row("dataset.augmentation_config.horizontal_flip_prob", a.horizontal_flip_prob, at_least(0), "Probability that a training clip is mirrored; above 1 counts as 1.");
  row("dataset.augmentation_config.rgb_input_mean", a.rgb_input_mean, channels(anything()), "Subtracted per channel from pixels of 0 to 1; one value counts for all channels, none skips.");
  row("dataset.augmentation_config.rgb_input_std", a.rgb_input_std, channels(more_than(0)), "Divides after that.");
  row("dataset.augmentation_config.of_input_mean", a.of_input_mean, flow_channels(anything()), "The same for flow pictures, channels u and v.");
  row("dataset.augmentation_config.of_input_std", a.of_input_std, flow_channels(more_than(0)), "Divides after that.");
  row("dataset.augmentation_config.flow_method", a.flow_method, one_of({"dis", "farneback", "tvl1"}), "gerund's own: how optical flow is found in videos; folders of u and v pictures are taken as they are.");
  row("dataset.augmentation_config.flow_clamp", a.flow_clamp, at_least(0), "gerund's own: motion that becomes white or black in those pictures, pixels; 0 is the longest of each pair, as TAO's pictures are made.");
  row("dataset.augmentation_config.flow_flip", a.flow_flip, one_of({"negate", "reference"}), "gerund's own: what a mirrored flow picture of u becomes; reference leaves it as TAO does, so that all move the wrong way.");
  row("dataset.augmentation_config.val_center_crop", a.val_center_crop, anything(), "Outside training: true cuts the middle after a resize to crop_smaller_edge, false squashes the whole frame.");
  row("dataset.augmentation_config.crop_smaller_edge", a.crop_smaller_edge, between(1, 8192), "Short edge of a frame before it is cropped, pixels.");
}

void add_train(Rows row, TrainSpec& t) {
  row("train.num_gpus", t.num_gpus, at_least(1), "GPUs to use.", kOneDevice);
  row("train.gpu_ids", t.gpu_ids, at_least(0), "Which GPUs.", kOneDevice);
  row("train.num_nodes", t.num_nodes, at_least(1), "Machines to use.", kOneDevice);
  row("train.seed", t.seed, anything(), "Seed of every random choice; below 0 takes a new one each run.");
  row("train.cudnn.benchmark", t.cudnn_benchmark, anything(), "On a GPU: cuDNN tries its kernels and takes the fastest.");
  row("train.cudnn.deterministic", t.cudnn_deterministic, anything(), "On a GPU: cuDNN takes only kernels that give the same bits every time.");
  row("train.num_epochs", t.num_epochs, between(1, 1000000), "Passes over the training set.");
  row("train.checkpoint_interval", t.checkpoint_interval, between(1, 1000000000), "A checkpoint every so many epochs (at most num_epochs) or steps.");
  row("train.checkpoint_interval_unit", t.checkpoint_interval_unit, one_of({"epoch", "step"}), "Unit of checkpoint_interval.");
  row("train.validation_interval", t.validation_interval, between(1, 1000000), "Validation every so many epochs, at most num_epochs.");
  row("train.resume_training_checkpoint_path", t.resume_training_checkpoint_path, anything(), "Checkpoint to go on from; without it the last one in the results folder, if there.");
  row("train.results_dir", t.results_dir, anything(), "Folder of training results; null is results_dir/train.");
  row("train.clip_grad_norm", t.clip_grad_norm, at_least(0), "Largest L2 norm of the gradient; 0 is no limit.");
  row("train.freeze", t.freeze, anything(), "gerund's own: beginnings of parameter names that stay as they are, e.g. [conv1, bn1, layer1]; their batch norm keeps its statistics.");
  row("train.label_smoothing", t.label_smoothing, below_one(), "gerund's own: share of the target that is spread over all classes.");
  row("train.class_weights", t.class_weights, more_than(0), "gerund's own: class name to the weight of its clips in the loss; 1 for the others.");
  row("train.class_balance", t.class_balance, one_of({"none", "loss", "sampler"}), "gerund's own: against classes of different sizes; loss weighs clips by the inverse size of their class, sampler draws all classes equally often.");
  row("train.mixup_alpha", t.mixup_alpha, at_least(0), "gerund's own: mixes pairs of clips and their classes by a share drawn from Beta(alpha, alpha); 0 does not.");
  row("train.ema_decay", t.ema_decay, below_one(), "gerund's own: validation, best and later verbs take a moving average of the weights with this decay (0.999); 0 takes the weights themselves.");
  row("train.accumulate_batches", t.accumulate_batches, between(1, 1000000), "gerund's own: batches whose gradients are summed for one update.");
  row("train.best_metric", t.best_metric, one_of({"val_loss", "val_accuracy", "val_class_accuracy", "train_loss"}), "gerund's own: what best.safetensors is best by, and what early stopping watches; train_loss where there is no validation.");
  row("train.early_stopping_patience", t.early_stopping_patience, between(0, 1000000), "gerund's own: ends training after so many validations in a row without a new best; 0 never does.");
  row("train.device", t.device, anything(), "gerund's own: auto (a CUDA GPU if there is one), cpu, cuda:N.");
  row("train.precision", t.precision, one_of({"fp32", "bf16"}), "gerund's own: bf16 computes convolutions and products in bfloat16 (autocast); weights stay float32.");
  OptimSpec& o = t.optim;
  row("train.optim.optimizer", o.optimizer, one_of({"sgd", "adamw"}), "gerund's own: SGD with momentum, or AdamW.");
  row("train.optim.lr", o.lr, more_than(0), "Learning rate at the start (of OneCycle: its highest).");
  row("train.optim.momentum", o.momentum, between(0, 1), "Momentum of SGD.");
  row("train.optim.nesterov", o.nesterov, anything(), "gerund's own: Nesterov's momentum (sgd).");
  row("train.optim.betas", o.betas, with_lengths(below_one(), {2}), "gerund's own: decays of AdamW's averages.");
  row("train.optim.eps", o.eps, more_than(0), "gerund's own: added to AdamW's divisor.");
  row("train.optim.weight_decay", o.weight_decay, at_least(0), "L2 penalty of SGD; of AdamW the share of a weight taken off per update, times the rate.");
  row("train.optim.lr_multipliers", o.lr_multipliers, more_than(0), "gerund's own: beginning of parameter names to a factor of their rate, e.g. {fc_cls: 10}; the longest that fits counts.");
  row("train.optim.warmup_epochs", o.warmup_epochs, at_least(0), "gerund's own: epochs, fractions too, over which the rate rises from 0 in equal steps; with OneCycle the length of its rise, 0 for 30 % of the run.");
  row("train.optim.lr_scheduler", o.lr_scheduler, one_of({"MultiStep", "AutoReduce", "Cosine", "OneCycle"}), "MultiStep lowers the rate at lr_steps, AutoReduce when lr_monitor stops falling, Cosine at every update until min_lr, OneCycle raises it over 30 % of the run and lowers it over the rest.");
  row("train.optim.lr_steps", o.lr_steps, at_least(1), "Epochs after which the rate is multiplied by lr_decay (MultiStep); rising.");
  row("train.optim.lr_decay", o.lr_decay, fraction_above_zero(), "Factor of each lowering; AutoReduce needs less than 1.");
  row("train.optim.lr_monitor", o.lr_monitor, one_of({"val_loss", "train_loss"}), "What AutoReduce watches.");
  row("train.optim.patience", o.patience, between(0, 1000000), "Epochs without progress that AutoReduce accepts.");
  row("train.optim.min_lr", o.min_lr, at_least(0), "Lowest rate of AutoReduce, last rate of Cosine.");
  row("train.keep_checkpoints", t.keep_checkpoints, between(0, 1000000), "gerund's own: newest epoch checkpoints kept beside best and last.");
  row("train.num_threads", t.num_threads, between(0, 1024), "gerund's own: threads of the arithmetic; 0 is all cores.");
}

void add_evaluate(Rows row, EvaluateSpec& v) {
  row("evaluate.checkpoint", v.checkpoint, anything(), "Checkpoint or ONNX model to evaluate.");
  row("evaluate.test_dataset_dir", v.test_dataset_dir, anything(), "Folder of class folders with the test videos.");
  row("evaluate.batch_size", v.batch_size, between(1, 65536), "Clips per step.");
  row("evaluate.video_eval_mode", v.video_eval_mode, verb_modes(), "Clips of a video: the middle one, video_num_segments averaged, or all.");
  row("evaluate.video_num_segments", v.video_num_segments, between(1, 10000), "Clips per video (conv).");
  row("evaluate.num_gpus", v.num_gpus, at_least(1), "GPUs to use.", kCpuOnly);
  row("evaluate.gpu_ids", v.gpu_ids, at_least(0), "Which GPUs.", kCpuOnly);
  row("evaluate.num_nodes", v.num_nodes, at_least(1), "Machines to use.", kCpuOnly);
  row("evaluate.results_dir", v.results_dir, anything(), "Folder of the results; null is results_dir/evaluate.");
  row("evaluate.trt_engine", v.trt_engine, anything(), "A TensorRT engine.", kNoTrt);
}

void add_inference(Rows row, InferenceSpec& i) {
  row("inference.checkpoint", i.checkpoint, anything(), "Checkpoint or ONNX model to run.");
  row("inference.inference_dataset_dir", i.inference_dataset_dir, anything(), "Folder of videos to label.");
  row("inference.batch_size", i.batch_size, between(1, 65536), "Clips per step.");
  row("inference.video_inf_mode", i.video_inf_mode, verb_modes(), "Clips of a video: the middle one, video_num_segments, or all.");
  row("inference.video_num_segments", i.video_num_segments, between(1, 10000), "Clips per video (conv).");
  row("inference.num_gpus", i.num_gpus, at_least(1), "GPUs to use.", kCpuOnly);
  row("inference.gpu_ids", i.gpu_ids, at_least(0), "Which GPUs.", kCpuOnly);
  row("inference.num_nodes", i.num_nodes, at_least(1), "Machines to use.", kCpuOnly);
  row("inference.results_dir", i.results_dir, anything(), "Folder of the results; null is results_dir/inference.");
  row("inference.trt_engine", i.trt_engine, anything(), "A TensorRT engine.", kNoTrt);
}

void add_export(Rows row, ExportSpec& x) {
  row("export.checkpoint", x.checkpoint, anything(), "Checkpoint to export.");
  row("export.onnx_file", x.onnx_file, anything(), "File to write; null is the checkpoint's path with .onnx.");
  row("export.gpu_id", x.gpu_id, at_least(0), "Which GPU.", kCpuOnly);
  row("export.batch_size", x.batch_size, at_least(-1), "Batch size of the model.", "the batch size of an exported model is free");
  row("export.results_dir", x.results_dir, anything(), "Folder of the results; null is results_dir/export.");
}
// clang-format on

}  // namespace

FieldTable::FieldTable(Experiment& experiment) {
  const Rows row{fields_};
  add_top(row, experiment);
  add_wandb(row, experiment.wandb);
  add_model(row, experiment.model);
  add_dataset(row, experiment.dataset);
  add_train(row, experiment.train);
  add_evaluate(row, experiment.evaluate);
  add_inference(row, experiment.inference);
  add_export(row, experiment.export_);
}

const Field* FieldTable::find(const std::string& key) const {
  const auto found = std::find_if(fields_.begin(), fields_.end(), [&](const Field& field) { return field.key == key; });
  return found == fields_.end() ? nullptr : &*found;
}

bool FieldTable::is_block(const std::string& key) const {
  const std::string prefix = key + ".";
  return std::any_of(fields_.begin(), fields_.end(), [&](const Field& field) { return field.key.starts_with(prefix); });
}

std::vector<std::string> FieldTable::names_in(const std::string& block) const {
  const std::string prefix = block.empty() ? "" : block + ".";
  std::vector<std::string> names;
  for (const Field& field : fields_) {
    if (!field.key.starts_with(prefix)) continue;
    const std::string name = field.key.substr(prefix.size(), field.key.find('.', prefix.size()) - prefix.size());
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

const std::vector<std::pair<std::string, std::string>>& block_help() {
  static const std::vector<std::pair<std::string, std::string>> kHelp = {
      {"", "Keys at the top of the file."},
      {"wandb", "Reports to Weights & Biases."},
      {"model", "The network and the clips it sees."},
      {"dataset", "The videos and how they become clips."},
      {"dataset.augmentation_config", "How frames become the pixels that the network sees."},
      {"train", "`gerund train`."},
      {"train.cudnn", "Settings of cuDNN."},
      {"train.optim", "SGD and the learning rate."},
      {"evaluate", "`gerund evaluate`."},
      {"inference", "`gerund infer`."},
      {"export", "`gerund export`."},
  };
  return kHelp;
}

}  // namespace gerund::spec
