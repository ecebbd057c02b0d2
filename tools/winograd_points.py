#!/usr/bin/python3
"""The points of F(7, 3) in infer/winograd: searches four pairs p and -p, besides infinity, for the least error in float32.

Usage: winograd_points.py. Prints the relative error of one convolution of 64 channels for the tiles that the engine has,
the best pairs found, and the weight matrix of the pairs that it uses, in fractions. Needs numpy; takes two minutes.
Method: Toom-Cook with exact fractions (Lavin & Gray 2015, section 3), then the transforms in float32 on random numbers.
"""
import itertools
from fractions import Fraction

import numpy

TAPS = 3
CHOSEN = [Fraction(1, 4), Fraction(5, 8), Fraction(5, 4), Fraction(5, 2)]
CANDIDATES = [Fraction(n, d) for n, d in ((1, 4), (1, 3), (3, 8), (1, 2), (5, 8), (2, 3), (3, 4), (7, 8), (1, 1), (5, 4), (4, 3), (3, 2),
                                          (7, 4), (2, 1), (5, 2), (3, 1), (4, 1))]


def product_of(roots):
    """Coefficients of the product of (x - root), lowest power first."""
    coefficients = [Fraction(1)]
    for root in roots:
        shifted = [Fraction(0)] + coefficients
        coefficients = [up - root * low for up, low in zip(shifted, coefficients + [Fraction(0)])]
    return coefficients


def matrices(finite):
    """Output, weight and input transform of the finite points and infinity."""
    size = len(finite) + 1
    outputs = size - TAPS + 1
    output = [[point**row for point in finite] + [Fraction(row == outputs - 1)] for row in range(outputs)]
    weight, given = [], []
    for i, point in enumerate(finite):
        others = finite[:i] + finite[i + 1:]
        differences = numpy.prod([point - other for other in others])
        weight.append([point**tap / differences for tap in range(TAPS)])
        given.append(product_of(others) + [Fraction(0)])
    weight.append([Fraction(0)] * (TAPS - 1) + [Fraction(1)])
    given.append(product_of(finite))
    return output, weight, given


def error(finite, channels=64, rounds=20):
    """Relative L2 error of a tile in two dimensions, sums over channels in float32, weights transformed in float64."""
    output, weight, given = (numpy.array(m, dtype=numpy.float64) for m in matrices(finite))
    size = len(finite) + 1
    outputs = size - TAPS + 1
    output, given = output.astype(numpy.float32), given.astype(numpy.float32)
    random = numpy.random.default_rng(0)
    errors = []
    for _ in range(rounds):
        tile = random.uniform(-1, 1, (channels, size, size)).astype(numpy.float32)
        kernel = random.uniform(-1, 1, (channels, TAPS, TAPS)).astype(numpy.float32)
        transformed = (weight @ kernel.astype(numpy.float64) @ weight.T).astype(numpy.float32)
        inputs = (given @ tile) @ given.T
        sums = numpy.zeros((size, size), numpy.float32)
        for channel in range(channels):
            sums += transformed[channel] * inputs[channel]
        actual = (output @ sums) @ output.T
        exact = numpy.zeros((outputs, outputs))
        for row in range(TAPS):
            for column in range(TAPS):
                part = tile[:, row:row + outputs, column:column + outputs].astype(numpy.float64)
                exact += (part * kernel[:, row, column][:, None, None]).sum(axis=0)
        errors.append(numpy.sqrt(((actual - exact)**2).mean() / (exact**2).mean()))
    return float(numpy.mean(errors))


def with_negatives(pairs):
    return [point for pair in pairs for point in (pair, -pair)]


def main():
    half = Fraction(1, 2)
    known = {"F(2, 3)": [0, 1, -1], "F(4, 3)": [0, 1, -1, 2, -2], "F(6, 3)": [0, 1, -1, 2, -2, half, -half],
             "F(7, 3) of powers of two": [0, 1, -1, 2, -2, half, -half, -half * half], "F(7, 3)": with_negatives(CHOSEN)}
    for name, finite in known.items():
        print(f"{name}: {error([Fraction(point) for point in finite]):.1e}")
    found = sorted((error(with_negatives(pairs), 16, 3), pairs) for pairs in itertools.combinations(CANDIDATES, 4))
    for _, pairs in found[:8]:
        print(f"{', '.join(map(str, pairs))}: {error(with_negatives(pairs)):.1e}")
    for row in matrices(with_negatives(CHOSEN))[1]:
        print("  ".join(map(str, row)))


if __name__ == "__main__":
    main()
