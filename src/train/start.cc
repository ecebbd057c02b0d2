#include "train/start.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <random>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "nets/checkpoint.h"
#include "nets/import_weights.h"
#include "nets/weights.h"

namespace gerund::train {
namespace {

namespace fs = std::filesystem;

// Frames before a clip that a causal network may see in training, as it sees them in a stream.
int64_t history_frames(const spec::ModelSpec& model) {
  constexpr int64_t kReach = 128;  // 16 convolutions look back 2 positions of 4 frames each.
  if (model.temporal != "causal") return 0;
  return model.history_frames < 0 ? kReach : model.history_frames;
}

/// "fc_cls.bias, fc_cls.weight, layer1.0 (10 tensors)": all of them, those of one block or layer in one.
std::string list_modules(const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, std::vector<std::string>>> modules;
  for (const std::string& name : names) {
    const size_t first = name.find('.'), second = first == std::string::npos ? first : name.find('.', first + 1);
    const std::string module = name.substr(0, second == std::string::npos ? first : second);
    if (modules.empty() || modules.back().first != module) modules.push_back({module, {}});
    modules.back().second.push_back(name);
  }
  std::string text;
  for (const auto& [module, members] : modules) {
    if (!text.empty()) text += ", ";
    text += members.size() <= 2 ? fmt::format("{}", fmt::join(members, ", "))
                                : fmt::format("{} ({} tensors)", module, members.size());
  }
  return text;
}

/// `network`: the whole or a branch.
void start_from(const std::optional<std::string>& path, const spec::Experiment& experiment,
                const std::vector<std::string>& labels, nets::Network& network) {
  if (!path || path->empty()) return;
  nets::WeightFile source = nets::read_weight_file(*path, experiment.encryption_key.value_or(""));
  // A file of other programs does not say which class is which.
  const bool same_labels = source.checkpoint && source.checkpoint->labels == labels;
  const nets::Transfer transfer = [&] {
    try {
      return nets::transfer_published(network, std::move(source.weights), same_labels);
    } catch (const base::UserError& error) {
      throw base::UserError(fmt::format("{}: {}", source.path.string(), error.what()));
    }
  }();
  base::log_info(fmt::format("Starting from {}: {} tensors loaded: {}", source.path.string(), transfer.loaded.size(),
                             list_modules(transfer.loaded)));
  if (source.checkpoint && source.checkpoint->experiment.model.temporal != experiment.model.temporal)
    base::log_info(
        fmt::format("  from a {} network to a {} one: the tensors are the same, only time is padded "
                    "differently",
                    source.checkpoint->experiment.model.temporal, experiment.model.temporal));
  if (!transfer.adapted.empty())
    base::log_info("  adapted to another number of frames, or made volumes of: " + list_modules(transfer.adapted));
  if (!transfer.fresh.empty()) base::log_info("  not loaded, start fresh: " + list_modules(transfer.fresh));
  if (!transfer.unused.empty()) base::log_info("  in the file but not used: " + list_modules(transfer.unused));
}

}  // namespace

uint64_t choose_seed(int64_t seed) {
  return seed >= 0 ? static_cast<uint64_t>(seed) : std::random_device{}();
}

std::shared_ptr<nets::Network> make_seeded_network(const spec::Experiment& experiment, const Setup& setup,
                                                   torch::Device device) {
  torch::manual_seed(choose_seed(experiment.train.seed));
  auto network = nets::make_network(setup.architecture);
  network->to(device);
  return network;
}

void check_starts(const spec::ModelSpec& model) {
  const auto check = [](const char* key, const std::optional<std::string>& path, bool has_effect) {
    if (!has_effect || !path || path->empty() || fs::exists(nets::resolve_checkpoint_path(*path))) return;
    const bool is_tlt = fs::path(*path).extension() == ".tlt";
    throw base::UserError(fmt::format("{}: {} does not exist{}; give a file of weights, or leave the key out", key,
                                      *path, is_tlt ? ", nor does a .safetensors of the name" : ""));
  };
  check("model.rgb_pretrained_model_path", model.rgb_pretrained_model_path, model.model_type != "of");
  check("model.of_pretrained_model_path", model.of_pretrained_model_path, model.model_type != "rgb");
  check("model.joint_pretrained_model_path", model.joint_pretrained_model_path, model.model_type == "joint");
}

void start_from_others(const spec::Experiment& experiment, const Setup& setup, nets::Network& network) {
  const spec::ModelSpec& model = experiment.model;
  const nets::ModelType type = setup.architecture.model_type;
  const auto start = [&](const std::optional<std::string>& path, nets::Network& part) {
    start_from(path, experiment, setup.labels, part);
  };
  if (type == nets::ModelType::joint) start(model.joint_pretrained_model_path, network);
  if (type != nets::ModelType::of) start(model.rgb_pretrained_model_path, network.branch(nets::ModelType::rgb));
  if (type != nets::ModelType::rgb) start(model.of_pretrained_model_path, network.branch(nets::ModelType::of));
}

StepOptions step_options(const spec::Experiment& experiment, const Setup& setup) {
  const spec::TrainSpec& train = experiment.train;
  StepOptions options;
  options.clip_grad_norm = train.clip_grad_norm;
  options.freeze = train.freeze;
  options.label_smoothing = train.label_smoothing;
  options.class_weights = setup.class_weights;
  options.mixup_alpha = train.mixup_alpha;
  options.bf16 = train.precision == "bf16";
  options.accumulate_batches = train.accumulate_batches;
  options.batch_size = experiment.dataset.batch_size;
  return options;
}

data::LoaderOptions loader_options(const spec::Experiment& experiment, bool strict) {
  data::LoaderOptions options;
  options.batch_size = experiment.dataset.batch_size;
  options.clips_per_video = experiment.dataset.clips_per_video;
  options.num_workers = static_cast<int>(experiment.dataset.workers);
  options.strict = strict;
  options.history_frames = history_frames(experiment.model);
  options.balance_classes = experiment.train.class_balance == "sampler";
  return options;
}

std::string list_names(const std::vector<std::string>& names) {
  constexpr size_t kShown = 8;
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i ? ", " : "") + names[i];
  return names.size() > kShown ? fmt::format("{} and {} more", text, names.size() - kShown) : text;
}

}  // namespace gerund::train
