# SPDX-License-Identifier: Apache-2.0
"""What the training tools share: data sets, batches, the loop, the accuracy."""
import io
import math
import pathlib
import pickle
import sys

import numpy as np
import torch
import torch.nn.functional as F

from onnx_net import OnnxNet


class BadData(ValueError):
    """One clear line about data that cannot be read."""


class Jpegs:
    """JPEG streams one after the other (shared/data/cifar10-train-jpeg): a folder with *.jpgs, offsets_u32.bin."""

    def __init__(self, folder):
        from PIL import Image
        self.open = Image.open
        streams = sorted(pathlib.Path(folder).glob("*.jpgs"))
        if not streams:
            raise BadData(f"{folder}: no .jpgs file")
        self.bytes = np.memmap(streams[0], np.uint8, "r")
        self.offsets = np.fromfile(pathlib.Path(folder) / "offsets_u32.bin", "<u4")

    def __len__(self):
        return len(self.offsets) - 1

    def __getitem__(self, indices):
        parts = [self.bytes[self.offsets[i]:self.offsets[i + 1]].tobytes() for i in indices]
        return np.stack([np.asarray(self.open(io.BytesIO(p)).convert("RGB")).transpose(2, 0, 1) for p in parts])


class Data:
    """Images (N, ...) with labels; batch(indices) gives float inputs as the network takes them."""

    def __init__(self, images, labels, divisor=1.0, mean=None, std=None):
        if len(images) != len(labels):
            raise BadData(f"{len(images)} images and {len(labels)} labels")
        self.images, self.labels, self.divisor = images, labels.astype(np.int64), divisor
        self.mean = None if mean is None else torch.tensor(mean).reshape(1, -1, 1, 1)
        self.std = None if std is None else torch.tensor(std).reshape(1, -1, 1, 1)

    def __len__(self):
        return len(self.labels)

    def batch(self, indices, augment=None):
        x = torch.from_numpy(np.array(self.images[indices])).float() / self.divisor
        if self.mean is not None:
            x = (x - self.mean) / self.std
        if augment is not None:
            x = shifted(x, augment)
        return x, torch.from_numpy(self.labels[indices])


def shifted(x, random):
    """Crops of the image padded by 4, mirrored half of the time (the CIFAR custom)."""
    n, _, h, w = x.shape
    padded = F.pad(x, (4, 4, 4, 4))
    dy, dx = random.integers(0, 9, n), random.integers(0, 9, n)
    crops = [padded[i, :, dy[i]:dy[i] + h, dx[i]:dx[i] + w] for i in range(n)]
    return torch.stack([c.flip(2) if random.integers(2) else c for c in crops])


def load_data(options, which, shape):
    """Data of --train/--train-labels or --test/--test-labels: NPY, raw uint8 or float32 (.bin), a JPEG container folder."""
    path, labels = getattr(options, which), getattr(options, which + "_labels")
    if pathlib.Path(path).is_dir():
        images = Jpegs(path)
        labels = labels or pathlib.Path(path) / "labels_u8.bin"
    elif str(path).endswith(".npy"):
        images = np.load(path)
    else:
        images = np.fromfile(path, np.float32 if "f32" in pathlib.Path(path).name else np.uint8)
        if images.size % int(np.prod(shape)):
            raise BadData(f"{path}: {images.size} numbers are no whole number of images {shape}")
        images = images.reshape(-1, *shape)
    if labels is None:
        raise BadData(f"--{which}-labels is needed for {path}")
    labels = np.load(labels) if str(labels).endswith(".npy") else np.fromfile(labels, np.uint8)
    return Data(images, labels, options.divisor, options.mean, options.std)


def read_network(options):
    """The network of an ONNX file, with the numbers of --checkpoint where that is given."""
    net = OnnxNet(options.network)
    if options.checkpoint:
        try:
            net.load_arrays(torch.load(options.checkpoint, map_location="cpu"))
        except (pickle.UnpicklingError, RuntimeError, AttributeError) as error:
            raise BadData(f"{options.checkpoint}: no torch state dict ({error})") from error
    return net


def add_data_arguments(parser):
    parser.add_argument("--checkpoint", help="torch state dict whose tensors, by ONNX name, replace those of the file")
    parser.add_argument("--train", help="images: NPY, raw .bin (uint8, or float32 if 'f32' is in its name), JPEG folder")
    parser.add_argument("--train-labels", help="NPY or raw uint8; a JPEG folder brings its own")
    parser.add_argument("--test", help="images to measure on, same forms")
    parser.add_argument("--test-labels")
    parser.add_argument("--divisor", type=float, default=1.0, help="divides pixels first, e.g. 255")
    parser.add_argument("--mean", type=float, nargs="+", help="per channel, subtracted after the division")
    parser.add_argument("--std", type=float, nargs="+", help="per channel, divides after --mean")
    parser.add_argument("--augment", action="store_true", help="random shifts by up to 4 pixels and mirroring")
    parser.add_argument("--images", type=int, help="training images seen in all: the budget")
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=1)


def parse(parser, **defaults):
    """The options with the defaults of a tool; --train must be there."""
    parser.set_defaults(**defaults)
    options = parser.parse_args()
    if options.train is None:
        parser.error("--train is needed: training and calibration see these images")
    return options


def accuracy(net, data, batch=200, limit=None):
    """Share of right answers, in evaluation mode."""
    net.eval()
    count = min(len(data), limit or len(data))
    right = 0
    with torch.no_grad():
        for start in range(0, count, batch):
            x, y = data.batch(np.arange(start, min(count, start + batch)))
            right += int((net(x).argmax(1) == y).sum())
    return right / count


class Measured:
    """Accuracies on the test set by what was measured, said on stderr; nothing without a test set."""

    def __init__(self, net, test):
        self.net, self.test, self.result = net, test, {}

    def __call__(self, what):
        if self.test is not None:
            self.result[what] = accuracy(self.net, self.test)
            print(f"{what}: {100 * self.result[what]:.2f} %", file=sys.stderr, flush=True)


def weight_groups(net, lr, power):
    """Parameter groups whose rate follows a weight's size, so that layers whose inputs are large (pixels 0..255) and weights small
    move as others do: lr x (rms / 0.1)^power, power 1 for Adam, 2 for SGD; 0.1 is a usual size. The rest: lr."""
    found = []
    for name, p in net.named_parameters():
        if name.endswith(("log_step", "log_scale")):
            continue
        size = float(p.detach().square().mean().sqrt()) / 0.1 if net.is_weight(name) else 1.0
        found.append({"params": [p], "lr": lr * min(1.0, max(size, 1e-6)) ** power})
    return found


def train(net, data, optimizer, images, batch, seed, augment=False, penalty=None, after_step=None,
          loss_of=None, part=(0, 1)):
    """Cross entropy (or loss_of(x, labels)) over `images` images, the learning rates falling to zero along a cosine; part (k, n): along
    the k-th of its n parts.

    penalty() is added to the loss; after_step() follows every step."""
    random = np.random.Generator(np.random.PCG64(seed))
    steps = max(1, images // batch)
    rates = [g["lr"] for g in optimizer.param_groups]
    order, at, running = random.permutation(len(data)), 0, 0.0
    net.train()
    for step in range(steps):
        if at + batch > len(order):
            order, at = random.permutation(len(data)), 0
        x, y = data.batch(order[at:at + batch], random if augment else None)
        at += batch
        for group, rate in zip(optimizer.param_groups, rates):
            group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * (part[0] + step / steps) / part[1]))
        loss = loss_of(x, y) if loss_of else F.cross_entropy(net(x), y)
        total = loss + penalty() if penalty else loss
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        if after_step:
            after_step()
        running += 0.05 * (float(loss) - running) if step else float(loss)
        if step % max(1, steps // 20) == 0 or step == steps - 1:
            print(f"  {step + 1}/{steps} batches, loss {running:.3f}", file=sys.stderr, flush=True)
    net.eval()
