#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Sixteen classes of hand-made glyphs, drawn by this script: data for a network of our own.

A glyph is a list of strokes in the unit square. An image draws one of them, 24 x 24 grey, after a random rotation,
scale, shear and shift, with random stroke width, contrast, background slope, a distracting stroke and noise. Everything
depends on the seed alone (numpy's PCG64).

As a module: draw(count, seed) -> images uint8 (N, 1, 24, 24), labels uint8 (N), classes interleaved.
As a program: writes test and calibration files of scenarios/data, or a sheet to look at (needs python3-pil).
"""
import argparse
import pathlib

import numpy as np

SIZE = 24
TEST_SEED, CALIBRATION_SEED, TRAIN_SEED = 2, 3, 1


def arc(cx, cy, r, start, stop, pieces=10):
    """Chords of an arc, angles in degrees, 0 to the right, y downwards."""
    a = np.radians(np.linspace(start, stop, pieces + 1))
    points = [(cx + r * float(np.cos(t)), cy + r * float(np.sin(t))) for t in a]
    return path(*points)


def path(*points):
    """Strokes from point to point."""
    return [(*p, *q) for p, q in zip(points, points[1:])]


GLYPHS = {
    "plus": path((.5, .1), (.5, .9)) + path((.1, .5), (.9, .5)),
    "cross": path((.15, .15), (.85, .85)) + path((.85, .15), (.15, .85)),
    "tee": path((.1, .15), (.9, .15)) + path((.5, .15), (.5, .9)),
    "ell": path((.25, .1), (.25, .9), (.8, .9)),
    "wye": path((.15, .1), (.5, .5), (.85, .1)) + path((.5, .5), (.5, .9)),
    "zed": path((.15, .15), (.85, .15), (.15, .85), (.85, .85)),
    "aitch": path((.2, .1), (.2, .9)) + path((.8, .1), (.8, .9)) + path((.2, .5), (.8, .5)),
    "vee": path((.15, .1), (.5, .9), (.85, .1)),
    "triangle": path((.5, .1), (.9, .85), (.1, .85), (.5, .1)),
    "square": path((.15, .15), (.85, .15), (.85, .85), (.15, .85), (.15, .15)),
    "circle": arc(.5, .5, .4, 0, 360, 20),
    "ring_bar": arc(.5, .5, .4, 0, 360, 20) + path((.1, .5), (.9, .5)),
    "cup": path((.2, .1), (.2, .55)) + arc(.5, .55, .3, 180, 0) + path((.8, .55), (.8, .1)),
    "cee": arc(.55, .5, .38, 50, 310, 14),
    "ess": arc(.5, .3, .22, 330, 90, 12) + arc(.5, .72, .2, 270, 510, 12),
    "arrow": path((.1, .5), (.9, .5)) + path((.6, .2), (.9, .5), (.6, .8)),
}
NAMES = list(GLYPHS)


def cover(strokes, width):
    """Share of each pixel that strokes (S, 4) in pixel units of a width cover, edges one pixel soft: (SIZE, SIZE)."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] + 0.5
    x, y = x.ravel()[:, None], y.ravel()[:, None]
    x0, y0, x1, y1 = (strokes[:, i][None] for i in range(4))
    dx, dy = x1 - x0, y1 - y0
    along = np.clip(((x - x0) * dx + (y - y0) * dy) / np.maximum(dx * dx + dy * dy, 1e-9), 0, 1)
    away = np.hypot(x - x0 - along * dx, y - y0 - along * dy).min(axis=1)
    return np.clip(width / 2 + 0.5 - away, 0, 1).reshape(SIZE, SIZE)


def placement(random):
    """A random affine map: 2 x 2 matrix in pixels a unit, and the centre."""
    turn, shear = np.radians(random.normal(0, 11)), random.normal(0, 0.15)
    scale = random.uniform(12, 20) * np.array([random.uniform(0.8, 1.2), 1.0])
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = rotation @ np.array([[1.0, shear], [0.0, 1.0]]) @ np.diag(scale)
    return matrix, SIZE / 2 + random.normal(0, 1.6, 2)


def draw_one(label, random):
    """One image, uint8 (SIZE, SIZE)."""
    matrix, centre = placement(random)
    points = np.array(GLYPHS[NAMES[label]]).reshape(-1, 2, 2) - 0.5
    strokes = (points @ matrix.T + centre).reshape(-1, 4)
    background, contrast = random.uniform(0.15, 0.4), random.uniform(0.22, 0.6)
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE - 0.5
    image = background + random.normal(0, 0.12) * x + random.normal(0, 0.12) * y
    stray = np.concatenate([random.uniform(0, SIZE, 2)] * 2) + np.append([0, 0], random.normal(0, 6, 2))
    image = image + contrast * random.uniform(0.3, 0.9) * cover(stray[None], random.uniform(1, 1.8))
    mask = cover(strokes, random.uniform(1.0, 2.4))
    image = image * (1 - mask) + (background + contrast) * mask
    image = image + random.normal(0, random.uniform(0.03, 0.11), image.shape)
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)


def draw(count, seed):
    """images uint8 (count, 1, SIZE, SIZE), labels uint8 (count); image i depends on seed and i alone."""
    labels = (np.arange(count) % len(NAMES)).astype(np.uint8)
    images = [draw_one(int(label), np.random.Generator(np.random.PCG64([seed, i]))) for i, label in enumerate(labels)]
    return np.stack(images)[:, None], labels


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="where glyphs_*.npy go")
    parser.add_argument("--test", type=int, default=800, help="test images")
    parser.add_argument("--test-seed", type=int, default=TEST_SEED, help="of another test set, e.g. 4")
    parser.add_argument("--calibration", type=int, default=64, help="calibration images")
    parser.add_argument("--training", type=int, default=0, help="training images, for the tools that fine-tune")
    parser.add_argument("--sheet", type=pathlib.Path, help="also a PNG of the first 128 test images")
    options = parser.parse_args()
    images, labels = draw(options.test, options.test_seed)
    np.save(options.folder / "glyphs_test_images.npy", images)
    np.save(options.folder / "glyphs_test_labels.npy", labels)
    np.save(options.folder / "glyphs_calibration_images.npy", draw(options.calibration, CALIBRATION_SEED)[0])
    if options.training:
        images_to_train, their_labels = draw(options.training, TRAIN_SEED)
        np.save(options.folder / "glyphs_train_images.npy", images_to_train)
        np.save(options.folder / "glyphs_train_labels.npy", their_labels)
    if options.sheet:
        from PIL import Image
        tiles = images[:128, 0].reshape(8, 16, SIZE, SIZE).transpose(0, 2, 1, 3).reshape(8 * SIZE, 16 * SIZE)
        Image.fromarray(tiles).resize((16 * SIZE * 3, 8 * SIZE * 3), Image.NEAREST).save(options.sheet)


if __name__ == "__main__":
    main()
