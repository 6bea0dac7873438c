#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Draws top-1 against converter bits, a colour a granularity, two lines each.

Usage: plot_granularity.py TABLE.csv OUT.svg TITLE

TABLE.csv has the columns granularity, adc_bits and two of top-1 in %, whose names the legend takes: the first is drawn dashed.
"""
import csv
import sys

COLOURS = ("#b2182b", "#4d4d4d", "#2166ac", "#1b7837")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 560, 320, 52, 150, 34, 46


def read(path):
    """Names of the two columns; rows by granularity in the order of the file: (bits, first, second)."""
    lines = {}
    with open(path, newline="", encoding="utf-8") as text:
        table = csv.reader(text)
        names = next(table, [])
        if len(names) != 4:
            sys.exit(f"plot_granularity.py: {path}: four columns are needed, it has {len(names)}")
        for row in table:
            lines.setdefault(row[0], []).append(tuple(float(cell) for cell in row[1:]))
    if not lines:
        sys.exit(f"plot_granularity.py: {path}: no rows")
    return names[2:], lines


def draw(names, lines, title):
    bits = sorted({row[0] for rows in lines.values() for row in rows})
    span = (bits[-1] - bits[0]) or 1.0

    def x(value):
        return LEFT + 12 + (WIDTH - LEFT - RIGHT - 24) * (value - bits[0]) / span

    def y(percent):
        return TOP + (HEIGHT - TOP - BOTTOM) * (100.0 - percent) / 100.0

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="11">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           f'<text x="{LEFT}" y="18" font-size="14" font-weight="bold">{title}</text>']
    for percent in range(0, 101, 20):
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(percent):.1f}" y2="{y(percent):.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 6}" y="{y(percent) + 4:.1f}" text-anchor="end">{percent}</text>')
    for value in bits:
        out.append(f'<text x="{x(value):.1f}" y="{HEIGHT - 28}" text-anchor="middle">{value:g}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">converter bits</text>')
    out.append(f'<text transform="translate(14 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">top-1, %</text>')
    for index, (name, rows) in enumerate(lines.items()):
        colour = COLOURS[index % len(COLOURS)]
        for place, dash, word in ((2, "", names[1]), (1, ' stroke-dasharray="5 3"', names[0])):
            points = " ".join(f"{x(row[0]):.1f},{y(row[place]):.1f}" for row in sorted(rows))
            out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.8"{dash}/>')
            at = TOP + 10 + 18 * (2 * index + (place == 1))
            out.append(f'<line x1="{WIDTH - RIGHT + 8}" x2="{WIDTH - RIGHT + 30}" y1="{at}" y2="{at}" stroke="{colour}" '
                       f'stroke-width="1.8"{dash}/>')
            out.append(f'<text x="{WIDTH - RIGHT + 36}" y="{at + 4}">{name}, {word}</text>')
    return "\n".join(out + ["</svg>", ""])


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    svg = draw(*read(sys.argv[1]), sys.argv[3])
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(svg)


if __name__ == "__main__":
    main()
