#!/usr/bin/python3
"""Writes the networks that bench/engine measures, for every runtime that runs them. Needs Debian's python3-torch alone.

Usage: make_peer_models.py FOLDER [NETWORK...]. Each network goes to FOLDER/NETWORK, unless it is there already:
  model.onnx                        opset 17, input_rgb [N, ...] to fc_pred [N, classes], N free, batch norm as it is
  opencv.onnx                       the same for OpenCV 4.6, which reads neither a free N nor a GlobalAveragePool over three axes
  weights.pt, torchscript.pt        for LibTorch: a state dict, a traced module
  input1.safetensors, input4.safetensors    one and four clips
  logits.safetensors                the answer for the four clips, computed in double precision, stored as float32
Weights, batch-norm statistics and clips follow from the formula of make_nets_golden.py: they are the same on every machine.
"""
import pathlib
import sys
import warnings

import torch
from torch import nn

from make_graph_golden import write_safetensors
from make_nets_golden import Kind2d, Kind3d, ResNet, fill, formula

BATCHES = (1, 4)


class KindR3d(Kind3d):
    """torchvision's r3d_18: its stem keeps time and no pool follows; the later stages halve time as well."""
    stem = staticmethod(lambda cin, w: nn.Conv3d(cin, w, (3, 7, 7), (1, 2, 2), (1, 3, 3), bias=False))
    conv3 = staticmethod(lambda cin, cout, s: nn.Conv3d(cin, cout, 3, s, 1, bias=False))
    conv1 = staticmethod(lambda cin, cout, s: nn.Conv3d(cin, cout, 1, s, bias=False))
    pool = staticmethod(nn.Identity)


# Name: kind, shape of a clip, classes.
NETWORKS = {
    "r18_2d_3x224": (Kind2d, (9, 224, 224), 5),
    "r18_2d_32x224": (Kind2d, (96, 224, 224), 5),
    "r18_3d_16x112": (Kind3d, (3, 16, 112, 112), 5),
    "r18_3d_32x224": (Kind3d, (3, 32, 224, 224), 5),
    "r18_3d_32x112": (Kind3d, (3, 32, 112, 112), 5),
    "r3d_18_16x112": (KindR3d, (3, 16, 112, 112), 400),
}


def build(name):
    """The network as PyTorch initialises it, in evaluation mode."""
    kind, clip, classes = NETWORKS[name]
    return ResNet(kind, clip[0], 64, classes).eval()


def clips_of(name):
    shape = [max(BATCHES), *NETWORKS[name][1]]
    return formula("input", torch.Size(shape).numel(), -2.0, 2.0).reshape(shape)


def export(net, clips, path, free_batch):
    axes = {"input_rgb": {0: "batch"}, "fc_pred": {0: "batch"}} if free_batch else None
    torch.onnx.export(net, clips[:1], str(path), opset_version=17, training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
                      input_names=["input_rgb"], output_names=["fc_pred"], dynamic_axes=axes)


def export_for_opencv(net, clips, path):
    extents = []
    net.average.register_forward_hook(lambda module, inputs, output: extents.append(inputs[0].shape[2:]))
    net(clips[:1])
    average = net.average
    net.average = (nn.AvgPool3d if len(extents[0]) == 3 else nn.AvgPool2d)(tuple(extents[0]))
    torch.onnx.export(net, clips[:1], str(path), opset_version=11, input_names=["input_rgb"], output_names=["fc_pred"])
    net.average = average


def write(name, folder):
    net, clips = build(name), clips_of(name)
    fill(net)
    torch.save(net.state_dict(), folder / "weights.pt")
    torch.jit.trace(net, clips[:1]).save(str(folder / "torchscript.pt"))
    export(net, clips, folder / "model.onnx", free_batch=True)
    export_for_opencv(net, clips, folder / "opencv.onnx")
    for batch in BATCHES:
        write_safetensors(folder / f"input{batch}.safetensors", {"input_rgb": clips[:batch]}, {})
    net.double()
    logits = torch.cat([net(clip[None].double()) for clip in clips])
    # Written last: a folder that holds it is complete.
    write_safetensors(folder / "logits.safetensors", {"fc_pred": logits.float()}, {})


def main():
    warnings.simplefilter("ignore")
    torch.set_grad_enabled(False)
    names = sys.argv[2:] or NETWORKS
    for name in names:
        if name not in NETWORKS:
            sys.exit(f"network '{name}' is not known; known: {', '.join(NETWORKS)}")
        folder = pathlib.Path(sys.argv[1]) / name
        if (folder / "logits.safetensors").exists():
            continue
        print(f"writing {folder}", file=sys.stderr)
        folder.mkdir(parents=True, exist_ok=True)
        write(name, folder)


if __name__ == "__main__":
    main()
