#!/usr/bin/python3
"""Weight files as others publish them, small, and the logits that PyTorch gives with them: tests/nets/golden/import.

Run from the root of the repository with Debian's python3-torch (1.13): tools/make_import_golden.py
"""
import argparse
import collections
import json
import pathlib

import torch

import make_nets_golden as golden

OUT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "nets" / "golden" / "import"


def small(volume, frames, classes):
    """resnet_18 of width 2 in the names and shapes of torchvision (2D) and of TAO (3D)."""
    return golden.make(volume, frames, 2, classes).eval()


def answer(net, volume, frames, size):
    shape = golden.shape_of(volume, frames, size, 2)
    x = golden.formula("input", torch.Size(shape).numel(), -2.0, 2.0).reshape(shape)
    with torch.no_grad():
        y = net(x)
    return {"volume": volume, "num_frames": frames, "size": size, "logits": [round(v, 7) for v in y.flatten().tolist()]}


def inflate(state, frames_of_stem):
    """I3D (Carreira, Zisserman 2017): w3d[:, :, t] = w2d / T; a stem that sees stacked frames is summed over them."""
    made = {}
    for name, value in state.items():
        if value.dim() == 4:
            if name == "conv1.weight" and frames_of_stem > 1:
                value = value.reshape(value.shape[0], 3, frames_of_stem, *value.shape[2:]).sum(2)
            depth = 5 if name == "conv1.weight" else 1 if "downsample" in name else 3
            value = (value / depth).unsqueeze(2).repeat(1, 1, depth, 1, 1)
        made[name] = value
    return made


def inflated_answer(net, frames_of_stem, classes, frames, size):
    volume = small(True, frames, classes)
    volume.load_state_dict(inflate(net.state_dict(), frames_of_stem))
    return answer(volume, True, frames, size)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    cases = []

    # As torchvision's older files: the stream, head "fc.", no num_batches_tracked, kernels as parameters.
    net = small(False, 1, 7)
    state = collections.OrderedDict(
        (name.replace("fc_cls.", "fc."), torch.nn.Parameter(value))
        for name, value in net.state_dict().items() if not name.endswith("num_batches_tracked"))
    torch.save(state, OUT / "torchvision.pth", _use_new_zipfile_serialization=False)
    cases.append({"file": "torchvision.pth", "num_classes": 7, "as_is": answer(net, False, 1, 48),
                  "inflated": inflated_answer(net, 1, 7, 8, 40)})

    # As Lightning saves TAO's networks: a zip file, names behind "model.", halves, arguments beside them.
    net = small(True, 16, 3).half().float()
    torch.save({"epoch": 4, "hyper_parameters": argparse.Namespace(lr=0.1),
                "state_dict": {"model." + name: value.half() if value.is_floating_point() else value
                               for name, value in net.state_dict().items()}}, OUT / "lightning.ckpt")
    cases.append({"file": "lightning.ckpt", "num_classes": 3, "as_is": answer(net, True, 16, 40)})

    # As distributed training saves: names behind "module.", four frames stacked.
    net = small(False, 4, 5)
    torch.save({"model": {"module." + name: value for name, value in net.state_dict().items()}, "step": 10},
               OUT / "distributed.pt")
    cases.append({"file": "distributed.pt", "num_classes": 5, "as_is": answer(net, False, 4, 36),
                  "inflated": inflated_answer(net, 4, 5, 16, 33)})

    (OUT / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
