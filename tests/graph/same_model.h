// tests/graph/same_model.h - equality of graphs, field by field.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "graph/model.h"

namespace gerund::graph {

inline void expect_same_tensor(const tensor::Tensor& a, const tensor::Tensor& b, const std::string& what) {
  EXPECT_EQ(a.shape(), b.shape()) << what;
  EXPECT_EQ(a.dtype(), b.dtype()) << what;
  EXPECT_TRUE(std::ranges::equal(a.raw(), b.raw())) << what;
}

inline void expect_same_values(const std::vector<Value>& a, const std::vector<Value>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].name, b[i].name);
    EXPECT_EQ(a[i].shape, b[i].shape) << a[i].name;
  }
}

inline void expect_same_attribute(const Attribute& a, const Attribute& b, const std::string& what) {
  ASSERT_EQ(a.index(), b.index()) << what;
  if (const auto* tensor = std::get_if<tensor::Tensor>(&a)) {
    expect_same_tensor(*tensor, std::get<tensor::Tensor>(b), what);
    return;
  }
  std::visit(
      [&](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (!std::is_same_v<T, tensor::Tensor>) {
          EXPECT_EQ(value, std::get<T>(b)) << what;
        }
      },
      a);
}

inline void expect_same_node(const Node& a, const Node& b) {
  EXPECT_EQ(a.op, b.op);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.inputs, b.inputs) << a.name;
  EXPECT_EQ(a.outputs, b.outputs) << a.name;
  ASSERT_EQ(a.attributes.size(), b.attributes.size()) << a.name;
  for (const auto& [name, value] : a.attributes) {
    ASSERT_TRUE(b.attributes.count(name)) << a.name << " " << name;
    expect_same_attribute(value, b.attributes.at(name), a.name + " " + name);
  }
}

inline void expect_same_model(const Model& a, const Model& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.opset, b.opset);
  EXPECT_EQ(a.metadata, b.metadata);
  expect_same_values(a.inputs, b.inputs);
  expect_same_values(a.outputs, b.outputs);
  ASSERT_EQ(a.nodes.size(), b.nodes.size());
  for (size_t i = 0; i < a.nodes.size(); ++i) expect_same_node(a.nodes[i], b.nodes[i]);
  ASSERT_EQ(a.initializers.size(), b.initializers.size());
  for (const auto& [name, weight] : a.initializers) {
    ASSERT_TRUE(b.initializers.count(name)) << name;
    expect_same_tensor(weight, b.initializers.at(name), name);
  }
}

}  // namespace gerund::graph
