#!/usr/bin/python3
"""The reference toolkit's way from PNG frames to network input: PIL opens and resizes each picture, torch does the rest, in one thread.

Usage: reference_loading.py make FOLDER              FOLDER/raw/*.rgb to FOLDER/png/videoN/rgb/000001.png ...
       reference_loading.py clip SOURCE OUT          the centre clip of one frame folder as raw float32
       reference_loading.py time FOLDER CLIPS        prints CPU seconds per clip as JSON; FOLDER holds frame folders
"""
import json
import os
import pathlib
import random
import sys
import time

import numpy as np
import torch
from PIL import Image

WIDTH, HEIGHT = 320, 240
NUM_FRAMES = 32
SHORT_EDGE, CROP = 256, 224
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1, 1)


def make(folder):
    for raw in sorted((folder / "raw").glob("*.rgb")):
        target = folder / "png" / raw.stem / "rgb"
        target.mkdir(parents=True, exist_ok=True)
        frames = np.fromfile(raw, np.uint8).reshape(-1, HEIGHT, WIDTH, 3)
        for number, pixels in enumerate(frames, 1):
            # Level 1 is what OpenCV, and so the toolkit's conversion script, writes.
            Image.fromarray(pixels).save(target / f"{number:06d}.png", compress_level=1)


def resize_short_edge(image):
    width, height = image.size
    if width <= height:
        return image.resize((SHORT_EDGE, int(SHORT_EDGE * height / width)), Image.BILINEAR)
    return image.resize((int(SHORT_EDGE * width / height), SHORT_EDGE), Image.BILINEAR)


def center_crop(image):
    left = int(round((image.size[0] - CROP) / 2.0))
    top = int(round((image.size[1] - CROP) / 2.0))
    return image.crop((left, top, left + CROP, top + CROP))


def load(folder, start):
    """float32 [3, 32, 224, 224]; `start` gives the first frame by the number of frames."""
    names = sorted(os.listdir(folder))
    first = start(len(names))
    images = [Image.open(os.path.join(folder, names[first + i])) for i in range(NUM_FRAMES)]
    images = [center_crop(resize_short_edge(image)) for image in images]
    clip = torch.from_numpy(np.stack([np.asarray(image) for image in images])).permute(3, 0, 1, 2).float().div(255)
    return ((clip - MEAN) / STD).contiguous()


def main():
    torch.set_num_threads(1)
    verb, path = sys.argv[1], pathlib.Path(sys.argv[2])
    if verb == "make":
        make(path)
    elif verb == "clip":
        load(path / "rgb", lambda count: (count - NUM_FRAMES + 1) // 2).numpy().tofile(sys.argv[3])
    else:
        folders = sorted(path.iterdir())
        draw = random.Random(1)
        seconds = []
        for i in range(int(sys.argv[3])):
            start = time.thread_time()
            load(folders[i % len(folders)] / "rgb", lambda count: draw.randrange(count - NUM_FRAMES + 1))
            seconds.append(time.thread_time() - start)
        print(json.dumps({"seconds": seconds}))


main()
