#!/usr/bin/python3
"""Makes the expected pixels of tests/clip with Pillow, numpy and torch: tests/clip/golden/{resize,pipeline}.txt.

Run with Debian's python3-pil (9.4), python3-numpy and python3-torch: /usr/bin/python3 tools/make_clip_golden.py
Pictures follow a formula that the tests repeat, so only hashes and a few pixels are kept.
"""
import pathlib

import numpy as np
import torch
from PIL import Image

FOLDER = pathlib.Path(__file__).parent.parent / "tests" / "clip" / "golden"
MEAN = [0.485, 0.456, 0.406]
STD = [0.229, 0.224, 0.225]

RESIZES = [(320, 240, 224, 224), (224, 224, 320, 240), (320, 240, 320, 100), (320, 240, 100, 240), (64, 64, 64, 64),
           (1, 1, 5, 7), (5, 7, 1, 1), (1, 9, 4, 9), (9, 1, 9, 4), (2, 2, 3, 3), (3, 3, 2, 2), (7, 5, 13, 11),
           (13, 11, 7, 5), (101, 67, 50, 33), (50, 33, 101, 67), (640, 360, 112, 112), (340, 256, 224, 224),
           (64, 64, 112, 112), (176, 144, 224, 224), (255, 257, 256, 256), (257, 255, 256, 256), (1000, 3, 7, 3),
           (3, 1000, 3, 7), (400, 300, 3, 2), (33, 17, 300, 200), (97, 97, 96, 98), (128, 96, 171, 128)]
STORED = [(2, 2, 3, 3), (5, 7, 1, 1), (7, 5, 4, 3), (4, 3, 6, 5)]


def picture(kind, width, height, seed):
    """uint8 [height, width, 3]; tests/clip/golden_pictures.h has the same formulas."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    if kind == "noise":
        i = ((y * width + x) * 3 + c + seed * 1000003).astype(np.uint64)
        v = ((i * 2654435761 + 12345) % 2**32) >> 24
    elif kind == "slope":
        v = (x * 3 + y * 5 + c * 40 + seed * 7) % 256
    else:  # "blocks"
        v = ((x // 3 + y // 2 + c + seed) % 2) * 255
    return v.astype(np.uint8)


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return f"{value:016x}"


def resize(pixels, width, height):
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.BILINEAR))


def resize_short_edge(pixels, size):
    """torchvision.transforms.Resize(int)."""
    height, width = pixels.shape[:2]
    short, long = min(width, height), max(width, height)
    if short == size:
        return pixels
    other = int(size * long / short)
    return resize(pixels, size, other) if width <= height else resize(pixels, other, size)


def center_crop(pixels, width, height):
    """torchvision.transforms.CenterCrop; round() is Python's, half to even."""
    top = int(round((pixels.shape[0] - height) / 2.0))
    left = int(round((pixels.shape[1] - width) / 2.0))
    return pixels[top:top + height, left:left + width]


def normalise(frames):
    """float32 [3, T, H, W]."""
    clip = torch.from_numpy(np.stack(frames)).permute(3, 0, 1, 2).float() / 255
    mean = torch.tensor(MEAN).view(3, 1, 1, 1)
    std = torch.tensor(STD).view(3, 1, 1, 1)
    return (clip - mean) / std


def write_resizes(out):
    for width, height, new_width, new_height in RESIZES:
        for kind in ("noise", "slope", "blocks"):
            result = resize(picture(kind, width, height, 1), new_width, new_height)
            out.write(f"hash {kind} {width} {height} {new_width} {new_height} {fnv1a(result.tobytes())}\n")
    for width, height, new_width, new_height in STORED:
        result = resize(picture("noise", width, height, 1), new_width, new_height)
        out.write(f"pixels noise {width} {height} {new_width} {new_height} ")
        out.write(" ".join(str(v) for v in result.ravel()) + "\n")
    for width, height, edge in [(320, 240, 256), (240, 320, 256), (333, 250, 256), (100, 100, 57), (1, 3, 5), (256, 341, 256)]:
        result = resize_short_edge(picture("noise", width, height, 1), edge)
        out.write(f"short {width} {height} {edge} {result.shape[1]} {result.shape[0]} {fnv1a(result.tobytes())}\n")


def write_pipelines(out):
    """mode input-width input-height short-edge width height num-frames sum-hash first-values"""
    cases = [("squash", 320, 240, 256, 224, 224, 3), ("squash", 64, 64, 256, 112, 112, 4), ("squash", 37, 91, 256, 20, 30, 2),
             ("center_crop", 320, 240, 256, 224, 224, 3), ("center_crop", 240, 320, 128, 112, 112, 2),
             ("center_crop", 341, 256, 256, 224, 224, 1), ("center_crop", 343, 256, 256, 224, 224, 1),
             ("center_crop", 64, 48, 57, 40, 50, 2)]
    for mode, in_width, in_height, edge, width, height, num_frames in cases:
        frames = [picture("noise", in_width, in_height, seed) for seed in range(num_frames)]
        if mode == "squash":
            frames = [resize(frame, width, height) for frame in frames]
        else:
            frames = [center_crop(resize_short_edge(frame, edge), width, height) for frame in frames]
        clip = normalise(frames)
        assert tuple(clip.shape) == (3, num_frames, height, width)
        values = clip.contiguous().numpy().astype("<f4")
        # [3, T, H, W] and [3 * T, H, W] with channel c * T + t are the same bytes.
        assert values.reshape(3 * num_frames, height, width).tobytes() == values.tobytes()
        some = [0, values.size // 3, values.size // 2, values.size - 1]
        out.write(f"{mode} {in_width} {in_height} {edge} {width} {height} {num_frames} {fnv1a(values.tobytes())} ")
        out.write(" ".join(repr(float(values.ravel()[i])) for i in some) + "\n")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / "resize.txt", "w") as out:
        write_resizes(out)
    with open(FOLDER / "pipeline.txt", "w") as out:
        write_pipelines(out)


main()
