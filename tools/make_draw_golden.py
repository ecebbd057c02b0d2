#!/usr/bin/python3
"""Packs the small PNG files of tests/draw/golden by hand, after the PNG specification (ISO/IEC 15948)."""
import pathlib
import struct
import zlib

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests/draw/golden"


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def write(name, width, height, depth, color_type, samples):
    """`samples`: all of them in order of rows; `depth` bits each."""
    per_row = len(samples) // height
    code = ">%d%s" % (per_row, "B" if depth == 8 else "H")
    rows = b"".join(b"\0" + struct.pack(code, *samples[y * per_row:(y + 1) * per_row]) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    (FOLDER / name).write_bytes(data)


FOLDER.mkdir(parents=True, exist_ok=True)
GREY, RGB, RGBA = 0, 2, 6
write("rgb8.png", 2, 2, 8, RGB, [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30])
write("grey8.png", 2, 1, 8, GREY, [0, 200])
write("rgba8.png", 2, 1, 8, RGBA, [10, 20, 30, 0, 40, 50, 60, 128])
write("rgb16.png", 2, 1, 16, RGB, [257, 514, 771, 65535, 32896, 0])
