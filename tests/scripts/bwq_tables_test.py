# SPDX-License-Identifier: Apache-2.0
"""The rows that scripts/validate_bwq.py runs are the paper's, and its arithmetic gives what a hand gives."""
import json
import math
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import bwq_tables as tables  # noqa: E402
import validate_bwq  # noqa: E402


def run(latency, unit, rest):
    """A summary: joules in operation units and elsewhere."""
    return {"latency_s": latency, "energy_j": unit + rest, "layers": [], "status": "ok",
            "components": [{"name": "adc", "energy_j": unit, "events": []},
                           {"name": "noc", "energy_j": rest, "events": []}]}


class TableTwo(unittest.TestCase):
    def test_geometric_means_are_those_of_the_paper(self):
        """bwq.md 1.2: 81.98, 41.42 and 13.05 in weights, 10.17, 8.81 and 8.00 in activations (32 / bits); BSQ's too."""
        expected = {"cifar10": ((81.98, 10.17), (22.48, 9.24)), "cifar100": ((41.42, 8.81), (12.75, 6.87)),
                    "imagenet": ((13.05, 8.00), (8.42, 7.16))}
        for dataset, designs in expected.items():
            rows = [r for r in validate_bwq.TABLE_2 if r[0] == dataset]
            for (weights, activations), column in zip(designs, (3, 2)):
                self.assertAlmostEqual(tables.geometric(r[column][1] for r in rows), weights, delta=0.006)
                self.assertAlmostEqual(tables.geometric(32 / r[column][0] for r in rows), activations, delta=0.006)

    def test_headline_is_the_mean_of_the_cifar_rows(self):
        cifar = [r for r in validate_bwq.TABLE_2 if r[0] != "imagenet"]
        self.assertAlmostEqual(tables.geometric(r[3][1] for r in cifar), 58.27, delta=0.01)

    def test_runs_ask_for_the_bits_of_their_row(self):
        row = validate_bwq.TABLE_2[0]
        self.assertIn("quantization.weight_bits_mean=0.5668", validate_bwq.settings_of(row, "bwq_h"))  # 32 / 56.46
        self.assertIn("quantization.weight_bits_mean=1.2284", validate_bwq.settings_of(row, "bsq"))    # 32 / 26.05
        self.assertIn("quantization.activation_bits=4", validate_bwq.settings_of(row, "bsq"))
        self.assertFalse([s for s in validate_bwq.settings_of(row, "sre") if "mean" in s])


class Gains(unittest.TestCase):
    def test_gains_are_ratios_over_isaac(self):
        designs = {"isaac_ou": run(8.0, 95.0, 5.0), "bwq_h": run(2.0, 1.9, 0.1)}
        self.assertAlmostEqual(tables.speed_gain(designs, "bwq_h"), 4.0)
        self.assertAlmostEqual(tables.energy_gain(designs, "bwq_h"), 50.0)
        # 4 % fixed, the rest divided by 50: 1 / (0.04 + 0.96 / 50)
        self.assertAlmostEqual(tables.energy_gain(designs, "bwq_h", 0.04), 1 / 0.0592)

    def test_the_fitted_share_gives_the_target(self):
        row = validate_bwq.TABLE_2[0]
        runs = {row: {"isaac_ou": run(1, 100.0, 0.0), "bwq_h": run(1, 1.0, 0.0)}}
        share = tables.fit(runs, 20.0)
        self.assertAlmostEqual(share, (1 / 20 - 1 / 100) / (1 - 1 / 100), places=9)

    def test_geometric_mean(self):
        self.assertAlmostEqual(tables.geometric([2, 8]), 4.0)
        self.assertTrue(math.isnan(tables.geometric([])))


class Resuming(unittest.TestCase):
    """A program that counts its starts stands in for vp."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.out = pathlib.Path(self.folder.name)
        self.vp = self.out / "vp"
        summary = json.dumps(run(1, 1, 1))
        self.vp.write_text(f"""#!/bin/sh
[ "$1" = --version ] && {{ echo 1; exit; }}
echo x >> {self.out}/starts
[ "$2" = scenarios/bad.yaml ] && {{ echo broken; exit 2; }}
mkdir -p "$5" && echo '{summary}' > "$5/summary.json"
""")
        self.vp.chmod(0o755)

    def starts(self):
        return len((self.out / "starts").read_text().split())

    def test_a_run_is_repeated_only_when_its_settings_change(self):
        for expected, settings in ((1, ["a=1"]), (1, ["a=1"]), (2, ["a=2"])):
            runner = validate_bwq.Runner(self.vp, self.out, 20)
            self.assertEqual(runner.run("one", "good", settings)["status"], "ok")
            self.assertEqual(self.starts(), expected)

    def test_a_failed_run_is_named_and_not_kept(self):
        runner = validate_bwq.Runner(self.vp, self.out, 20)
        self.assertIsNone(runner.run("one", "bad", []))
        self.assertIsNone(runner.run("one", "bad", []))
        self.assertEqual(self.starts(), 2)
        self.assertEqual(runner.failed, ["one: broken"] * 2)


if __name__ == "__main__":
    unittest.main()
