#!/usr/bin/python3
"""Clips per second of 32 frames at 224x224, decoded, cropped and normalised on one thread: gerund against PIL and torch on PNG frames.

Usage: loading.py BUILD_FOLDER WORK_FOLDER [RUNS [CLIPS]]. Makes the videos, checks that both sides give the same tensor for the same pictures,
runs all ways RUNS times in turn and prints one JSON object: the median rate of each, and its ratio to the reference's.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
NUM_VIDEOS = 6
SHAPE = (3, 32, 224, 224)


def output(command):
    return subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "OMP_NUM_THREADS": "1"}).stdout


def read_clip(path):
    """The one float32 tensor of a safetensors file."""
    data = path.read_bytes()
    return np.frombuffer(data, "<f4", offset=8 + int.from_bytes(data[:8], "little")).reshape(SHAPE)


def largest_difference(program, reference, folder):
    """Between both sides' tensors of the same PNG frames."""
    output([program, "clip", folder / "png" / "video0", folder / "ours.safetensors"])
    output([*reference, "clip", folder / "png" / "video0", folder / "theirs.f32"])
    theirs = np.fromfile(folder / "theirs.f32", "<f4").reshape(SHAPE)
    return float(np.abs(read_clip(folder / "ours.safetensors") - theirs).max())


def main():
    build, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    runs, clips = [int(word) for word in sys.argv[3:5]] + [5, 24][len(sys.argv) - 3:]
    program = build / "bench" / "bench_loading"
    reference = ["/usr/bin/python3", HERE / "reference_loading.py"]
    output([program, "make", folder, NUM_VIDEOS])
    output([*reference, "make", folder])
    difference = largest_difference(program, reference, folder)
    if difference > 1e-5:
        sys.exit(f"the tensors differ by up to {difference}")
    ways = {"reference_png": [*reference, "time", folder / "png", clips]}
    for kind in ("png", "mpeg4", "h264"):
        ways[kind] = [program, "time", folder / kind, "consecutive", clips]
    ways["cache"] = [program, "cache", folder / "mpeg4", "consecutive", clips]
    ways["cache_random_interval"] = [program, "cache", folder / "mpeg4", "random_interval", clips]
    for kind in ("mpeg4", "h264"):
        ways[kind + "_random_interval"] = [program, "time", folder / kind, "random_interval", clips]
    seconds = {name: [] for name in ways}
    rates = {name: [] for name in ways}
    fill_seconds = []
    for _ in range(runs):
        for name, command in ways.items():
            answer = json.loads(output(command))
            times = answer["seconds"]
            seconds[name] += times
            fill_seconds += answer.get("fill_seconds", [])
            rates[name].append(len(times) / sum(times))
    median = {name: round(statistics.median(values), 2) for name, values in rates.items()}
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=HERE).stdout.strip()
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    print(json.dumps({
        "benchmark": "loading", "clip": "32 frames of 320x240, short edge to 256, centre 224x224, normalised", "threads": 1, "time": "CPU time of the thread", "runs": runs,
        "clips_per_run": clips, "largest_difference": difference, "clips_per_second": median,
        "ratio_to_reference": {name: round(rate / median["reference_png"], 2) for name, rate in median.items()},
        "ms_per_clip": {name: {"p50": round(1000 * statistics.median(times), 2), "p95": round(1000 * statistics.quantiles(times, n=20)[-1], 2)}
                        for name, times in seconds.items()},
        "ms_per_video_kept": round(1000 * statistics.median(fill_seconds), 2), "cpu": cpu, "commit": commit}, indent=1))


main()
