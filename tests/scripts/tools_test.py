# SPDX-License-Identifier: Apache-2.0
"""Each training tool runs on the shipped network with a tiny budget and writes files that agree with each other."""
import json
import subprocess
import sys
import tempfile
import unittest

import support  # noqa: F401  (skips where torch is missing)
import numpy as np
import onnx
import torch
from onnx import numpy_helper

import glyphs
from codebook_net import Book, cluster, coded_tensors, nearest, nearly_nearest
from codebook_retrain import Average
from onnx_net import OnnxNet

TOOLS = support.ROOT / "scripts" / "train"
GLYPHNET = support.ROOT / "scenarios" / "networks" / "glyphnet.onnx"
DATA = support.ROOT / "scenarios" / "data"


def weights_of(path):
    return {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}


class Function(torch.nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = [function]

    def forward(self, x):
        return self.function[0](x)


class ToolsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        images, labels = glyphs.draw(320, glyphs.TRAIN_SEED)
        np.save(cls.folder.name + "/images.npy", images)
        np.save(cls.folder.name + "/labels.npy", labels)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def tool(self, name, *options):
        """Runs a tool on glyphnet; its summary and the path of what it wrote."""
        out = f"{self.folder.name}/{name}"
        data = ["--train", self.folder.name + "/images.npy", "--train-labels", self.folder.name + "/labels.npy"]
        command = [sys.executable, str(TOOLS / f"{name}.py"), str(GLYPHNET), out, *data, *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout), out

    def test_every_tool_starts_from_a_checkpoint(self):
        net = OnnxNet(str(GLYPHNET))
        state = {name.replace("/", "."): value.clone() for name, value in net.state_dict().items()}
        classifier = next(n for n, v in state.items() if v.ndim == 2)
        state[classifier] = torch.zeros_like(state[classifier])  # no image is told from another
        file = self.folder.name + "/state.pt"
        torch.save(state, file)
        test = ["--test", str(DATA / "glyphs_test_images.npy"), "--test-labels", str(DATA / "glyphs_test_labels.npy")]
        for name in ("qat_column", "bwq_a"):
            summary, _ = self.tool(name, "--images", "0", "--checkpoint", file, *test)
            self.assertLess(summary["float"], 10.0, name)  # sixteen classes; the file's own weights have 98 %

    def test_column_tool_writes_weights_on_its_grid(self):
        _, out = self.tool("qat_column", "--images", "64", "--batch", "32", "--adc-bits", "3")
        with open(out + ".json", encoding="utf-8") as file:
            document = json.load(file)
        weights = weights_of(out + ".onnx")
        self.assertEqual(len(document["layers"]), 6)
        for layer in document["layers"]:
            w, scale = weights[layer["name"] + ".weight"].astype(float), np.array(layer["weight_scale"])
            tile = min(128 // 9, w.shape[1])
            self.assertEqual(scale.shape, (-(-w.shape[1] // tile), w.shape[0]))
            codes = w / np.repeat(scale, tile, 0)[: w.shape[1]].T[:, :, None, None]
            np.testing.assert_allclose(codes, np.rint(codes), atol=1e-4)
            self.assertTrue(-8 <= np.rint(codes).min() and np.rint(codes).max() <= 7)
            self.assertEqual(np.array(layer["step"]).shape, (1, 2, *scale.shape))
            self.assertEqual(np.array(layer["centre"]).shape, (1, 2, *scale.shape))

    def test_block_tool_writes_the_bits_its_weights_need(self):
        summary, out = self.tool("bwq_a", "--images", "96", "--batch", "32", "--alpha", "0.2", "--rounds", "1")
        weights, stored, count = weights_of(out + ".onnx"), 0, 0
        with open(out + ".bits", encoding="utf-8") as file:
            lines = [line.rstrip() for line in file if not line.startswith("#")]
        while lines:
            _, name, rows, columns = lines.pop(0).split()
            bits = np.array([[int(b) for b in lines.pop(0)] for _ in range(int(rows))])
            tensor = "classifier.weight" if name == "logits" else name + ".weight"
            matrix = weights[tensor].reshape(len(weights[tensor]), -1).T
            self.assertEqual(bits.shape, (-(-matrix.shape[0] // 9), -(-matrix.shape[1] // 8)))
            spread = bits.repeat(9, 0).repeat(8, 1)[: matrix.shape[0], : matrix.shape[1]]
            step = self.grid(matrix)
            self.assertTrue((np.rint(np.abs(matrix) / step) <= 2**spread - 1).all(), name)
            self.assertEqual(int(columns), bits.shape[1])
            stored, count = stored + spread.sum(), count + spread.size
        self.assertAlmostEqual(summary["compression"], 32 * count / stored, places=2)

    def grid(self, matrix):
        """The step on which all numbers lie: the largest that leaves no remainder."""
        largest = np.abs(matrix).max()
        for top in range(1, 256):
            codes = matrix / (largest / top)
            if np.abs(codes - np.rint(codes)).max() < 1e-3:
                return largest / top
        self.fail("weights lie on no grid of 255 steps")

    def test_codebook_tool_writes_what_it_computes_with(self):
        test = ["--test", str(DATA / "glyphs_test_images.npy"), "--test-labels", str(DATA / "glyphs_test_labels.npy")]
        for options, books in ([], 1), (["--per-channel"], 16):
            summary, out = self.tool("codebook_retrain", *test, "--weight-codes", "8", "--input-codes", "8", "--images", "64",
                                     "--rounds", "1", *options)
            with open(out + ".json", encoding="ascii") as file:
                saved = json.load(file)
            layers = {layer["name"]: [np.float32(c) for c in layer["centroids"]] for layer in saved["layers"]}
            self.assertEqual(len(layers["stem"]), books)
            net = OnnxNet(out + ".onnx").eval()
            self.assertFalse([n for n in net.nodes if n.op_type == "BatchNormalization"])
            for node in net.main_layers():
                rows = net.tensor(node.input[1]).detach().numpy()
                self.assertLessEqual({len(c) for c in layers[node.name]}, set(range(2, 9)), node.name)
                for output, row in enumerate(rows):
                    centroids = layers[node.name][output if books > 1 else 0]
                    self.assertTrue(np.isin(row, centroids).all(), node.name)
            self.recompute(net, saved, summary["rounds"][-1][0])

    def recompute(self, net, saved, expected):
        """Accuracy of the files by themselves: tensors at the nearest centroids, by numpy."""
        tensors = {t["name"]: np.float32(t["centroids"]) for t in saved["tensors"]}
        self.assertEqual(set(tensors), set(coded_tensors(net)))
        self.assertEqual({len(c) for n, c in tensors.items() if n in ("block1.conv2.norm", "block3.relu2")}, {64})
        self.assertEqual({len(c) for n, c in tensors.items() if n in ("input", "stem.relu", "mean")}, {8})

        def snapped(centroids):
            return lambda x: torch.from_numpy(centroids[nearest(x.numpy(), centroids)])
        for name, centroids in tensors.items():
            net.inputs[name.replace(".", "/")] = Function(snapped(centroids))
        images = torch.from_numpy(np.load(DATA / "glyphs_test_images.npy")).float()
        with torch.no_grad():
            right = net(images).argmax(1).numpy() == np.load(DATA / "glyphs_test_labels.npy")
        self.assertAlmostEqual(right.mean(), expected, delta=1.5 / len(right))  # a sum at a midpoint, perhaps

    def test_a_trained_codebook_stays_ascending_and_keeps_its_zero(self):
        book = Book([-1.0, 0.0, 0.5, 2.0])
        x = torch.tensor([-3.0, -0.9, 0.1, 0.2, 0.3, 1.9], requires_grad=True)
        y = book(x)
        self.assertEqual(y.tolist(), [-1.0, -1.0, 0.0, 0.0, 0.5, 2.0])
        y.sum().backward()
        self.assertEqual(x.grad.tolist(), [0.0, 1.0, 1.0, 1.0, 1.0, 1.0])  # -3 is beyond the range
        unit = book.unit
        self.assertEqual([round(g / unit, 5) for g in book.centroids.grad.tolist()], [2.0, 0.0, 1.0, 1.0])
        with torch.no_grad():
            book.centroids.copy_(torch.tensor([0.4, 7.0, -0.2, 0.4]) / unit)
        book.tidy()
        values = book.values().tolist()
        self.assertEqual(values, sorted(set(values)))
        self.assertIn(0.0, values)

    def test_codes_in_training_are_those_of_the_nearest_centroids(self):
        centroids = torch.tensor([-2.0, -0.5, 0.0, 0.25, 1.0, 5.0])
        x = torch.linspace(-3, 6, 20001)
        found = nearly_nearest(x, centroids).numpy()
        exact = nearest(x.numpy(), centroids.numpy())
        self.assertTrue((abs(found - exact) <= 1).all())
        middles = (centroids[1:] + centroids[:-1]) / 2
        bin_width = float(middles[-1] - middles[0]) / 4094
        away = (x[:, None] - middles).abs().min(1).values.numpy()[found != exact]
        self.assertTrue((away <= bin_width).all())

    def test_averages_forget_the_start_and_can_be_swapped(self):
        net = torch.nn.Linear(1, 1, bias=False)
        with torch.no_grad():
            net.weight.fill_(100.0)
        average = Average(net, 0.9)
        for _ in range(200):
            with torch.no_grad():
                net.weight.fill_(4.0)
            average.update()
            with torch.no_grad():
                net.weight.fill_(2.0)
            average.update()
        average.swap()
        self.assertAlmostEqual(float(net.weight), 2 + 0.9 / 1.9 * 2, delta=1e-3)  # of 4 and 2, the latter last
        average.swap()
        self.assertEqual(float(net.weight), 2.0)

    def test_codebook_rounds_end_on_held_out_images(self):
        test = ["--test", str(DATA / "glyphs_test_images.npy"), "--test-labels", str(DATA / "glyphs_test_labels.npy")]
        summary, _ = self.tool("codebook_retrain", *test, "--images", "32", "--rounds", "3", "--loss", "1", "--held-out", "32")
        self.assertEqual(len(summary["rounds"]), 1)  # so loose a bound needs no training
        summary, _ = self.tool("codebook_retrain", *test, "--images", "32", "--rounds", "2", "--loss", "-1", "--held-out", "32")
        self.assertEqual(len(summary["rounds"]), 3)

    def test_a_missing_file_is_one_line(self):
        done = subprocess.run([sys.executable, str(TOOLS / "bwq_a.py"), str(GLYPHNET), "x", "--train", "/nonexistent.npy",
                               "--train-labels", "/nonexistent.npy"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_float_forward_agrees_with_the_documented_accuracy(self):
        net = OnnxNet(GLYPHNET).eval()
        images = torch.from_numpy(np.load(DATA / "glyphs_test_images.npy")).float()
        labels = torch.from_numpy(np.load(DATA / "glyphs_test_labels.npy"))
        with torch.no_grad():
            self.assertEqual(int((net(images).argmax(1) == labels).sum()), 787)

    def test_glyphs_are_those_that_ship(self):
        images, labels = glyphs.draw(64, glyphs.TEST_SEED)
        np.testing.assert_array_equal(labels, np.load(DATA / "glyphs_test_labels.npy")[:64])
        different = images != np.load(DATA / "glyphs_test_images.npy")[:64]
        self.assertLess(different.mean(), 1e-3)  # another libm may round a pixel the other way

    def test_clusters_of_separate_groups_are_their_means(self):
        np.testing.assert_allclose(cluster([-1.1, -0.9, 2.0, 2.2, 0.1, -0.1], 3), [-1.0, 0.0, 2.1], atol=1e-12)


if __name__ == "__main__":
    unittest.main()
