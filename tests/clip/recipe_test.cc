// tests/clip/recipe_test.cc - a recipe travels as JSON and is strict about what it takes back.
#include "clip/recipe.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "spec/experiment.h"

namespace gerund::clip {
namespace {

using nlohmann::json;

std::string complaint(const std::string& text) {
  try {
    recipes_from_json(text, "model.onnx");
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

/// The complaint after one key of a good recipe was set to `value`.
std::string complaint_with(const std::string& key, const json& value) {
  json object = json::parse(to_json({Recipe{}}));
  object[key] = value;
  return complaint(object.dump());
}

TEST(RecipeJson, ComesBackAsItWent) {
  Recipe recipe;
  EXPECT_EQ(recipes_from_json(to_json({recipe}), ""), Recipes{recipe});
  recipe.input_type = InputType::stacked_2d;
  recipe.num_frames = 3;
  recipe.height = 112;
  recipe.width = 96;
  recipe.sample_strategy = SampleStrategy::consecutive;
  recipe.sample_rate = 4;
  recipe.resize_mode = ResizeMode::center_crop;
  recipe.crop_smaller_edge = 128;
  recipe.mean = {0.1, 0.2, 1.0 / 3};
  recipe.std = {};
  EXPECT_EQ(recipes_from_json(to_json({recipe}), ""), Recipes{recipe});
}

TEST(RecipeJson, HasTheDocumentedKeys) {
  const json object = json::parse(to_json({Recipe{}}));
  EXPECT_EQ(object, json::parse(R"({"input_type": "3d", "num_frames": 16, "height": 224, "width": 224,
      "sample_strategy": "random_interval", "sample_rate": 1, "resize_mode": "squash", "crop_smaller_edge": 256,
      "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "color_order": "rgb",
      "resize_filter": "pil_bilinear"})"));
}

TEST(RecipeJson, NamesOriginAndKeyOfABadValue) {
  for (const auto& [key, value] : std::vector<std::pair<std::string, json>>{{"input_type", "4d"},
                                                                            {"num_frames", 0},
                                                                            {"num_frames", 2.5},
                                                                            {"num_frames", "16"},
                                                                            {"height", -3},
                                                                            {"width", 1000000},
                                                                            {"sample_strategy", 1},
                                                                            {"sample_rate", 0},
                                                                            {"resize_mode", "stretch"},
                                                                            {"crop_smaller_edge", {}},
                                                                            {"mean", {0.5}},
                                                                            {"mean", {0.1, 0.2, "x"}},
                                                                            {"std", {0.1, 0.0, 0.1}},
                                                                            {"std", {0.1, -1, 0.1}},
                                                                            {"std", 0.5},
                                                                            {"color_order", "bgr"},
                                                                            {"resize_filter", "area"}}) {
    const std::string message = complaint_with(key, value);
    EXPECT_NE(message.find("model.onnx"), std::string::npos) << key << value << message;
    EXPECT_NE(message.find(key), std::string::npos) << key << value << message;
    EXPECT_NE(message.find("allowed"), std::string::npos) << key << value << message;
  }
}

TEST(RecipeJson, NamesAnUnknownKeyAndTheNearestKnown) {
  const std::string message = complaint_with("num_frame", 3);
  EXPECT_NE(message.find("unknown key 'num_frame'"), std::string::npos) << message;
  EXPECT_NE(message.find("did you mean 'num_frames'"), std::string::npos) << message;
}

TEST(RecipeJson, NamesAMissingKey) {
  const json object = json::parse(to_json({Recipe{}}));
  for (const auto& [key, value] : object.items()) {
    json without = object;
    without.erase(key);
    EXPECT_NE(complaint(without.dump()).find("lacks '" + key + "'"), std::string::npos) << complaint(without.dump());
  }
}

TEST(RecipeJson, RefusesTextThatIsNoObject) {
  for (const char* text : {"", "{", "[]", "3", "null", "\xFF"})
    EXPECT_NE(complaint(text).find("model.onnx"), std::string::npos) << text;
}

TEST(RecipeJson, RefusesTextNestedWithoutEnd) {
  constexpr size_t kDepth = 1000000;
  EXPECT_THROW(recipes_from_json("{\"num_frames\":" + std::string(kDepth, '[') + std::string(kDepth, ']') + "}", "x"),
               base::UserError);
}

TEST(Recipe, ShapesItsInput) {
  Recipe recipe;
  EXPECT_EQ(input_shape(recipe), (std::vector<int64_t>{3, 16, 224, 224}));
  recipe.input_type = InputType::stacked_2d;
  recipe.height = 112;
  EXPECT_EQ(input_shape(recipe), (std::vector<int64_t>{48, 112, 224}));
}

TEST(Recipe, FollowsTheSpec) {
  spec::Experiment experiment;
  experiment.model.input_type = "3d";
  experiment.model.rgb_seq_length = 32;
  experiment.model.sample_strategy = "consecutive";
  experiment.model.sample_rate = 2;
  experiment.model.input_width = 112;
  experiment.model.input_height = 96;
  experiment.dataset.augmentation_config.val_center_crop = true;
  experiment.dataset.augmentation_config.crop_smaller_edge = 128;
  experiment.dataset.augmentation_config.rgb_input_mean = {0.5};
  experiment.dataset.augmentation_config.rgb_input_std = {};
  Recipe expected;
  expected.input_type = InputType::volume_3d;
  expected.num_frames = 32;
  expected.height = 96;
  expected.width = 112;
  expected.sample_strategy = SampleStrategy::consecutive;
  expected.sample_rate = 2;
  expected.resize_mode = ResizeMode::center_crop;
  expected.crop_smaller_edge = 128;
  expected.mean = {0.5, 0.5, 0.5};
  expected.std = {};
  EXPECT_EQ(make_recipes(experiment), Recipes{expected});
}

TEST(Recipe, OfTheDefaultSpecIsTheReferences) {
  Recipe expected;
  expected.input_type = InputType::stacked_2d;
  expected.num_frames = 3;
  EXPECT_EQ(make_recipes(spec::Experiment{}), Recipes{expected});
}

TEST(Recipe, RefusesWhatMakesNoSense) {
  for (const std::vector<double>& values : {std::vector<double>{0.5, 0.5}, {0.1, 0.1, 0.1, 0.1}}) {
    spec::Experiment experiment;
    experiment.dataset.augmentation_config.rgb_input_mean = values;
    EXPECT_THROW(make_recipes(experiment), base::UserError);
  }
  for (const std::vector<double>& values : {std::vector<double>{0}, {0.1, -0.1, 0.1}}) {
    spec::Experiment experiment;
    experiment.dataset.augmentation_config.rgb_input_std = values;
    EXPECT_THROW(make_recipes(experiment), base::UserError);
  }
}

Recipe flow_recipe() {
  Recipe recipe;
  recipe.modality = Modality::flow;
  recipe.num_frames = 10;
  recipe.mean = recipe.std = {0.5, 0.5};
  recipe.flow_method = "tvl1";
  recipe.flow_clamp = 20;
  return recipe;
}

TEST(FlowRecipe, ComesBackAsItWent) {
  const Recipes flow{flow_recipe()}, joint{Recipe{}, flow_recipe()};
  EXPECT_EQ(recipes_from_json(to_json(flow), ""), flow);
  EXPECT_EQ(recipes_from_json(to_json(joint), ""), joint);
  const json object = json::parse(to_json(joint)).at(1);
  EXPECT_EQ(object.at("color_order"), "uv");
  EXPECT_EQ(object.at("flow_method"), "tvl1");
  EXPECT_EQ(object.at("flow_clamp"), 20);
}

TEST(FlowRecipe, IsOfTwoChannels) {
  Recipe recipe = flow_recipe();
  EXPECT_EQ(input_shape(recipe), (std::vector<int64_t>{2, 10, 224, 224}));
  recipe.input_type = InputType::stacked_2d;
  EXPECT_EQ(input_shape(recipe), (std::vector<int64_t>{20, 224, 224}));
}

TEST(FlowRecipe, RefusesWhatMakesNoSense) {
  const auto with = [](const std::string& key, const json& value) {
    json object = json::parse(to_json({flow_recipe()}));
    object[key] = value;
    return complaint(object.dump());
  };
  EXPECT_NE(with("mean", {0.5, 0.5, 0.5}).find("recipe.mean"), std::string::npos);
  EXPECT_NE(with("flow_method", "brox").find("recipe.flow_method is \"brox\""), std::string::npos);
  EXPECT_NE(with("flow_clamp", -1).find("recipe.flow_clamp"), std::string::npos);
  EXPECT_NE(with("resize_mode", "letterbox").find("squash or center_crop"), std::string::npos);
  EXPECT_NE(with("color_order", "rgb").find("recipe.mean"), std::string::npos);
  for (const Recipes& wrong : {Recipes{flow_recipe(), Recipe{}}, {flow_recipe(), flow_recipe()}})
    EXPECT_NE(complaint(to_json(wrong)).find("a list of 2 inputs"), std::string::npos);
}

TEST(FlowRecipe, FollowsTheSpec) {
  spec::Experiment experiment;
  experiment.model.model_type = "of";
  experiment.model.input_type = "3d";
  experiment.model.of_seq_length = 10;
  experiment.dataset.augmentation_config.flow_method = "tvl1";
  experiment.dataset.augmentation_config.flow_clamp = 20;
  EXPECT_EQ(make_recipes(experiment), Recipes{flow_recipe()});
  experiment.model.model_type = "joint";
  experiment.model.rgb_seq_length = 16;
  EXPECT_EQ(make_recipes(experiment), (Recipes{Recipe{}, flow_recipe()}));
  experiment.dataset.augmentation_config.of_input_mean = {0.1, 0.2, 0.3};
  EXPECT_THROW(make_recipes(experiment), base::UserError);
}

TEST(Recipe, OfAnotherThanColourIsRefusedWhereColourAloneIsSeen) {
  EXPECT_EQ(only_colour({Recipe{}}, "m.onnx"), Recipe{});
  for (const Recipes& recipes : {Recipes{flow_recipe()}, Recipes{Recipe{}, flow_recipe()}}) {
    try {
      only_colour(recipes, "m.onnx");
      FAIL();
    } catch (const base::UserError& error) {
      EXPECT_EQ(std::string(error.what()).find("m.onnx: the network sees "), 0U) << error.what();
    }
  }
}

}  // namespace
}  // namespace gerund::clip
