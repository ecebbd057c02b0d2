#include "train/peers.h"

#include <fmt/format.h>

// Debian builds LibTorch with Gloo, but leaves it to users to say so.
#ifndef USE_C10D_GLOO
#define USE_C10D_GLOO
#endif
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <algorithm>
#include <chrono>
#include <cstring>

#include "base/error.h"

namespace gerund::train {
namespace {

constexpr int64_t kBucketBytes = 25 << 20;
constexpr std::chrono::minutes kJoining{10};
constexpr std::chrono::minutes kAnswering{30};  // A peer may be validating or writing meanwhile.

// The first line of what c10d says; the rest is a stack.
std::string first_line(const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  const std::string text = torch_error != nullptr ? torch_error->what_without_backtrace() : error.what();
  return text.substr(0, text.find('\n'));
}

template <typename Call>
auto talk(const Call& call) {
  try {
    return call();
  } catch (const std::exception& error) {
    throw base::UserError(
        fmt::format("another process of this training is gone or cannot be reached ({}); what the last checkpoint "
                    "holds is saved: start all processes again to go on",
                    first_line(error)));
  }
}

torch::Tensor to_bytes(const std::string& text, int64_t size) {
  torch::Tensor bytes = torch::zeros({size}, torch::kUInt8);
  std::memcpy(bytes.data_ptr(), text.data(), text.size());
  return bytes;
}

std::string from_bytes(const torch::Tensor& bytes, int64_t size) {
  const torch::Tensor local = bytes.cpu();
  return {static_cast<const char*>(local.data_ptr()), static_cast<size_t>(size)};
}

}  // namespace

struct Peers::Group {
  c10::intrusive_ptr<c10d::Store> store;
#if TORCH_VERSION_MAJOR >= 2
  c10::intrusive_ptr<c10d::Backend> processes;
#else
  c10::intrusive_ptr<c10d::ProcessGroup> processes;
#endif
};

Peers::Peers(const PeerPlace& place, torch::Device device) : place_(place), device_(device) {
  if (place.size == 1) return;
  group_ = std::make_unique<Group>();
  talk([&] {
    c10d::TCPStoreOptions options;
    options.port = place.master_port;
    options.isServer = place.rank == 0;
    options.numWorkers = static_cast<size_t>(place.size);
    options.timeout = kJoining;
    group_->store = c10::make_intrusive<c10d::TCPStore>(place.master_host, options);
#ifdef USE_C10D_NCCL
    if (device.is_cuda()) {
      group_->processes = c10::make_intrusive<c10d::ProcessGroupNCCL>(group_->store, place.rank, place.size);
      return;
    }
#endif
    const auto gloo = c10d::ProcessGroupGloo::Options::create(kAnswering);
    gloo->devices.push_back(c10d::ProcessGroupGloo::createDefaultDevice());
    group_->processes = c10::make_intrusive<c10d::ProcessGroupGloo>(group_->store, place.rank, place.size, gloo);
  });
}

Peers::~Peers() = default;

void Peers::sum(const std::vector<torch::Tensor>& tensors) {
  if (!group_) return;
  struct Bucket {
    std::vector<torch::Tensor> parts;
    std::vector<torch::Tensor> flat;  // One, as c10d wants it.
    c10::intrusive_ptr<c10d::Work> work;
  };
  talk([&] {
    torch::NoGradGuard no_grad;
    std::vector<Bucket> buckets;
    for (size_t i = 0; i < tensors.size();) {
      Bucket& bucket = buckets.emplace_back();
      int64_t bytes = 0;
      std::vector<torch::Tensor> pieces;
      for (; i < tensors.size() && (pieces.empty() || bytes < kBucketBytes); ++i) {
        bucket.parts.push_back(tensors[i]);
        pieces.push_back(tensors[i].reshape({-1}));
        bytes += static_cast<int64_t>(tensors[i].nbytes());
      }
      bucket.flat = {torch::cat(pieces)};
      bucket.work = group_->processes->allreduce(bucket.flat);
    }
    for (Bucket& bucket : buckets) {
      bucket.work->wait();
      int64_t offset = 0;
      for (torch::Tensor& part : bucket.parts) {
        part.copy_(bucket.flat[0].narrow(0, offset, part.numel()).view_as(part));
        offset += part.numel();
      }
    }
  });
}

std::vector<double> Peers::sum(const std::vector<double>& values) {
  if (!group_) return values;
  torch::Tensor sums = torch::tensor(c10::ArrayRef<double>(values), torch::kFloat64).to(device_);
  sum(std::vector<torch::Tensor>{sums});
  sums = sums.cpu();
  const auto* first = sums.data_ptr<double>();
  return {first, first + values.size()};
}

std::string Peers::from_writer(const std::string& bytes) {
  if (!group_) return bytes;
  return talk([&] {
    std::vector<torch::Tensor> size{torch::tensor({static_cast<int64_t>(bytes.size())}).to(device_)};
    group_->processes->broadcast(size)->wait();
    const auto count = size[0].item<int64_t>();
    std::vector<torch::Tensor> data{to_bytes(is_writer() ? bytes : "", count).to(device_)};
    group_->processes->broadcast(data)->wait();
    return from_bytes(data[0], count);
  });
}

std::vector<std::string> Peers::gather(const std::string& bytes) {
  if (!group_) return {bytes};
  return talk([&] {
    const auto gathered = [&](const torch::Tensor& own) {
      std::vector<torch::Tensor> mine{own.to(device_)};
      std::vector<std::vector<torch::Tensor>> all(1);
      for (int i = 0; i < place_.size; ++i) all[0].push_back(torch::empty_like(mine[0]));
      group_->processes->allgather(all, mine)->wait();
      return all[0];
    };
    std::vector<int64_t> sizes;
    for (const torch::Tensor& size : gathered(torch::tensor({static_cast<int64_t>(bytes.size())})))
      sizes.push_back(size.item<int64_t>());
    const int64_t longest = *std::max_element(sizes.begin(), sizes.end());
    const std::vector<torch::Tensor> all = gathered(to_bytes(bytes, longest));
    std::vector<std::string> texts;
    for (size_t i = 0; i < all.size(); ++i) texts.push_back(from_bytes(all[i], sizes[i]));
    return texts;
  });
}

}  // namespace gerund::train
