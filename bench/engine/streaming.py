#!/usr/bin/python3
"""A causal network that carries its state against runtimes that recompute the centered one: one stream of 112 x 112, T = 32, an answer every 4 frames.

gerund's step networks take 4 frames a run, as a camera gives them, or 16 or 32, as a file does, and answer after every fourth. The peers run the centered 3D
ResNet-18 (tools/make_peer_models.py) on a whole window for each answer, one window or four a run, whichever is faster. Processes, turns and
comparison are those of engine.py: step networks are compared with LibTorch's answers for all frames so far. Prints one JSON object. Run by bench/streaming.sh.
"""
import argparse
import json
import pathlib
import subprocess

import engine

CENTERED = "r18_3d_32x112"
PEERS = ("direct", "torch_frozen", "onnxruntime")
STEPS = (4, 16, 32)
BATCHES = (1, 4)


def start(name, command, expected, threads, scratch):
    folder = scratch / name
    folder.mkdir(parents=True, exist_ok=True)
    peer = engine.Peer(command, threads, folder)
    difference = engine.difference_of(engine.read_safetensors(peer.answer_path), expected)
    if difference > engine.MAX_DIFFERENCE:
        peer.close()
        raise engine.PeerError(f"wrong: differs by {difference:.1e}")
    return peer, difference


def commands_of(options):
    """Of each runtime its command but for what all take at the end, the file of its answers, how many of them it gives and how many are to one run."""
    steps, centered = options.models / "causal_32x112", options.models / CENTERED
    found = {}
    for frames in STEPS:
        command = [options.build / "bench" / "step_peer", steps / f"step{frames}.onnx", steps / "frames.safetensors"]
        found[f"gerund, {frames} frames a run"] = (command, steps / "logits.safetensors", None, frames // 4)
    for name in options.peers:
        for batch in BATCHES:
            command = [*engine.command_of(name, options.build, "auto", centered), centered / f"input{batch}.safetensors"]
            found[f"{name}, {batch} windows a run"] = (command, centered / "logits.safetensors", batch, batch)
    return found


def measure(options):
    peers, trouble, differences, answers = {}, {}, {}, {}
    for name, (command, golden, count, per_run) in commands_of(options).items():
        try:
            peers[name], differences[name] = start(name, command, engine.read_safetensors(golden)[:count], options.threads, options.out / "scratch")
            answers[name] = per_run
        except engine.PeerError as error:
            trouble[name] = str(error)
    try:
        engine.race(peers, trouble, options.rounds)
        figures = {name: figures_of(peer, answers[name], differences[name]) for name, peer in peers.items()}
    finally:
        for peer in peers.values():
            peer.close()
    others = {name: one["ms_per_answer"] for name, one in figures.items() if not name.startswith("gerund")}
    result = {"benchmark": "streaming", "threads": options.threads, "rounds": options.rounds}
    if others:
        best = min(others, key=others.get)
        result["best_peer"] = best
        result["speed_to_best"] = {name: round(others[best] / one["ms_per_answer"], 2) for name, one in figures.items() if name.startswith("gerund")}
    return {**result, "runtimes": {**figures, **{name: {"trouble": text} for name, text in trouble.items()}}}


def figures_of(peer, answers, difference):
    per_answer = engine.statistics.median(peer.rounds) / answers
    return {"version": peer.about["version"], "ms_per_answer": round(per_answer, 3), "answers_per_second": round(1000 / per_answer, 2), "runs": len(peer.times),
            "peak_bytes": peer.peak_bytes, "difference": difference}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path, help="folder built with -DGERUND_BENCH=ON")
    parser.add_argument("--threads", type=int, default=2, help="default: 2")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each runtime (default: 5)")
    parser.add_argument("--peers", default=",".join(PEERS), help="default: %(default)s")
    parser.add_argument("--models", type=pathlib.Path, help="where the networks are kept (default: BUILD/bench/models)")
    options = parser.parse_args()
    options.models = options.models or options.build / "bench" / "models"
    options.out = options.build / "bench" / "streaming"
    options.peers = options.peers.split(",") if options.peers else []
    for name in options.peers:
        if name not in PEERS:
            parser.error(f"peer '{name}' is not known; known: {', '.join(PEERS)}")
    subprocess.run(["/usr/bin/python3", engine.HERE.parents[1] / "tools" / "make_peer_models.py", options.models, CENTERED], check=True)
    (options.models / "causal_32x112").mkdir(parents=True, exist_ok=True)
    subprocess.run([options.build / "bench" / "step_models", options.models / "causal_32x112"], check=True)
    print(json.dumps({**measure(options), **engine.about_machine()}))


if __name__ == "__main__":
    main()
