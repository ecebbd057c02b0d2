// tensor/torch_file.h - files of PyTorch's torch.save: *.pth, *.pt, *.ckpt and TAO's unencrypted *.tlt. Without
// PyTorch, and without running what a pickle asks for (Note [Pickles do nothing here]).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "tensor/safetensors.h"

namespace gerund::tensor {

/// Reads the weights of a file, either of torch.save's formats: the zip file of 1.6 and later, and the stream before
/// it. A file may be the dictionary of weights, or hold it under state_dict, model_state_dict, model_state or model;
/// dictionaries inside are joined to names with dots. All else in it (optimizer state beside the weights, arguments,
/// objects of any class) is passed over. Views of any stride become dense. Float types become float32, signed whole
/// numbers int64, uint8 and bool uint8; metadata stay empty.
///
/// Throws UserError naming `path` for a file that is damaged or cut short, holds no weights, holds a whole network
/// object instead of its weights or complex or quantized ones, or weights that NVIDIA's TAO has encrypted. Makes no
/// more than four times the elements that the file stores, whatever shapes it claims.
TensorFile read_torch_file(const std::filesystem::path& path);
/// Parses the bytes of a file; `name` stands in messages.
TensorFile parse_torch_file(std::string_view bytes, const std::string& name);

/// True for bytes that begin as either format does.
bool is_torch_file(std::string_view bytes);

}  // namespace gerund::tensor
