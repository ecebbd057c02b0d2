// train/parameter_names.h - parts of a network named by how the names of their parameters begin.
#pragma once

#include <string>
#include <vector>

#include "nets/network.h"

namespace gerund::train {

/// "layer1" begins "layer1.0.conv1.weight", but not "layer10.weight": whole parts between dots.
bool begins_name(const std::string& beginning, const std::string& name);

/// The longest of `beginnings` that begins `name`, or nullptr.
const std::string* longest_beginning(const std::vector<std::string>& beginnings, const std::string& name);

/// Throws UserError naming `key` and the beginning that no parameter of the network has.
void check_beginnings(const std::string& key, const std::vector<std::string>& beginnings, const nets::Network& network);

}  // namespace gerund::train
