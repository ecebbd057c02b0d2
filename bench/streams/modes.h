// bench/streams/modes.h - the questions that bench_streams answers, each as one JSON object.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace gerund::bench {

/// The words KEY=VALUE behind a mode's name.
class Options {
 public:
  explicit Options(std::map<std::string, std::string> values) : values_(std::move(values)) {}

  /// Throws UserError where `key` is not given.
  std::string text(const std::string& key) const;
  std::string text(const std::string& key, const std::string& otherwise) const;
  int number(const std::string& key, int otherwise) const;

 private:
  std::map<std::string, std::string> values_;
};

/// Writes to `model` a file whose answers nobody reads, for engine null; T `frames` of `side` x `side`.
nlohmann::json write_model(const Options& options);
/// CPU time per frame of the whole chain, frames pushed as fast as they go.
nlohmann::json measure_overhead(const Options& options);
/// CPU time of its parts, each called by itself.
nlohmann::json measure_parts(const Options& options);
/// Many streams in real time.
nlohmann::json measure_load(const Options& options);
/// From the push of a window's last frame to the report on it.
nlohmann::json measure_latency(const Options& options);
/// A file through gerund's chain and through stock elements with ONNX Runtime, in turn.
nlohmann::json measure_versus(const Options& options);

}  // namespace gerund::bench
