// predict/describe.h - what a checkpoint, an ONNX file or a spec is: inputs, outputs, size, cost, labels, origin.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "graph/model.h"
#include "nets/step_cost.h"

namespace gerund::predict {

struct Description {
  std::string path;
  std::string kind;  ///< "checkpoint", "onnx" or "spec".
  std::string network;
  std::vector<graph::Value> inputs;
  std::vector<graph::Value> outputs;
  int64_t parameters = 0;       ///< Trainable, batch norm included; of a folded ONNX file the count of its origin.
  std::optional<int64_t> macs;  ///< Multiply-adds of one clip, those with padding included; nullopt where a free extent
                                ///< other than the batch forbids it. Of a step graph: of one step.
  std::optional<nets::StepCost> step_cost;  ///< Of causal networks.
  std::string recipe;                       ///< JSON; "null" where there is none.
  std::vector<std::string> labels;
  std::string origin;  ///< JSON object: where it comes from.
};

/// `path` ending in .onnx or .etlt is a model, in .yaml or .yml a spec (with `overrides`), anything else a checkpoint.
/// A spec needs only model and dataset.label_map. `key` opens a sealed file. Throws UserError where the file is wrong.
Description describe(const std::filesystem::path& path, const std::vector<std::string>& overrides,
                     const std::string& key = "");

/// For a person.
std::string to_text(const Description& description);
/// One JSON object with the fields above.
std::string to_json(const Description& description);

}  // namespace gerund::predict
