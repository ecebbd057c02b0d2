#!/usr/bin/python3
"""Makes tests/tensor/golden: small files of torch.save in both formats, and what PyTorch reads from them.

Run from the root of the repository with Debian's python3-torch (1.13): tools/make_torch_golden.py
"""
import argparse
import collections
import json
import pathlib
import struct
import zipfile

import numpy
import torch

OUT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "tensor" / "golden"
HELD = {"F32": torch.float32, "I64": torch.int64, "U8": torch.uint8}


def held(tensor):
    """As gerund holds it: floats as float32, whole numbers as int64, uint8 and bool as uint8."""
    if tensor.dtype.is_floating_point:
        return "F32"
    return "U8" if tensor.dtype in (torch.uint8, torch.bool) else "I64"


def write_expected(path, tensors):
    header, data = {}, b""
    for name, tensor in sorted(tensors.items()):
        dtype = held(tensor)
        raw = tensor.detach().to(HELD[dtype]).contiguous().numpy().tobytes()
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def all_kinds():
    """Every element type, and views that share and skip elements of their storage."""
    base = torch.randn(4, 6)
    return collections.OrderedDict(
        [
            ("conv.weight", torch.randn(2, 3, 1, 2)),
            ("base", base),
            ("transposed", base.t()),
            ("slice", base[1:3, ::2]),
            ("repeated", base[0, :1].expand(3, 2)),
            ("row", base[3]),
            ("half", torch.tensor([1.5, -2.0, 65504.0, 6e-8, float("inf")]).half()),
            ("bfloat16", torch.tensor([1.0, -3.140625, 1e30]).bfloat16()),
            ("double", torch.tensor([0.1, -1e-300, 3e38], dtype=torch.float64)),
            ("long", torch.tensor(2**40 + 1)),
            ("int", torch.tensor([-5, 2**31 - 1], dtype=torch.int32)),
            ("short", torch.tensor([-300, 7], dtype=torch.int16)),
            ("char", torch.tensor([-128, 127], dtype=torch.int8)),
            ("byte", torch.tensor([0, 255], dtype=torch.uint8)),
            ("bool", torch.tensor([True, False, True])),
            ("empty", torch.zeros(0, 3)),
            ("scalar", torch.tensor(2.5)),
            ("parameter", torch.nn.Parameter(torch.randn(3))),
        ]
    )


class Unknown:
    """A class of the trainer's own, which a reader does not have."""

    def __init__(self):
        self.values = {"weight": torch.ones(2)}


def trainer_file():
    """What training scripts save: weights among arguments, numbers of numpy, objects and an optimizer's state."""
    network = torch.nn.Sequential(collections.OrderedDict(conv=torch.nn.Conv2d(1, 2, 1), norm=torch.nn.BatchNorm2d(2)))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
    network(torch.randn(2, 1, 2, 2)).sum().backward()
    optimizer.step()
    return {
        "epoch": 3,
        "best": numpy.float64(0.25),
        "scores": numpy.arange(3),
        "args": argparse.Namespace(lr=0.1, data="clips"),
        "extra": Unknown(),
        "model": collections.OrderedDict(("module." + name, value) for name, value in network.state_dict().items()),
        "optimizer": optimizer.state_dict(),
    }


def write_big_endian(path, source):
    """The zip file as a big-endian machine writes it: elements turned round, and the record that says so."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            contents = old.read(name)
            if "/data/" in name:
                contents = numpy.frombuffer(contents, dtype="<f4").astype(">f4").tobytes()
            new.writestr(name, contents)
        new.writestr(f"{source.stem}/byteorder", "big")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(3)
    tensors = all_kinds()
    write_expected(OUT / "kinds.safetensors", tensors)
    torch.save(tensors, OUT / "kinds_zip.pth")
    torch.save(tensors, OUT / "kinds_stream.pth", _use_new_zipfile_serialization=False)

    trainer = trainer_file()
    write_expected(OUT / "trainer.safetensors", trainer["model"])
    torch.save(trainer, OUT / "trainer_zip.pth")
    torch.save(trainer, OUT / "trainer_stream.pth", _use_new_zipfile_serialization=False)

    floats = {name: tensors[name] for name in ("conv.weight", "transposed", "scalar")}
    write_expected(OUT / "floats.safetensors", floats)
    torch.save(floats, OUT / "floats.pth")
    write_big_endian(OUT / "floats_big_endian.pth", OUT / "floats.pth")

    torch.save(torch.nn.Linear(2, 1), OUT / "whole_module.pth")
    torch.jit.script(torch.nn.Linear(2, 1)).save(str(OUT / "script.pth"))
    torch.save({"w": torch.tensor([1 + 2j])}, OUT / "complex.pth")


if __name__ == "__main__":
    main()
