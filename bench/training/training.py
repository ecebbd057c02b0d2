#!/usr/bin/env python3
"""Training step of 3D networks at 3x16x112x112: gerund against the same step in Python on the same LibTorch.

Usage: training.py BUILD_FOLDER [NETWORK [THREADS [BATCH [RUNS]]]]; NETWORK: resnet_18 or torchvision's r3d_18. Runs both RUNS times
in turn, checks first that the losses agree, and prints one JSON object: clips per second (median over runs of each run's median step), their ratio, peak memory.
"""
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def run(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def main():
    build = sys.argv[1]
    network = sys.argv[2] if len(sys.argv) > 2 else "resnet_18"
    given = [int(word) for word in sys.argv[3:6]]
    threads, batch, runs = given + [2, 8, 5][len(given):]
    steps = 4
    ours = [os.path.join(build, "bench", "training_step"), network, str(threads), str(batch), str(steps)]
    theirs = ["/usr/bin/python3", os.path.join(HERE, "training_step.py"), network, str(threads), str(batch), str(steps)]
    speed, peak = {"gerund": [], "python": []}, {}
    for _ in range(runs):
        results = {"gerund": run(ours), "python": run(theirs)}
        first = [results[name]["losses"][0] for name in ("gerund", "python")]
        if abs(first[0] - first[1]) > 1e-3 * abs(first[1]):
            sys.exit(f"the answers differ: {first}")
        for name, result in results.items():
            # The first step allocates and is left out.
            speed[name].append(batch / statistics.median(result["seconds"][1:]))
            peak[name] = max(peak.get(name, 0), result["peak_mib"])
    median = {name: statistics.median(values) for name, values in speed.items()}
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=HERE).stdout.strip()
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    print(json.dumps({"benchmark": "training_step", "network": network + ", 3x16x112x112", "batch": batch, "threads": threads, "runs": runs,
                      "clips_per_second": median, "all_runs": speed, "ratio": median["gerund"] / median["python"], "peak_mib": peak, "cpu": cpu,
                      "commit": commit}, indent=1))


if __name__ == "__main__":
    main()
