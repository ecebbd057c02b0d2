#include "train/peers.h"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

// Debian builds LibTorch with Gloo, but leaves it to users to say so.
#ifndef USE_C10D_GLOO
#define USE_C10D_GLOO
#endif
#include <torch/version.h>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"

namespace gerund::train {
namespace {

constexpr int kSums = 4;  // At once, by Gloo: those that a layer waits for pass gradients that are under way.
constexpr std::chrono::minutes kJoining{10};
constexpr std::chrono::milliseconds kPause{300};
constexpr std::chrono::milliseconds kAwake{20};
constexpr std::chrono::seconds kConnecting{30};  // To one that listens.
constexpr std::chrono::minutes kAnswering{30};   // A peer may be validating or writing meanwhile.

using Deadline = std::chrono::steady_clock::time_point;

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

// Between tries a signal is looked for: c10d itself would wait for minutes without doing so.
void pause_joining(const PeerPlace& place, Deadline end) {
  if (base::interrupted()) throw base::Interrupted("Stopped while waiting for the other processes.");
  if (std::chrono::steady_clock::now() > end) {
    throw base::UserError(
        fmt::format("{}:{}: not all {} processes came within {} minutes; start them all, with the same MASTER_ADDR and "
                    "MASTER_PORT",
                    place.master_host, place.master_port, place.size, kJoining.count()));
  }
  std::this_thread::sleep_for(kPause);
}

/// Whether somebody takes connections there. c10d would try by itself, but with a line of complaint for every try.
bool is_listening(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return false;
  bool listens = false;
  for (const addrinfo* address = found; address != nullptr && !listens; address = address->ai_next) {
    const int descriptor = ::socket(address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) continue;
    pollfd connected{descriptor, POLLOUT, 0};
    int error = ::connect(descriptor, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    socklen_t size = sizeof error;
    if (error == EINPROGRESS && ::poll(&connected, 1, static_cast<int>(kPause.count())) == 1)
      ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
    listens = error == 0;
    ::close(descriptor);
  }
  ::freeaddrinfo(found);
  return listens;
}

c10::intrusive_ptr<c10d::Store> open_store(const PeerPlace& place, Deadline end) {
  c10d::TCPStoreOptions options;
  options.port = place.master_port;
  options.isServer = place.rank == 0;
  options.waitWorkers = false;
  options.timeout = kConnecting;
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  options.useLibUV = false;  // Debian builds without, and then refuses what is the default.
#endif
  while (!options.isServer && !is_listening(place.master_host, place.master_port)) pause_joining(place, end);
  return talk([&] { return c10::make_intrusive<c10d::TCPStore>(place.master_host, options); });
}

void wait_for_all(c10d::Store& store, const PeerPlace& place, Deadline end) {
  const std::string key = "gerund_joined";
  talk([&] { return store.add(key, 1); });
  while (talk([&] { return store.add(key, 0); }) < place.size) pause_joining(place, end);
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

// On processors awake at first: a core that sleeps, one of a virtual machine above all, wakes later than a small sum
// takes. On GPUs nothing waits here: what comes after the sum is queued behind it.
void wait_for(c10d::Work& work, torch::Device device) {
  const auto end = std::chrono::steady_clock::now() + kAwake;
  while (device.is_cpu() && !work.isCompleted() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  work.wait();
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
  base::log_info(fmt::format("Process {} of {}: waiting for the others at {}:{}", place.rank, place.size,
                             place.master_host, place.master_port));
  const auto end = std::chrono::steady_clock::now() + kJoining;
  group_->store = open_store(place, end);
  wait_for_all(*group_->store, place, end);
  talk([&] { join(); });
}

void Peers::join() {
  group_->store->setTimeout(kAnswering);
#ifdef USE_C10D_NCCL
  if (device_.is_cuda()) {
    group_->processes = c10::make_intrusive<c10d::ProcessGroupNCCL>(group_->store, place_.rank, place_.size);
    return;
  }
#endif
  const auto gloo = c10d::ProcessGroupGloo::Options::create(kAnswering);
  gloo->devices.push_back(c10d::ProcessGroupGloo::createDefaultDevice());
  gloo->threads = kSums;
  group_->processes = c10::make_intrusive<c10d::ProcessGroupGloo>(group_->store, place_.rank, place_.size, gloo);
}

Peers::~Peers() = default;

std::function<void()> Peers::begin_sum(std::vector<torch::Tensor> tensors) {
  if (!group_) return [] {};
  return talk([&]() -> std::function<void()> {
    const torch::NoGradGuard no_grad;
    std::vector<torch::Tensor> pieces;
    for (const torch::Tensor& tensor : tensors) pieces.push_back(tensor.reshape({-1}));
    std::vector<torch::Tensor> flat{torch::cat(pieces)};  // One, as c10d wants it.
    const auto work = group_->processes->allreduce(flat);
    return [tensors = std::move(tensors), flat = flat[0], work] {
      const torch::NoGradGuard quiet;
      talk([&] { wait_for(*work, flat.device()); });
      int64_t offset = 0;
      for (const torch::Tensor& tensor : tensors) {
        tensor.copy_(flat.narrow(0, offset, tensor.numel()).view_as(tensor));
        offset += tensor.numel();
      }
    };
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
