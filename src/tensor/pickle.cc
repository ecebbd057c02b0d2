#include "tensor/pickle.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <unordered_map>

#include "base/error.h"

namespace gerund::tensor {
namespace {

using Kind = Node::Kind;

constexpr size_t kMostNodes = 2'000'000;  // Of 64 bytes each. Checkpoints have some ten for each tensor.

/// The stack machine of Python's pickle, with nodes in place of objects.
class Machine {
 public:
  Machine(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  Pickle run() {
    while (true) {
      const char op = take(1)[0];
      if (op == '.') break;
      step(op);
    }
    if (!marks_.empty()) fail("it stops inside a list");
    pickle_.root = pop();
    pickle_.size = at_;
    return std::move(pickle_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw base::UserError(fmt::format("{}: not a usable pickle of Python: {} (at byte {})", name_, what, at_));
  }

  // --- bytes ---

  std::string_view take(uint64_t count) {
    if (bytes_.size() - at_ < count) fail("it is cut short");
    const std::string_view taken = bytes_.substr(at_, count);
    at_ += count;
    return taken;
  }

  template <typename T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }

  std::string_view line() {
    const size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) fail("it is cut short");
    const std::string_view taken = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    return taken;
  }

  // --- stack ---

  Node& node(NodeIndex index) { return pickle_.nodes[index]; }

  NodeIndex push(Kind kind, int64_t number = 0, std::string_view text = {}, std::vector<NodeIndex> items = {}) {
    if (pickle_.nodes.size() == kMostNodes) fail(fmt::format("it holds more than {} things", kMostNodes));
    pickle_.nodes.push_back({kind, number, text, std::move(items)});
    stack_.push_back(static_cast<NodeIndex>(pickle_.nodes.size() - 1));
    return stack_.back();
  }

  void push_text(std::string_view text) { push(Kind::text, 0, text); }

  /// Items above the last mark belong to it; what is below cannot be taken before POP_MARK and the like.
  NodeIndex pop() {
    const size_t floor = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() <= floor) fail("it takes from an empty stack");
    const NodeIndex top = stack_.back();
    stack_.pop_back();
    return top;
  }

  NodeIndex top() {
    const NodeIndex index = pop();
    stack_.push_back(index);
    return index;
  }

  std::vector<NodeIndex> pop_mark() {
    if (marks_.empty()) fail("it lacks a mark");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<NodeIndex> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }

  // --- operations ---

  void push_tuple(size_t count) {
    std::vector<NodeIndex> items(count);
    for (size_t i = count; i-- > 0;) items[i] = pop();
    push(Kind::tuple, 0, {}, std::move(items));
  }

  void push_call(NodeIndex callee, NodeIndex arguments) { push(Kind::call, 0, {}, {callee, arguments}); }

  void call() {
    const NodeIndex arguments = pop();
    push_call(pop(), arguments);
  }

  void append(std::vector<NodeIndex> items) {
    Node& target = node(top());
    if (target.kind == Kind::list) target.items.insert(target.items.end(), items.begin(), items.end());
  }

  void set(const std::vector<NodeIndex>& pairs) {
    if (pairs.size() % 2 != 0) fail("it sets a key without a value");
    Node& target = node(top());
    if (target.kind == Kind::dict || target.kind == Kind::call)
      target.items.insert(target.items.end(), pairs.begin(), pairs.end());
  }

  void push_integer_line(std::string_view text) {
    if (text == "00" || text == "01") {
      push(Kind::boolean, text == "01");
      return;
    }
    if (text.ends_with('L')) text.remove_suffix(1);
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    push(is_number ? Kind::integer : Kind::opaque, value, text);
  }

  void push_long(std::string_view bytes) {
    if (bytes.size() > sizeof(int64_t)) {
      push(Kind::opaque, 0, bytes);
      return;
    }
    int64_t value = !bytes.empty() && (bytes.back() & 0x80) ? -1 : 0;
    std::memcpy(&value, bytes.data(), bytes.size());
    push(Kind::integer, value);
  }

  uint64_t length32() {
    const auto length = number<int32_t>();
    if (length < 0) fail("it has a negative length");
    return static_cast<uint64_t>(length);
  }

  void put(uint64_t slot) { memo_[slot] = top(); }

  void get(uint64_t slot) {
    const auto found = memo_.find(slot);
    if (found == memo_.end()) fail(fmt::format("it asks for entry {} of its memo, which is empty", slot));
    stack_.push_back(found->second);
  }

  uint64_t slot_line() {
    const std::string_view text = line();
    uint64_t slot = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), slot);
    if (error != std::errc() || end != text.data() + text.size()) fail("its memo has a slot that is no number");
    return slot;
  }

  void step(char op) {
    if (!step_value(op) && !step_container(op) && !step_object(op) && !step_stack(op))
      fail(fmt::format("operation 0x{:02x} is unknown", static_cast<unsigned char>(op)));
  }

  /// NONE, numbers, texts and bytes.
  bool step_value(char op) {
    switch (op) {
      case 'N':
        return push(Kind::none), true;
      case '\x88':
      case '\x89':
        return push(Kind::boolean, op == '\x88'), true;
      case 'I':
      case 'L':
        return push_integer_line(line()), true;
      case 'J':
        return push(Kind::integer, number<int32_t>()), true;
      case 'K':
        return push(Kind::integer, number<uint8_t>()), true;
      case 'M':
        return push(Kind::integer, number<uint16_t>()), true;
      case '\x8a':
        return push_long(take(number<uint8_t>())), true;
      case '\x8b':
        return push_long(take(length32())), true;
      case 'F':
        return line(), push(Kind::real), true;
      case 'G':
        return take(8), push(Kind::real), true;
      case 'S':
        return push_quoted(line()), true;
      case 'V':
        return push_text(line()), true;
      case 'U':
      case 'C':
      case '\x8c':
        return push_text(take(number<uint8_t>())), true;
      case 'T':
        return push_text(take(length32())), true;
      case 'X':
      case 'B':
        return push_text(take(number<uint32_t>())), true;
      case '\x8d':
      case '\x8e':
      case '\x96':
        return push_text(take(number<uint64_t>())), true;
      default:
        return false;
    }
  }

  void push_quoted(std::string_view text) {
    if (text.size() < 2 || text.front() != text.back()) fail("a text of it lacks its quotes");
    push_text(text.substr(1, text.size() - 2));
  }

  /// Lists, tuples, dicts, sets.
  bool step_container(char op) {
    switch (op) {
      case ']':
      case '\x8f':
        return push(Kind::list), true;
      case 'l':
      case '\x91':
        return push(Kind::list, 0, {}, pop_mark()), true;
      case ')':
        return push(Kind::tuple), true;
      case 't':
        return push(Kind::tuple, 0, {}, pop_mark()), true;
      case '\x85':
      case '\x86':
      case '\x87':
        return push_tuple(static_cast<size_t>(op - '\x84')), true;
      case '}':
        return push(Kind::dict), true;
      case 'd': {
        std::vector<NodeIndex> pairs = pop_mark();
        push(Kind::dict);
        return set(pairs), true;
      }
      case 'a': {
        const NodeIndex item = pop();
        return append({item}), true;
      }
      case 'e':
      case '\x90':
        return append(pop_mark()), true;
      case 's': {
        const NodeIndex value = pop();
        const NodeIndex key = pop();
        return set({key, value}), true;
      }
      case 'u':
        return set(pop_mark()), true;
      default:
        return false;
    }
  }

  /// Globals, calls, objects and what stands outside.
  bool step_object(char op) {
    switch (op) {
      case 'c':
        return push_global(), true;
      case '\x93': {
        const NodeIndex name = pop();
        const NodeIndex module = pop();
        return push(Kind::global, 0, {}, {module, name}), true;
      }
      case 'R':
      case '\x81':
        return call(), true;
      case '\x92': {
        const NodeIndex keywords = pop();
        const NodeIndex arguments = pop();
        const NodeIndex callee = pop();
        static_cast<void>(keywords);
        return push_call(callee, arguments), true;
      }
      case 'i': {
        std::vector<NodeIndex> arguments = pop_mark();
        push_global();
        push(Kind::tuple, 0, {}, std::move(arguments));
        return call(), true;
      }
      case 'o':
        return call_marked(), true;
      case 'b':  // Its state would be set on the object; no weights hang on it.
        return pop(), top(), true;
      case 'P':
        return push_text(line()), push_persistent(), true;
      case 'Q':
        return push_persistent(), true;
      default:
        return false;
    }
  }

  void push_global() {
    const size_t begin = at_;
    line();
    line();
    push(Kind::global, 0, bytes_.substr(begin, at_ - begin - 1));
  }

  void call_marked() {
    std::vector<NodeIndex> items = pop_mark();
    if (items.empty()) fail("it makes an object of nothing");
    const NodeIndex callee = items.front();
    items.erase(items.begin());
    push(Kind::tuple, 0, {}, std::move(items));
    push_call(callee, pop());
  }

  void push_persistent() { push(Kind::persistent, 0, {}, {pop()}); }

  /// The stack itself, the memo, and the frame of the file.
  bool step_stack(char op) {
    switch (op) {
      case '(':
        return marks_.push_back(stack_.size()), true;
      case '0':
        return pop_any(), true;
      case '1':
        return pop_mark(), true;
      case '2':
        return stack_.push_back(top()), true;
      case 'p':
        return put(slot_line()), true;
      case 'q':
        return put(number<uint8_t>()), true;
      case 'r':
        return put(number<uint32_t>()), true;
      case '\x94':
        return put(memo_.size()), true;
      case 'g':
        return get(slot_line()), true;
      case 'h':
        return get(number<uint8_t>()), true;
      case 'j':
        return get(number<uint32_t>()), true;
      case '\x80':
        return check_protocol(number<uint8_t>()), true;
      case '\x95':
        return number<uint64_t>(), true;  // Length of a frame: a hint for readers of streams.
      default:
        return false;
    }
  }

  /// POP takes the mark where nothing stands above it.
  void pop_any() {
    if (!marks_.empty() && marks_.back() == stack_.size()) {
      marks_.pop_back();
    } else {
      pop();
    }
  }

  void check_protocol(uint8_t protocol) const {
    constexpr uint8_t kNewest = 5;
    if (protocol > kNewest) fail(fmt::format("its protocol is {}; 0 to {} are read", protocol, kNewest));
  }

  std::string_view bytes_;
  const std::string& name_;
  size_t at_ = 0;
  Pickle pickle_;
  std::vector<NodeIndex> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint64_t, NodeIndex> memo_;
};

}  // namespace

std::string Pickle::global_name(NodeIndex index) const {
  const Node& node = at(index);
  if (node.kind != Kind::global) return "";
  if (node.items.size() == 2) return fmt::format("{}.{}", at(node.items[0]).text, at(node.items[1]).text);
  std::string name(node.text);
  name[name.find('\n')] = '.';
  return name;
}

Pickle parse_pickle(std::string_view bytes, const std::string& name) {
  return Machine(bytes, name).run();
}

}  // namespace gerund::tensor
