// Golden files: tools/make_torch_golden.py.
#include "tensor/torch_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "tensor/pickle.h"

namespace gerund::tensor {
namespace {

std::string golden(const std::string& name) {
  return GERUND_SOURCE_DIR "/tests/tensor/golden/" + name;
}

std::string bytes_of(const std::string& name) {
  return base::read_file(golden(name));
}

void expect_same(const TensorFile& given, const std::string& expected) {
  const TensorFile wanted = read_safetensors(golden(expected));
  ASSERT_EQ(given.tensors.size(), wanted.tensors.size());
  for (const auto& [name, value] : wanted.tensors) {
    ASSERT_TRUE(given.tensors.contains(name)) << name;
    EXPECT_EQ(given.tensors.at(name).shape(), value.shape()) << name;
    EXPECT_EQ(given.tensors.at(name).dtype(), value.dtype()) << name;
    EXPECT_TRUE(std::ranges::equal(given.tensors.at(name).raw(), value.raw())) << name;
  }
}

std::string error_of(std::string_view bytes) {
  try {
    parse_torch_file(bytes, "net.pth");
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

void expect_error(std::string_view bytes, const std::string& words) {
  const std::string error = error_of(bytes);
  EXPECT_TRUE(error.starts_with("net.pth: ")) << error;
  EXPECT_NE(error.find(words), std::string::npos) << "'" << words << "' is not in: " << error;
}

/// An old stream with a handmade object pickle, the keys of its storages and what follows.
std::string stream(const std::string& object, const std::string& keys, const std::string& storages) {
  return std::string("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15) +
         std::string("\x80\x02M\xe9\x03.", 6) + "\x80\x02}." + object + keys + storages;
}

std::string int64_bytes(int64_t value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// "w": a float tensor, its storage "0" of 2 elements, with numbers as operations of protocol 0.
std::string tensor_pickle(const std::string& offset, const std::string& shape, const std::string& strides,
                          const std::string& type = "ctorch\nFloatStorage\n") {
  return "(S'w'\nctorch._utils\n_rebuild_tensor_v2\n((S'storage'\n" + type + "S'0'\nS'cpu'\nI2\nNtQ" + offset + "(" +
         shape + "t(" + strides + "tI00\nNtRd.";
}

std::string two_floats(const std::string& object) {
  return stream(object, "(S'0'\nl.", int64_bytes(2) + std::string("\0\0\x80\x3f\0\0\0\x40", 8));
}

TEST(TorchFile, ReadsEveryKindOfTensorOfBothFormats) {
  expect_same(read_torch_file(golden("kinds_zip.pth")), "kinds.safetensors");
  expect_same(read_torch_file(golden("kinds_stream.pth")), "kinds.safetensors");
}

TEST(TorchFile, FindsTheWeightsInWhatATrainerSaved) {
  expect_same(read_torch_file(golden("trainer_zip.pth")), "trainer.safetensors");
  expect_same(read_torch_file(golden("trainer_stream.pth")), "trainer.safetensors");
}

TEST(TorchFile, ReadsTheFilesOfBigEndianMachines) {
  expect_same(read_torch_file(golden("floats.pth")), "floats.safetensors");
  expect_same(read_torch_file(golden("floats_big_endian.pth")), "floats.safetensors");
}

TEST(TorchFile, ReadsAHandmadeStream) {
  const TensorFile file = parse_torch_file(two_floats(tensor_pickle("I1\n", "I1\n", "I1\n")), "x");
  EXPECT_EQ(file.tensors.at("w").shape(), (Shape{1}));
  EXPECT_EQ(file.tensors.at("w").floats()[0], 2.0F);
}

TEST(TorchFile, ReadsOrderedDictionariesOfPython2) {
  // OrderedDict.__reduce__ of Python 2: (OrderedDict, ([[key, value], ...],)).
  const std::string tensor = tensor_pickle("I0\n", "I2\n", "I1\n");
  const std::string pair = "(" + tensor.substr(1, tensor.size() - 3) + "l";
  const TensorFile file = parse_torch_file(two_floats("ccollections\nOrderedDict\n((" + pair + "ltR."), "x");
  EXPECT_EQ(file.tensors.at("w").floats()[1], 2.0F);
}

TEST(TorchFile, EveryTruncationIsAUserErrorThatNamesTheFile) {
  for (const char* name : {"floats.pth", "kinds_stream.pth"}) {
    const std::string bytes = bytes_of(name);
    for (size_t size = 0; size < bytes.size(); ++size)
      EXPECT_TRUE(error_of(std::string_view(bytes).substr(0, size)).starts_with("net.pth: ")) << name << " " << size;
  }
}

TEST(TorchFile, NoFlippedByteDoesMoreThanAUserError) {
  for (const char* name : {"floats.pth", "trainer_stream.pth"}) {
    std::string bytes = bytes_of(name);
    for (size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<char>(bytes[i] ^ 0x55);
      EXPECT_NO_THROW(error_of(bytes)) << name << " " << i;
      bytes[i] = static_cast<char>(bytes[i] ^ 0x55);
    }
  }
}

TEST(TorchFile, AFlippedElementOfAZipFileIsFoundByItsChecksum) {
  std::string bytes = bytes_of("floats.pth");
  const TensorFile file = parse_torch_file(bytes, "x");
  const auto raw = file.tensors.at("conv.weight").raw();
  const size_t at = bytes.find(std::string(reinterpret_cast<const char*>(raw.data()), raw.size()));
  ASSERT_NE(at, std::string::npos);
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  expect_error(bytes, "damaged");
}

TEST(TorchFile, HostileShapesAreUserErrors) {
  expect_error(two_floats(tensor_pickle("I0\n", "I3\n", "I1\n")), "beyond its storage");
  expect_error(two_floats(tensor_pickle("I2\n", "I1\n", "I1\n")), "beyond its storage");
  expect_error(two_floats(tensor_pickle("I-1\n", "I1\n", "I1\n")), "offset");
  expect_error(two_floats(tensor_pickle("I0\n", "I-1\n", "I1\n")), "no list of counts");
  expect_error(two_floats(tensor_pickle("I0\n", "I1\n", "I-1\n")), "no list of counts");
  expect_error(two_floats(tensor_pickle("I0\n", "I1\nI1\n", "I1\n")), "do not fit");
  // A stride of 0 repeats one element without end: 2^40 of them are asked for.
  expect_error(two_floats(tensor_pickle("I0\n", "I1099511627776\n", "I0\n")), "many times what the file stores");
  expect_error(two_floats(tensor_pickle("I0\n", "I4611686018427387904\nI4\n", "I0\nI0\n")), "impossibly large");
  expect_error(two_floats(tensor_pickle("I0\n", "I1\n", "I1\n", "cos\nFloatStorage\n")), "os.FloatStorage");
}

TEST(TorchFile, HostileStoragesAreUserErrors) {
  const std::string object = tensor_pickle("I0\n", "I2\n", "I1\n");
  expect_error(stream(object, "(S'0'\nl.", int64_bytes(-2) + "12345678"), "cut short");
  expect_error(stream(object, "(S'0'\nl.", int64_bytes(int64_t{1} << 61) + "12345678"), "cut short");
  expect_error(stream(object, "(S'1'\nl.", int64_bytes(2) + "12345678"), "type of storage '1'");
  expect_error(stream(object, "(l.", ""), "lacks storage '0'");
  expect_error(stream(object, "(S'0'\nS'0'\nl.", int64_bytes(1) + "1234" + int64_bytes(1) + "1234"), "twice");
}

TEST(TorchFile, DictionariesThatMultiplyOrHoldThemselvesAreUserErrors) {
  // Each holds the one before twice: 2^30 entries in 400 bytes.
  std::string laughs = "}p0\n0";
  for (int i = 1; i <= 30; ++i) {
    const std::string before = "g" + std::to_string(i - 1) + "\n";
    laughs += "(S'a'\n" + before + "S'b'\n" + before + "dp" + std::to_string(i) + "\n0";
  }
  expect_error(stream(laughs + "g30\n.", "(l.", ""), "more than");
  expect_error(stream("}p0\nS'a'\ng0\ns.", "(l.", ""), "nested");
  expect_error(stream("}p0\nS'model'\ng0\ns.", "(l.", ""), "nested");
}

TEST(TorchFile, NothingIsCalled) {
  // os.system("touch FILE") as the object, and as a value beside a tensor.
  const std::string mark = testing::TempDir() + "/gerund_pickle_ran";
  const std::string call = "cos\nsystem\n(S'touch " + mark + "'\ntR";
  expect_error(stream(call + ".", "(l.", ""), "os.system");
  const std::string tensor = tensor_pickle("I0\n", "I2\n", "I1\n");
  const std::string beside = tensor.substr(0, tensor.size() - 2) + "S'evil'\n" + call + "d.";
  EXPECT_EQ(parse_torch_file(two_floats(beside), "x").tensors.size(), 1U);
  EXPECT_THROW(base::read_file(mark), base::UserError);
}

TEST(TorchFile, OtherFilesSayWhatIsWanted) {
  expect_error("", "no file of torch.save");
  expect_error("hello", "no file of torch.save");
  expect_error(bytes_of("whole_module.pth"), "torch.nn.modules.linear.Linear");
  expect_error(bytes_of("script.pth"), "TorchScript");
  expect_error(bytes_of("complex.pth"), "ComplexFloatStorage");
  expect_error(stream("(S'state_dict'\nS'abc'\nS'state_dict_encrypted'\nI01\nd.", "(l.", ""), "encrypted");
  expect_error(stream("}.", "(l.", ""), "no dictionary of tensors");
  EXPECT_THROW(read_torch_file("no/such/file.pth"), base::UserError);
}

TEST(Pickle, ReadsWhatPythonWrites) {
  // pickle.dumps({"a": [1, -2, 300, 1.5, None, True, b"x"], "b": (2**40,)}, 4), by hand of Lib/pickletools.py.
  const std::string bytes(
      "\x80\x04\x95\x34\0\0\0\0\0\0\0}\x94(\x8c\x01"
      "a\x94]\x94(K\x01J\xfe\xff\xff\xffM\x2c\x01G\x3f\xf8\0\0\0\0\0\0N\x88"
      "C\x01x\x94"
      "e\x8c\x01"
      "b\x94\x8a\x06\0\0\0\0\0\x01\x85\x94u.",
      63);
  const std::string followed = bytes + "rest";
  const Pickle pickle = parse_pickle(followed, "x");
  EXPECT_EQ(pickle.size, bytes.size());
  const Node& root = pickle.at(pickle.root);
  ASSERT_EQ(root.items.size(), 4U);
  const std::vector<NodeIndex>& list = pickle.at(root.items[1]).items;
  ASSERT_EQ(list.size(), 7U);
  EXPECT_EQ(pickle.at(list[1]).number, -2);
  EXPECT_EQ(pickle.at(list[2]).number, 300);
  EXPECT_EQ(pickle.at(list[5]).number, 1);
  EXPECT_EQ(pickle.at(list[6]).text, "x");
  EXPECT_EQ(pickle.at(pickle.at(root.items[3]).items[0]).number, int64_t{1} << 40);
}

TEST(Pickle, ProgramsThatDoNotHoldTogetherAreUserErrors) {
  for (const char* bytes : {"", ".", "0.", "(.", "t.", "(1.", "h\x05.", "R.", "s.", "}Ns.", "\x80\x09N.", "\xff.",
                            "Sx\n.", "gx\n.", "(o.", "\x8b\xff\xff\xff\xff.", "X\xff\xff\xff\xff.", "(}Nu."}) {
    EXPECT_THROW(parse_pickle(bytes, "x"), base::UserError) << bytes;
  }
}

}  // namespace
}  // namespace gerund::tensor
