#include "tensor/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"

namespace gerund::tensor {
namespace {

// A file made by hand from the format's documentation: 8-byte little-endian header length, JSON, data.
std::string handmade(const std::string& header, const std::string& data) {
  std::string bytes(8, '\0');
  const uint64_t length = header.size();
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

std::string floats(std::initializer_list<float> values) {
  return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(float)};
}

TEST(Safetensors, ReadsAHandmadeFile) {
  const TensorFile file = parse_safetensors(
      handmade(R"({"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"__metadata__":{"note":"hi"}})",
               floats({1.5F, -2.0F})),
      "x");
  EXPECT_EQ(file.metadata.at("note"), "hi");
  EXPECT_EQ(file.tensors.at("w").shape(), (Shape{1, 2}));
  EXPECT_EQ(file.tensors.at("w").floats()[1], -2.0F);
}

TEST(Safetensors, WidensHalfPrecision) {
  // 0x3C00 is 1, 0xC000 is -2, 0x0001 is 2^-24 in IEEE 754 half; 0x3F80 is 1 in bfloat16.
  const TensorFile half = parse_safetensors(
      handmade(R"({"h":{"dtype":"F16","shape":[3],"data_offsets":[0,6]}})", std::string("\x00\x3C\x00\xC0\x01\x00", 6)),
      "x");
  EXPECT_EQ(half.tensors.at("h").floats()[0], 1.0F);
  EXPECT_EQ(half.tensors.at("h").floats()[1], -2.0F);
  EXPECT_EQ(half.tensors.at("h").floats()[2], 0x1p-24F);
  const TensorFile brain = parse_safetensors(
      handmade(R"({"b":{"dtype":"BF16","shape":[],"data_offsets":[0,2]}})", std::string("\x80\x3F", 2)), "x");
  EXPECT_EQ(brain.tensors.at("b").floats()[0], 1.0F);
}

TEST(Safetensors, WhatIsWrittenIsReadBack) {
  const auto path = std::filesystem::path(testing::TempDir()) / "round_trip.safetensors";
  TensorFile file;
  file.tensors["a"] = Tensor({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
  file.tensors["count"] = Tensor({}, DType::i64);
  file.tensors["count"].ints()[0] = 1LL << 40;
  file.tensors["empty"] = Tensor({0, 4});
  file.metadata["quote"] = "\"ü\n";
  write_safetensors(path, file);
  const TensorFile back = read_safetensors(path);
  EXPECT_EQ(back.metadata, file.metadata);
  EXPECT_EQ(read_safetensors_metadata(path), file.metadata);
  ASSERT_EQ(back.tensors.size(), 3U);
  EXPECT_EQ(back.tensors.at("a").floats()[5], 6.0F);
  EXPECT_EQ(back.tensors.at("count").ints()[0], 1LL << 40);
  EXPECT_EQ(back.tensors.at("empty").shape(), (Shape{0, 4}));
  std::filesystem::remove(path);
}

TEST(Safetensors, EveryKindOfDamageIsAUserError) {
  const std::string good = handmade(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", floats({1, 2}));
  for (size_t length = 0; length < good.size(); ++length)
    EXPECT_THROW(parse_safetensors(good.substr(0, length), "x"), base::UserError) << length;
  EXPECT_THROW(parse_safetensors(good + "x", "x"), base::UserError);
  for (const char* header :
       {R"([])", R"({"w":1})", R"({"w":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}})",
        R"({"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})",
        R"({"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})",
        R"({"w":{"dtype":"F32","shape":[4611686018427387905,4],"data_offsets":[0,8]}})",
        R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
        R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", R"({"__metadata__":{"a":1}})"}) {
    EXPECT_THROW(parse_safetensors(handmade(header, floats({1, 2})), "x"), base::UserError) << header;
  }
}

TEST(Safetensors, FlippedBitsNeverDoWorseThanAUserError) {
  const std::string good =
      handmade(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"__metadata__":{"k":"v"}})", floats({1, 2}));
  base::Random random(11);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = good;
    for (int64_t flips = 1 + random.below(3); flips > 0; --flips) {
      bytes[static_cast<size_t>(random.below(static_cast<int64_t>(bytes.size())))] ^=
          static_cast<char>(1 << random.below(8));
    }
    try {
      const TensorFile file = parse_safetensors(bytes, "x");
      for (const auto& [name, tensor] : file.tensors)
        EXPECT_EQ(tensor.size() * element_size(tensor.dtype()), static_cast<int64_t>(tensor.raw().size()));
    } catch (const base::UserError&) {
      // What a damaged file deserves.
    }
  }
}

}  // namespace
}  // namespace gerund::tensor
