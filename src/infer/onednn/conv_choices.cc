#include "infer/onednn/conv_choices.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/machine.h"

namespace gerund::infer {
namespace {

using nlohmann::json;

/// Of candidates this close to the fastest, the one with the smallest weights is taken.
constexpr double kAsFast = 1.05;

/// What the answers hold for: another processor, oneDNN or gerund may answer otherwise.
std::string machine_of_answers() {
  return fmt::format("{}, {} lanes, oneDNN {}, gerund {}", base::processor_name(), block_lanes(), onednn_version(),
                     GERUND_VERSION);
}

std::string question_of(const std::vector<PlannedConv>& candidates, const DirectConvShape& shape, int num_threads) {
  const bool with_bf16 =
      std::ranges::any_of(candidates, [](const PlannedConv& one) { return one.algorithm == "bf16"; });
  const ConvShape& c = shape.conv;
  return fmt::format(
      "batch {} channels {} to {} of {} input {} kernel {} stride {} pad {} dilation {} output {}{}{}{} threads {}",
      c.batch, c.in_channels, c.out_channels, shape.groups, fmt::join(c.input, "x"), fmt::join(c.kernel, "x"),
      fmt::join(c.stride, "x"), fmt::join(c.pad, "x"), fmt::join(shape.dilation, "x"), fmt::join(c.output, "x"),
      candidates.front().input == Layout::plain ? " plain" : "", shape.adds ? " add" : "", with_bf16 ? " bf16" : "",
      num_threads);
}

/// What the file holds, {machine: {question: algorithm}}; empty where it is missing, damaged or not readable: then the
/// answers are measured anew.
json read_stored(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return json::object();
  try {
    json stored = json::parse(base::read_file(file));
    const auto is_text = [](const json& value) { return value.is_string(); };
    const auto is_answers = [&](const json& of) {
      return of.is_object() && std::all_of(of.begin(), of.end(), is_text);
    };
    if (stored.is_object() && std::all_of(stored.begin(), stored.end(), is_answers)) return stored;
  } catch (const std::exception&) {  // What reading and parsing throw.
  }
  return json::object();
}

AlignedFloats zeros(int64_t size) {
  AlignedFloats floats(size);
  std::fill_n(floats.data(), size, 0.0F);
  return floats;
}

/// Index of the fastest of the candidates. They run in turn, so that a disturbance falls on all of them; those far
/// behind leave early.
size_t measure_fastest(const std::vector<PlannedConv>& candidates, const DirectConvShape& shape, const Clock& clock) {
  constexpr int kRounds = 6;
  constexpr double kFarBehind = 1.6, kEnoughMilliseconds = 120;
  const ConvShape& conv = shape.conv;
  const auto floats = [&](int64_t channels, const ConvShape::Axes& extent) {
    return num_floats({conv.batch, channels, extent[0], extent[1], extent[2]}, Layout::blocked);
  };
  const AlignedFloats input = zeros(floats(conv.in_channels, conv.input));
  AlignedFloats output = zeros(floats(conv.out_channels, conv.output));
  int64_t scratch_floats = 0;
  for (const PlannedConv& one : candidates) scratch_floats = std::max(scratch_floats, one.num_scratch_floats);
  AlignedFloats scratch(scratch_floats);
  std::vector<PackedConv> weights;
  weights.reserve(candidates.size());
  for (const PlannedConv& one : candidates) weights.push_back(one.blank());
  std::vector<double> fastest(candidates.size(), std::numeric_limits<double>::infinity());
  double best = std::numeric_limits<double>::infinity(), spent = 0;
  for (int round = 0; round < kRounds && (round < 3 || spent < kEnoughMilliseconds); ++round) {
    for (size_t i = 0; i < candidates.size(); ++i) {
      if (round > 2 && fastest[i] > kFarBehind * best) continue;  // In two counted runs: one may be disturbed.
      const double start = clock();
      candidates[i].run(weights[i], input.data(), shape.adds ? output.data() : nullptr, output.data(), scratch.data());
      const double passed = clock() - start;
      spent += passed;
      if (round == 0) continue;  // It warms caches and pages up.
      fastest[i] = std::min(fastest[i], passed);
      best = std::min(best, fastest[i]);
    }
  }
  size_t chosen = candidates.size();
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (fastest[i] > kAsFast * best) continue;
    if (chosen == candidates.size() || candidates[i].num_packed_bytes < candidates[chosen].num_packed_bytes) chosen = i;
  }
  return chosen;
}

}  // namespace

double steady_milliseconds() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

ConvChoices::ConvChoices(std::optional<std::filesystem::path> file, Clock clock)
    : file_(std::move(file)), clock_(std::move(clock)) {
  if (file_) answers_ = read_stored(*file_).value(machine_of_answers(), Answers{});
}

ConvChoices& ConvChoices::of_user() {
  static ConvChoices choices([]() -> std::optional<std::filesystem::path> {
    const std::optional<std::filesystem::path> folder = base::cache_folder();
    if (!folder) return std::nullopt;
    return *folder / "convolutions.json";
  }());
  return choices;
}

const PlannedConv& ConvChoices::fastest(const std::vector<PlannedConv>& candidates, const DirectConvShape& shape,
                                        int num_threads) {
  if (candidates.size() == 1) return candidates.front();
  const std::string question = question_of(candidates, shape, num_threads);
  std::lock_guard lock(mutex_);
  if (const auto known = answers_.find(question); known != answers_.end()) {
    const auto named = std::find_if(candidates.begin(), candidates.end(),
                                    [&](const PlannedConv& one) { return one.algorithm == known->second; });
    if (named != candidates.end()) return *named;
  }
  const PlannedConv& chosen = candidates[measure_fastest(candidates, shape, clock_)];
  answers_[question] = unsaved_[question] = chosen.algorithm;
  return chosen;
}

void ConvChoices::save() {
  std::lock_guard lock(mutex_);
  if (!file_ || unsaved_.empty()) return;
  json stored = read_stored(*file_);
  for (const auto& [question, algorithm] : unsaved_) stored[machine_of_answers()][question] = algorithm;
  unsaved_.clear();
  try {
    base::write_file(*file_, stored.dump(1) + "\n");
  } catch (const std::exception&) {  // A full disk or a home that is read-only must not stop the network.
  }
}

}  // namespace gerund::infer
