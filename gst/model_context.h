// gst/model_context.h - models that elements share, across pipelines, by name.
#pragma once

#include <memory>
#include <string>

#include "serve/batcher.h"
#include "serve/report.h"

namespace gerund::gst {

/// What an element asks of a model.
struct ModelRequest {
  std::string path;
  std::string engine = "auto";
  int num_threads = 0;
  std::string precision = "fp32";
  std::string activation = "auto";
  serve::BatchOptions batch;
  std::optional<clip::Recipe> recipe;  ///< For a file without a recipe of its own.
  std::vector<std::string> labels;     ///< For a file without labels of its own.
  std::string key;                     ///< Opens a sealed file.
};

/// A loaded model and the batcher that feeds it.
///
/// Threads: any.
struct ModelContext {
  ModelRequest request;
  std::shared_ptr<const serve::ModelIdentity> identity;
  double run_seconds = 0;  ///< Of one window alone, measured once when it was loaded.
  std::unique_ptr<serve::Batcher> batcher;
};

/// The context called `name`, loaded by the first who asks and gone with the last who holds it; "" is nobody else's.
/// Throws UserError where the model cannot be opened, or the context stands for another model.
std::shared_ptr<ModelContext> open_context(const std::string& name, const ModelRequest& request);

}  // namespace gerund::gst
