#include "deploy/config_file.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/random.h"
#include "deploy/config_fields.h"
#include "deploy/config_files.h"

namespace gerund::deploy {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

AppConfig parsed(const std::string& text, const Texts& overrides = {}) {
  Texts warnings;
  AppConfig config = parse_config(text, "app.yaml", overrides, warnings);
  EXPECT_EQ(joined(warnings), "");
  return config;
}

std::string parse_error(const std::string& text, const Texts& overrides = {}) {
  return error_of([&] { parsed(text, overrides); });
}

const char* const kWhole = R"(model: net.onnx
labels: [walk, run]
input_name: input_rgb
compat: exact
strict: true
recipe: {input_type: 2d, num_frames: 8, height: 64, width: 48, mean: [0.5, 0.5, 0.5], std: [1, 1, 1]}
sources:
  - clip.mp4
  - uri: rtsp://cam/1
    name: door
    is_watched: false
    regions:
      - {id: left, x: 0, y: 0.5, width: 0.5, height: 0.5}
      - {x: 10, y: 20, width: 300, height: 200, in_pixels: true}
window: {stride: 2, subsample: 1, sample_fps: 0, at_end: pad, interval: 1}
engine: {num_threads: 2, max_batch: 4, max_wait_ms: 1.5, overload: skip, activation: none}
events: {threshold: 0.7, exit_threshold: 0.5, smoothing: vote, smoothing_windows: 5, ignore: [idle]}
output: {out: [a.mp4], events: "-", width: 640, height: 480, fps: 25, display: false, debug: 2}
)";

TEST(ConfigFile, EveryBlockIsRead) {
  const AppConfig config = parsed(kWhole);
  EXPECT_EQ(config.model, "net.onnx");
  EXPECT_EQ(config.labels, (Texts{"walk", "run"}));
  EXPECT_EQ(config.input_name, "input_rgb");
  EXPECT_TRUE(config.exact && config.strict);
  ASSERT_TRUE(config.recipe);
  EXPECT_EQ(config.recipe->input_type, clip::InputType::stacked_2d);
  EXPECT_EQ(config.recipe->num_frames, 8);
  EXPECT_EQ(config.recipe->sample_strategy, clip::SampleStrategy::consecutive);
  ASSERT_EQ(config.sources.size(), 2U);
  EXPECT_EQ(config.sources[0], (SourceConfig{"clip.mp4", "", {}, false, true}));
  EXPECT_EQ(config.sources[1].name, "door");
  EXPECT_FALSE(config.sources[1].is_watched);
  EXPECT_EQ(config.sources[1].regions[0], (RegionConfig{"left", 0, 0.5, 0.5, 0.5, false}));
  EXPECT_EQ(config.sources[1].regions[1], (RegionConfig{"1", 10, 20, 300, 200, true}));
  EXPECT_EQ(config.window.stride, 2);
  EXPECT_EQ(config.window.subsample, 1);
  EXPECT_EQ(config.window.at_end, "pad");
  EXPECT_EQ(config.engine.max_batch, 4);
  EXPECT_EQ(config.engine.max_wait_ms, 1.5);
  EXPECT_EQ(config.events.smoothing_windows, 5);
  EXPECT_EQ(config.events.ignore, Texts{"idle"});
  EXPECT_EQ(config.output.events, "-");
  EXPECT_EQ(config.output.debug, 2);
}

TEST(ConfigFile, WhatIsNotGivenKeepsItsDefault) {
  EXPECT_TRUE(parsed("model: a.onnx\nwindow:\nsources:\n") == [] {
    AppConfig config;
    config.model = "a.onnx";
    return config;
  }());
}

TEST(ConfigFile, UnknownKeysAreRefusedWithTheNearest) {
  EXPECT_EQ(parse_error("model: a\nwindw: {}\n"),
            "app.yaml:2: unknown key 'windw' at the top level; did you mean 'window'?");
  EXPECT_EQ(parse_error("window:\n  strid: 2\n"), "app.yaml:2: unknown key 'strid' in window; did you mean 'stride'?");
  EXPECT_EQ(parse_error("recipe: {widht: 2}\n"), "app.yaml:1: unknown key 'widht' in recipe; did you mean 'width'?");
  EXPECT_EQ(parse_error("sources:\n - uri: a\n   region: []\n"),
            "app.yaml:3: unknown key 'region' in sources[0]; did you mean 'regions'?");
  EXPECT_EQ(parse_error("sources:\n - uri: a\n   regions:\n    - {xx: 1}\n"),
            "app.yaml:4: unknown key 'xx' in sources[0].regions[0]; did you mean 'x'?");
  EXPECT_TRUE(contains(parse_error("window.stride: 2\n"), "unknown key 'window.stride'"));
}

TEST(ConfigFile, WrongTypesAndRangesAreRefusedWithTheirLine) {
  EXPECT_EQ(parse_error("window:\n  stride: -1\n"), "app.yaml:2: window.stride: -1 is out of range; allowed: 0..65536");
  EXPECT_TRUE(contains(parse_error("engine:\n  num_threads: many\n"), "app.yaml:2: engine.num_threads: 'many' is not"));
  EXPECT_TRUE(contains(parse_error("events: {smoothing: emma}\n"), "did you mean 'ema'?"));
  EXPECT_TRUE(contains(parse_error("compat: old\n"), "allowed: improved, exact"));
  EXPECT_TRUE(contains(parse_error("events: {alpha: 0}\n"), "events.alpha: 0 is out of range"));
  EXPECT_TRUE(contains(parse_error("events: {hold_seconds: 100000}\n"), "100000 is out of range; allowed: 0..86400"));
  EXPECT_TRUE(contains(parse_error("window: 3\n"), "app.yaml:1: window: '3' is not a block of keys"));
  EXPECT_TRUE(contains(parse_error("sources: a.mp4\n"), "app.yaml:1: sources: 'a.mp4' is not a list"));
  EXPECT_TRUE(contains(parse_error("sources: [[a]]\n"), "sources[0]: a list is not a block of keys"));
  EXPECT_TRUE(contains(parse_error("sources: [{uri: a, regions: 3}]\n"), "sources[0].regions: '3' is not a list"));
}

TEST(ConfigFile, NumbersThatContradictAreRefusedWithTheirLine) {
  EXPECT_EQ(parse_error("events:\n  threshold: 0.4\n  exit_threshold: 0.6\n"),
            "app.yaml:3: events.exit_threshold: 0.6 is out of range; allowed: at most events.threshold, 0.4");
  EXPECT_EQ(parse_error("events:\n  exit_threshold: -0.5\n"),
            "app.yaml:2: events.exit_threshold: -0.5 is out of range; allowed: -1, or 0..1");
  EXPECT_TRUE(contains(parse_error("window: {sample_fps: -0.5}\n"), "allowed: -1, or 0 and above"));
  EXPECT_TRUE(contains(parse_error("output: {width: 641}\n"), "output.width: 641 is out of range; allowed: even"));
  EXPECT_TRUE(contains(parse_error("output: {height: 481}\n"), "output.height: 481"));
  EXPECT_TRUE(
      contains(parse_error("events: {exit_threshold: 0.4}\n", {"events.threshold=0.3"}), "app.yaml:1: events."));
}

TEST(ConfigFile, SourcesAndRegionsHaveNamesOfTheirOwn) {
  EXPECT_EQ(parse_error("sources:\n - {uri: a, name: x}\n - {uri: b, name: x}\n"),
            "app.yaml:3: sources[1]: is named 'x' like the source at app.yaml:2; each needs its own name");
  EXPECT_TRUE(contains(parse_error("sources:\n - {uri: a, name: '1'}\n - b\n"), "is named '1' like the source"));
  EXPECT_TRUE(contains(parse_error("sources: [{name: x}]\n"), "sources[0]: has no uri"));
  EXPECT_TRUE(contains(parse_error("sources: [{uri: a, regions: [{id: r}, {id: r}]}]\n"), "has the id 'r' of another"));
  EXPECT_TRUE(contains(parse_error("sources: [{uri: a, regions: [{id: '1'}, {}]}]\n"), "has the id '1' of another"));
  EXPECT_TRUE(contains(parse_error("sources: [{uri: a, regions: [{id: ''}]}]\n"), "has an empty id"));
}

TEST(ConfigFile, RegionsLieInThePicture) {
  EXPECT_TRUE(contains(parse_error("sources: [{uri: a, regions: [{x: 0.5, width: 0.6}]}]\n"), "reaches to 1.1 x 1 of"));
  EXPECT_TRUE(contains(parse_error("sources: [{uri: a, regions: [{x: -0.1}]}]\n"), "-0.1 is out of range"));
  EXPECT_TRUE(contains(parse_error("sources: [{uri: a, regions: [{width: 0}]}]\n"), "0 is out of range"));
  EXPECT_EQ(parse_error("sources: [{uri: a, regions: [{x: 0.1, width: 0.9, y: 0.7, height: 0.3}]}]\n"), "no error");
}

TEST(ConfigFile, ARecipeSaysAllThatMatters) {
  EXPECT_EQ(parse_error("model: a\nrecipe:\n  input_type: 3d\n  num_frames: 8\n  height: 64\n"),
            "app.yaml:2: recipe: does not say width; a recipe says input_type, num_frames, height, width, mean and std "
            "at least");
  EXPECT_FALSE(parsed("recipe: null\n").recipe);
  EXPECT_FALSE(parsed(kWhole, {"recipe=null"}).recipe);
}

TEST(ConfigFile, OverridesReplaceValuesAndLists) {
  const AppConfig config = parsed(kWhole, {"window.stride=7", "sources=[x.mp4,rtsp://y]", "recipe.num_frames=4",
                                           "events.ignore=[]", "compat=improved", "input_name=null"});
  EXPECT_EQ(config.window.stride, 7);
  EXPECT_EQ(config.window.subsample, 1);
  ASSERT_EQ(config.sources.size(), 2U);
  EXPECT_EQ(config.sources[0].uri, "x.mp4");
  EXPECT_EQ(config.recipe->num_frames, 4);
  EXPECT_EQ(config.recipe->height, 64);
  EXPECT_TRUE(config.events.ignore.empty());
  EXPECT_FALSE(config.exact);
  EXPECT_FALSE(config.input_name);
  EXPECT_EQ(parse_error(kWhole, {"window.strid=7"}),
            "override 'window.strid=7': unknown key 'strid' in window; did you mean 'stride'?");
}

TEST(ConfigFile, EnvironmentVariablesAreReplaced) {
  ::setenv("GERUND_TEST_CAMERA", "user:pass@cam", 1);
  ::unsetenv("GERUND_TEST_NONE");
  const AppConfig config = parsed("sources: ['rtsp://${GERUND_TEST_CAMERA}/1', {uri: '\\${x}'}]\nmodel: a\n");
  EXPECT_EQ(config.sources[0].uri, "rtsp://user:pass@cam/1");
  EXPECT_EQ(config.sources[1].uri, "${x}");
  EXPECT_TRUE(contains(parse_error("model: ${GERUND_TEST_NONE}\n"), "app.yaml:1: model: the environment has no"));
}

using ConfigFileOnDisk = ConfigFiles;

TEST_F(ConfigFileOnDisk, RelativePathsThatExistAreTakenInItsFolder) {
  write("net.onnx", "");
  write("names.csv", "0,walk\n1,run\n");
  write("clip.mp4", "");
  const fs::path file = write("app.yaml", "model: net.onnx\nlabels: names.csv\nsources: [clip.mp4, other.mp4]\n");
  Texts warnings;
  const AppConfig config = read_config(file, {"events.threshold=0.9"}, warnings);
  EXPECT_EQ(config.model, path("net.onnx"));
  EXPECT_EQ(config.labels, (Texts{"walk", "run"}));
  EXPECT_EQ(config.sources[0].uri, path("clip.mp4"));
  EXPECT_EQ(config.sources[1].uri, "other.mp4");
  EXPECT_EQ(config.events.threshold, 0.9);
  EXPECT_EQ(joined(warnings), "");
}

TEST_F(ConfigFileOnDisk, PathsInTheWorkingFolderAreNamed) {
  const fs::path before = fs::current_path();
  fs::create_directories(folder_ / "work");
  write("work/net.onnx", "");
  const fs::path file = write("app.yaml", "model: net.onnx\n");
  fs::current_path(folder_ / "work");
  Texts warnings;
  const AppConfig config = read_config(file, {}, warnings);
  fs::current_path(before);
  EXPECT_EQ(config.model, "net.onnx");
  EXPECT_EQ(joined(warnings), file.string() +
                                  ":1: model: net.onnx is taken from the working folder; the folder of this "
                                  "file has none\n");
}

TEST_F(ConfigFileOnDisk, TheContentDecidesWhatAFileIs) {
  Texts warnings;
  const auto refusal = [&](const std::string& text) {
    return error_of([&] { read_any_config(write("app.conf", text), {}, warnings); });
  };
  EXPECT_EQ(read_any_config(write("app.conf", "# mine\nmodel: a.onnx\n"), {"window.stride=3"}, warnings).window.stride,
            3);
  EXPECT_TRUE(contains(refusal("deepstream:\n  nodes: []\n"), "is a pipeline for DeepStream's Service Maker"));
  EXPECT_TRUE(contains(refusal("property:\n  gpu-id: 0\n"), "is the preprocess or inference file of an application"));
  EXPECT_TRUE(contains(refusal("# x\n\n [property]\ngpu-id=0\n"), "is the preprocess or inference file"));
  EXPECT_TRUE(contains(refusal("[application]\nx=1\n"), "has no group [action-recognition]"));
  EXPECT_TRUE(contains(refusal("; x\n[action-recognition]\r\nx=1\n"), "uri-list is not given"));
  EXPECT_TRUE(contains(refusal("[a, b]\n"), "app.conf"));
  EXPECT_TRUE(contains(refusal(""), "app.conf"));
}

TEST_F(ConfigFileOnDisk, OverridesChangeDeepStreamsFilesToo) {
  write("pre.txt", "[property]\nnetwork-input-shape=2;3;8;32;32\n[group-0]\nsrc-ids=-1\nprocess-on-roi=0\n");
  write("infer.txt", "[property]\nonnx-file=net.onnx\n");
  const fs::path file = write("app.txt",
                              "[action-recognition]\nuri-list=rtsp://a\npreprocess-config=pre.txt\n"
                              "infer-config=infer.txt\n");
  Texts warnings;
  const AppConfig config = read_any_config(file, {"events.threshold=0.5", "recipe.mean=[0.5,0.5,0.5]"}, warnings);
  EXPECT_EQ(config.events.threshold, 0.5);
  EXPECT_EQ(config.recipe->num_frames, 8);
  EXPECT_EQ(config.recipe->mean[1], 0.5);
  EXPECT_EQ(config.model, path("net.onnx"));
  EXPECT_TRUE(parse_config(print_config(config), "printed", {}, warnings) == config);
}

/// Draws configurations whose every field differs from its default more often than not.
class RandomConfig {
 public:
  explicit RandomConfig(uint64_t seed) : random_(seed) {}

  AppConfig draw() {
    AppConfig config;
    draw_fields(config_fields(config));
    if (random_.chance(0.5)) draw_fields(recipe_fields(config.recipe.emplace()));
    if (config.events.exit_threshold < 0) config.events.exit_threshold = -1;
    if (!config.exact) config.events.exit_threshold = std::min(config.events.exit_threshold, 1.0);
    config.events.threshold = std::max(config.events.threshold, config.events.exit_threshold);
    if (!config.exact) config.events.threshold = std::min(config.events.threshold, 1.0);
    if (config.window.sample_fps < 0) config.window.sample_fps = -1;
    config.output.width += config.output.width % 2;
    config.output.height += config.output.height % 2;
    const int64_t num_sources = random_.below(4);
    for (int64_t i = 0; i < num_sources; ++i) config.sources.push_back(source(i));
    return config;
  }

 private:
  SourceConfig source(int64_t position) {
    SourceConfig source;
    draw_fields(source_fields(source));
    source.uri += "x";  // never empty
    if (!source.name.empty()) source.name += "#" + std::to_string(position);
    const int64_t num_regions = random_.below(4);
    for (int64_t i = 0; i < num_regions; ++i) {
      RegionConfig region;
      draw_fields(region_fields(region));
      std::erase(region.id, ';');  // Regions of a source are told apart by it (gst/area_list.h).
      region.id += "#" + std::to_string(i);
      if (!region.in_pixels) {
        region.x = random_.uniform(0, 0.5);
        region.y = random_.uniform(0, 0.5);
        region.width = region.height = 0.5 - random_.uniform() / 2;
      }
      source.regions.push_back(region);
    }
    return source;
  }

  void draw_fields(const FieldSet& set) {
    for (const spec::Field& field : set.fields())
      std::visit([&](auto* member) { draw_member(field.range, *member); }, field.member);
    set.store();
  }

  std::string text() {
    constexpr std::string_view kLetters = "ab 0.:-#'\"\\${}[],;=/%&*!|>~?@\n\t\xC3\xA9";
    std::string result;
    for (int64_t n = random_.below(9); n > 0; --n) {
      const char letter = kLetters[static_cast<size_t>(random_.below(static_cast<int64_t>(kLetters.size()) - 2))];
      result += letter;
    }
    return random_.chance(0.2) ? result + "\xC3\xA9" : result;
  }

  double number(const spec::Range& range) {
    const double low = range.low.value_or(-100);
    return random_.uniform(low + (range.without_low ? 1e-9 : 0), range.high.value_or(low + 1e6));
  }

  void draw_member(const spec::Range& range, std::string& member) {
    const auto count = static_cast<int64_t>(range.choices.size());
    member = count > 0 ? range.choices[static_cast<size_t>(random_.below(count))] : text();
  }
  void draw_member(const spec::Range&, std::optional<std::string>& member) {
    if (random_.chance(0.7)) member = text();
  }
  void draw_member(const spec::Range& range, int64_t& member) { member = static_cast<int64_t>(number(range)); }
  void draw_member(const spec::Range& range, double& member) { member = number(range); }
  void draw_member(const spec::Range&, bool& member) { member = random_.chance(0.5); }
  void draw_member(const spec::Range&, spec::LabelMap&) {}
  void draw_member(const spec::Range&, spec::NumberMap&) {}
  template <typename Item>
  void draw_member(const spec::Range& range, std::vector<Item>& member) {
    const auto& lengths = range.lengths;
    const size_t count = lengths.empty()
                             ? static_cast<size_t>(random_.below(4))
                             : lengths[static_cast<size_t>(random_.below(static_cast<int64_t>(lengths.size())))];
    member.clear();
    for (size_t i = 0; i < count; ++i) draw_member(range, member.emplace_back());
  }

  base::Random random_;
};

TEST(PrintConfig, WhatIsPrintedReadsBackTheSame) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const AppConfig config = RandomConfig(seed).draw();
    const std::string printed = print_config(config);
    Texts warnings;
    ASSERT_NO_THROW(ASSERT_TRUE(parse_config(printed, "printed", {}, warnings) == config) << seed << "\n"
                                                                                          << printed)
        << printed;
    EXPECT_EQ(joined(warnings), "") << printed;
  }
}

TEST(PrintConfig, EveryKeyStandsUnderItsMeaning) {
  AppConfig config = parsed(kWhole);
  const std::string printed = print_config(config);
  for (const FieldSet& set : {config_fields(config), recipe_fields(*config.recipe)}) {
    for (const spec::Field& field : set.fields()) {
      EXPECT_TRUE(contains(printed, "# " + field.help)) << field.key;
      EXPECT_TRUE(contains(printed, field.key.substr(field.key.rfind('.') + 1) + ": ")) << field.key;
    }
  }
  EXPECT_TRUE(contains(printed,
                       "  # Frames (after subsampling) from window to window; 0: half a window. "
                       "(0..65536)\n  stride: 2\n"));
  EXPECT_TRUE(
      contains(printed, "  - uri: clip.mp4\n    name: \"\"\n    loop: false\n    is_watched: true\n    regions: []\n"));
  EXPECT_TRUE(contains(printed, "      - id: left\n        x: 0.0\n"));
}

TEST(ConfigReference, NamesEveryKeyWithItsDefault) {
  const std::string reference = config_reference();
  AppConfig defaults;
  const FieldSet set = config_fields(defaults);
  for (const spec::Field& field : set.fields())
    EXPECT_TRUE(contains(reference, "| `" + field.key.substr(field.key.rfind('.') + 1) + "` | ")) << field.key;
  EXPECT_TRUE(contains(reference, "| `stride` | integer | `0` | 0..65536 | Frames"));
  EXPECT_TRUE(contains(reference, "| `compat` | name | `improved` | improved, exact |"));
  EXPECT_TRUE(contains(reference, "\n## regions\n"));
}

}  // namespace
}  // namespace gerund::deploy
