#!/usr/bin/env python3
"""Golden values for tests/nets and tests/train, computed with PyTorch alone. Run: /usr/bin/python3 tools/make_nets_golden.py

Weights and inputs follow from a formula that both sides compute (formula() here, golden_values.h there), so only the answers are stored:
tests/nets/golden/logits.json, networks.json, causal.json, training_steps.json and schedules.json.
"""
import json
import os

import torch
from torch import nn

FOLDER = os.path.join(os.path.dirname(__file__), "..", "tests", "nets", "golden")


def formula(name, count, low, high):
    """count float32 values in [low, high): a hash of (name, index)."""
    seed = 2166136261
    for byte in name.encode():
        seed = ((seed ^ byte) * 16777619) % 2**32
    index = torch.arange(count, dtype=torch.int64)
    state = (index * 2654435761 + seed) % 2**32
    state = (state ^ (state >> 15)) * 2246822519 % 2**32
    state = (state ^ (state >> 13)) * 3266489917 % 2**32
    state = state ^ (state >> 16)
    return (low + (high - low) * (state.double() / 2**32)).float()


class Block(nn.Module):
    def __init__(self, kind, cin, cout, stride):
        super().__init__()
        self.conv1 = kind.conv3(cin, cout, stride)
        self.bn1 = kind.norm(cout)
        self.conv2 = kind.conv3(cout, cout, 1)
        self.bn2 = kind.norm(cout)
        self.downsample = None
        if stride != 1 or cin != cout:
            self.downsample = nn.Sequential(kind.conv1(cin, cout, stride), kind.norm(cout))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    """The 3x3 convolution strides, as torchvision's do."""

    def __init__(self, kind, cin, planes, stride):
        super().__init__()
        self.conv1 = kind.conv1(cin, planes, 1)
        self.bn1 = kind.norm(planes)
        self.conv2 = kind.conv3(planes, planes, stride)
        self.bn2 = kind.norm(planes)
        self.conv3 = kind.conv1(planes, 4 * planes, 1)
        self.bn3 = kind.norm(4 * planes)
        self.downsample = None
        if stride != 1 or cin != 4 * planes:
            self.downsample = nn.Sequential(kind.conv1(cin, 4 * planes, stride), kind.norm(4 * planes))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = torch.relu(self.bn2(self.conv2(y)))
        return torch.relu(self.bn3(self.conv3(y)) + (x if self.downsample is None else self.downsample(x)))


class Kind2d:
    norm = nn.BatchNorm2d
    stem = staticmethod(lambda cin, w: nn.Conv2d(cin, w, 7, 2, 3, bias=False))
    conv3 = staticmethod(lambda cin, cout, s: nn.Conv2d(cin, cout, 3, s, 1, bias=False))
    conv1 = staticmethod(lambda cin, cout, s: nn.Conv2d(cin, cout, 1, s, bias=False))
    pool = staticmethod(lambda: nn.MaxPool2d(3, 2, 1))
    average = staticmethod(lambda: nn.AdaptiveAvgPool2d(1))


class Kind3d:
    norm = nn.BatchNorm3d
    stem = staticmethod(lambda cin, w: nn.Conv3d(cin, w, (5, 7, 7), (2, 2, 2), (2, 3, 3), bias=False))
    conv3 = staticmethod(lambda cin, cout, s: nn.Conv3d(cin, cout, 3, (1, s, s), 1, bias=False))
    conv1 = staticmethod(lambda cin, cout, s: nn.Conv3d(cin, cout, 1, (1, s, s), bias=False))
    pool = staticmethod(lambda: nn.MaxPool3d((1, 3, 3), (2, 2, 2), (0, 1, 1)))
    average = staticmethod(lambda: nn.AdaptiveAvgPool3d(1))


class CausalConv3d(nn.Conv3d):
    """Zeros before the first position, none after the last."""

    def __init__(self, before, *arguments, **options):
        super().__init__(*arguments, **options)
        self.before = before

    def forward(self, x):
        return super().forward(nn.functional.pad(x, (0, 0, 0, 0, self.before, 0)))


class LastMean(nn.Module):
    def __init__(self, positions):
        super().__init__()
        self.positions = positions

    def forward(self, x):
        return x[:, :, -self.positions:].mean((2, 3, 4))


def causal_kind(frames):
    """As Kind3d, time strided in stem and pool; only the padding in time and the head differ."""

    class Kind(Kind3d):
        stem = staticmethod(lambda cin, w: CausalConv3d(1, cin, w, (5, 7, 7), (2, 2, 2), (0, 3, 3), bias=False))
        conv3 = staticmethod(lambda cin, cout, s: CausalConv3d(2, cin, cout, 3, (1, s, s), (0, 1, 1), bias=False))
        average = staticmethod(lambda: LastMean(frames // 4))

    return Kind


RESNETS = {"resnet_18": (Block, 1, [2, 2, 2, 2]), "resnet_34": (Block, 1, [3, 4, 6, 3]), "resnet_50": (Bottleneck, 4, [3, 4, 6, 3]),
           "resnet_101": (Bottleneck, 4, [3, 4, 23, 3]), "resnet_152": (Bottleneck, 4, [3, 8, 36, 3])}


class ResNet(nn.Module):
    def __init__(self, kind, cin, width, classes, backbone="resnet_18"):
        super().__init__()
        block, expansion, depths = RESNETS[backbone]
        self.conv1 = kind.stem(cin, width)
        self.bn1 = kind.norm(width)
        self.pool = kind.pool()
        channels = width
        for stage, depth in enumerate(depths):
            planes = width * 2**stage
            blocks = []
            for index in range(depth):
                blocks.append(block(kind, channels, planes, 2 if stage and index == 0 else 1))
                channels = planes * expansion
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.average = kind.average()
        self.fc_cls = nn.Linear(channels, classes)

    def forward(self, x):
        x = self.pool(torch.relu(self.bn1(self.conv1(x))))
        for stage in range(4):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc_cls(self.average(x).flatten(1))


def pad_same(x, kernel, stride):
    """TensorFlow's "same": ceil(extent / stride) positions, an odd zero behind."""
    pads = []
    for extent, k, s in reversed(list(zip(x.shape[2:], kernel, stride))):
        total = max(0, (-(-extent // s) - 1) * s + k - extent)
        pads += [total // 2, total - total // 2]
    return nn.functional.pad(x, pads)


class SameConv(nn.Module):
    def __init__(self, cin, cout, kernel=(1, 1, 1), stride=(1, 1, 1)):
        super().__init__()
        self.conv3d = nn.Conv3d(cin, cout, kernel, stride, bias=False)
        self.bn = nn.BatchNorm3d(cout, eps=1e-3, momentum=0.01)

    def forward(self, x):
        return torch.relu(self.bn(self.conv3d(pad_same(x, self.conv3d.kernel_size, self.conv3d.stride))))


class SamePool(nn.Module):
    def __init__(self, kernel, stride):
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, x):
        return nn.functional.max_pool3d(pad_same(x, self.kernel, self.stride), self.kernel, self.stride)


class Inception(nn.Module):
    def __init__(self, cin, c0, c1a, c1b, c2a, c2b, c3):
        super().__init__()
        cube = (3, 3, 3)
        self.b0 = SameConv(cin, c0)
        self.b1a, self.b1b = SameConv(cin, c1a), SameConv(c1a, c1b, cube)
        self.b2a, self.b2b = SameConv(cin, c2a), SameConv(c2a, c2b, cube)
        self.b3a, self.b3b = SamePool(cube, (1, 1, 1)), SameConv(cin, c3)

    def forward(self, x):
        return torch.cat([self.b0(x), self.b1b(self.b1a(x)), self.b2b(self.b2a(x)), self.b3b(self.b3a(x))], 1)


class I3D(nn.Module):
    """Names of piergiaj/pytorch-i3d. Channels are width / 64 of the published."""

    MIXED = {"3b": (64, 96, 128, 16, 32, 32), "3c": (128, 128, 192, 32, 96, 64), "4b": (192, 96, 208, 16, 48, 64),
             "4c": (160, 112, 224, 24, 64, 64), "4d": (128, 128, 256, 24, 64, 64), "4e": (112, 144, 288, 32, 64, 64),
             "4f": (256, 160, 320, 32, 128, 128), "5b": (256, 160, 320, 32, 128, 128), "5c": (384, 192, 384, 48, 128, 128)}

    def __init__(self, cin, width, classes):
        super().__init__()
        of = lambda channels: max(1, channels * width // 64)
        self.Conv3d_1a_7x7 = SameConv(cin, of(64), (7, 7, 7), (2, 2, 2))
        self.MaxPool3d_2a_3x3 = SamePool((1, 3, 3), (1, 2, 2))
        self.Conv3d_2b_1x1 = SameConv(of(64), of(64))
        self.Conv3d_2c_3x3 = SameConv(of(64), of(192), (3, 3, 3))
        self.MaxPool3d_3a_3x3 = SamePool((1, 3, 3), (1, 2, 2))
        channels = of(192)
        for name, row in self.MIXED.items():
            if name == "4b":
                self.MaxPool3d_4a_3x3 = SamePool((3, 3, 3), (2, 2, 2))
            if name == "5b":
                self.MaxPool3d_5a_2x2 = SamePool((2, 2, 2), (2, 2, 2))
            row = [of(c) for c in row]
            setattr(self, "Mixed_" + name, Inception(channels, *row))
            channels = row[0] + row[2] + row[4] + row[5]
        self.logits = nn.Module()
        self.logits.conv3d = nn.Conv3d(channels, classes, 1)

    def forward(self, x):
        for name, module in self.named_children():
            if name != "logits":
                x = module(x)
        x = self.logits.conv3d(nn.functional.avg_pool3d(x, (2, 7, 7), 1))
        return x.mean((2, 3, 4))


def split_conv(cin, middle, cout, stride):
    return nn.Sequential(nn.Conv3d(cin, middle, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False), nn.BatchNorm3d(middle), nn.ReLU(),
                         nn.Conv3d(middle, cout, (3, 1, 1), (stride, 1, 1), (1, 0, 0), bias=False))


class VideoBlock(nn.Module):
    def __init__(self, kernel, cin, cout, stride):
        super().__init__()
        middle = cin * cout * 27 // (cin * 9 + 3 * cout)
        conv = {"whole": lambda i, s: nn.Conv3d(i, cout, 3, s, 1, bias=False),
                "space": lambda i, s: nn.Conv3d(i, cout, (1, 3, 3), (1, s, s), (0, 1, 1), bias=False),
                "split": lambda i, s: split_conv(i, middle, cout, s)}[kernel]
        self.conv1 = nn.Sequential(conv(cin, stride), nn.BatchNorm3d(cout), nn.ReLU())
        self.conv2 = nn.Sequential(conv(cout, 1), nn.BatchNorm3d(cout))
        self.downsample = None
        if stride != 1 or cin != cout:
            time = 1 if kernel == "space" else stride
            self.downsample = nn.Sequential(nn.Conv3d(cin, cout, 1, (time, stride, stride), bias=False), nn.BatchNorm3d(cout))

    def forward(self, x):
        return torch.relu(self.conv2(self.conv1(x)) + (x if self.downsample is None else self.downsample(x)))


class VideoResNet(nn.Module):
    """Names of torchvision."""

    KERNELS = {"r3d_18": ["whole"] * 4, "mc3_18": ["whole"] + ["space"] * 3, "r2plus1d_18": ["split"] * 4}

    def __init__(self, backbone, cin, width, classes):
        super().__init__()
        if backbone == "r2plus1d_18":
            middle = max(1, 45 * width // 64)
            self.stem = nn.Sequential(nn.Conv3d(cin, middle, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False), nn.BatchNorm3d(middle), nn.ReLU(),
                                      nn.Conv3d(middle, width, (3, 1, 1), 1, (1, 0, 0), bias=False), nn.BatchNorm3d(width), nn.ReLU())
        else:
            self.stem = nn.Sequential(nn.Conv3d(cin, width, (3, 7, 7), (1, 2, 2), (1, 3, 3), bias=False), nn.BatchNorm3d(width), nn.ReLU())
        channels = width
        for stage, kernel in enumerate(self.KERNELS[backbone]):
            out = width * 2**stage
            setattr(self, f"layer{stage + 1}", nn.Sequential(VideoBlock(kernel, channels, out, 2 if stage else 1), VideoBlock(kernel, out, out, 1)))
            channels = out
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        x = self.stem(x)
        for stage in range(4):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc(x.mean((2, 3, 4)))


class Squeeze(nn.Module):
    def __init__(self, channels, squeezed):
        super().__init__()
        self.block = nn.Sequential(nn.Conv3d(channels, squeezed, 1), nn.ReLU(), nn.Conv3d(squeezed, channels, 1), nn.Sigmoid())

    def forward(self, x):
        return x * self.block(nn.functional.adaptive_avg_pool3d(x, 1))


def rounded(width):
    """A multiple of 8 near width, at least 8, at least nine tenths of it."""
    near = max(8, int(width + 4) // 8 * 8)
    return near + 8 if near < 0.9 * width else near


class X3DBlock(nn.Module):
    def __init__(self, cin, inner, cout, stride, squeezed):
        super().__init__()
        point = lambda i, o, s=1: nn.Conv3d(i, o, 1, (1, s, s), bias=False)
        self.branch1_conv = point(cin, cout, stride) if stride != 1 or cin != cout else None
        self.branch1_norm = nn.BatchNorm3d(cout) if cin != cout else None
        self.branch2 = nn.Module()
        self.branch2.conv_a, self.branch2.norm_a = point(cin, inner), nn.BatchNorm3d(inner)
        self.branch2.conv_b = nn.Conv3d(inner, inner, 3, (1, stride, stride), 1, groups=inner, bias=False)
        self.branch2.norm_b = nn.Sequential(nn.BatchNorm3d(inner), Squeeze(inner, rounded(inner / 16)) if squeezed else nn.Identity())
        self.branch2.conv_c, self.branch2.norm_c = point(inner, cout), nn.BatchNorm3d(cout)

    def forward(self, x):
        b = self.branch2
        y = b.norm_b(b.conv_b(torch.relu(b.norm_a(b.conv_a(x)))))
        y = b.norm_c(b.conv_c(y * torch.sigmoid(y)))
        shortcut = x if self.branch1_conv is None else self.branch1_conv(x)
        return torch.relu(y + (shortcut if self.branch1_norm is None else self.branch1_norm(shortcut)))


class X3D(nn.Module):
    """Names of pytorchvideo. Channels are width / 64 of the published."""

    def __init__(self, cin, width, classes):
        super().__init__()
        of = lambda channels: max(1, channels * width // 64)
        stem = nn.Module()
        stem.conv = nn.Module()
        stem.conv.conv_t = nn.Conv3d(cin, of(24), (1, 3, 3), (1, 2, 2), (0, 1, 1), bias=False)
        stem.conv.conv_xy = nn.Conv3d(of(24), of(24), (5, 1, 1), 1, (2, 0, 0), groups=of(24), bias=False)
        stem.norm = nn.BatchNorm3d(of(24))
        blocks, channels = [stem], of(24)
        for out, depth in [(24, 3), (48, 5), (96, 11), (192, 7)]:
            out = of(out)
            stage = nn.Module()
            stage.res_blocks = nn.ModuleList()
            for index in range(depth):
                stage.res_blocks.append(X3DBlock(channels, int(2.25 * out), out, 2 if index == 0 else 1, index % 2 == 0))
                channels = out
            blocks.append(stage)
        head = nn.Module()
        head.pool = nn.Module()
        inner = int(2.25 * channels)
        head.pool.pre_conv, head.pool.pre_norm = nn.Conv3d(channels, inner, 1, bias=False), nn.BatchNorm3d(inner)
        head.pool.post_conv = nn.Conv3d(inner, of(2048), 1, bias=False)
        head.proj = nn.Linear(of(2048), classes)
        self.blocks = nn.ModuleList(blocks + [head])

    def forward(self, x):
        stem, head = self.blocks[0], self.blocks[-1]
        x = torch.relu(stem.norm(stem.conv.conv_xy(stem.conv.conv_t(x))))
        for stage in list(self.blocks)[1:-1]:
            for block in stage.res_blocks:
                x = block(x)
        x = torch.relu(head.pool.pre_norm(head.pool.pre_conv(x)))
        x = torch.relu(head.pool.post_conv(nn.functional.adaptive_avg_pool3d(x, 1)))
        return head.proj(x.flatten(1))


class Joint(nn.Module):
    def __init__(self, rgb, flow, classes, hidden):
        super().__init__()
        self.model_rgb, self.model_of = rgb, flow
        self.fc1, self.fc2 = nn.Linear(2 * classes, hidden), nn.Linear(hidden, classes)

    def forward(self, rgb, flow):
        return self.fc2(torch.relu(self.fc1(torch.cat([self.model_rgb(rgb), self.model_of(flow)], 1))))


def branch(row, channels, frames):
    backbone, width, classes = row["backbone"], row["width"], row["num_classes"]
    if backbone in RESNETS:
        return ResNet(Kind3d if row["volume"] else Kind2d, channels if row["volume"] else channels * frames, width, classes, backbone)
    if backbone == "i3d":
        return I3D(channels, width, classes)
    return X3D(channels, width, classes) if backbone == "x3d_s" else VideoResNet(backbone, channels, width, classes)


def network(row):
    """The network of a case, and the name and shape of each of its inputs for a batch of two."""
    inputs = []
    for kind, channels, frames in [("rgb", 3, row["num_frames"]), ("of", 2, row["num_frames"] if row["model_type"] == "of" else row["flow_frames"])]:
        if row["model_type"] in (kind, "joint"):
            inputs.append((kind, channels, frames))
    branches = [branch(row, channels, frames) for _, channels, frames in inputs]
    net = branches[0] if len(branches) == 1 else Joint(*branches, row["num_classes"], row["num_fc"])
    size = row["size"]
    shapes = [("input_" + kind, [2, c, t, size, size] if row["volume"] else [2, c * t, size, size]) for kind, c, t in inputs]
    return net, shapes


def fill(net):
    with torch.no_grad():
        for name, value in net.state_dict().items():
            if name.endswith("num_batches_tracked"):
                value.zero_()
                continue
            if name.endswith("running_mean"):
                low, high = -0.2, 0.2
            elif name.endswith("running_var"):
                low, high = 0.5, 1.5
            elif name.endswith(".bn.weight"):
                low, high = 0.6, 1.1  # I3D has no shortcuts: with less, its logits hardly follow from its input.
            elif value.dim() == 1:
                low, high = (0.3, 0.8) if name.endswith("weight") else (-0.2, 0.2)
            else:
                bound = (6.0 / value[0].numel()) ** 0.5
                low, high = -bound, bound
            value.copy_(formula(name, value.numel(), low, high).reshape(value.shape))


def make(volume, frames, width, classes):
    net = ResNet(Kind3d if volume else Kind2d, 3 if volume else 3 * frames, width, classes)
    fill(net)
    return net


def shape_of(volume, frames, size, batch):
    return [batch, 3, frames, size, size] if volume else [batch, 3 * frames, size, size]


def logits():
    cases = []
    for volume, frames, width, classes, size in [(False, 3, 64, 5, 64), (False, 16, 64, 51, 48), (True, 1, 64, 5, 40), (True, 3, 64, 5, 64),
                                                 (True, 16, 64, 51, 56), (True, 32, 16, 3, 48), (True, 5, 24, 4, 33)]:
        net = make(volume, frames, width, classes).eval()
        shape = shape_of(volume, frames, size, 2)
        x = formula("input", torch.Size(shape).numel(), -2.0, 2.0).reshape(shape)
        with torch.no_grad():
            y = net(x)
        parameters = sum(p.numel() for p in net.parameters())
        cases.append({"volume": volume, "num_frames": frames, "width": width, "num_classes": classes, "size": size,
                      "parameters": parameters, "logits": [round(v, 7) for v in y.flatten().tolist()]})
    return cases


CASES = [
    # backbone, model_type, volume, num_frames, flow_frames, width, num_classes, num_fc, size
    ("resnet_34", "rgb", False, 3, 0, 16, 5, 0, 48), ("resnet_34", "rgb", True, 6, 0, 8, 5, 0, 40), ("resnet_50", "rgb", False, 4, 0, 8, 5, 0, 64),
    ("resnet_50", "rgb", True, 8, 0, 8, 7, 0, 48), ("resnet_101", "rgb", True, 4, 0, 4, 5, 0, 40), ("resnet_152", "rgb", False, 3, 0, 4, 5, 0, 40),
    ("resnet_18", "of", False, 10, 0, 16, 5, 0, 48), ("resnet_18", "of", True, 6, 0, 16, 5, 0, 40), ("resnet_18", "joint", False, 3, 10, 16, 5, 64, 48),
    ("resnet_18", "joint", True, 4, 7, 16, 3, 16, 40), ("i3d", "rgb", True, 9, 0, 8, 5, 0, 200), ("i3d", "rgb", True, 17, 0, 8, 3, 0, 224),
    ("i3d", "of", True, 10, 0, 8, 3, 0, 193), ("r3d_18", "rgb", True, 5, 0, 16, 5, 0, 33), ("mc3_18", "rgb", True, 8, 0, 16, 5, 0, 40),
    ("r2plus1d_18", "rgb", True, 7, 0, 16, 5, 0, 40), ("r2plus1d_18", "of", True, 4, 0, 8, 3, 0, 32), ("x3d_s", "rgb", True, 4, 0, 32, 5, 0, 72),
    ("x3d_s", "rgb", True, 6, 0, 64, 5, 0, 64), ("x3d_s", "joint", True, 3, 4, 16, 4, 8, 33),
]
KEYS = ["backbone", "model_type", "volume", "num_frames", "flow_frames", "width", "num_classes", "num_fc", "size"]


def networks():
    """Logits of every family, narrow where that is enough."""
    cases = []
    for case in CASES:
        row = dict(zip(KEYS, case))
        net, inputs = network(row)
        fill(net)
        with torch.no_grad():
            y = net.eval()(*[formula(name, torch.Size(shape).numel(), -2.0, 2.0).reshape(shape) for name, shape in inputs])
        cases.append(row | {"logits": [float(f"{v:.7g}") for v in y.flatten().tolist()]})
    return cases


def parameters():
    """Parameter counts of whole networks; printed, to compare with what their authors publish."""
    for case in [("r3d_18", "rgb", True, 16, 0, 64, 400, 0, 112), ("mc3_18", "rgb", True, 16, 0, 64, 400, 0, 112),
                 ("r2plus1d_18", "rgb", True, 16, 0, 64, 400, 0, 112), ("i3d", "rgb", True, 16, 0, 64, 400, 0, 224),
                 ("x3d_s", "rgb", True, 13, 0, 64, 400, 0, 160), ("resnet_50", "rgb", True, 16, 0, 64, 5, 0, 224)]:
        net, _ = network(dict(zip(KEYS, case)))
        print(case[0], sum(p.numel() for p in net.parameters()))


def causal_logits():
    """Causal networks for clips of num_frames on sequences of any length: shorter than a clip, a clip, with history."""
    cases = []
    for backbone, frames, width, classes, size, sequence in [
            ("resnet_18", 16, 8, 5, 40, 16), ("resnet_18", 16, 8, 5, 40, 4), ("resnet_18", 16, 8, 5, 40, 44), ("resnet_18", 8, 16, 3, 33, 24),
            ("resnet_18", 4, 8, 3, 32, 20), ("resnet_50", 8, 8, 3, 40, 20)]:
        net = ResNet(causal_kind(frames), 3, width, classes, backbone)
        fill(net)
        shape = shape_of(True, sequence, size, 2)
        x = formula("input", torch.Size(shape).numel(), -2.0, 2.0).reshape(shape)
        with torch.no_grad():
            y = net.eval()(x)
        cases.append({"backbone": backbone, "num_frames": frames, "width": width, "num_classes": classes, "size": size, "sequence": sequence,
                      "logits": [round(v, 7) for v in y.flatten().tolist()]})
    return cases


def training_steps():
    """Four steps of SGD with momentum, weight decay and gradient clipping on a narrow 3D network."""
    net = make(True, 4, 8, 3).train()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=0.01)
    losses, norms = [], []
    for step in range(4):
        shape = shape_of(True, 4, 32, 4)
        x = formula(f"batch{step}", torch.Size(shape).numel(), -2.0, 2.0).reshape(shape)
        target = torch.tensor([(step + i) % 3 for i in range(4)])
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x), target)
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)))
        optimizer.step()
        losses.append(float(loss))
    return {"losses": losses, "gradient_norms": norms, "head_bias": net.fc_cls.bias.tolist(),
            "conv1_sum": float(net.conv1.weight.double().sum()), "running_mean": net.bn1.running_mean.tolist()}


def plateau():
    """Learning rates of ReduceLROnPlateau (mode min) and MultiStepLR over fixed values."""
    values = [1.0, 0.9, 0.95, 0.91, 0.8999, 0.89995, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    rows = []
    for patience, factor, floor in [(1, 0.1, 1e-4), (0, 0.5, 1e-3), (2, 0.1, 0.0)]:
        p = nn.Parameter(torch.zeros(1))
        optimizer = torch.optim.SGD([p], lr=0.02)
        schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="min", patience=patience, factor=factor, min_lr=floor)
        rates = []
        for value in values:
            schedule.step(value)
            rates.append(optimizer.param_groups[0]["lr"])
        rows.append({"patience": patience, "factor": factor, "min_lr": floor, "rates": rates})
    p = nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([p], lr=0.02)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[2, 5, 5, 9], gamma=0.1)
    steps = []
    for _ in range(12):
        steps.append(optimizer.param_groups[0]["lr"])
        schedule.step()
    return {"values": values, "plateau": rows, "multi_step": {"milestones": [2, 5, 5, 9], "rates": steps}}


def main():
    torch.manual_seed(0)
    torch.set_num_threads(2)
    os.makedirs(FOLDER, exist_ok=True)
    for name, value in [("logits", logits()), ("networks", networks()), ("causal", causal_logits()), ("training_steps", training_steps()), ("schedules", plateau())]:
        with open(os.path.join(FOLDER, name + ".json"), "w") as out:
            json.dump(value, out, indent=1)
            out.write("\n")
    parameters()


if __name__ == "__main__":
    main()
