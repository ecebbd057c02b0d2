#!/usr/bin/env python3
"""Golden values for tests/train, computed with PyTorch alone. Run: /usr/bin/python3 tools/make_train_golden.py

Weights and gradients follow from the formula of make_nets_golden.py, which both sides compute; the answers are stored in
tests/train/golden: optimizers.json, rates.json, losses.json.
"""
import json
import os

import torch
from torch import nn

from make_nets_golden import formula

FOLDER = os.path.join(os.path.dirname(__file__), "..", "tests", "train", "golden")


def optimizers():
    """Six updates of five weights."""
    kinds = {
        "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01),
        "nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True),
        "adamw": lambda p: torch.optim.AdamW(p, lr=0.1, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.05),
    }
    rows = {}
    for name, make in kinds.items():
        weight = nn.Parameter(formula("weight", 5, -1, 1))
        optimizer = make([weight])
        for step in range(6):
            weight.grad = formula(f"gradient{step}", 5, -1, 1)
            optimizer.step()
        rows[name] = weight.tolist()
    return rows


def rates():
    """Rates of every update of 4 epochs of 5 updates."""
    rows = {}
    for name, make in {
        "Cosine": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=20, eta_min=0.002),
        "OneCycle": lambda o: torch.optim.lr_scheduler.OneCycleLR(o, max_lr=0.02, total_steps=20, cycle_momentum=False),
    }.items():
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.02)
        schedule = make(optimizer)
        rows[name] = []
        for _ in range(20):
            rows[name].append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if len(rows[name]) < 20:
                schedule.step()
    return rows


def losses():
    """Mean cross-entropy and its gradient with label smoothing and class weights."""
    rows = []
    for smoothing, weights in [(0.0, None), (0.1, None), (0.0, [1.0, 2.0, 0.5]), (0.2, [1.0, 2.0, 0.5])]:
        logits = nn.Parameter(formula("logits", 12, -2, 2).reshape(4, 3))
        weight = None if weights is None else torch.tensor(weights)
        loss = nn.functional.cross_entropy(logits, torch.tensor([2, 0, 1, 1]), weight=weight, label_smoothing=smoothing)
        loss.backward()
        rows.append({"smoothing": smoothing, "weights": weights or [], "loss": float(loss), "gradient": logits.grad.flatten().tolist()})
    return rows


def main():
    os.makedirs(FOLDER, exist_ok=True)
    for name, value in [("optimizers", optimizers()), ("rates", rates()), ("losses", losses())]:
        with open(os.path.join(FOLDER, name + ".json"), "w") as out:
            json.dump(value, out, indent=1)
            out.write("\n")


if __name__ == "__main__":
    main()
