#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Draws loss of quality over codebook sizes as SVG, one panel a CSV of build/bench/codebook_quality, two panels a row. Points: measured,
with the line between them; dashed: the loss to be expected by the float network's own probabilities.

Usage: plot_codebook_quality.py OUT.svg TITLE=FILE.csv ...
"""
import csv
import math
import sys

COLOURS = {4: "#b2182b", 8: "#ef8a62", 16: "#4d4d4d", 32: "#67a9cf", 64: "#2166ac"}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM, LEGEND, PANELS_A_ROW = 340, 240, 52, 14, 34, 46, 44, 2
BOUND = 0.5  # points: the larger of the published ones


def step_of(span):
    """A round distance of ticks, of which four to eight fit."""
    for step in (0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10):
        if span / step <= 7:
            return step
    return span / 5


def axes(title, sizes, ticks, x, y):
    middle = (LEFT + WIDTH - RIGHT) / 2
    out = [f'<text x="{middle}" y="20" text-anchor="middle" font-weight="bold">{title}</text>']
    for value in ticks:
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" '
                   f'stroke="{"#999" if value == 0 else "#e4e4e4"}"/>')
        out.append(f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
    for u in sizes:
        out.append(f'<line x1="{x(u):.1f}" x2="{x(u):.1f}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM + 4}" stroke="#999"/>')
        out.append(f'<text x="{x(u):.1f}" y="{HEIGHT - BOTTOM + 17}" text-anchor="middle">{u}</text>')
    out.append(f'<text x="{middle}" y="{HEIGHT - 12}" text-anchor="middle">input codes u</text>')
    out.append(f'<text transform="translate(14 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">loss, points</text>')
    out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(BOUND):.1f}" y2="{y(BOUND):.1f}" stroke="#080" '
               'stroke-dasharray="6 3"/>')
    return out


def panel(title, rows):
    sizes = sorted({u for _, u, _, _ in rows})
    losses = [0.0, BOUND] + [loss for row in rows for loss in row[2:]]
    step = step_of(max(losses) - min(losses))
    first, last = math.floor(min(losses) / step + 0.25), math.ceil(max(losses) / step - 0.05)
    ticks = [round(step * n, 6) for n in range(first, last + 1)]

    def x(u):
        return LEFT + 8 + (WIDTH - LEFT - RIGHT - 16) * math.log2(u / sizes[0]) / math.log2(sizes[-1] / sizes[0])

    def y(loss):
        return TOP + (HEIGHT - TOP - BOTTOM) * (ticks[-1] - loss) / (ticks[-1] - ticks[0])

    out = axes(title, sizes, ticks, x, y)
    for w in sorted({row[0] for row in rows}):
        own = sorted(row for row in rows if row[0] == w)
        for which, style in ((2, 'stroke-width="1.8"'), (3, 'stroke-dasharray="2 3"')):
            line = " ".join(f"{x(row[1]):.1f},{y(row[which]):.1f}" for row in own)
            out.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS[w]}" {style}/>')
        out += [f'<circle cx="{x(row[1]):.1f}" cy="{y(row[2]):.1f}" r="2.6" fill="{COLOURS[w]}"/>' for row in own]
    return out


def legend(codes, y):
    """A row below the panels: colours by weight codes, then the kinds of lines."""
    at, out = LEFT, []
    for w in codes:
        out.append(f'<line x1="{at}" x2="{at + 20}" y1="{y}" y2="{y}" stroke="{COLOURS[w]}" stroke-width="1.8"/>')
        out.append(f'<circle cx="{at + 10}" cy="{y}" r="2.6" fill="{COLOURS[w]}"/>')
        out.append(f'<text x="{at + 25}" y="{y + 4}">w = {w}</text>')
        at += 78
    at, y = LEFT, y + 20
    for text, style in (("measured", 'stroke="#333" stroke-width="1.8"'), ("expected", 'stroke="#333" stroke-dasharray="2 3"'),
                        (f"{BOUND:g} points", 'stroke="#080" stroke-dasharray="6 3"')):
        out.append(f'<line x1="{at}" x2="{at + 24}" y1="{y}" y2="{y}" {style}/><text x="{at + 30}" y="{y + 4}">{text}</text>')
        at += 120
    return out


def read(file):
    with open(file, newline="", encoding="ascii") as text:
        return [(int(r["weight_codes"]), int(r["input_codes"]), float(r["loss_points"]), float(r["expected_points"]))
                for r in csv.DictReader(text)]


def main():
    if len(sys.argv) < 3 or any("=" not in argument for argument in sys.argv[2:]):
        sys.exit(__doc__)
    panels = [(title, read(file)) for title, file in (argument.split("=", 1) for argument in sys.argv[2:])]
    width = WIDTH * min(PANELS_A_ROW, len(panels))
    height = HEIGHT * math.ceil(len(panels) / PANELS_A_ROW) + LEGEND
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
           'font-family="sans-serif" font-size="11">', f'<rect width="{width}" height="{height}" fill="white"/>']
    for index, (title, rows) in enumerate(panels):
        out.append(f'<g transform="translate({index % PANELS_A_ROW * WIDTH} {index // PANELS_A_ROW * HEIGHT})">')
        out += [*panel(title, rows), "</g>"]
    out += legend(sorted({row[0] for _, rows in panels for row in rows}), height - LEGEND + 12)
    with open(sys.argv[1], "w", encoding="ascii") as svg:
        svg.write("\n".join(out + ["</svg>", ""]))


if __name__ == "__main__":
    main()
