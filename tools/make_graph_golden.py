#!/usr/bin/python3
"""Makes tests/graph/golden: what PyTorch computes for every operator, and small networks that it exports.

Run from the root of the repository with Debian's python3-torch (1.13): tools/make_graph_golden.py
"""
import json
import pathlib
import struct
import warnings

import torch
import torch.nn.functional as F

OUT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "graph" / "golden"
TYPES = {torch.float32: "F32", torch.int64: "I64"}


def write_safetensors(path, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, tensor in sorted(tensors.items()):
        raw = tensor.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": TYPES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


class Cases:
    """One node each: its inputs (None: left out), of which `run` (an index) changes from run to run; the others are weights."""

    def __init__(self):
        self.tensors, self.cases = {}, []

    def add(self, name, op, inputs, expected, opset=17, run=0, **attributes):
        names = []
        for i, tensor in enumerate(inputs):
            names.append("" if tensor is None else f"{name}/{i}")
            if tensor is not None:
                self.tensors[names[-1]] = tensor
        self.tensors[f"{name}/output"] = expected
        self.cases.append({"name": name, "op": op, "opset": opset, "run": run, "inputs": names, "attributes": attributes})


def rand(*shape):
    return torch.rand(shape) * 2 - 1


def ints(*values):
    return torch.tensor(values, dtype=torch.int64)


def torch_pads(begin, end):
    """ONNX's (begin..., end...) in the order of F.pad."""
    return [x for pair in zip(reversed(begin), reversed(end)) for x in pair]


def convolve(x, w, b, begin, end, **options):
    """In double precision: the rounding of long sums is the engine's own."""
    function = F.conv2d if x.dim() == 4 else F.conv3d
    bias = None if b is None else b.double()
    return function(F.pad(x.double(), torch_pads(begin, end)), w.double(), bias, **options).float()


def add_conv(cases):
    def case(name, x, w, bias=True, begin=None, end=None, strides=None, dilations=None, group=1, **extra):
        rank = x.dim() - 2
        begin, end = begin or [0] * rank, end or begin or [0] * rank
        b = rand(w.shape[0]) if bias else None
        y = convolve(x, w, b, begin, end, stride=strides or 1, dilation=dilations or 1, groups=group)
        attributes = dict(extra)
        if "auto_pad" not in extra and any(begin + end):
            attributes["pads"] = begin + end
        if strides:
            attributes["strides"] = strides
        if dilations:
            attributes["dilations"] = dilations
        if group != 1:
            attributes["group"] = group
        cases.add(name, "Conv", [x, w] + ([b] if bias else []), y, **attributes)

    case("conv2d_plain", rand(2, 3, 6, 7), rand(4, 3, 3, 3))
    case("conv2d_no_bias", rand(1, 3, 5, 5), rand(2, 3, 3, 3), bias=False, kernel_shape=[3, 3])
    case("conv2d_pad_stride", rand(2, 3, 9, 10), rand(5, 3, 3, 3), begin=[1, 1], strides=[2, 2])
    case("conv2d_pad_uneven", rand(1, 2, 5, 6), rand(3, 2, 3, 4), begin=[0, 2], end=[1, 3])
    case("conv2d_dilation", rand(1, 2, 9, 9), rand(3, 2, 3, 3), begin=[2, 3], dilations=[2, 3])
    case("conv2d_groups", rand(2, 6, 5, 5), rand(9, 2, 3, 3), begin=[1, 1], group=3)
    case("conv2d_depthwise", rand(2, 5, 6, 6), rand(10, 1, 3, 3), begin=[1, 1], group=5, strides=[1, 2])
    case("conv2d_1x1_stride", rand(2, 4, 5, 5), rand(6, 4, 1, 1), strides=[2, 2], bias=False)
    case("conv2d_stem", rand(1, 3, 15, 15), rand(4, 3, 7, 7), begin=[3, 3], strides=[2, 2], bias=False)
    case("conv2d_many_channels", rand(1, 2, 2, 2), rand(131, 2, 1, 1))
    case("conv2d_many_positions", rand(1, 2, 13, 11), rand(2, 2, 3, 3), begin=[1, 1])
    case("conv2d_pad_beyond", rand(1, 1, 2, 2), rand(1, 1, 3, 3), begin=[4, 4])
    case("conv2d_valid", rand(1, 2, 6, 7), rand(2, 2, 3, 2), strides=[2, 2], auto_pad="VALID")
    case("conv2d_same_upper", rand(1, 2, 6, 7), rand(2, 2, 3, 4), begin=[0, 1], end=[1, 2], strides=[2, 1], auto_pad="SAME_UPPER")
    case("conv2d_same_lower", rand(1, 2, 6, 7), rand(2, 2, 3, 4), begin=[1, 2], end=[0, 1], strides=[2, 1], auto_pad="SAME_LOWER")
    case("conv3d_plain", rand(2, 2, 4, 5, 6), rand(3, 2, 3, 3, 3))
    case("conv3d_pad_stride", rand(1, 3, 5, 7, 7), rand(4, 3, 3, 3, 3), begin=[1, 1, 1], strides=[1, 2, 2], bias=False)
    case("conv3d_stem", rand(1, 3, 4, 9, 9), rand(4, 3, 5, 7, 7), begin=[2, 3, 3], strides=[2, 2, 2], bias=False)
    case("conv3d_deep", rand(1, 16, 2, 3, 3), rand(5, 16, 3, 3, 3), begin=[1, 1, 1])
    case("conv3d_dilation_groups", rand(1, 4, 5, 5, 6), rand(6, 2, 2, 2, 3), begin=[1, 0, 2], end=[0, 2, 1], dilations=[2, 1, 2], group=2)
    case("conv3d_same_upper", rand(1, 1, 3, 4, 5), rand(1, 1, 2, 3, 4), begin=[0, 0, 1], end=[1, 1, 2], strides=[1, 2, 1], auto_pad="SAME_UPPER")


def average_excluding(x, begin, end, kernel, strides):
    """Mean over the taps inside the input, for padding that F.avg_pool cannot do."""
    pool = F.avg_pool2d if x.dim() == 4 else F.avg_pool3d
    pads = torch_pads(begin, end)
    return pool(F.pad(x, pads), kernel, strides) / pool(F.pad(torch.ones_like(x), pads), kernel, strides)


def add_pools(cases):
    def case(name, op, function, x, kernel, strides, pads=None, end=None, expected=None, **extra):
        attributes = {"kernel_shape": kernel, "strides": strides, **extra}
        if pads and "auto_pad" not in extra:
            attributes["pads"] = pads + (end or pads)
        if expected is None:
            options = {"ceil_mode": bool(extra.get("ceil_mode", 0))}
            if op == "AveragePool":
                options["count_include_pad"] = bool(extra.get("count_include_pad", 0))
            else:
                options["dilation"] = extra.get("dilations", 1)
            expected = function(x, kernel, strides, pads or 0, **options)
        cases.add(name, op, [x], expected, **attributes)

    for rank, top, mean in ((2, F.max_pool2d, F.avg_pool2d), (3, F.max_pool3d, F.avg_pool3d)):
        size = (7, 8) if rank == 2 else (4, 5, 6)
        x, three, two, one = rand(2, 2, *size), [3] * rank, [2] * rank, [1] * rank
        case(f"max_pool{rank}d", "MaxPool", top, x, three, two, one)
        case(f"max_pool{rank}d_ceil", "MaxPool", top, x, two, two, ceil_mode=1)
        case(f"max_pool{rank}d_ceil_pad", "MaxPool", top, x, three, two, one, ceil_mode=1)
        case(f"max_pool{rank}d_dilation", "MaxPool", top, x, two, one, dilations=two)
        case(f"average_pool{rank}d", "AveragePool", mean, x, two, two)
        case(f"average_pool{rank}d_pad", "AveragePool", mean, x, three, two, one)
        case(f"average_pool{rank}d_count_pad", "AveragePool", mean, x, three, two, one, count_include_pad=1)
        case(f"average_pool{rank}d_ceil", "AveragePool", mean, x, three, two, one, ceil_mode=1)
        case(f"average_pool{rank}d_ceil_count_pad", "AveragePool", mean, x, three, two, one, ceil_mode=1, count_include_pad=1)
    x = rand(1, 2, 6, 7)
    case("max_pool2d_small_input_ceil", "MaxPool", F.max_pool2d, rand(1, 1, 2, 2), [2, 2], [3, 3], [1, 1], ceil_mode=1)
    case("max_pool2d_same_upper", "MaxPool", None, x, [3, 3], [2, 2], auto_pad="SAME_UPPER",
         expected=F.max_pool2d(F.pad(x, torch_pads([0, 1], [1, 1]), value=-9), 3, 2))
    case("average_pool2d_uneven", "AveragePool", None, x, [3, 3], [2, 2], [0, 1], [2, 0],
         expected=average_excluding(x, [0, 1], [2, 0], 3, 2))
    case("average_pool2d_uneven_count_pad", "AveragePool", None, x, [3, 3], [2, 2], [0, 1], [2, 0], count_include_pad=1,
         expected=F.avg_pool2d(F.pad(x, torch_pads([0, 1], [2, 0])), 3, 2))
    cases.add("global_average_pool2d", "GlobalAveragePool", [x], x.mean((2, 3), keepdim=True))
    x = rand(2, 3, 2, 4, 3)
    cases.add("global_average_pool3d", "GlobalAveragePool", [x], x.mean((2, 3, 4), keepdim=True))


def add_elementwise(cases):
    for name, shape in (("2d", (2, 3, 4, 5)), ("3d", (2, 3, 2, 2, 3)), ("flat", (4, 3))):
        x, scale, shift, mean, variance = rand(*shape), rand(3), rand(3), rand(3), torch.rand(3) + 0.1
        cases.add(f"batch_norm_{name}", "BatchNormalization", [x, scale, shift, mean, variance],
                  F.batch_norm(x, mean, variance, scale, shift, eps=1e-3), epsilon=1e-3)
    x, scale, shift, mean, variance = rand(1, 2, 3, 3), rand(2), rand(2), rand(2), torch.rand(2) + 0.1
    cases.add("batch_norm_default_epsilon", "BatchNormalization", [x, scale, shift, mean, variance],
              F.batch_norm(x, mean, variance, scale, shift, eps=1e-5))
    x = rand(2, 3, 4) * 5
    cases.add("relu", "Relu", [x], F.relu(x))
    cases.add("sigmoid", "Sigmoid", [x * 10], torch.sigmoid(x * 10))
    low, high = torch.tensor(-1.5), torch.tensor(2.0)
    cases.add("clip", "Clip", [x, low, high], x.clamp(-1.5, 2.0))
    cases.add("clip_only_max", "Clip", [x, None, high], x.clamp(max=2.0))
    cases.add("clip_only_min", "Clip", [x, low], x.clamp(min=-1.5))
    cases.add("clip_nothing", "Clip", [x], x)
    cases.add("clip_attributes", "Clip", [x], x.clamp(-1.5, 2.0), opset=10, min=-1.5, max=2.0)
    cases.add("identity", "Identity", [x], x)
    cases.add("dropout", "Dropout", [x, torch.tensor(0.5)], x)
    cases.add("dropout_attribute", "Dropout", [x], x, opset=10, ratio=0.5)
    for op, function in (("Add", torch.add), ("Sub", torch.sub), ("Mul", torch.mul), ("Div", torch.div)):
        a, b = rand(2, 3, 4), torch.rand(2, 3, 4) + 0.5
        cases.add(f"{op}_same", op, [a, b], function(a, b))
        for name, c in (("scalar", torch.tensor(1.7)), ("one", torch.tensor([1.7])), ("row", torch.rand(4) + 0.5),
                        ("middle", torch.rand(3, 1) + 0.5), ("first", torch.rand(2, 1, 1) + 0.5)):
            cases.add(f"{op}_{name}", op, [a, c], function(a, c))
        c = torch.rand(3, 1) + 0.5
        d = torch.rand(2, 1, 4) + 0.5
        cases.add(f"{op}_both", op, [c, d], function(c, d))
        cases.add(f"{op}_from_weight", op, [c, d], function(c, d), run=1)
        e = torch.rand(2, 2, 3, 4) + 0.5
        cases.add(f"{op}_grow", op, [c, e], function(c, e))


def add_reductions(cases):
    x = rand(2, 3, 4, 5)
    cases.add("mean_all", "ReduceMean", [x], x.mean().reshape(1, 1, 1, 1))
    cases.add("mean_all_flat", "ReduceMean", [x], x.mean(), keepdims=0)
    cases.add("mean_axes", "ReduceMean", [x], x.mean((2, 3), keepdim=True), axes=[2, 3])
    cases.add("mean_axes_flat", "ReduceMean", [x], x.mean((1, 3)), axes=[-1, 1], keepdims=0)
    cases.add("mean_first", "ReduceMean", [x], x.mean(0), axes=[0], keepdims=0)
    cases.add("mean_axes_input", "ReduceMean", [x, ints(-2)], x.mean(2, keepdim=True), opset=18)
    cases.add("mean_nothing", "ReduceMean", [x], x, opset=18, noop_with_empty_axes=1)
    x = rand(2, 3, 4) * 8
    cases.add("softmax_last", "Softmax", [x], F.softmax(x, -1))
    cases.add("softmax_middle", "Softmax", [x], F.softmax(x, 1), axis=1)
    cases.add("softmax_large", "Softmax", [x * 100], F.softmax(x * 100, -1))
    cases.add("softmax_flattened", "Softmax", [x], F.softmax(x.reshape(2, 12), 1).reshape(2, 3, 4), opset=11)
    cases.add("softmax_flattened_last", "Softmax", [x], F.softmax(x, 2), opset=11, axis=-1)


def add_products(cases):
    a, b, c = rand(3, 4), rand(4, 5), rand(5)
    cases.add("gemm_plain", "Gemm", [a, b], a @ b)
    cases.add("gemm_bias", "Gemm", [a, b, c], a @ b + c)
    cases.add("gemm_linear", "Gemm", [a, b.t().contiguous(), c], a @ b + c, transB=1)
    cases.add("gemm_trans_a", "Gemm", [a.t().contiguous(), b, rand(3, 1)], a @ b, transA=1, beta=0.0)
    cases.add("gemm_scaled", "Gemm", [a, b, c], 0.5 * (a @ b) + 2.5 * c, alpha=0.5, beta=2.5)
    d = rand(3, 5)
    cases.add("gemm_matrix_bias", "Gemm", [a, b, d], a @ b + d)
    cases.add("gemm_scalar_bias", "Gemm", [a, b, torch.tensor(0.3)], a @ b + 0.3)
    cases.add("matmul", "MatMul", [a, b], a @ b)
    cases.add("matmul_from_weight", "MatMul", [a, b], a @ b, run=1)
    for name, left, right in (("stack", (2, 3, 3, 4), (2, 3, 4, 2)), ("stack_by_matrix", (2, 3, 4), (4, 5)),
                              ("matrix_by_stack", (3, 4), (2, 4, 5)), ("broadcast", (2, 1, 3, 4), (3, 4, 2)),
                              ("vectors", (4,), (4,)), ("row", (4,), (2, 4, 3)), ("column", (2, 3, 4), (4,))):
        left, right = rand(*left), rand(*right)
        cases.add(f"matmul_{name}", "MatMul", [left, right], left @ right)


def add_arranging(cases):
    x = rand(2, 3, 4)
    for axis, shape in ((0, (1, 3, 4)), (1, (2, 2, 4)), (-1, (2, 3, 5))):
        other = rand(*shape)
        cases.add(f"concat_{axis}", "Concat", [x, other, x + 1], torch.cat([x, other, x + 1], axis), axis=axis)
    for axis in (-1, 0, 1, 2, 3):
        at = axis + 3 if axis < 0 else axis
        rows = int(torch.tensor(x.shape[:at]).prod()) if at else 1
        cases.add(f"flatten_{axis}", "Flatten", [x], x.reshape(rows, -1), axis=axis)
    cases.add("flatten_default", "Flatten", [x], x.reshape(2, 12))
    cases.add("reshape", "Reshape", [x, ints(4, 6)], x.reshape(4, 6))
    cases.add("reshape_free", "Reshape", [x, ints(-1, 2, 2)], x.reshape(6, 2, 2))
    cases.add("reshape_copy", "Reshape", [x, ints(0, -1)], x.reshape(2, 12))
    far = 2**63 - 1
    z = torch.arange(60.0).reshape(3, 5, 4)
    cases.add("slice", "Slice", [z, ints(1, 0), ints(4, 2), ints(1, 0)], z[0:2, 1:4].contiguous())
    cases.add("slice_all_axes", "Slice", [z, ints(1, 2, 3), ints(3, 5, 4)], z[1:3, 2:5, 3:4].contiguous())
    cases.add("slice_last", "Slice", [z, ints(-2), ints(far), ints(1)], z[:, -2:].contiguous())
    cases.add("slice_negative", "Slice", [z, ints(-4), ints(-1), ints(-2)], z[:, -4:-1].contiguous())
    cases.add("slice_steps", "Slice", [z, ints(0, 1), ints(far, far), ints(2, 1), ints(2, 3)], z[:, 1::3, ::2].contiguous())
    cases.add("slice_backwards", "Slice", [z, ints(-1), ints(-far - 1), ints(1), ints(-2)], z.flip(1)[:, ::2].contiguous())
    cases.add("slice_backwards_part", "Slice", [z, ints(far), ints(1), ints(1), ints(-1)], z.flip(1)[:, :3].contiguous())
    cases.add("slice_beyond", "Slice", [z, ints(-100), ints(2), ints(1), ints(100)], z[:, :1].contiguous())
    cases.add("slice_attributes", "Slice", [z], z[:, 1:-1].contiguous(), opset=9, starts=[1], ends=[-1], axes=[1])
    y = rand(2, 1, 3, 1)
    cases.add("squeeze_all", "Squeeze", [y], y.squeeze())
    cases.add("squeeze", "Squeeze", [y, ints(-1)], y.squeeze(-1))
    cases.add("squeeze_attribute", "Squeeze", [y], y.squeeze(1), opset=11, axes=[1])
    cases.add("unsqueeze", "Unsqueeze", [x, ints(-1, 1)], x.reshape(2, 1, 3, 4, 1))
    cases.add("unsqueeze_attribute", "Unsqueeze", [x], x.reshape(1, 2, 1, 3, 4), opset=11, axes=[0, 2])
    cases.add("transpose_default", "Transpose", [x], x.permute(2, 1, 0).contiguous())
    z = rand(2, 3, 4, 2)
    cases.add("transpose", "Transpose", [z], z.permute(0, 2, 3, 1).contiguous(), perm=[0, 2, 3, 1])
    cases.add("pad", "Pad", [x, ints(0, 1, 2, 1, 0, 3)], F.pad(x, torch_pads([0, 1, 2], [1, 0, 3])))
    cases.add("pad_value", "Pad", [x, ints(0, 1, 2, 1, 0, 3), torch.tensor(0.7)], F.pad(x, torch_pads([0, 1, 2], [1, 0, 3]), value=0.7))
    cases.add("pad_cuts", "Pad", [x, ints(0, -1, 1, 0, 0, -2)], F.pad(x, torch_pads([0, -1, 1], [0, 0, -2])))
    cases.add("pad_attribute", "Pad", [x], F.pad(x, torch_pads([0, 0, 1], [0, 0, 1]), value=0.2), opset=10, pads=[0, 0, 1, 0, 0, 1], value=0.2)


class Block(torch.nn.Module):
    def __init__(self, conv, norm, channels, out, stride):
        super().__init__()
        self.conv1 = conv(channels, out, 3, stride, 1, bias=False)
        self.bn1 = norm(out)
        self.conv2 = conv(out, out, 3, 1, 1, bias=False)
        self.bn2 = norm(out)
        self.downsample = torch.nn.Sequential(conv(channels, out, 1, stride, bias=False), norm(out)) if channels != out else torch.nn.Identity()

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.downsample(x))


class Net(torch.nn.Module):
    """A residual network of two blocks, 2D or 3D, laid out like ResNet-18."""

    def __init__(self, volume):
        super().__init__()
        nn = torch.nn
        conv, norm = (nn.Conv3d, nn.BatchNorm3d) if volume else (nn.Conv2d, nn.BatchNorm2d)
        stem = ((5, 7, 7), (2, 2, 2), (2, 3, 3)) if volume else (7, 2, 3)
        self.conv1 = conv(3, 4, *stem, bias=False)
        self.bn1 = norm(4)
        self.pool = nn.MaxPool3d((1, 3, 3), (2, 2, 2), (0, 1, 1)) if volume else nn.MaxPool2d(3, 2, 1)
        self.layer1 = Block(conv, norm, 4, 4, 1)
        self.layer2 = Block(conv, norm, 4, 6, (1, 2, 2) if volume else 2)
        self.mean = nn.AdaptiveAvgPool3d(1) if volume else nn.AdaptiveAvgPool2d(1)
        self.fc_cls = nn.Linear(6, 5)
        for module in self.modules():
            if isinstance(module, norm):
                module.running_mean.uniform_(-0.2, 0.2)
                module.running_var.uniform_(0.5, 1.5)
                module.weight.data.uniform_(0.5, 1.5)
                module.bias.data.uniform_(-0.3, 0.3)

    def forward(self, x):
        x = self.pool(F.relu(self.bn1(self.conv1(x))))
        x = self.mean(self.layer2(self.layer1(x)))
        return self.fc_cls(torch.flatten(x, 1))


def export(tensors, name, volume, opset, fold):
    net = Net(volume).eval()
    x = rand(2, 3, 4, 20, 24) if volume else rand(2, 3, 33, 30)
    mode = torch.onnx.TrainingMode.EVAL if fold else torch.onnx.TrainingMode.PRESERVE
    torch.onnx.export(net, x[:1], str(OUT / f"{name}.onnx"), opset_version=opset, training=mode, do_constant_folding=fold,
                      input_names=["input_rgb"], output_names=["fc_pred"],
                      dynamic_axes={"input_rgb": {0: "batch"}, "fc_pred": {0: "batch"}})
    with torch.no_grad():
        tensors[f"{name}/input"], tensors[f"{name}/output"] = x, net(x)


def main():
    warnings.simplefilter("ignore")
    torch.manual_seed(1)
    torch.set_num_threads(1)
    OUT.mkdir(parents=True, exist_ok=True)
    cases = Cases()
    for add in (add_conv, add_pools, add_elementwise, add_reductions, add_products, add_arranging):
        add(cases)
    write_safetensors(OUT / "operators.safetensors", cases.tensors, {"cases": json.dumps(cases.cases, separators=(",", ":"))})
    tensors = {}
    export(tensors, "resnet2d", False, 17, False)
    export(tensors, "resnet3d", True, 17, False)
    export(tensors, "resnet2d_folded", False, 11, True)
    export(tensors, "resnet3d_folded", True, 13, True)
    write_safetensors(OUT / "networks.safetensors", tensors, {})


if __name__ == "__main__":
    main()
