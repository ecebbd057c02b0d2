#include "tensor/torch_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "tensor/pickle.h"
#include "tensor/stored_type.h"
#include "tensor/zip_archive.h"

namespace gerund::tensor {
namespace {

using Kind = Node::Kind;
using Entries = std::vector<std::pair<NodeIndex, NodeIndex>>;

// torch/serialization.py: MAGIC_NUMBER 0x1950a86a20f9469cfc6c and PROTOCOL_VERSION 1001.
constexpr std::string_view kMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);
constexpr std::string_view kStreamStart("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 14);
constexpr int64_t kStreamProtocol = 1001;

constexpr int kDeepest = 32;
constexpr int64_t kMostVisits = 1'000'000;
constexpr size_t kLongestName = 1024;
constexpr size_t kMostAxes = 16;
constexpr uint64_t kSpareBytes = 1 << 20;
constexpr uint64_t kMostRepeats = 4;

struct StorageType {
  std::string_view name;
  StoredType type;
};
constexpr std::array kStorageTypes{
    StorageType{"FloatStorage", StoredType::f32},     StorageType{"HalfStorage", StoredType::f16},
    StorageType{"BFloat16Storage", StoredType::bf16}, StorageType{"DoubleStorage", StoredType::f64},
    StorageType{"LongStorage", StoredType::i64},      StorageType{"IntStorage", StoredType::i32},
    StorageType{"ShortStorage", StoredType::i16},     StorageType{"CharStorage", StoredType::i8},
    StorageType{"ByteStorage", StoredType::u8},       StorageType{"BoolStorage", StoredType::boolean}};

/// Where the elements of a storage are found, once a tensor asks for them.
using StorageBytes = std::function<std::string_view(const std::string& key)>;

/// From the objects of a pickle to tensors.
class WeightReader {
 public:
  WeightReader(const Pickle& pickle, std::string name, uint64_t file_size)
      : pickle_(pickle), name_(std::move(name)), bytes_left_(kMostRepeats * file_size + kSpareBytes) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw base::UserError(fmt::format("{}: not a usable file of PyTorch: {}", name_, what));
  }

  TensorFile read(const StorageBytes& storage, bool is_big_endian) {
    storage_ = &storage;
    is_big_endian_ = is_big_endian;
    const Node& root = pickle_.at(pickle_.root);
    check_root(root);
    collect(weights_under(root), "", 0);
    if (file_.tensors.empty()) fail("it holds no dictionary of tensors; save model.state_dict() with torch.save");
    return std::move(file_);
  }

  /// The type of what a storage holds; nullopt for a node that is none. Throws for types that are not read.
  struct StorageId {
    std::string key;
    StoredType type = StoredType::f32;
    int64_t view_offset = 0;  ///< Of the old stream's views into other storages.
  };
  StorageId storage_id(const Node& node) const {
    const std::vector<NodeIndex>& parts =
        node.kind == Kind::persistent ? pickle_.at(node.items.at(0)).items : node.items;
    const bool is_storage = node.kind == Kind::persistent && parts.size() >= 5 &&
                            pickle_.at(parts[0]).text == "storage" && pickle_.at(parts[2]).kind == Kind::text;
    if (!is_storage) fail("a tensor of it has no storage");
    StorageId id;
    id.key = std::string(pickle_.at(parts[2]).text.substr(0, kLongestName));
    id.type = storage_type(pickle_.global_name(parts[1]));
    if (parts.size() >= 6 && pickle_.at(parts[5]).kind == Kind::tuple && pickle_.at(parts[5]).items.size() >= 2)
      id.view_offset = pickle_.at(pickle_.at(parts[5]).items[1]).number;
    return id;
  }

 private:
  StoredType storage_type(const std::string& global) const {
    const std::string_view name = std::string_view(global).substr(global.rfind('.') + 1);
    const bool is_torch = global.starts_with("torch.");
    for (const StorageType& known : kStorageTypes) {
      if (is_torch && known.name == name) return known.type;
    }
    fail(fmt::format("it holds tensors of '{}'; float, half, bfloat16, double, whole and bool ones are read", global));
  }

  void check_root(const Node& root) const {
    if (const Node* flag = find(root, "state_dict_encrypted"); flag != nullptr && flag->number != 0)
      fail("NVIDIA's TAO has encrypted its weights, and only TAO opens it; save it there without a key");
    if (root.kind == Kind::call && !is_dictionary(root) && !is_tensor(root))
      fail(fmt::format("it holds a whole object of class '{}', not its weights; save model.state_dict() instead",
                       pickle_.global_name(root.items.at(0)).substr(0, kLongestName)));
  }

  bool is_dictionary(const Node& node) const {
    if (node.kind != Kind::call) return node.kind == Kind::dict;
    const std::string callee = pickle_.global_name(node.items.at(0));
    return callee == "collections.OrderedDict" || callee == "collections.defaultdict";
  }

  bool is_tensor(const Node& node) const {
    return node.kind == Kind::call && pickle_.global_name(node.items.at(0)).starts_with("torch._utils._rebuild_");
  }

  /// Keys and values. Python 2 gives those of an OrderedDict as its argument, [[key, value], ...].
  Entries entries(const Node& node) const {
    Entries found;
    size_t first = 0;
    if (node.kind == Kind::call) {
      first = 2;
      const Node& arguments = pickle_.at(node.items.at(1));
      if (arguments.items.size() == 1) {
        for (const NodeIndex pair : pickle_.at(arguments.items[0]).items) {
          const std::vector<NodeIndex>& both = pickle_.at(pair).items;
          if (both.size() == 2) found.emplace_back(both[0], both[1]);
        }
      }
    }
    for (size_t i = first; i + 1 < node.items.size(); i += 2) found.emplace_back(node.items[i], node.items[i + 1]);
    return found;
  }

  const Node* find(const Node& node, std::string_view key) const {
    if (!is_dictionary(node)) return nullptr;
    const Node* found = nullptr;
    for (const auto& [name, value] : entries(node)) {
      if (pickle_.at(name).kind == Kind::text && pickle_.at(name).text == key) found = &pickle_.at(value);
    }
    return found;
  }

  /// The dictionary of weights in what a trainer saved; the whole where it is that itself.
  const Node& weights_under(const Node& root) const {
    const Node* node = &root;
    for (int depth = 0; depth < kDeepest; ++depth) {
      const Node* inner = nullptr;
      for (const char* key : {"state_dict", "model_state_dict", "model_state", "model"}) {
        const Node* found = find(*node, key);
        if (inner == nullptr && found != nullptr && is_dictionary(*found)) inner = found;
      }
      if (inner == nullptr) break;
      node = inner;
    }
    return *node;
  }

  void collect(const Node& node, const std::string& prefix, int depth) {
    if (depth > kDeepest) fail(fmt::format("its dictionaries are nested more than {} deep", kDeepest));
    if (!is_dictionary(node)) return;
    for (const auto& [key, value] : entries(node)) {
      if (++visits_ > kMostVisits) fail(fmt::format("its dictionaries have more than {} entries", kMostVisits));
      const Node& named = pickle_.at(key);
      if (named.kind != Kind::text) continue;
      if (prefix.size() + named.text.size() > kLongestName) fail("a tensor of it has a name that is too long");
      const std::string name = prefix + std::string(named.text);
      if (is_tensor(pickle_.at(value))) {
        file_.tensors[name] = make_tensor(pickle_.at(value), name, 0);
      } else {
        collect(pickle_.at(value), name + ".", depth + 1);
      }
    }
  }

  Tensor make_tensor(const Node& node, const std::string& name, int depth) {
    const std::string callee = pickle_.global_name(node.items.at(0));
    const std::vector<NodeIndex>& arguments = pickle_.at(node.items.at(1)).items;
    if (callee == "torch._utils._rebuild_parameter" || callee == "torch._utils._rebuild_parameter_with_state") {
      if (arguments.empty() || depth > kDeepest || !is_tensor(pickle_.at(arguments[0])))
        fail(fmt::format("parameter '{}' holds no tensor", name));
      return make_tensor(pickle_.at(arguments[0]), name, depth + 1);
    }
    if ((callee != "torch._utils._rebuild_tensor_v2" && callee != "torch._utils._rebuild_tensor") ||
        arguments.size() < 4)
      fail(fmt::format("tensor '{}' is of a kind that is not read ({}): sparse, quantized or of a newer PyTorch", name,
                       callee.substr(0, kLongestName)));
    return view_of(arguments, name);
  }

  struct View {
    int64_t offset = 0;
    Shape shape;
    std::vector<int64_t> strides;
    int64_t size = 1;  ///< Elements.
  };

  std::vector<int64_t> counts(NodeIndex index, const std::string& name) const {
    const Node& node = pickle_.at(index);
    if (node.items.size() > kMostAxes) fail(fmt::format("tensor '{}' has more than {} axes", name, kMostAxes));
    std::vector<int64_t> values;
    for (const NodeIndex item : node.items) {
      if (pickle_.at(item).kind != Kind::integer || pickle_.at(item).number < 0)
        fail(fmt::format("tensor '{}' has a shape or stride that is no list of counts", name));
      values.push_back(pickle_.at(item).number);
    }
    return values;
  }

  /// Checked against `num_stored`, the elements of its storage.
  void check_view(const View& view, int64_t num_stored, const std::string& name) const {
    int64_t last = view.offset;
    for (size_t axis = 0; axis < view.shape.size(); ++axis) {
      int64_t span = 0;
      if (__builtin_mul_overflow(view.shape[axis] - 1, view.strides[axis], &span) ||
          __builtin_add_overflow(last, span, &last))
        fail(fmt::format("tensor '{}' is impossibly large", name));
    }
    if (last >= num_stored) fail(fmt::format("tensor '{}' reaches beyond its storage", name));
  }

  View read_view(const std::vector<NodeIndex>& arguments, int64_t view_offset, const std::string& name) const {
    View view;
    view.shape = counts(arguments[2], name);
    view.strides = counts(arguments[3], name);
    view.offset = pickle_.at(arguments[1]).number;
    if (view.shape.size() != view.strides.size() || view.offset < 0 || view_offset < 0 ||
        __builtin_add_overflow(view.offset, view_offset, &view.offset))
      fail(fmt::format("tensor '{}' has an offset or strides that do not fit", name));
    for (const int64_t extent : view.shape) {
      if (__builtin_mul_overflow(view.size, extent, &view.size))
        fail(fmt::format("tensor '{}' is impossibly large", name));
    }
    return view;
  }

  Tensor view_of(const std::vector<NodeIndex>& arguments, const std::string& name) {
    const StorageId id = storage_id(pickle_.at(arguments[0]));
    const View view = read_view(arguments, id.view_offset, name);
    const auto element = stored_size(id.type);
    const std::string_view bytes = (*storage_)(id.key);
    if (view.size > 0) check_view(view, static_cast<int64_t>(bytes.size()) / element, name);
    int64_t size = 0;
    if (__builtin_mul_overflow(view.size, element, &size) || static_cast<uint64_t>(size) > bytes_left_)
      fail(fmt::format("its tensors, '{}' among them, claim many times what the file stores", name));
    bytes_left_ -= static_cast<uint64_t>(size);
    Tensor tensor(view.shape, held_as(id.type));
    if (view.size > 0) fill(tensor, id.type, view, bytes);
    return tensor;
  }

  static bool is_dense(const View& view) {
    int64_t expected = 1;
    for (size_t axis = view.shape.size(); axis-- > 0;) {
      if (view.shape[axis] != 1 && view.strides[axis] != expected) return false;
      expected *= view.shape[axis];
    }
    return true;
  }

  void fill(Tensor& tensor, StoredType type, const View& view, std::string_view bytes) const {
    const auto element = static_cast<size_t>(stored_size(type));
    const bool is_swapped = is_big_endian_ && element > 1;
    if (is_dense(view) && !is_swapped)
      return copy_elements(type, bytes.data() + static_cast<size_t>(view.offset) * element, tensor);
    std::string dense;
    dense.reserve(static_cast<size_t>(view.size) * element);
    std::vector<int64_t> at(view.shape.size(), 0);
    for (int64_t i = 0; i < view.size; ++i) {
      int64_t position = view.offset;
      for (size_t axis = 0; axis < at.size(); ++axis) position += at[axis] * view.strides[axis];
      dense.append(bytes.substr(static_cast<size_t>(position) * element, element));
      if (is_swapped) std::reverse(dense.end() - static_cast<std::ptrdiff_t>(element), dense.end());
      for (size_t axis = at.size(); axis-- > 0 && ++at[axis] == view.shape[axis];) at[axis] = 0;
    }
    copy_elements(type, dense.data(), tensor);
  }

  const Pickle& pickle_;
  const std::string name_;
  uint64_t bytes_left_;  // Of tensors still to be made.
  const StorageBytes* storage_ = nullptr;
  bool is_big_endian_ = false;
  int64_t visits_ = 0;
  TensorFile file_;
};

/// ARCHIVE/data.pkl, ARCHIVE/data/KEY for each storage, ARCHIVE/byteorder; ARCHIVE is any name.
TensorFile parse_zip(std::string_view bytes, const std::string& name) {
  const ZipArchive archive(bytes, name);
  const std::string entry = archive.find_suffix("/data.pkl");
  if (entry.empty())
    throw base::UserError(fmt::format(
        "{}: a zip file, but none that torch.save wrote (it has no data.pkl); give a .pth of weights", name));
  const std::string folder = entry.substr(0, entry.size() - std::string_view("data.pkl").size());
  if (archive.has(folder + "constants.pkl"))
    throw base::UserError(
        fmt::format("{}: a TorchScript archive, not weights; save model.state_dict() with torch.save instead", name));
  const bool is_big_endian = archive.has(folder + "byteorder") && archive.read(folder + "byteorder") == "big";
  const Pickle pickle = parse_pickle(archive.read(entry), name);
  WeightReader reader(pickle, name, bytes.size());
  std::map<std::string, std::string_view> checked;  // Many tensors may view one storage: its checksum is taken once.
  const auto storage = [&](const std::string& key) {
    const auto found = checked.find(key);
    return found != checked.end() ? found->second : checked[key] = archive.read(folder + "data/" + key);
  };
  return reader.read(storage, is_big_endian);
}

/// The stream: pickles of the magic number, the protocol, the machine, the object and the keys of its storages; then
/// for each key the number of its elements, int64, and the elements, little-endian on every machine.
class StreamReader {
 public:
  StreamReader(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  TensorFile read() {
    if (next_value().text != kMagic) fail("it does not begin as one does");
    if (const Node protocol = next_value(); protocol.number != kStreamProtocol)
      fail(fmt::format("its protocol is {}, {} is read", protocol.number, kStreamProtocol));
    next_value();
    const Pickle pickle = next();
    const Pickle keys = next();
    WeightReader reader(pickle, name_, bytes_.size());
    read_storages(reader, pickle, keys);
    return reader.read([&](const std::string& key) { return storage(key); }, false);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw base::UserError(fmt::format("{}: not a usable file of PyTorch: {}", name_, what));
  }

  Pickle next() {
    Pickle pickle = parse_pickle(bytes_.substr(at_), name_);
    at_ += pickle.size;
    return pickle;
  }

  Node next_value() {
    const Pickle pickle = next();
    return pickle.at(pickle.root);
  }

  std::string_view storage(const std::string& key) const {
    const auto found = storages_.find(key);
    if (found == storages_.end()) fail(fmt::format("it lacks storage '{}'", key));
    return found->second;
  }

  void read_storages(const WeightReader& reader, const Pickle& pickle, const Pickle& keys) {
    std::map<std::string, StoredType> types;
    for (const Node& node : pickle.nodes) {
      if (node.kind != Kind::persistent) continue;
      const WeightReader::StorageId id = reader.storage_id(node);
      types[id.key] = id.type;
    }
    for (const NodeIndex index : keys.at(keys.root).items) {
      const std::string key(keys.at(index).text);
      const auto type = types.find(key);
      if (type == types.end()) fail(fmt::format("nothing says the type of storage '{}'", key));
      read_storage(key, static_cast<uint64_t>(stored_size(type->second)));
    }
  }

  void read_storage(const std::string& key, uint64_t element) {
    int64_t count = 0;
    if (bytes_.size() - at_ < sizeof count) fail("it is cut short");
    std::memcpy(&count, bytes_.data() + at_, sizeof count);
    at_ += sizeof count;
    if (count < 0 || static_cast<uint64_t>(count) > (bytes_.size() - at_) / element)
      fail(fmt::format("storage '{}' is cut short", key));
    const uint64_t size = static_cast<uint64_t>(count) * element;
    if (!storages_.emplace(key, bytes_.substr(at_, size)).second) fail(fmt::format("storage '{}' is there twice", key));
    at_ += size;
  }

  std::string_view bytes_;
  const std::string& name_;
  size_t at_ = 0;
  std::map<std::string, std::string_view> storages_;
};

}  // namespace

bool is_torch_file(std::string_view bytes) {
  return ZipArchive::begins_like_one(bytes) || bytes.starts_with(kStreamStart);
}

TensorFile parse_torch_file(std::string_view bytes, const std::string& name) {
  if (ZipArchive::begins_like_one(bytes)) return parse_zip(bytes, name);
  if (bytes.starts_with(kStreamStart)) return StreamReader(bytes, name).read();
  throw base::UserError(
      fmt::format("{}: is no file of torch.save (neither its zip file nor its older stream); give a .pth or .pt of "
                  "weights",
                  name));
}

TensorFile read_torch_file(const std::filesystem::path& path) {
  return parse_torch_file(base::read_file(path), path.string());
}

}  // namespace gerund::tensor
