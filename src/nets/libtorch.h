// nets/libtorch.h - LibTorch, as far as most files use it: tensors, modules, autograd functions. <torch/torch.h> brings
// ten times as much (optimizers, data loaders, every module), which costs each file that includes it, precompiled or
// not, twice the time.
#pragma once

#include <torch/csrc/autograd/custom_function.h>
#include <torch/cuda.h>
#include <torch/nn/functional/loss.h>
#include <torch/nn/init.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/types.h>
#include <torch/utils.h>
