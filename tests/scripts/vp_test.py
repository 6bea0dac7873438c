# SPDX-License-Identifier: Apache-2.0
"""The script `vp`: missing packages are named, the program is built once and again only after a change.

A copy of the script stands in a small tree of its own; dpkg-query, apt-get and cmake are stand-ins on PATH that write down
how they were called.
"""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

CMAKE = """#!/bin/sh
echo "cmake $*" >>"$CALLS"
if [ "$1" = --build ]; then
    mkdir -p "$2/platform/app"
    printf '#!/bin/sh\\necho "program $*"\\n' >"$2/platform/app/vp-bin"
    chmod +x "$2/platform/app/vp-bin"
fi
"""
APT = """#!/bin/sh
echo "apt-get $*" >>"$CALLS"
exit 1
"""


def packages(*kinds):
    names = []
    for line in (ROOT / "scripts" / "packages.txt").read_text(encoding="utf-8").splitlines():
        words = line.split()
        if words and not words[0].startswith("#") and words[1] in kinds:
            names.append(words[0])
    return names


class VpScriptTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name) / "tree"
        self.bin = pathlib.Path(folder.name) / "bin"
        self.calls = pathlib.Path(folder.name) / "calls"
        self.bin.mkdir()
        for name in ("cmake", "models", "firmware", "platform", "scripts", "tests", "bench"):
            (self.root / name).mkdir(parents=True)
        (self.root / "models" / "adc.cpp").write_text("// a source", encoding="utf-8")
        for name in ("vp", "scripts/packages.txt", "CMakeLists.txt", "CMakePresets.json"):
            shutil.copy(ROOT / name, self.root / name)
        self.tool("cmake", CMAKE)
        self.tool("apt-get", APT)
        self.installed(packages("build", "test"))

    def tool(self, name, text):
        (self.bin / name).write_text(text, encoding="utf-8")
        (self.bin / name).chmod(0o755)

    def installed(self, names):
        """dpkg-query answers as its format asks: a status of two letters and a blank, then the name."""
        self.tool("dpkg-query", "#!/bin/sh\n" + "".join(f"echo 'ii {name}'\n" for name in names) + "exit 1\n")

    def vp(self, *words, **settings):
        outside = {name: value for name, value in os.environ.items() if not name.startswith("VP_")}
        environment = dict(outside, PATH=f"{self.bin}:{os.environ['PATH']}", CALLS=str(self.calls), **settings)
        return subprocess.run([self.root / "vp", *words], capture_output=True, text=True, check=False, env=environment)

    def called(self, what):
        lines = self.calls.read_text(encoding="utf-8").splitlines() if self.calls.exists() else []
        return [line for line in lines if line.startswith(what)]

    def test_every_missing_package_is_named_where_installing_is_forbidden(self):
        self.installed([])
        for words, kinds in (("help",), ("build",)), (("test",), ("build", "test")):
            done = self.vp(*words, VP_NO_INSTALL="1")
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("VP_NO_INSTALL=1 forbids", done.stderr)
            named = done.stderr.split("apt-get install ")[1].split()
            self.assertEqual(sorted(named), sorted(packages(*kinds)))
        self.assertEqual(self.called(""), [], "neither apt-get nor cmake ran")

    def test_only_what_is_missing_is_named(self):
        names = packages("build", "test")
        self.installed(names[1:])
        done = self.vp("help", VP_NO_INSTALL="1")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr.split("apt-get install ")[1].split(), names[:1])

    def test_a_failed_installation_ends_with_the_names(self):
        if os.geteuid() != 0:
            self.skipTest("only root installs without sudo")
        names = packages("build")
        self.installed(names[1:])
        done = self.vp("help")
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"apt-get could not install: {names[0]}", done.stderr)
        self.assertEqual(len(self.called("apt-get install")), 1)
        self.assertEqual(self.called("cmake"), [])

    def test_the_program_is_built_once_and_again_after_a_change(self):
        first = self.vp("list", "networks")
        self.assertEqual((first.returncode, first.stdout), (0, "program list networks\n"), first.stderr)
        self.assertEqual(len(self.called("cmake --build")), 1)
        second = self.vp("run", "s.yaml")
        self.assertEqual((second.stdout, second.stderr), ("program run s.yaml\n", ""))
        self.assertEqual(len(self.called("cmake")), 2, "one configuration, one build, nothing at the second start")
        (self.root / "models" / "adc.cpp").write_text("// changed", encoding="utf-8")
        self.vp("help")
        self.assertEqual(len(self.called("cmake --build")), 2)
        (self.root / "tests" / "new_test.cpp").write_text("// no part of the program", encoding="utf-8")
        self.vp("help")
        self.assertEqual(len(self.called("cmake --build")), 2)

    def test_a_build_that_fails_is_an_internal_error(self):
        self.tool("cmake", "#!/bin/sh\necho 'CMake Error: no compiler'\nexit 1\n")
        done = self.vp("help")
        self.assertEqual(done.returncode, 3)
        self.assertIn("CMake Error: no compiler", done.stderr)


if __name__ == "__main__":
    unittest.main()
