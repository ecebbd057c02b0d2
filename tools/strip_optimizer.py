#!/usr/bin/env python3
"""Copies a checkpoint without its optimizer state and with half-precision weights, a quarter of the size: enough to start from, not to resume.
How long its epochs took is left out too, so that the same training makes the same bytes.

Usage: strip_optimizer.py FROM TO
"""
import json
import struct
import sys


TIMES = ("seconds", "clips_per_second", "wait_share")


def without_times(metadata):
    state = json.loads(metadata["gerund.state"])
    for epoch in state["history"]:
        epoch.update(dict.fromkeys(TIMES, 0))
    return {**metadata, "gerund.state": json.dumps(state, sort_keys=True, separators=(",", ":"))}


def main():
    data = open(sys.argv[1], "rb").read()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    kept, payload = {"__metadata__": without_times(header.pop("__metadata__"))}, b""
    # Wide types first: the format wants every tensor aligned to its own size.
    for name, entry in sorted(header.items(), key=lambda item: (item[1]["dtype"] != "I64", item[0])):
        if name.startswith("optimizer."):
            continue
        begin, end = entry["data_offsets"]
        piece = data[8 + length + begin:8 + length + end]
        if entry["dtype"] == "F32":
            count = len(piece) // 4
            piece = struct.pack(f"<{count}e", *struct.unpack(f"<{count}f", piece))
            entry = {**entry, "dtype": "F16"}
        kept[name] = {**entry, "data_offsets": [len(payload), len(payload) + len(piece)]}
        payload += piece
    text = json.dumps(kept).encode()
    text += b" " * (-len(text) % 8)
    open(sys.argv[2], "wb").write(struct.pack("<Q", len(text)) + text + payload)


if __name__ == "__main__":
    main()
