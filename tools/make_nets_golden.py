#!/usr/bin/env python3
"""Golden values for tests/nets and tests/train, computed with PyTorch alone. Run: /usr/bin/python3 tools/make_nets_golden.py

Weights and inputs follow from a formula that both sides compute (formula() here, golden_values.h there), so only the answers are stored:
tests/nets/golden/logits.json, causal.json, training_steps.json and schedules.json.
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


class ResNet(nn.Module):
    def __init__(self, kind, cin, width, classes):
        super().__init__()
        self.conv1 = kind.stem(cin, width)
        self.bn1 = kind.norm(width)
        self.pool = kind.pool()
        channels = width
        for stage in range(4):
            out = width * 2**stage
            blocks = [Block(kind, channels, out, 2 if stage else 1), Block(kind, out, out, 1)]
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
            channels = out
        self.average = kind.average()
        self.fc_cls = nn.Linear(channels, classes)

    def forward(self, x):
        x = self.pool(torch.relu(self.bn1(self.conv1(x))))
        for stage in range(4):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc_cls(self.average(x).flatten(1))


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


def causal_logits():
    """Causal networks for clips of num_frames on sequences of any length: shorter than a clip, a clip, with history."""
    cases = []
    for frames, width, classes, size, sequence in [(16, 8, 5, 40, 16), (16, 8, 5, 40, 4), (16, 8, 5, 40, 44), (8, 16, 3, 33, 24), (4, 8, 3, 32, 20)]:
        net = ResNet(causal_kind(frames), 3, width, classes)
        fill(net)
        shape = shape_of(True, sequence, size, 2)
        x = formula("input", torch.Size(shape).numel(), -2.0, 2.0).reshape(shape)
        with torch.no_grad():
            y = net.eval()(x)
        cases.append({"num_frames": frames, "width": width, "num_classes": classes, "size": size, "sequence": sequence,
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
    for name, value in [("logits", logits()), ("causal", causal_logits()), ("training_steps", training_steps()), ("schedules", plateau())]:
        with open(os.path.join(FOLDER, name + ".json"), "w") as out:
            json.dump(value, out, indent=1)
            out.write("\n")


if __name__ == "__main__":
    main()
