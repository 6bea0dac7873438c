#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Draws loss of quality over codebook sizes as SVG, one panel a CSV of build/bench/codebook_quality, two panels a row. Dashed: the loss
to be expected by the float network's own probabilities.

Usage: plot_codebook_quality.py OUT.svg TITLE=FILE.csv ...
"""
import csv
import math
import sys

COLOURS = ("#b2182b", "#ef8a62", "#4d4d4d", "#67a9cf", "#2166ac")
WIDTH, HEIGHT, LEFT, TOP, PANELS_A_ROW = 300, 220, 50, 34, 2


def panel(title, rows, origin):
    top = max(1.0, math.ceil(max(r[2] for r in rows)))
    bottom = min(0.0, math.floor(2 * min(r[2] for r in rows)) / 2)
    sizes = sorted({r[1] for r in rows})

    def x(u):
        return origin + LEFT + (WIDTH - LEFT - 12) * (math.log2(u) - math.log2(sizes[0])) / math.log2(
            sizes[-1] / sizes[0])

    def y(loss):
        return TOP + (HEIGHT - TOP - 40) * (top - loss) / (top - bottom)

    out = [f'<text x="{origin + WIDTH / 2}" y="18" text-anchor="middle" font-weight="bold">{title}</text>']
    for tick in range(5):
        value = bottom + (top - bottom) * tick / 4
        out.append(f'<line x1="{x(sizes[0])}" x2="{x(sizes[-1])}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{origin + LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.2g}</text>')
    out.append(f'<line x1="{x(sizes[0])}" x2="{x(sizes[-1])}" y1="{y(0.5):.1f}" y2="{y(0.5):.1f}" stroke="#080" '
               'stroke-dasharray="4 3"/>')
    for u in sizes:
        out.append(f'<text x="{x(u):.1f}" y="{HEIGHT - 24}" text-anchor="middle">{u}</text>')
    out.append(f'<text x="{origin + (WIDTH + LEFT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">input codes u</text>')
    for w, colour in zip(sorted({r[0] for r in rows}), COLOURS):
        line = " ".join(f"{x(u):.1f},{y(loss):.1f}" for w2, u, loss, _ in rows if w2 == w)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.8"/>')
        line = " ".join(f"{x(r[1]):.1f},{y(r[3]):.1f}" for r in rows if r[0] == w)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-dasharray="3 3"/>')
    return out


def main():
    panels = [argument.split("=", 1) for argument in sys.argv[2:]]
    width, height = WIDTH * PANELS_A_ROW + 70, HEIGHT * math.ceil(len(panels) / PANELS_A_ROW)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
           'font-family="sans-serif" font-size="11">', f'<rect width="{width}" height="{height}" fill="white"/>',
           f'<text transform="translate(12 {height / 2}) rotate(-90)" text-anchor="middle">loss, points</text>']
    for index, (title, file) in enumerate(panels):
        with open(file, newline="") as text:
            rows = [(int(r["weight_codes"]), int(r["input_codes"]), float(r["loss_points"]), float(r["expected_points"]))
                    for r in csv.DictReader(text)]
        out.append(f'<g transform="translate(0 {index // PANELS_A_ROW * HEIGHT})">')
        out += [*panel(title, rows, index % PANELS_A_ROW * WIDTH), "</g>"]
    for index, (w, colour) in enumerate(zip(sorted({r[0] for r in rows}), COLOURS)):
        y = TOP + 18 * index
        out.append(f'<line x1="{width - 62}" x2="{width - 44}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="1.8"/>')
        out.append(f'<text x="{width - 40}" y="{y + 4}">w = {w}</text>')
    out.append(f'<line x1="{width - 62}" x2="{width - 44}" y1="{TOP + 94}" y2="{TOP + 94}" stroke="#080" '
               'stroke-dasharray="4 3"/>')
    out.append(f'<text x="{width - 40}" y="{TOP + 98}">0.5</text>')
    with open(sys.argv[1], "w") as svg:
        svg.write("\n".join(out + ["</svg>", ""]))


if __name__ == "__main__":
    main()
