#include "infer/onednn/memories.h"

#include <algorithm>
#include <cstring>

namespace gerund::infer {
namespace {

using dnnl::memory;
using Axes = ConvShape::Axes;
using Dims = memory::dims;

void append_eltwise(dnnl::post_ops& steps, dnnl::algorithm algorithm, float alpha, float beta) {
#if DNNL_VERSION_MAJOR >= 3
  steps.append_eltwise(algorithm, alpha, beta);
#else
  steps.append_eltwise(1.0F, algorithm, alpha, beta);
#endif
}

memory::format_tag tag_of(Layout layout) {
  if (layout == Layout::plain) return memory::format_tag::abcde;
  if (layout != Layout::blocked) return memory::format_tag::acdeb;
  return block_lanes() == 16 ? memory::format_tag::aBcde16b : memory::format_tag::aBcde8b;
}

memory::data_type type_of(Layout layout) {
  if (layout == Layout::bf16) return memory::data_type::bf16;
  return layout == Layout::u8 ? memory::data_type::u8 : memory::data_type::f32;
}

}  // namespace

const dnnl::engine& cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

tensor::Shape input_shape(const ConvShape& conv) {
  return {conv.batch, conv.in_channels, conv.input[0], conv.input[1], conv.input[2]};
}

tensor::Shape output_shape(const ConvShape& conv) {
  return {conv.batch, conv.out_channels, conv.output[0], conv.output[1], conv.output[2]};
}

memory::desc describe(const tensor::Shape& shape, Layout layout) {
  return {Dims(shape.begin(), shape.end()), type_of(layout), tag_of(layout)};
}

Dims dims(const Axes& axes) {
  return {axes[0], axes[1], axes[2]};
}

memory view(const memory::desc& description, const float* data) {
  return {description, cpu(), const_cast<float*>(data)};  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

memory reordered(const memory& given, const memory::desc& wanted) {
  if (given.get_desc() == wanted) return given;
  memory from = given, to(wanted, cpu());
  dnnl::stream stream(cpu());
  dnnl::reorder(from, to).execute(stream, from, to);
  stream.wait();
  return to;
}

memory zeros(const memory::desc& description) {
  memory made(description, cpu());
  std::memset(made.get_data_handle(), 0, description.get_size());
  return made;
}

int64_t floats_for(size_t bytes) {
  constexpr size_t kLine = 64;
  return static_cast<int64_t>((bytes + kLine - 1) / kLine * (kLine / sizeof(float)));
}

void append_clamp(dnnl::post_ops& steps, const Clamp& clamp) {
  if (clamp.is_none()) return;
  if (clamp.low == 0 && !clamp.has_high()) {
    append_eltwise(steps, dnnl::algorithm::eltwise_relu, 0, 0);
    return;
  }
  append_eltwise(steps, dnnl::algorithm::eltwise_clip, std::max(clamp.low, std::numeric_limits<float>::lowest()),
                 std::min(clamp.high, std::numeric_limits<float>::max()));
}

void append_linear(dnnl::post_ops& steps, float factor) {
  append_eltwise(steps, dnnl::algorithm::eltwise_linear, factor, 0);
}

}  // namespace gerund::infer
