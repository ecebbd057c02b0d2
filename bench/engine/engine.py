#!/usr/bin/python3
"""gerund's engine against LibTorch, ONNX Runtime and OpenCV DNN on the networks of tools/make_peer_models.py.

Every runtime is a process of its own (peer.h describes how they talk). In each row all are loaded first, one after the other; their answers are
compared with the golden logits, and a runtime that differs by more than 1e-3 is not timed. Then they run in turn, A B C A B C ..., with the same
number of threads. Prints one JSON object per row on stdout; a Markdown table follows on stderr. Run by bench/engine.sh.
"""
import argparse
import fnmatch
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
NETWORKS = ("r18_2d_3x224", "r18_2d_32x224", "r18_3d_16x112", "r18_3d_32x224", "r3d_18_16x112")
ROWS = [f"{network}/b{batch}/t{threads}" for network in NETWORKS for batch in (1, 4) for threads in (1, 2)]
PEERS = ("direct", "torch_eager", "torch_frozen", "onnxruntime", "opencv")
MAX_DIFFERENCE = 1e-3
TURN_SECONDS = 1.0
# Threads that wait for work spin for a while before they sleep; the next runtime begins after that.
PAUSE_SECONDS = 0.3


class PeerError(Exception):
    pass


def read_safetensors(path):
    """The only float32 array of a file."""
    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)
    (entry,) = header.values()
    return np.frombuffer(data[start:], "<f4").reshape(entry["shape"])


def difference_of(answer, expected):
    """max |answer - expected| / max |expected|; infinite for another shape or a NaN."""
    if answer.shape != expected.shape or not np.isfinite(answer).all():
        return float("inf")
    return float(np.abs(answer.astype(float) - expected).max() / np.abs(expected).max())


class Peer:
    """A runtime that was started: loaded, and waiting for a number of runs."""

    def __init__(self, command, threads, scratch):
        self.errors = open(scratch / "stderr.txt", "w+")
        self.answer_path = scratch / "answer.safetensors"
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
        words = [str(word) for word in [*command, self.answer_path, threads]]
        try:
            self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True, env=environment)
        except OSError as error:
            raise PeerError(f"{words[0]}: {error.strerror}") from error
        try:
            self.about = self.read_line()
        except PeerError:
            self.close()
            raise
        self.peak_bytes = self.about["peak_bytes"]
        self.times = []
        self.rounds = []

    def read_line(self):
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            words = self.errors.read().strip().splitlines() or ["ended without a word"]
            raise PeerError(words[-1][:300])
        return json.loads(line)

    def run(self, count):
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        reply = self.read_line()
        self.peak_bytes = max(self.peak_bytes, reply["peak_bytes"])
        return reply["ms"]

    def take_turn(self):
        """As many runs as fit TURN_SECONDS by the last round; one at first."""
        count = max(1, min(100, int(1000 * TURN_SECONDS / self.rounds[-1]))) if self.rounds else 1
        times = self.run(count)
        self.times += times
        self.rounds.append(statistics.median(times))

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()


def figures_of(peer, batch, macs, difference):
    p50 = statistics.median(peer.rounds)
    return {"version": peer.about["version"], "p50_ms": round(p50, 3), "p95_ms": round(float(np.percentile(peer.times, 95)), 3),
            "best_ms": round(min(peer.times), 3), "runs": len(peer.times), "clips_per_second": round(1000 * batch / p50, 3),
            "gflops": round(2e-6 * macs / p50, 2), "load_ms": round(peer.about["load_ms"], 1), "peak_bytes": peer.peak_bytes,
            "growth_bytes": peer.peak_bytes - peer.about["base_bytes"], "difference": difference}


def command_of(name, build, engine, folder):
    """Without the input, the answer's file and the threads, which all take at the end."""
    model = folder / "model.onnx"
    program = build / "bench"
    return {"gerund": [program / "engine_peer", engine, "auto", model],
            "direct": [program / "engine_peer", engine, "direct", model],
            "torch_eager": ["/usr/bin/python3", HERE / "torch_peer.py", "eager", folder],
            "torch_frozen": ["/usr/bin/python3", HERE / "torch_peer.py", "frozen", folder],
            "onnxruntime": ["node", build / "tests" / "onnxruntime" / "serve.mjs", model],
            "opencv": [program / "opencv_peer", folder / "opencv.onnx"]}[name]


def start_all(names, build, engine, folder, batch, threads, scratch):
    """Peers by name, what is wrong with the others, and how far each answer is from the golden one."""
    expected = read_safetensors(folder / "logits.safetensors")[:batch]
    peers, trouble, differences = {}, {}, {}
    for name in names:
        (scratch / name).mkdir(parents=True, exist_ok=True)
        try:
            command = [*command_of(name, build, engine, folder), folder / f"input{batch}.safetensors"]
            peer = Peer(command, threads, scratch / name)
        except PeerError as error:
            trouble[name] = str(error)
            continue
        differences[name] = difference_of(read_safetensors(peer.answer_path), expected)
        if differences[name] > MAX_DIFFERENCE:
            trouble[name] = f"wrong: differs by {differences[name]:.1e}"
            peer.close()
            continue
        peers[name] = peer
    return peers, trouble, differences


def race(peers, trouble, rounds):
    for index in range(-1, rounds):
        for name, peer in list(peers.items()):
            time.sleep(PAUSE_SECONDS)
            try:
                if index < 0:
                    # TorchScript still rewrites itself in the first runs.
                    peer.run(2 if peer.about["load_ms"] < 20000 else 1)
                else:
                    peer.take_turn()
            except (PeerError, BrokenPipeError) as error:
                trouble[name] = str(error)
                peer.close()
                del peers[name]


def ratios_of(peers):
    """How gerund stands; above 1 is better for speed, below 1 for memory and loading."""
    own, others = peers.get("gerund"), {name: figures for name, figures in peers.items() if name != "gerund" and "p50_ms" in figures}
    if not own or "p50_ms" not in own or not others:
        return {}
    best = min(others, key=lambda name: others[name]["p50_ms"])
    result = {"best_peer": best, "speed_to_best": round(others[best]["p50_ms"] / own["p50_ms"], 3)}
    if "onnxruntime" in others:
        result["speed_to_onnxruntime"] = round(others["onnxruntime"]["p50_ms"] / own["p50_ms"], 3)
    torch = [figures for name, figures in others.items() if name.startswith("torch")]
    if torch:
        result["memory_to_torch"] = round(own["peak_bytes"] / min(figures["peak_bytes"] for figures in torch), 3)
        result["growth_to_torch"] = round(own["growth_bytes"] / max(1, min(figures["growth_bytes"] for figures in torch)), 3)
        result["load_to_torch"] = round(own["load_ms"] / min(figures["load_ms"] for figures in torch), 3)
    return result


def measure(row, options, machine):
    network, batch, threads = row.split("/")
    batch, threads = int(batch[1:]), int(threads[1:])
    folder, scratch = options.models / network, options.out / "scratch"
    names = ["gerund", *(name for name in PEERS if name in options.peers)]
    if options.engine == "reference" and "direct" in names:
        names.remove("direct")  # It has one way only.
    peers, trouble, differences = start_all(names, options.build, options.engine, folder, batch, threads, scratch)
    if "gerund" in peers and peers["gerund"].about["engine"] == "reference" and "direct" in peers:
        peers.pop("direct").close()
    macs = peers["gerund"].about["macs"] if "gerund" in peers else 0
    try:
        race(peers, trouble, options.rounds)
        figures = {name: figures_of(peer, batch, macs, differences[name]) for name, peer in peers.items()}
    finally:
        for peer in peers.values():
            peer.close()
    figures.update({name: {"trouble": text} for name, text in trouble.items()})
    engine = peers["gerund"].about["engine"] if "gerund" in peers else options.engine
    return {"benchmark": "engine", "network": network, "batch": batch, "threads": threads, "engine": engine, "rounds": options.rounds,
            "gmacs": round(macs * 1e-9, 3), **ratios_of(figures), "runtimes": figures, **machine}


def cell_of(figures):
    if figures is None:
        return "–"
    if "trouble" in figures:
        return figures["trouble"].split(":")[0][:20]
    return f"{figures['p50_ms']:.1f}"


def table_of(results):
    names = ["gerund", *PEERS]
    lines = ["p50 in ms per run (batch clips); speed: best peer's time / gerund's; memory, load: gerund's / LibTorch's least", "",
             "| network | batch | threads | " + " | ".join(names) + " | speed | to ONNX Runtime | memory | load |",
             "| --- | --- | --- | " + " | ".join("---" for _ in names) + " | --- | --- | --- | --- |"]
    for result in results:
        cells = [cell_of(result["runtimes"].get(name)) for name in names]
        speed = f"{result['speed_to_best']:.2f} ({result['best_peer']})" if "best_peer" in result else "–"
        ratios = [str(result.get(key, "–")) for key in ("speed_to_onnxruntime", "memory_to_torch", "load_to_torch")]
        lines.append(f"| {result['network']} | {result['batch']} | {result['threads']} | " + " | ".join([*cells, speed, *ratios]) + " |")
    return "\n".join(lines) + "\n"


def about_machine():
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=HERE).stdout.strip()
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    return {"cpu": cpu, "commit": commit}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog="Rows: " + ", ".join(ROWS))
    parser.add_argument("build", type=pathlib.Path, help="folder built with -DGERUND_BENCH=ON")
    parser.add_argument("--rows", default="*", help="only those that match, e.g. 'r3d_18*/b1/t2'; several by commas")
    parser.add_argument("--engine", default="auto", help="of gerund (default: auto)")
    parser.add_argument("--peers", default=",".join(PEERS), help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each runtime (default: 5)")
    parser.add_argument("--models", type=pathlib.Path, help="where the networks are kept (default: BUILD/bench/models)")
    parser.add_argument("--out", type=pathlib.Path, help="for engine.jsonl and engine.md (default: BUILD/bench/engine)")
    options = parser.parse_args()
    options.models = options.models or options.build / "bench" / "models"
    options.out = options.out or options.build / "bench" / "engine"
    options.peers = options.peers.split(",") if options.peers else []
    for name in options.peers:
        if name not in PEERS:
            parser.error(f"peer '{name}' is not known; known: {', '.join(PEERS)}")
    options.rows = [row for row in ROWS if any(fnmatch.fnmatch(row, pattern) for pattern in options.rows.split(","))]
    if not options.rows:
        parser.error("no row matches")
    return options


def main():
    options = parse_arguments()
    networks = [network for network in NETWORKS if any(row.startswith(network + "/") for row in options.rows)]
    subprocess.run(["/usr/bin/python3", HERE.parents[1] / "tools" / "make_peer_models.py", options.models, *networks], check=True)
    options.out.mkdir(parents=True, exist_ok=True)
    results = []
    with open(options.out / "engine.jsonl", "w") as lines:
        for row in options.rows:
            print(row, file=sys.stderr, flush=True)
            results.append(measure(row, options, about_machine()))
            for stream in (lines, sys.stdout):
                print(json.dumps(results[-1]), file=stream, flush=True)
            (options.out / "engine.md").write_text(table_of(results))
    print(table_of(results), file=sys.stderr)


if __name__ == "__main__":
    main()
