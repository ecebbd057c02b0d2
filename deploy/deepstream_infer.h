// deploy/deepstream_infer.h - the inference file of a DeepStream application: which model, which labels.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "deploy/app_config.h"

namespace gerund::deploy {

/// Reads the file of nvinfer, .txt or .yml, into model, labels and events.threshold. `target_ids` are those of the
/// preprocess file, which must have been read before: it has the batch size. The model need not exist. Throws UserError
/// for models that only NVIDIA's software opens and for networks that are no classifiers.
void read_infer(const std::filesystem::path& path, const std::vector<int64_t>& target_ids, AppConfig& config,
                std::vector<std::string>& warnings);

/// All keys of the file and what each does here, Markdown.
std::string infer_reference();

/// The ONNX file that a TensorRT plan was made of, by the rules that nvinfer names plans with:
/// "X.onnx_b4_gpu0_fp16.engine", "X_b4_gpu0_fp16.engine", "X.engine" and "X.plan" give "X.onnx".
std::string onnx_name_of_plan(const std::string& plan);

}  // namespace gerund::deploy
