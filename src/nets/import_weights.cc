#include "nets/import_weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/seal.h"
#include "base/sha256.h"
#include "nets/fresh.h"
#include "nets/weights.h"
#include "tensor/torch_file.h"

namespace gerund::nets {
namespace {

using Weights = std::map<std::string, tensor::Tensor>;
using Shapes = std::map<std::string, tensor::Shape>;

constexpr int64_t kProbeWidth = 8;  // Names do not depend on the width, and narrow networks are made quickly.
constexpr int64_t kDefaultFrames = 16;
constexpr double kLeastShare = 0.9;  // Of a network's tensors that a file of it has at least.
constexpr size_t kPictureAxes = 4;   // [out, in, height, width]
constexpr size_t kVolumeAxes = 5;    // [out, in, time, height, width]

std::string our_name(std::string name, bool has_fc_cls) {
  for (bool is_changed = true; is_changed;) {
    is_changed = false;
    for (const std::string_view prefix : {"module.", "model."}) {
      if (!name.starts_with(prefix)) continue;
      name.erase(0, prefix.size());
      is_changed = true;
    }
  }
  return has_fc_cls && name.starts_with("fc.") ? "fc_cls." + name.substr(3) : name;
}

bool is_counter(std::string_view name) {
  return name.ends_with("num_batches_tracked");
}

/// [out, frames * channels, h, w] summed to [out, channels, h, w]; channel index c * T + t.
tensor::Tensor sum_frames(const tensor::Tensor& kernel, int64_t channels) {
  tensor::Tensor summed({kernel.dim(0), channels, kernel.dim(2), kernel.dim(3)});
  const int64_t frames = kernel.dim(1) / channels;
  const int64_t pixels = kernel.dim(2) * kernel.dim(3);
  const auto from = kernel.floats();
  const auto to = summed.floats();
  for (size_t i = 0; i < from.size(); ++i) {
    const auto plane = static_cast<int64_t>(i) / pixels;
    to[static_cast<size_t>(plane / frames * pixels + static_cast<int64_t>(i) % pixels)] += from[i];
  }
  return summed;
}

tensor::Tensor inflate(const tensor::Tensor& kernel, int64_t depth) {
  tensor::Tensor volume({kernel.dim(0), kernel.dim(1), depth, kernel.dim(2), kernel.dim(3)});
  const auto pixels = static_cast<size_t>(kernel.dim(2) * kernel.dim(3));
  const auto from = kernel.floats();
  const auto to = volume.floats();
  for (size_t i = 0; i < to.size(); ++i)
    to[i] = from[i / (pixels * static_cast<size_t>(depth)) * pixels + i % pixels] / static_cast<float>(depth);
  return volume;
}

bool inflates_to(const tensor::Tensor& given, const tensor::Shape& wanted) {
  return given.shape().size() == kPictureAxes && wanted.size() == kVolumeAxes && given.dtype() == tensor::DType::f32;
}

tensor::Tensor as_volume(const tensor::Tensor& given, const tensor::Shape& wanted) {
  const bool is_stacked = given.dim(1) > wanted[1] && wanted[1] > 0 && given.dim(1) % wanted[1] == 0;
  return inflate(is_stacked ? sum_frames(given, wanted[1]) : given, wanted[2]);
}

/// A narrow network of each kind, to compare names with.
struct Candidate {
  Architecture architecture;
  const Backbone* backbone = nullptr;
  Shapes shapes;
  size_t num_common = 0;  ///< Tensors of its body that the file has.
  size_t num_body = 0;
  double likeness = 0;  ///< 1: the same names on both sides.
};

std::string title_of(const Candidate& candidate) {
  return fmt::format("{} ({})", candidate.backbone->name, candidate.architecture.volume ? "3d" : "2d");
}

bool has_fc_cls(const Shapes& shapes) {
  return shapes.contains("fc_cls.weight");
}

bool is_body(std::string_view name, std::string_view head) {
  return !is_counter(name) && !name.starts_with(head);
}

void compare(Candidate& candidate, const Weights& weights, bool may_inflate) {
  const std::string_view head = candidate.backbone->head;
  size_t num_given = 0;
  for (const auto& [given_name, value] : weights) {
    const std::string name = our_name(given_name, has_fc_cls(candidate.shapes));
    if (!is_body(name, head)) continue;
    ++num_given;
    const auto found = candidate.shapes.find(name);
    if (found == candidate.shapes.end()) continue;
    const bool fits =
        value.shape().size() == found->second.size() || (may_inflate && inflates_to(value, found->second));
    if (fits) ++candidate.num_common;
  }
  for (const auto& [name, shape] : candidate.shapes) candidate.num_body += is_body(name, head) ? 1 : 0;
  candidate.likeness =
      2.0 * static_cast<double>(candidate.num_common) / static_cast<double>(num_given + candidate.num_body);
}

Shapes shapes_of(const Architecture& architecture) {
  Shapes shapes;
  for (const auto& [name, value] : fresh_weights(architecture)) shapes[name] = value.shape();
  return shapes;
}

std::vector<Candidate> make_candidates(const WantedNetwork& wanted) {
  std::vector<Candidate> candidates;
  for (const Backbone& backbone : backbones()) {
    if (wanted.backbone && *wanted.backbone != backbone.name) continue;
    for (const bool volume : {false, true}) {
      if (wanted.volume && *wanted.volume != volume) continue;
      if (!volume && !backbone.sees_pictures_stacked) continue;
      Candidate candidate;
      candidate.backbone = &backbone;
      candidate.architecture.backbone = backbone.name;
      candidate.architecture.volume = volume;
      candidate.architecture.width = kProbeWidth;
      candidate.architecture.num_classes = 1;
      try {
        candidate.shapes = shapes_of(candidate.architecture);
      } catch (const base::UserError&) {
        continue;  // No such variant.
      }
      candidates.push_back(std::move(candidate));
    }
  }
  return candidates;
}

std::string known_backbones() {
  std::vector<std::string_view> names;
  for (const Backbone& backbone : backbones()) names.push_back(backbone.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

[[noreturn]] void fail_unknown(const Candidate& closest, const Weights& weights, const std::string& name) {
  throw base::UserError(fmt::format(
      "{}: its {} tensors ('{}', ...) are those of no network of gerund ({}); {} comes closest, of whose {} "
      "tensors it has {}",
      name, weights.size(), weights.begin()->first, known_backbones(), title_of(closest), closest.num_body,
      closest.num_common));
}

/// The tensor that has this name among ours; nullptr where there is none.
const tensor::Tensor* find_ours(const Weights& weights, const Shapes& shapes, std::string_view name) {
  for (const auto& [given_name, value] : weights) {
    if (our_name(given_name, has_fc_cls(shapes)) == name) return &value;
  }
  return nullptr;
}

int64_t classes_in(const Candidate& candidate, const Weights& weights) {
  for (const auto& [given_name, value] : weights) {
    const std::string name = our_name(given_name, has_fc_cls(candidate.shapes));
    if (name.starts_with(candidate.backbone->head) && name.ends_with(".weight") && !value.shape().empty())
      return value.dim(0);
  }
  return 0;
}

/// Of published networks the width is 64; narrow ones are a whole part of it.
int64_t width_in(const Candidate& candidate, const tensor::Tensor& stem) {
  const std::string name(candidate.backbone->stem);
  Architecture published = candidate.architecture;
  published.width = kFullWidth;
  const int64_t probed = candidate.shapes.at(name).at(0);
  return shapes_of(published).at(name).at(0) == stem.dim(0) ? kFullWidth : kProbeWidth * stem.dim(0) / probed;
}

/// Sets what the first weight tells: colours or flow, and how many frames.
void read_stem(const tensor::Tensor& stem, const WantedNetwork& wanted, const std::string& name,
               Architecture& architecture) {
  constexpr int64_t kColors = 3, kFlow = 2;
  const int64_t given = stem.dim(1);
  architecture.model_type = wanted.model_type.value_or(given == kFlow ? ModelType::of : ModelType::rgb);
  const int64_t channels = architecture.model_type == ModelType::of ? kFlow : kColors;
  const bool is_stacked = stem.shape().size() == kPictureAxes;
  if (is_stacked ? given % channels != 0 : given != channels)
    throw base::UserError(
        fmt::format("{}: its first weight has {} input channels; colour pictures have {} each, optical flow {} "
                    "(--model-type rgb or of says which)",
                    name, given, kColors, kFlow));
  architecture.num_frames = architecture.volume ? kDefaultFrames : given / channels;
  if (wanted.num_frames) architecture.num_frames = *wanted.num_frames;
}

}  // namespace

WeightFile read_weight_file(const std::filesystem::path& path, const std::string& key) {
  WeightFile file;
  file.path = resolve_checkpoint_path(path);
  const std::string name = file.path.string();
  std::string bytes = base::read_file(file.path);
  file.sha256 = base::sha256(bytes);
  if (base::is_sealed(bytes)) bytes = base::unseal(bytes, key, name);
  const std::string kind = file.path.extension().string();
  if (!tensor::is_torch_file(bytes) && (kind == ".pth" || kind == ".pt" || kind == ".ckpt")) {
    throw base::UserError(
        fmt::format("{}: is no file that torch.save wrote, though it is named like one; give a file of weights", name));
  }
  tensor::TensorFile tensors =
      tensor::is_torch_file(bytes) ? tensor::parse_torch_file(bytes, name) : tensor::parse_safetensors(bytes, name);
  if (is_checkpoint(tensors)) {
    file.checkpoint = to_checkpoint(std::move(tensors), name);
    file.weights = std::exchange(file.checkpoint->weights, {});
  } else {
    file.weights = std::move(tensors.tensors);
  }
  if (file.weights.empty()) throw base::UserError(fmt::format("{}: holds no tensors; give a file of weights", name));
  return file;
}

Architecture recognise_network(const Weights& weights, const WantedNetwork& wanted, const std::string& name) {
  std::vector<Candidate> candidates = make_candidates(wanted);
  if (candidates.empty())
    throw base::UserError(fmt::format("--backbone {}: there is no such network{}; known: {}",
                                      wanted.backbone.value_or(""),
                                      wanted.volume ? (*wanted.volume ? " in 3d" : " in 2d") : "", known_backbones()));
  for (Candidate& candidate : candidates) compare(candidate, weights, wanted.volume.value_or(false));
  const Candidate& best = *std::max_element(candidates.begin(), candidates.end(),
                                            [](const auto& a, const auto& b) { return a.likeness < b.likeness; });
  const tensor::Tensor* stem = find_ours(weights, best.shapes, best.backbone->stem);
  if (static_cast<double>(best.num_common) < kLeastShare * static_cast<double>(best.num_body) || stem == nullptr)
    fail_unknown(best, weights, name);
  Architecture architecture = best.architecture;
  architecture.num_classes = classes_in(best, weights);
  architecture.width = width_in(best, *stem);
  read_stem(*stem, wanted, name, architecture);
  return architecture;
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): its tensors are moved.
FittedWeights fit_weights(Weights weights, const Shapes& wanted) {
  FittedWeights fitted;
  for (auto& [given_name, value] : weights)
    fitted.weights.emplace(our_name(given_name, has_fc_cls(wanted)), std::move(value));
  for (const auto& [name, shape] : wanted) {
    const auto given = fitted.weights.find(name);
    if (given == fitted.weights.end()) {
      // Older PyTorch counted no batches.
      if (is_counter(name) && fitted.weights.contains(name.substr(0, name.rfind('.') + 1) + "running_mean"))
        fitted.weights.emplace(name, tensor::Tensor({}, tensor::DType::i64));
    } else if (inflates_to(given->second, shape)) {
      given->second = as_volume(given->second, shape);
      fitted.inflated.push_back(name);
    }
  }
  return fitted;
}

ImportedWeights import_weights(const Architecture& architecture, Weights weights) {
  torch::manual_seed(0);
  const auto network = make_network(architecture);
  ImportedWeights imported;
  imported.transfer = transfer_published(*network, std::move(weights), /*same_labels=*/true);
  imported.weights = weights_of(*network);
  return imported;
}

}  // namespace gerund::nets
