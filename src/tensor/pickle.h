// tensor/pickle.h - what a Python pickle says, without doing any of it (protocols 0 to 5; format: Lib/pickletools.py).
//
// Note [Pickles do nothing here]: to Python a pickle is a program that may call any function. Here a call is a Node
// like any other: what was to be called and with what. Nothing is looked up, imported or run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gerund::tensor {

/// Index of a node in its pickle.
using NodeIndex = uint32_t;

struct Node {
  enum class Kind {
    none,
    boolean,     ///< number: 0 or 1.
    integer,     ///< number; beyond 64 bits it is `opaque`, text: its little-endian bytes.
    real,        ///< Value is not kept: no weights file needs it.
    text,        ///< text: str or bytes, as they stand in the file.
    list,        ///< items; sets as well.
    tuple,       ///< items.
    dict,        ///< items: key, value, key, value, ...
    global,      ///< text: "module\nname", or items: module and name (both text).
    call,        ///< items: what is called, its arguments (a tuple), then key, value, ... set on the result.
    persistent,  ///< items: the one thing that stands for an object outside the pickle.
    opaque       ///< Anything else.
  };
  Kind kind = Kind::none;
  int64_t number = 0;
  std::string_view text;
  std::vector<NodeIndex> items;
};

/// A parsed pickle. Nodes may share others and stand in circles, as objects of Python do: who walks them bounds the
/// way. Texts view the parsed bytes, which must outlive it.
struct Pickle {
  std::vector<Node> nodes;
  NodeIndex root = 0;
  size_t size = 0;  ///< Bytes that it took, its STOP included.

  const Node& at(NodeIndex index) const { return nodes.at(index); }
  /// "module.name" of a global; "" of any other node.
  std::string global_name(NodeIndex index) const;
};

/// Parses the pickle at the start of `bytes`; what follows it is not looked at. Takes memory in proportion to its
/// length, of nodes 2,000,000 at most. Throws UserError naming `name` where it is no pickle, is cut short, or larger.
Pickle parse_pickle(std::string_view bytes, const std::string& name);

}  // namespace gerund::tensor
