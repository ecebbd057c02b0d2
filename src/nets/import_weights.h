// nets/import_weights.h - weights that others publish: which network a file is of, and its tensors under our names.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nets/architecture.h"
#include "nets/checkpoint.h"
#include "nets/transfer.h"
#include "tensor/tensor.h"

namespace gerund::nets {

/// The weights of a file, and what else it says.
struct WeightFile {
  std::filesystem::path path;                     ///< That was read: of a missing X.tlt it is X.safetensors.
  std::string sha256;                             ///< Of the file, hexadecimal.
  std::map<std::string, tensor::Tensor> weights;  ///< By their names in the file.
  std::optional<Checkpoint> checkpoint;           ///< Of a checkpoint of gerund: all but the weights.
};

/// Reads a file of torch.save (.pth, .pt, unencrypted .tlt), safetensors, or a checkpoint of gerund, sealed or not; its
/// contents decide which it is. Throws UserError naming the file where it is none of these, damaged, or sealed with
/// another key.
WeightFile read_weight_file(const std::filesystem::path& path, const std::string& key);

/// What is known of the network before looking; nullopt: as the file has it.
struct WantedNetwork {
  std::optional<std::string> backbone;
  std::optional<bool> volume;         ///< true for a file of pictures: it will be inflated.
  std::optional<int64_t> num_frames;  ///< Volumes: 16 where not given. Pictures: as many as the first weight has.
  /// rgb or of; nullopt: of where the first weight has two input channels.
  std::optional<ModelType> model_type = std::nullopt;
};

/// The network whose tensors have the names of `weights`, with its width and number of classes (0 where the file has no
/// head), of one input. Throws UserError beginning with `name` where no network fits, saying which comes closest.
Architecture recognise_network(const std::map<std::string, tensor::Tensor>& weights, const WantedNetwork& wanted,
                               const std::string& name);

/// Weights under the names of a network, some of them changed to its shapes.
struct FittedWeights {
  std::map<std::string, tensor::Tensor> weights;
  std::vector<std::string> inflated;  ///< Made volumes of.
};

/// Names: "module." and "model." in front are dropped, torchvision's fc. is fc_cls. where the network has that; files
/// older than num_batches_tracked get zeros. Shapes: where a volume is wanted and a picture's kernel given, w3d[:, :,
/// t] = w2d / T for each of its T (Carreira, Zisserman 2017: a still clip gives the same response); a first weight that
/// sees stacked frames is summed over them before. All else is passed on as it is.
FittedWeights fit_weights(std::map<std::string, tensor::Tensor> weights,
                          const std::map<std::string, tensor::Shape>& wanted);

/// A network with the weights of others.
struct ImportedWeights {
  std::map<std::string, tensor::Tensor> weights;  ///< All that the network has.
  Transfer transfer;
};

/// Fits the weights into a network of this architecture, its head included. What the file lacks is drawn afresh, from a
/// fixed seed. Throws UserError naming a tensor of another shape.
ImportedWeights import_weights(const Architecture& architecture, std::map<std::string, tensor::Tensor> weights);

}  // namespace gerund::nets
