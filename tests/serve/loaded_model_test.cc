#include "serve/loaded_model.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "graph/expect_text.h"
#include "graph/metadata.h"
#include "graph/onnx_file.h"
#include "graph/scratch_file.h"
#include "serve/small_clips.h"
#include "serve/small_models.h"

namespace gerund::serve {
namespace {

/// The weighing network of two frames as its trainer writes it.
graph::Model told_graph() {
  graph::Model model = weighing_graph(2);
  model.metadata[graph::kRecipeKey] = clip::to_json({pixel_recipe(2)});
  model.metadata[graph::kLabelsKey] = R"(["heavy", "one"])";
  return model;
}

OnnxOptions plain_options() {
  OnnxOptions options;
  options.engine = reference_engine();
  return options;
}

LoadedModel open(const graph::Model& model, const OnnxOptions& options = plain_options()) {
  const graph::ScratchFile file("loaded_model.onnx");
  graph::write_onnx(file.path(), model);
  return open_onnx_model(file.path(), options);
}

/// What open() complains of, with "missing: " before a MissingRecipe.
std::string refusal(const graph::Model& model, const OnnxOptions& options = plain_options()) {
  try {
    open(model, options);
  } catch (const base::MissingRecipe& error) {
    return std::string("missing: ") + error.what();
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

TEST(LoadedModel, SaysWhatItsFileSays) {
  graph::Model model = told_graph();
  model.metadata[graph::kOriginKey] = R"({"clip_seconds": 2.5})";
  const LoadedModel loaded = open(model);
  EXPECT_TRUE(loaded.name.ends_with("loaded_model.onnx"));
  EXPECT_EQ(loaded.recipe(), pixel_recipe(2));
  EXPECT_EQ(loaded.labels, (std::vector<std::string>{"heavy", "one"}));
  EXPECT_EQ(loaded.clip_seconds, 2.5);
  EXPECT_EQ(loaded.input_name, "input_rgb");
  EXPECT_EQ(loaded.step, nullptr);
  EXPECT_FALSE(loaded.takes_any_length);
  EXPECT_EQ(frames_per_window(loaded), 2);
  const tensor::Tensor logits =
      loaded.engine->run(tensor::Tensor({1, 3, 2, 1, 1}, std::vector<float>{1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(list_of(logits.floats()), (std::vector<float>{63, 1}));
}

TEST(LoadedModel, AnUnknownLengthOfTheTrainingClipsIsZero) {
  EXPECT_EQ(open(told_graph()).clip_seconds, 0);
  for (const char* origin : {"{}", "no JSON", "[1]", R"({"clip_seconds": null})", R"({"clip_seconds": "long"})"}) {
    graph::Model model = told_graph();
    model.metadata[graph::kOriginKey] = origin;
    EXPECT_EQ(open(model).clip_seconds, 0) << origin;
  }
}

TEST(LoadedModel, WithoutRecipeOrLabelsItIsAMissingRecipe) {
  graph::Model model = told_graph();
  model.metadata.erase(graph::kRecipeKey);
  EXPECT_TRUE(holds(refusal(model), {"missing: ", "loaded_model.onnx", "gerund.recipe"}));
  model = told_graph();
  model.metadata.erase(graph::kLabelsKey);
  EXPECT_TRUE(holds(refusal(model), {"missing: ", "loaded_model.onnx", "labels"}));
}

TEST(LoadedModel, RecipeAndLabelsCanBeGiven) {
  OnnxOptions options = plain_options();
  options.recipes = {pixel_recipe(2)};
  options.recipes[0].mean = {0.5, 0.5, 0.5};
  options.labels = {"a", "b"};
  const LoadedModel given = open(weighing_graph(2), options);
  EXPECT_EQ(given.recipe(), options.recipes[0]);
  EXPECT_EQ(given.labels, options.labels);
  const LoadedModel told = open(told_graph(), options);  // The file knows better.
  EXPECT_EQ(told.recipe(), pixel_recipe(2));
  EXPECT_EQ(told.labels, (std::vector<std::string>{"heavy", "one"}));
}

TEST(LoadedModel, ARecipeThatDoesNotFitTheInputIsRefused) {
  const auto refusal_of = [](auto change) {
    graph::Model model = told_graph();
    clip::Recipe recipe = pixel_recipe(2);
    change(recipe);
    model.metadata[graph::kRecipeKey] = clip::to_json({recipe});
    return refusal(model);
  };
  EXPECT_TRUE(holds(refusal_of([](clip::Recipe& recipe) { recipe.num_frames = 3; }),
                    {"loaded_model.onnx", "input_rgb", "[-1, 3, 2, 1, 1]", "[-1, 3, 3, 1, 1]"}));
  EXPECT_TRUE(holds(refusal_of([](clip::Recipe& recipe) { recipe.width = 2; }), {"[-1, 3, 2, 1, 2]"}));
  EXPECT_TRUE(holds(refusal_of([](clip::Recipe& recipe) { recipe.height = 2; }), {"[-1, 3, 2, 2, 1]"}));
  EXPECT_TRUE(holds(refusal_of([](clip::Recipe& recipe) { recipe.input_type = clip::InputType::stacked_2d; }),
                    {"[-1, 6, 1, 1]"}));
}

TEST(LoadedModel, AFileThatIsMissingOrDamagedIsRefused) {
  EXPECT_THROW(open_onnx_model("/nowhere/model.onnx", plain_options()), base::UserError);
  graph::Model model = told_graph();
  model.metadata[graph::kRecipeKey] = "{";
  EXPECT_TRUE(holds(refusal(model), {"loaded_model.onnx"}));
  model = told_graph();
  model.metadata[graph::kLabelsKey] = "[1, 2]";
  EXPECT_TRUE(holds(refusal(model), {"loaded_model.onnx", "gerund.labels"}));
}

TEST(LoadedModel, AnActivationAtTheEndIsRecognised) {
  EXPECT_FALSE(open(told_graph()).gives_probabilities);
  for (const char* op : {"Softmax", "Sigmoid"}) {
    graph::Model model = told_graph();
    model.nodes.push_back({op, "", {"fc_pred"}, {"scores"}, {}});
    model.outputs[0].name = "scores";
    EXPECT_TRUE(open(model).gives_probabilities) << op;
    // Not where it stands elsewhere.
    model = told_graph();
    model.nodes.insert(model.nodes.begin(), {op, "", {"input_rgb"}, {"squeezed"}, {}});
    model.nodes[1].inputs[0] = "squeezed";
    EXPECT_FALSE(open(model).gives_probabilities) << op;
  }
}

TEST(LoadedModel, AFreeNumberOfFramesIsRecognised) {
  graph::Model model = told_graph();
  model.inputs[0].shape[2] = -1;
  // The mean over time, height and width: of any length.
  model.initializers.clear();
  model.nodes = {{"GlobalAveragePool", "", {"input_rgb"}, {"mean"}, {}}, {"Flatten", "", {"mean"}, {"fc_pred"}, {}}};
  model.outputs[0].shape = {-1, 3};
  model.metadata[graph::kLabelsKey] = R"(["red", "green", "blue"])";
  EXPECT_TRUE(open(model).takes_any_length);
}

TEST(LoadedModel, AStepGraphClassifiesStepByStep) {
  graph::Model model = adding_steps();
  model.metadata[graph::kRecipeKey] = clip::to_json({pixel_recipe(4)});  // Clips of four frames, steps of one.
  model.metadata[graph::kLabelsKey] = R"(["red", "green", "blue"])";
  LoadedModel loaded = open(model);
  ASSERT_NE(loaded.step, nullptr);
  EXPECT_EQ(frames_per_window(loaded), 1);
  EXPECT_FALSE(loaded.takes_any_length);
  const std::vector<float> clip{1, 2, 3, 4, 10, 20, 30, 40, 0, 0, 0, 5};
  EXPECT_EQ(list_of(loaded.engine->run(tensor::Tensor({1, 3, 4, 1, 1}, clip)).floats()),
            (std::vector<float>{10, 100, 5}));
  // One step after the other as windows.
  const Classifier classifier(std::move(loaded), Activation::none);
  infer::StreamState state;
  std::vector<float> logits;
  for (size_t t = 0; t < 4; ++t) {
    const Clip window = clip_of({pixel(clip[t], clip[4 + t], clip[8 + t])}, static_cast<int64_t>(t), t == 0);
    const Classifier::Job job{&window, &state};
    logits = classifier.classify({&job, 1})[0].logits;
  }
  EXPECT_EQ(logits, (std::vector<float>{10, 100, 5}));
}

}  // namespace
}  // namespace gerund::serve
