#!/usr/bin/env python3
"""The peer of training_step.cc: the same steps in Python on the same LibTorch. Usage: training_step.py NETWORK THREADS BATCH STEPS"""
import json
import os
import resource
import sys
import time

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))
import make_nets_golden as golden  # noqa: E402


def main():
    backbone = sys.argv[1]
    threads, batch, steps = (int(word) for word in sys.argv[2:5])
    torch.set_num_threads(threads)
    net = golden.branch({"backbone": backbone, "volume": True, "width": 64, "num_classes": 5}, 3, 16)
    golden.fill(net)
    net.train()
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-3, momentum=0.9, weight_decay=5e-4)
    shape = [batch, 3, 16, 112, 112]
    x = golden.formula("input", torch.Size(shape).numel(), -2.0, 2.0).reshape(shape)
    target = torch.tensor([i % 5 for i in range(batch)])
    losses, seconds = [], []
    for _ in range(steps):
        start = time.perf_counter()
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(x), target)
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"losses": losses, "seconds": seconds, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


if __name__ == "__main__":
    main()
