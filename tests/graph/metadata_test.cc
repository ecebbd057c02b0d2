// Tests of graph/metadata.h.
#include "graph/metadata.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "graph/expect_text.h"

namespace gerund::graph {
namespace {

TEST(Labels, ComeFromTheMetadataInOrder) {
  Model model;
  EXPECT_TRUE(labels_of(model, "m.onnx").empty());
  model.metadata[kLabelsKey] = R"(["walk", "run", "köpfen"])";
  EXPECT_EQ(labels_of(model, "m.onnx"), (std::vector<std::string>{"walk", "run", "köpfen"}));
}

TEST(Labels, AreRefusedWhereTheyAreNoListOfText) {
  Model model;
  for (const char* text : {"walk,run", "{}", "[1, 2]", "[\"a\"", "", "null"}) {
    model.metadata[kLabelsKey] = text;
    try {
      labels_of(model, "m.onnx");
      FAIL() << text;
    } catch (const base::UserError& error) {
      EXPECT_TRUE(holds(error.what(), {"m.onnx", "gerund.labels", text}));
    }
  }
}

}  // namespace
}  // namespace gerund::graph
