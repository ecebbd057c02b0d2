// nets/transfer.h - what became of the tensors of a file that a network started from.
#pragma once

#include <string>
#include <vector>

namespace gerund::nets {

/// What a start from other weights did with each tensor.
struct Transfer {
  std::vector<std::string> loaded;
  std::vector<std::string> adapted;  ///< Inflated, or the first weight of a network that sees other frames.
  std::vector<std::string> fresh;    ///< Not in the file, or the head of other classes: keeps its fresh values.
  std::vector<std::string> unused;   ///< In the file, but not in the network.
};

}  // namespace gerund::nets
