#!/usr/bin/python3
"""What stands around the network in live video, as one JSON object on stdout. Run by bench/streams.sh.

overhead: CPU time of the chain per 640x480 frame with engine null, decoder excluded, by stride; and of its parts called one by one.
streams:  320x240 at 30 frames per second for 10 s through one engine null: raw frames, and decoded ones; how many hold, by bisection, and how many
          would if CPU time were all (streams_by_cpu). "disturbed": other programs took more than 0.3 cores of the best try.
versus:   a file through gerund's chain and through stock elements with ONNX Runtime, in turn.
latency:  from the push of a window's last frame, at 25 frames per second, to the report behind gerundevents.

Numbers are medians of --rounds runs. other_cores says how busy other programs kept the machine meanwhile. Of wrong answers
no time is told: bench_streams counts the windows of engine null, and compares gerund's logits with ONNX Runtime's on the pixels of training.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PARTS = ("overhead", "streams", "versus", "latency")
STRIDES = (1, 4, 8, 16, 32)
MOST_STREAMS = 64
FPS = 30
TRIES = 3
QUIET_CORES = 0.15
PATIENCE_SECONDS = 60


class Bench:
    def __init__(self, options):
        self.options = options
        self.program = options.build / "bench" / "bench_streams"
        self.work = options.build / "bench" / "streams_work"
        self.work.mkdir(parents=True, exist_ok=True)
        if not self.program.exists():
            sys.exit(f"streams: '{self.program}' is not there; configure with -DGERUND_BENCH=ON and build bench_streams")

    def run(self, mode, /, **values):
        """The answer of bench_streams, with other_cores."""
        words = [str(self.program), mode, *(f"{key}={value}" for key, value in values.items())]
        begun, busy = time.monotonic(), busy_seconds()
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        text = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"streams: {' '.join(words)} failed")
        wall = time.monotonic() - begun
        answer = json.loads(text)
        own = usage.ru_utime + usage.ru_stime + answer.pop("peer_cpu_seconds", 0)
        answer["other_cores"] = max(0.0, (busy_seconds() - busy - own) / wall)
        print(f"{mode} {words_of(values)}: other_cores {answer['other_cores']:.2f}", file=sys.stderr, flush=True)
        return answer

    def model(self, side):
        path = self.work / f"null{side}.onnx"
        self.run("model", model=path, side=side)
        return path

    def drawn_model(self):
        """A network that knows drawn people."""
        path = self.work / "drawn.onnx"
        self.gerund("export", ROOT / "models" / "drawn_base_3d.safetensors", path, "--force")
        return path

    def story(self, name, seconds, fps):
        path = self.work / name
        if not path.exists():
            acts = [f"{act}:{seconds / 5}" for act in ("walk", "run", "push", "fall_floor", "ride_bike")]
            codec = "mpeg4" if path.suffix == ".avi" else "h264"
            self.gerund("synth", path, "--story", ",".join(acts), "--fps", fps, "--codec", codec)
        return path

    def gerund(self, *words):
        subprocess.run([str(word) for word in (self.options.gerund, *words)], check=True, stdout=sys.stderr, stderr=subprocess.DEVNULL)


def words_of(values):
    return " ".join(f"{key}={pathlib.Path(value).name if isinstance(value, pathlib.Path) else value}" for key, value in values.items())


def busy_seconds():
    """CPU time of everything on this machine."""
    user, nice, system, _idle, _wait, irq, softirq, *_ = map(int, open("/proc/stat").readline().split()[1:])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def wait_for_quiet():
    """Real time cannot be measured beside a compiler."""
    for _ in range(PATIENCE_SECONDS):
        busy = busy_seconds()
        time.sleep(1)
        if busy_seconds() - busy < QUIET_CORES:
            return


def median_of(answers):
    """By key; objects within objects too. Numbers alone."""
    result = {}
    for key, value in answers[0].items():
        if isinstance(value, dict):
            result[key] = median_of([answer[key] for answer in answers])
        elif isinstance(value, (int, float)):
            result[key] = round(statistics.median(answer[key] for answer in answers), 4)
    return result


def measure_overhead(bench):
    result = {"input": "640x480 I420", "windows": "T=16, 3x224x224", "bar_ms_per_frame": 3}
    model = bench.model(224)
    runs = {stride: [] for stride in STRIDES}
    parts, feed = [], []
    for _ in range(bench.options.rounds):
        for stride in STRIDES:
            runs[stride].append(bench.run("overhead", model=model, stride=stride, frames=400))
        parts.append(bench.run("parts", model=model))
        feed.append(bench.run("overhead", model=model, chain="none", frames=4000))
    result["ms_per_frame_by_stride"] = {stride: median_of(runs[stride])["cpu_ms_per_frame"] for stride in STRIDES}
    result["other_cores"] = max(median_of(runs[stride])["other_cores"] for stride in STRIDES)
    result["bench_itself_ms_per_frame"] = median_of(feed)["cpu_ms_per_frame"]
    result["parts"] = median_of(parts)
    result["model_of_cost"] = fit(result["ms_per_frame_by_stride"])
    return result


def fit(costs):
    """Cost of a frame = per_frame * (share of frames that some window takes) + per_window / stride, from strides 1 and 16."""
    per_window = (costs[1] - costs[16]) / (1 - 1 / 16)
    per_frame = costs[16] - per_window / 16
    expected = {stride: round(per_frame * min(1, 16 / stride) + per_window / stride, 4) for stride in STRIDES}
    return {"per_frame_ms": round(per_frame, 4), "per_window_ms": round(per_window, 4), "expected_by_stride": expected}


def holds(run):
    """No window is lost, and 99 of 100 frames come out within a frame's time."""
    return run["lost"] == 0 and run["late_ms_p99"] < 1e3 / FPS


def best_load(bench, streams, **values):
    """The first of several tries that holds, else the one that lost least: other programs take their share of the cores."""
    best = None
    for _ in range(TRIES):
        wait_for_quiet()
        run = bench.run("load", streams=streams, fps=FPS, **values)
        run["disturbed"] = run["other_cores"] > 2 * QUIET_CORES
        if best is None or (run["lost"], run["late_ms_p99"]) < (best["lost"], best["late_ms_p99"]):
            best = run
        if holds(best):
            break
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in best.items()}


def most_streams(bench, first, **values):
    """Bisection to four streams. Returns the count and its run; 0 and None where none holds."""
    low, high, found = 0, first, None
    while high - low > 4:
        middle = (low + high) // 2
        run = best_load(bench, middle, **values)
        if holds(run):
            low, found = middle, run
        else:
            high = middle
    return low, found


def measure_streams(bench):
    sources = {"raw": bench.work / "raw.i420", "mpeg4": bench.story("story30.avi", 10, FPS), "h264": bench.story("story30.mp4", 10, FPS)}
    result = {"input": "320x240, 30 fps, 10 s, stride 8 of T=16, engine null, mode async, newest wins", "tries": TRIES, "rows": []}
    for source, side in (("raw", 224), ("raw", 112), ("mpeg4", 112), ("h264", 112)):
        values = {"source": source, "file": sources[source], "model": bench.model(side), "stride": 8}
        alone = bench.run("load", streams=16, chain="none", **values)
        cost = bench.run("load", streams=16, **values)["cpu_ms_per_frame"]
        all_streams = best_load(bench, MOST_STREAMS, **values)
        row = {"source": source, "side": side, "source_ms_per_frame": round(alone["cpu_ms_per_frame"], 4), "ms_per_frame": round(cost, 4),
               "streams_by_cpu": int(os.cpu_count() * 1e3 / (cost * FPS)), "at_64": all_streams, "holds_64": holds(all_streams)}
        if not row["holds_64"]:
            row["most_streams"], row["at_most"] = most_streams(bench, MOST_STREAMS, **values)
        result["rows"].append(row)
    return result


def measure_versus(bench):
    values = {"file": bench.story("story25.mp4", 30, 25), "model": bench.drawn_model(), "script": HERE / "onnx_peer.mjs",
              "onnxruntime": bench.options.onnxruntime, "rounds": bench.options.rounds}
    result = {"input": "320x240 H.264, 30 s at 25 fps, stride 8 of T=16", "rows": []}
    for threads in (1, 2):
        run = bench.run("versus", threads=threads, **values)
        gerund, stock = run.pop("gerund"), run.pop("stock")
        pairs = list(zip(gerund, stock))
        run["threads"] = threads
        run["decode_seconds"] = statistics.median(run["decode_seconds"])
        run["gerund"], run["stock"] = median_of(gerund), median_of(stock)
        run["ratio"] = statistics.median(theirs["seconds"] / ours["seconds"] for ours, theirs in pairs)
        run["ratio_without_transport"] = statistics.median((t["seconds"] - t["transport_seconds"]) / o["seconds"] for o, t in pairs)
        run["ratio_of_engines"] = statistics.median(t["engine_seconds"] / o["engine_seconds"] for o, t in pairs)
        result["rows"].append(run)
    return result


def measure_latency(bench):
    model = bench.drawn_model()
    rows = []
    runs = {(engine, mode): [] for engine in ("null", "onednn") for mode in ("sync", "async")}
    for _ in range(bench.options.rounds):
        for engine, mode in runs:
            runs[engine, mode].append(bench.run("latency", model=model, engine=engine, mode=mode, seconds=10))
    for (engine, mode), answers in runs.items():
        rows.append({"engine": engine, "mode": mode, **median_of(answers)})
    return {"input": "640x480 I420 at 25 fps, stride 2 of T=16, 112x84, 2 threads", "rows": rows}


def parse_arguments():
    parser = argparse.ArgumentParser(description="Overhead, streams, peer and latency of the live chain.")
    parser.add_argument("build", type=pathlib.Path, help="folder built with -DGERUND_BENCH=ON")
    parser.add_argument("--parts", default=",".join(PARTS), help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each (default: 5)")
    parser.add_argument("--onnxruntime", type=pathlib.Path, help="folder with onnxruntime-node")
    parser.add_argument("--gerund", type=pathlib.Path, help="program that exports and draws (default: BUILD/gerund, else build/release/gerund)")
    options = parser.parse_args()
    options.parts = options.parts.split(",")
    for name in options.parts:
        if name not in PARTS:
            parser.error(f"part '{name}' is not known; known: {', '.join(PARTS)}")
    if options.gerund is None:
        options.gerund = next((path for path in (options.build / "gerund", ROOT / "build" / "release" / "gerund") if path.exists()), None)
    if options.gerund is None and options.parts != ["overhead"]:
        parser.error("the program gerund is not there; build it or name it with --gerund")
    return options


def main():
    options = parse_arguments()
    bench = Bench(options)
    git = ["git", "-C", str(ROOT)]
    commit = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    if subprocess.run([*git, "diff", "--quiet", "HEAD"]).returncode != 0:
        commit += "+"
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    result = {"bench": "streams", "commit": commit, "cpu": cpu, "cores": os.cpu_count(), "rounds": options.rounds}
    measures = {"overhead": measure_overhead, "streams": measure_streams, "versus": measure_versus, "latency": measure_latency}
    if "versus" in options.parts and not (options.onnxruntime and (options.onnxruntime / "node_modules" / "onnxruntime-node").exists()):
        print("streams: ONNX Runtime is not there; versus is left out", file=sys.stderr)
        options.parts.remove("versus")
    for name in options.parts:
        result[name] = measures[name](bench)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
