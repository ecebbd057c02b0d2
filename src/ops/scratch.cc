#include "ops/scratch.h"

#include <array>
#include <cstdlib>
#include <memory>
#include <new>

namespace gerund::ops {
namespace {

constexpr size_t kCacheLine = 64;

struct Release {
  void operator()(void* memory) const { std::free(memory); }
};

struct Room {
  std::unique_ptr<void, Release> memory;
  size_t num_bytes = 0;
};

}  // namespace

float* scratch(Scratch use, size_t num_bytes) {
  thread_local std::array<Room, 2> rooms;
  Room& room = rooms.at(static_cast<size_t>(use));
  if (room.num_bytes < num_bytes || !room.memory) {
    room = {};
    const size_t size = (num_bytes / kCacheLine + 1) * kCacheLine;
    room.memory.reset(std::aligned_alloc(kCacheLine, size));
    if (!room.memory) throw std::bad_alloc();
    room.num_bytes = size;
  }
  return static_cast<float*>(room.memory.get());
}

}  // namespace gerund::ops
