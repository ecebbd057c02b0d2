#!/usr/bin/python3
"""LibTorch as a peer of bench/engine. Usage: torch_peer.py eager|frozen MODEL_FOLDER INPUT.safetensors OUTPUT.safetensors THREADS

Speaks the protocol of engine.py. eager: the module call by call; frozen: the traced module after torch.jit.freeze and optimize_for_inference.
"""
import json
import pathlib
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from make_graph_golden import write_safetensors  # noqa: E402
from make_peer_models import build  # noqa: E402


def memory(field):
    """Bytes; VmRSS: held now, VmHWM: the most that was held."""
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith(field + ":"))


def read_input(path):
    data = pathlib.Path(path).read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    shape = json.loads(data[8:start])["input_rgb"]["shape"]
    return torch.frombuffer(bytearray(data[start:]), dtype=torch.float32).reshape(shape)


def load_eager(folder, net):
    net.load_state_dict(torch.load(folder / "weights.pt"))
    return net


def load_frozen(folder, _):
    return torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.load(str(folder / "torchscript.pt")).eval()))


def main():
    kind, folder, threads = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[5])
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    x = read_input(sys.argv[3])
    base = memory("VmRSS")
    # PyTorch fills new modules with random weights; the time for that is no part of loading.
    empty = build(folder.name) if kind == "eager" else None
    start = time.perf_counter()
    net = (load_eager if kind == "eager" else load_frozen)(folder, empty)
    y = net(x)
    load_ms = 1000 * (time.perf_counter() - start)
    write_safetensors(pathlib.Path(sys.argv[4]), {"fc_pred": y}, {})
    print(json.dumps({"version": torch.__version__, "load_ms": load_ms, "base_bytes": base, "peak_bytes": memory("VmHWM")}), flush=True)
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            start = time.perf_counter()
            net(x)
            times.append(1000 * (time.perf_counter() - start))
        print(json.dumps({"ms": times, "peak_bytes": memory("VmHWM")}), flush=True)


if __name__ == "__main__":
    main()
