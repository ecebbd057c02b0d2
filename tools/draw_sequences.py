#!/usr/bin/env python3
"""Draws the pictures of docs/sequences.md from docs/images/sequences.txt, whose numbers tests hold against the program.

Usage: tools/draw_sequences.py [FOLDER], the folder for the pictures; without it docs/images.
"""
import pathlib
import sys

DATA = pathlib.Path(__file__).resolve().parent.parent / "docs" / "images" / "sequences.txt"
CELL, ROW, MARGIN, LABEL = 27, 24, 20, 132  # Pixels: a frame, a row, around everything, left of the frames.
WIDTH = 830
INKS = ["#0a58ca", "#18794e", "#8a3ffc", "#b54708"]
DARK, GREY, PALE, LINE = "#1f2328", "#59636e", "#eaeef2", "#d1d9e0"


def numbers_in(text):
    """"0-3,5" as [0, 1, 2, 3, 5]."""
    numbers = []
    for item in filter(None, text.split(",")):
        first, _, last = item.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def read_lines():
    lines = {}
    for line in DATA.read_text().splitlines():
        if line.startswith(("window ", "clip ")):
            _, name, *words = line.split()
            lines[name] = dict(word.split("=", 1) for word in words)
    return lines


class Picture:
    """An SVG on a card of its own, so that it reads on a dark page as on a light one."""

    def __init__(self, title):
        self.title, self.y, self.shapes = title, MARGIN, []

    def text(self, x, y, text, ink=DARK, size=13, anchor="start", weight="normal"):
        text = text.replace("&", "&amp;").replace("<", "&lt;")
        self.shapes.append(f'<text x="{x:g}" y="{y:g}" fill="{ink}" font-size="{size}" text-anchor="{anchor}" '
                           f'font-weight="{weight}">{text}</text>')

    def box(self, x, y, width, height, fill, stroke="none", radius=3):
        self.shapes.append(f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius}" '
                           f'fill="{fill}" stroke="{stroke}"/>')

    def cell(self, x, width, text, fill, ink, stroke="none"):
        self.box(x + 1, self.y + 1, width - 2, ROW - 4, fill, stroke)
        self.text(x + width / 2, self.y + ROW / 2 + 3.5, text, ink, 12, "middle")

    def heading(self, text, note=""):
        self.y += 24 if self.shapes else 10
        self.text(MARGIN, self.y, text, DARK, 14, weight="600")
        if note:
            self.y += 18
            self.text(MARGIN, self.y, note, GREY)
        self.y += 10

    def label(self, text, ink=GREY):
        self.text(MARGIN, self.y + ROW / 2 + 4, text, ink)

    def remark(self, x, text, ink=GREY):
        self.text(x, self.y + ROW / 2 + 4, text, ink)

    def next_row(self, gap=0):
        self.y += ROW + gap

    def write(self, path):
        height = self.y + MARGIN
        path.write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:g}" viewBox="0 0 {WIDTH} {height:g}" '
            'font-family="-apple-system, Segoe UI, Noto Sans, DejaVu Sans, Helvetica, Arial, sans-serif" role="img">\n'
            f"<title>{self.title}</title>\n"
            f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1:g}" rx="8" fill="#ffffff" stroke="{LINE}"/>\n'
            + "\n".join(self.shapes) + "\n</svg>\n")


def band(picture, numbers, ink, left, width, extra=0):
    """The span of a window: from its first frame to its last."""
    first, last = min(numbers), max(numbers)
    picture.box(left + first * width, picture.y + 1, (last - first + 1 + extra) * width, ROW - 4, ink + "1f")


def frames_row(picture, label, come, left=LABEL, width=CELL):
    """The frames of a stream; what is lost is an empty frame."""
    picture.label(label)
    for number in range(max(come) + 1):
        if number in come:
            picture.cell(left + number * width, width, str(number), PALE, GREY)
        else:
            picture.cell(left + number * width, width, "", "#ffffff", GREY, LINE)
    picture.next_row()


def taken(picture, numbers, ink, left=LABEL, width=CELL):
    """The frames that a window takes. One that it takes again stands behind the last, in outline."""
    repeats = sum(1 for i, number in enumerate(numbers) if number in numbers[:i])
    band(picture, numbers, ink, left, width, repeats)
    seen, place = set(), max(numbers) + 1
    for number in numbers:
        if number in seen:
            picture.cell(left + place * width, width, str(number), "#ffffff", ink, ink)
            place += 1
        else:
            picture.cell(left + number * width, width, str(number), ink, "#ffffff")
        seen.add(number)


def taken_in_order(picture, numbers, ink, left=LABEL, width=CELL):
    """The frames of a clip that is longer than its video, one behind the other; in outline what was taken before."""
    for place, number in enumerate(numbers):
        again = number in numbers[:place]
        picture.cell(left + place * width, width, str(number), "#ffffff" if again else ink, ink if again else "#ffffff",
                     ink if again else "none")


def taken_in_time(picture, numbers, ink, n, line):
    """The same in time mode, each at its place of the grid: in outline where a later frame stands for a lost one."""
    spacing = round(float(line["fps"]) / float(line["sample_fps"]))
    stride = round(float(line["hop"]) * float(line["sample_fps"]))
    places = [(n * stride + i) * spacing for i in range(len(numbers))]
    band(picture, places, ink, LABEL, CELL)
    for place, number in zip(places, numbers):
        stands_in = place != number
        picture.cell(LABEL + place * CELL, CELL, str(number), "#ffffff" if stands_in else ink,
                     ink if stands_in else "#ffffff", ink if stands_in else "none")


def lists(line, key):
    return [numbers_in(text) for text in line[key].split(";")]


def draw_windows(picture, line, total, name="window", remark=None):
    """The frames of a stream, and a row for each of its windows."""
    come = numbers_in(line["come"])
    frames_row(picture, "frames", come)
    for n, numbers in enumerate(lists(line, "windows")):
        ink = INKS[n % len(INKS)]
        picture.label(f"{name} {n}", ink)
        if "sample_fps" in line:
            taken_in_time(picture, numbers, ink, n, line)
        else:
            taken(picture, numbers, ink)
        picture.remark(LABEL + total * CELL + 12, remark(n, numbers) if remark else f"complete with frame {numbers[-1]}")
        picture.next_row()


def windows_picture(lines):
    picture = Picture("Which frames go into which windows: length, stride, subsample")
    for name, text in [
        ("step_1", "Every frame begins a window; each but the first shares 3 of its 4 frames with the one before."),
        ("step_2", "Half a window from one to the next: what gerund does where nothing is said."),
        ("step_4", "Windows side by side: each frame is seen once."),
        ("spaced", "Every second frame is left out, so a window lasts longer; the stride counts what is taken."),
        ("apart", "A stride larger than T leaves frames out between windows."),
    ]:
        line = lines[name]
        stride, subsample, length = int(line["stride"]), int(line["subsample"]), int(line["T"])
        k = subsample + 1
        picture.heading(f"T = {length}, stride {stride}, subsample {subsample}: first answer with frame {(length - 1) * k}, "
                        f"then every {f'{stride * k} frames' if stride * k > 1 else 'frame'}", text)
        draw_windows(picture, line, 15)
    return picture


def time_picture(lines):
    picture = Picture("Time mode: the same windows from cameras of different rates")
    seconds, width = 1.6, 360
    picture.heading("5 samples a second, T = 4, a window every 0.4 s",
                    "Each place of the grid (dashed) takes the frame nearest to it: windows last as long at every rate.")
    for name in ["rate_15", "rate_10", "rate_4"]:
        line = lines[name]
        fps = float(line["fps"])
        cell = width / fps
        picture.y += 14
        start = picture.y
        come = numbers_in(line["come"])
        picture.label(f"{fps:g} per second")
        for number in come:
            picture.cell(LABEL + number * cell, cell, str(number), PALE, GREY)
        picture.next_row()
        windows = lists(line, "windows")
        stride = round(float(line["hop"]) * float(line["sample_fps"]))
        sample = width / float(line["sample_fps"])
        for n, numbers in enumerate(windows):
            ink = INKS[n % len(INKS)]
            picture.label(f"window {n}", ink)
            first = n * stride
            picture.box(LABEL + first * sample, picture.y + 1, len(numbers) * sample, ROW - 4, ink + "1f")
            for i, number in enumerate(numbers):
                repeated = i > 0 and numbers[i - 1] == number
                at = LABEL + (first + i) * sample
                picture.cell(at, 24, str(number), "#ffffff" if repeated else ink, ink if repeated else "#ffffff",
                             ink if repeated else "none")
            picture.next_row()
        for place in range(int(seconds * float(line["sample_fps"]))):
            x = LABEL + place * sample
            picture.shapes.insert(0, f'<path d="M{x:g} {start - 4:g}V{picture.y:g}" stroke="{GREY}" stroke-dasharray="2 3"/>')
    for place in range(9):
        picture.text(LABEL + place * 0.2 * width, picture.y + 16, f"{place * 0.2:.1f} s" if place % 2 == 0 else "", GREY, 12, "middle")
    picture.y += 20
    return picture


def holes_picture(lines):
    picture = Picture("Frames that are missing")
    picture.heading("Lost frames, counting frames: T = 4, stride 2, subsample 1",
                    "3, 4 and 10 never came. The next that come take their places: a window lasts longer than it should.")
    draw_windows(picture, lines["lost"], 14)
    picture.heading("Lost frames in time mode: T = 4, 5 samples a second from 10 frames a second, hop 0.4 s",
                    "5, 6 and 7 never came. Frame 8 stands for 6 as well (outline): windows keep their length in seconds.")
    draw_windows(picture, lines["lost_in_time"], 15, remark=lambda n, numbers: f"complete with frame {numbers[-1]}")
    picture.heading("A hole longer than max_gap_seconds: T = 4, stride 2, 10 frames a second, max_gap_seconds 0.5",
                    "0.7 s without a frame: windows start anew, and none mixes before and after.")
    draw_windows(picture, lines["hole"], 18)
    return picture


def end_picture(lines):
    picture = Picture("The end of a stream")
    for name, text, note in [
        ("end_drop", "drop", "Frame 8 is in no window. GStreamer's elements do this where nothing is said."),
        ("end_pad", "pad", "One more window, its last frame repeated (outline)."),
        ("end_partial", "partial", "One more window, shorter; for networks that take any number of frames."),
        ("end_pad_short", "pad-short", "As pad, but only for a stream too short for any window, else as drop. gerund deploy does this where nothing is said."),
    ]:
        line = lines[name]
        picture.heading(text, note)
        draw_windows(picture, line, 12 if name != "end_pad_short" else 5,
                     remark=lambda n, numbers, pad=name: "at the end" if n == (0 if pad == "end_pad_short" else 3) else f"complete with frame {numbers[-1]}")
    return picture


def draw_clips(picture, line, names, total=None, parts=False, starts=False):
    count = int(line["N"])
    left = LABEL
    picture.label(f"{count} frames")
    part = count // int(line["L"])
    for number in range(count):
        shaded = parts and (number // part) % 2 == 1
        begins = starts and number in numbers_in(line["starts"])
        fill = "#d7dde4" if shaded or begins else PALE
        picture.cell(left + number * CELL, CELL, str(number), fill, DARK if begins else GREY)
    picture.next_row()
    for n, numbers in enumerate(lists(line, "clips")):
        ink = INKS[n % len(INKS)]
        picture.label(names(n), ink)
        (taken if len(set(numbers)) == len(numbers) else taken_in_order)(picture, numbers, ink)
        picture.next_row()


def training_picture(lines):
    picture = Picture("Which frames of a clip training and evaluation take")
    picture.heading("Training, random_interval, L = 4", "The video is cut into L equal parts (shades); each epoch draws one frame of each anew. Three draws:")
    draw_clips(picture, lines["train_interval"], lambda n: f"draw {n + 1}", parts=True)
    picture.heading("Training, consecutive, L = 4, sample_rate 2",
                    "L frames, 2 apart, from a start that is drawn among those that fit (darker: 0 to 8). Three draws:")
    draw_clips(picture, lines["train_consecutive"], lambda n: f"draw {n + 1}", starts=True)
    picture.heading("center, random_interval", "The middle of each part.")
    draw_clips(picture, lines["center_interval"], lambda n: "the clip", parts=True)
    picture.heading("center, consecutive, sample_rate 2", "The middle run.")
    draw_clips(picture, lines["center_consecutive"], lambda n: "the clip")
    picture.heading("conv, consecutive, sample_rate 2, video_num_segments 3", "Runs from the middle of equal parts of all starts; their probabilities are averaged.")
    draw_clips(picture, lines["conv_consecutive"], lambda n: f"clip {n + 1}")
    picture.heading("conv, random_interval; all, random_interval of a 2D network", "Every phase of the grid; video_num_segments does not count.")
    draw_clips(picture, lines["conv_interval"], lambda n: f"clip {n + 1}")
    picture.heading("all, consecutive, 2D network, L = 3, sample_rate 2", "Blocks of L times sample_rate frames side by side, each cut into its phases; the rest (12 to 15) is left out.")
    draw_clips(picture, lines["all_2d"], lambda n: f"clip {n + 1}")
    picture.heading("all, consecutive, 3D network", "The whole video is one clip, whatever L is.")
    draw_clips(picture, lines["all_3d"], lambda n: "the clip")
    picture.heading("A video that is too short: 3 frames, L = 4, center", "consecutive begins anew at its start; random_interval takes a frame twice (in the order of the clip; outline: taken again).")
    draw_clips(picture, lines["short_consecutive"], lambda n: "consecutive")
    picture.y += 6
    draw_clips(picture, lines["short_interval"], lambda n: "random_interval")
    return picture


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else DATA.parent
    lines = read_lines()
    for name, draw in [("windows", windows_picture), ("time_mode", time_picture), ("holes", holes_picture),
                       ("stream_end", end_picture), ("sampling", training_picture)]:
        draw(lines).write(folder / f"sequences_{name}.svg")


main()
