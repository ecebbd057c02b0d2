#include "infer/onednn/conv_choices.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "base/files.h"
#include "base/machine.h"
#include "infer/onednn/conv_check.h"
#include "infer/onednn/primitives.h"

namespace gerund::infer {
namespace {

using nlohmann::json;

/// How much slower than the fastest a candidate may be, when its weights are smaller.
constexpr double kAsFast = 1.05;
/// Where that saves so many bytes, it may be slower by this part for each time that the other's weights are larger than
/// its own: weights of four times the size must be worth more than weights of twice the size.
constexpr int64_t kMuchSmaller = int64_t{12} << 20;
constexpr double kPerMultiple = 0.15, kMostSlowdown = 1.5;  // Less than what leaves a measurement early.

/// Of a candidate with weights of so many bytes beside one that is faster; at least 1.
double worth_of_memory(int64_t bytes_of_faster, int64_t bytes) {
  if (bytes_of_faster - bytes < kMuchSmaller) return 1;
  const double multiple = static_cast<double>(bytes_of_faster) / static_cast<double>(std::max<int64_t>(bytes, 1));
  return 1 + kPerMultiple * (multiple - 1);
}

/// One more whenever kernels or what decides between them change: answers of before are not heard then.
constexpr int kRevision = 10;

/// What the answers hold for: another processor, oneDNN or gerund may answer otherwise.
std::string machine_of_answers() {
  return fmt::format("{}, {} lanes, oneDNN {}, gerund {}, kernels {}", base::processor_name(), block_lanes(),
                     onednn_version(), GERUND_VERSION, kRevision);
}

constexpr std::array kLayoutNames{"plain", "blocked", "last", "bf16", "u8"};

const char* name_of(Layout layout) {
  return kLayoutNames.at(static_cast<size_t>(layout));
}

/// All that an answer depends on: the algorithms to choose from are part of it.
std::string question_of(const std::vector<PlannedConv>& candidates, const ConvSite& site, int num_threads) {
  const ConvShape& c = site.shape.conv;
  std::vector<std::string> from, algorithms;
  for (const Layout layout : site.at_hand) from.emplace_back(name_of(layout));
  for (const PlannedConv& one : candidates) algorithms.push_back(one.algorithm);
  return fmt::format(
      "batch {} channels {} to {} of {} input {} kernel {} stride {} pad {} dilation {} output {}{} from {} to {} "
      "by {} threads {}",
      c.batch, c.in_channels, c.out_channels, site.shape.groups, fmt::join(c.input, "x"), fmt::join(c.kernel, "x"),
      fmt::join(c.stride, "x"), fmt::join(c.pad, "x"), fmt::join(site.shape.dilation, "x"), fmt::join(c.output, "x"),
      site.shape.adds ? " add" : "", fmt::join(from, "+"), name_of(site.wanted), fmt::join(algorithms, "+"),
      num_threads);
}

/// What the file holds, {machine: {question: answer}}; empty where it is missing, damaged or not readable: then the
/// answers are measured anew.
json read_stored(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return json::object();
  try {
    json stored = json::parse(base::read_file(file));
    const auto is_answer = [](const json& value) {
      return value.is_string() || (value.is_object() && value.contains("algorithm") && value["algorithm"].is_string() &&
                                   value.contains("disturbed") && value["disturbed"].is_number_integer());
    };
    const auto is_answers = [&](const json& of) {
      return of.is_object() && std::all_of(of.begin(), of.end(), is_answer);
    };
    if (stored.is_object() && std::all_of(stored.begin(), stored.end(), is_answers)) return stored;
  } catch (const std::exception&) {  // What reading and parsing throw.
  }
  return json::object();
}

AlignedFloats zeros_of(int64_t size) {
  AlignedFloats floats(size);
  std::fill_n(floats.data(), size, 0.0F);
  return floats;
}

/// Note [Trust is good]
std::vector<PlannedConv> without_wrong(std::vector<PlannedConv> candidates, const DirectConvShape& shape) {
  const PlannedConv direct = candidates.front();
  std::erase_if(candidates, [&](const PlannedConv& one) { return is_narrow(one) && !agrees(one, direct, shape); });
  return candidates;
}

/// A candidate with what it is measured on: its layouts, and copies to and from those of its neighbours.
struct Measured {
  Measured(const PlannedConv& candidate, const ConvSite& site) : weights(candidate.blank()) {
    const tensor::Shape in = input_shape(site.shape.conv), out = output_shape(site.shape.conv);
    if (std::ranges::find(site.at_hand, candidate.input) == site.at_hand.end())
      bring.emplace(in, site.at_hand.front(), candidate.input);
    if (candidate.output != site.wanted) give.emplace(out, candidate.output, site.wanted);
  }

  PackedConv weights;
  std::optional<Reorder> bring, give;
  double fastest = std::numeric_limits<double>::infinity();
  double fastest_calm = fastest;  // Of the runs that nobody disturbed.
  int num_calm_runs = 0;
};

// Note [Busy machines]
// Algorithms of several parallel parts suffer most where threads have to share processors, since all wait for the last
// at the end of each: measured beside a compiler they lost to slower ones of one part, and networks took 1.4 times as
// long ever after. So a run counts where its threads have hardly waited for a processor, and there are more runs where
// too few do. What was measured without is marked, and measured again by the next processes that want it; not by more
// than a few, for a machine may always be busy, and measuring takes seconds.
constexpr int kMostDisturbed = 3;

/// Of a run's time: what its threads may wait for a processor, all together.
constexpr double kCalm = 0.05;

struct Fastest {
  size_t index = 0;
  bool was_disturbed = false;
};

/// The fastest of the candidates. They run in turn, so that a disturbance falls on all of them; those far behind leave
/// early.
Fastest measure_fastest(const std::vector<PlannedConv>& candidates, const ConvSite& site, const Clock& clock) {
  constexpr int kRounds = 6, kMostRounds = 24, kCalmRuns = 2;
  constexpr double kFarBehind = 1.6, kEnoughMilliseconds = 120, kMostMilliseconds = 400;
  const tensor::Shape in = input_shape(site.shape.conv), out = output_shape(site.shape.conv);
  // Blocks are the largest layout; zero is zero in all of them.
  const AlignedFloats given = zeros_of(num_floats(in, Layout::blocked));
  AlignedFloats brought = zeros_of(given.size());
  AlignedFloats output = zeros_of(num_floats(out, Layout::blocked));
  AlignedFloats result(output.size());
  const AlignedFloats summand = zeros_of(output.size());
  int64_t scratch_floats = 0;
  for (const PlannedConv& one : candidates) scratch_floats = std::max(scratch_floats, one.num_scratch_floats);
  AlignedFloats scratch(scratch_floats);
  std::vector<Measured> measured;
  measured.reserve(candidates.size());
  for (const PlannedConv& one : candidates) measured.emplace_back(one, site);
  double best = std::numeric_limits<double>::infinity(), spent = 0, waited = clock.waited();
  // Judged by two runs that count: one may be disturbed.
  const auto is_far_behind = [&](const Measured& one) { return one.fastest > kFarBehind * best; };
  const auto lacks_calm = [&](const Measured& one) { return !is_far_behind(one) && one.num_calm_runs < kCalmRuns; };
  for (int round = 0; round < kMostRounds; ++round) {
    const bool is_enough = round >= kRounds || (round > 2 && spent >= kEnoughMilliseconds);
    if (is_enough && (spent >= kMostMilliseconds || std::ranges::none_of(measured, lacks_calm))) break;
    for (size_t i = 0; i < candidates.size(); ++i) {
      Measured& one = measured[i];
      if (round > 2 && (is_far_behind(one) || (is_enough && !lacks_calm(one)))) continue;
      const bool in_place = candidates[i].summand == candidates[i].output;
      const float* const added = in_place ? output.data() : summand.data();
      const double start = clock.now();
      if (one.bring) one.bring->run(given.data(), brought.data());
      candidates[i].run(one.weights, one.bring ? brought.data() : given.data(), site.shape.adds ? added : nullptr,
                        output.data(), scratch.data());
      if (one.give) one.give->run(output.data(), result.data());
      const double passed = clock.now() - start;
      spent += passed;
      const double waited_before = std::exchange(waited, clock.waited());
      if (round == 0) continue;  // It warms caches and pages up.
      one.fastest = std::min(one.fastest, passed);
      best = std::min(best, one.fastest);
      if (waited - waited_before > kCalm * passed) continue;
      one.fastest_calm = std::min(one.fastest_calm, passed);
      ++one.num_calm_runs;
    }
  }
  const bool was_disturbed = std::ranges::any_of(measured, lacks_calm);
  if (!was_disturbed)
    for (Measured& one : measured) one.fastest = one.fastest_calm;
  std::vector<size_t> by_time(candidates.size());
  std::iota(by_time.begin(), by_time.end(), size_t{0});
  std::ranges::stable_sort(by_time, {}, [&](size_t i) { return measured[i].fastest; });
  size_t chosen = by_time.front();
  const double best_time = measured[chosen].fastest;
  for (const size_t i : by_time) {  // Each against the best so far, so that one that is not taken decides nothing.
    const int64_t bytes = candidates[i].num_packed_bytes, so_far = candidates[chosen].num_packed_bytes;
    const double allowed = std::clamp(worth_of_memory(so_far, bytes) * measured[chosen].fastest, kAsFast * best_time,
                                      kMostSlowdown * best_time);
    if (bytes < so_far && measured[i].fastest <= allowed) chosen = i;
  }
  return {chosen, was_disturbed};
}

}  // namespace

Clock real_clock() {
  const auto now = [] {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
  };
  return {now, base::waited_for_processors};
}

ConvChoices::ConvChoices(std::optional<std::filesystem::path> file, Clock clock)
    : file_(std::move(file)), clock_(std::move(clock)), answers_(answers_of(file_)) {}

ConvChoices::Answers ConvChoices::answers_of(const std::optional<std::filesystem::path>& file) {
  Answers answers;
  if (!file) return answers;
  const json stored = read_stored(*file).value(machine_of_answers(), json::object());
  for (const auto& [question, answer] : stored.items()) {
    if (answer.is_string()) {
      answers[question] = {answer.get<ConvAlgorithm>()};
    } else {
      const int disturbed = answer["disturbed"].get<int>();
      answers[question] = {answer["algorithm"].get<ConvAlgorithm>(), disturbed, disturbed < kMostDisturbed};
    }
  }
  return answers;
}

ConvChoices& ConvChoices::of_user() {
  static ConvChoices choices([]() -> std::optional<std::filesystem::path> {
    const std::optional<std::filesystem::path> folder = base::cache_folder();
    if (!folder) return std::nullopt;
    return *folder / "convolutions.json";
  }());
  return choices;
}

const PlannedConv& ConvChoices::fastest(const std::vector<PlannedConv>& candidates, const ConvSite& site,
                                        int num_threads) {
  if (candidates.size() == 1) return candidates.front();
  const std::string question = question_of(candidates, site, num_threads);
  std::lock_guard lock(mutex_);
  const auto named = [&](const ConvAlgorithm& name) {
    return std::ranges::find(candidates, name, &PlannedConv::algorithm);
  };
  Answer& answer = answers_[question];
  if (const auto known = named(answer.algorithm); known != candidates.end() && !answer.is_open) return *known;
  const std::vector<PlannedConv> right = without_wrong(candidates, site.shape);
  const auto [index, was_disturbed] = measure_fastest(right, site, clock_);
  answer = {right[index].algorithm, was_disturbed ? answer.disturbed + 1 : 0, false};
  unsaved_[question] = answer;
  return *named(answer.algorithm);
}

void ConvChoices::save() {
  std::lock_guard lock(mutex_);
  if (!file_ || unsaved_.empty()) return;
  json stored = read_stored(*file_);
  for (const auto& [question, answer] : unsaved_) {
    json& kept = stored[machine_of_answers()][question];
    kept = answer.algorithm;
    if (answer.disturbed > 0) kept = {{"algorithm", answer.algorithm}, {"disturbed", answer.disturbed}};
  }
  unsaved_.clear();
  try {
    base::write_file(*file_, stored.dump(1) + "\n");
  } catch (const std::exception&) {  // A full disk or a home that is read-only must not stop the network.
  }
}

}  // namespace gerund::infer
