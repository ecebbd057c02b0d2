#include "deploy/contradictions.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "serve/small_models.h"

namespace gerund::deploy {
namespace {

serve::LoadedModel model() {
  serve::LoadedModel model;
  model.labels = {"walk", "run"};
  model.input_name = "input_rgb";
  model.recipes = clip::Recipes(1);
  return model;
}

bool names(const std::string& text, const std::vector<std::string>& words) {
  return std::all_of(words.begin(), words.end(),
                     [&](const std::string& word) { return text.find(word) != std::string::npos; });
}

TEST(Contradictions, ThereAreNoneWhereTheConfigSaysNothingOrTheSame) {
  AppConfig config;
  EXPECT_TRUE(contradictions(config, model()).empty());
  config.labels = {"walk", "run"};
  config.input_name = "input_rgb";
  config.recipe = model().recipe();
  config.recipe->std[0] += 1e-4;  // Rounded, as config files have it.
  EXPECT_TRUE(contradictions(config, model()).empty());
}

TEST(Contradictions, AStrideIsOneWhereTheModelGoesInSteps) {
  const serve::LoadedModel steps = serve::adding_model();
  const auto step = static_cast<int>(serve::frames_per_window(steps));
  AppConfig config;
  config.window.stride = step + 1;
  const std::vector<std::string> found = contradictions(config, steps);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(names(found[0], {"stride", std::to_string(step + 1), std::to_string(step) + ", its step"})) << found[0];
  EXPECT_TRUE(contradictions(config, model()).empty());
  for (const int stride : {0, step}) {
    config.window.stride = stride;
    EXPECT_TRUE(contradictions(config, steps).empty()) << stride;
  }
}

TEST(Contradictions, EachMatterIsOneMessageWithBothValues) {
  AppConfig config;
  config.recipe = model().recipe();
  config.recipe->num_frames = 32;
  config.recipe->width = 112;
  config.recipe->mean = {0.5, 0.5, 0.5};
  config.recipe->input_type = clip::InputType::stacked_2d;
  config.recipe->resize_mode = clip::ResizeMode::letterbox;
  config.input_name = "input";
  config.labels = {"run", "walk"};
  const std::vector<std::string> found = contradictions(config, model());
  ASSERT_EQ(found.size(), 7U);
  EXPECT_TRUE(names(found[0], {"2D", "3D"}));
  EXPECT_TRUE(names(found[1], {"32", "16"}));
  EXPECT_TRUE(names(found[2], {"112x224", "224x224"}));
  EXPECT_TRUE(names(found[3], {"[0.5, 0.5, 0.5]", "[0.485, 0.456, 0.406]"}));
  EXPECT_TRUE(names(found[5], {"'input'"}) || names(found[5], {"input,", "input_rgb"})) << found[5];
  EXPECT_TRUE(names(found[6], {"run;walk", "walk;run"}));
  config.labels = {"run"};
  EXPECT_TRUE(names(contradictions(config, model())[6], {"1", "2"}));
}

}  // namespace
}  // namespace gerund::deploy
