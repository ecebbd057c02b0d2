// Tests of graph/metadata.h.
#include "graph/metadata.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace gerund::graph {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Labels, ComeFromTheMetadataInOrder) {
  Model model;
  EXPECT_TRUE(labels_of(model, "m.onnx").empty());
  model.metadata[kLabelsKey] = R"(["walk", "run", "köpfen"])";
  EXPECT_THAT(labels_of(model, "m.onnx"), ElementsAre("walk", "run", "köpfen"));
}

TEST(Labels, AreRefusedWhereTheyAreNoListOfText) {
  Model model;
  for (const char* text : {"walk,run", "{}", "[1, 2]", "[\"a\"", "", "null"}) {
    model.metadata[kLabelsKey] = text;
    try {
      labels_of(model, "m.onnx");
      FAIL() << text;
    } catch (const base::UserError& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr("m.onnx"), HasSubstr("gerund.labels"), HasSubstr(text)));
    }
  }
}

}  // namespace
}  // namespace gerund::graph
