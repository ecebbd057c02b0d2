// tests/train/golden_file.h - answers of tools/make_train_golden.py.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace gerund::train {

inline nlohmann::json golden_file(const std::string& name) {
  std::ifstream in(std::string(GERUND_SOURCE_DIR) + "/tests/train/golden/" + name + ".json");
  return nlohmann::json::parse(in);
}

}  // namespace gerund::train
