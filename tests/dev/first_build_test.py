#!/usr/bin/env python3
"""What the first `./dev demo` of a checkout installs and builds: what it needs, and not what only tests need. A later `./dev test`
goes on in the same folder. And how either shows how far it is."""
import os
import pathlib
import pty
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Where these are not installed.
WITHOUT_TEST_LIBRARIES = ["-DCMAKE_DISABLE_FIND_PACKAGE_GTest=ON", "-DCMAKE_DISABLE_FIND_PACKAGE_benchmark=ON"]


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def configure(folder, *settings):
    return run("cmake", "--preset", "dev", "-B", folder, *settings, cwd=ROOT)


def commands(folder, target):
    return run("ninja", "-C", folder, "-t", "commands", target).stdout.splitlines()[1:]


def sections():
    """The packages of each section of packages.txt."""
    found = {}
    for line in (ROOT / "tools/dev/packages.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            packages = found.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            packages.append(line)
    return found


def needed_by(command):
    """The sections that ./dev installs for a command."""
    script = (ROOT / "dev").read_text(encoding="utf-8")
    return re.search(rf"^  (?:\w+ \| )*{command}(?: \| \w+)*\) needs=\(([\w ]*)\)", script, re.MULTILINE)[1].split()


class FirstBuild(unittest.TestCase):
    def test_the_demo_is_built_without_what_tests_need_and_tests_after_it(self):
        with tempfile.TemporaryDirectory(prefix="signet-first-build-") as folder:
            demo = configure(folder, "-DSIGNET_BUILD_TESTS=OFF", *WITHOUT_TEST_LIBRARIES)
            self.assertEqual(demo.returncode, 0, demo.stderr)
            before = commands(folder, "demo_programs")
            built = set(re.findall(r" -c (\S+\.cc)", "\n".join(before)))
            self.assertIn(f"{ROOT}/services/gateway/main.cc", built)
            tests = {os.path.dirname(file) for file in built if "/tests/" in file}
            self.assertEqual(tests, {f"{ROOT}/tests/attack"})
            # Nothing hides that tests do need theirs.
            self.assertIn("GTest", configure(folder, "-DSIGNET_BUILD_TESTS=ON").stderr)

            on = ["-DSIGNET_BUILD_TESTS=ON", "-UCMAKE_DISABLE_FIND_PACKAGE_*"]
            everything = configure(folder, *on)
            self.assertEqual(everything.returncode, 0, everything.stderr)
            self.assertEqual(commands(folder, "demo_programs"), before, "what the demo built would be built again")
            self.assertGreater(len(commands(folder, "all")), len(before))

    def test_each_command_names_its_packages(self):
        packages = sections()
        for command in ("demo", "up", "build", "test", "bench", "lint"):
            self.assertLessEqual(set(needed_by(command)), set(packages), command)
        demo = {package for section in needed_by("demo") for package in packages[section]}
        self.assertIn("postgresql-15", demo)
        self.assertFalse(demo & {"libgtest-dev", "libgmock-dev", "libbenchmark-dev", "clang-tidy", "clang-format", "shellcheck"})
        self.assertFalse({"libbenchmark-dev", "clang-tidy"} & {p for section in needed_by("test") for p in packages[section]})
        self.assertEqual(needed_by("down"), [])

    def test_a_section_that_is_not_there_is_an_error(self):
        result = run(f"{ROOT}/tools/dev/setup.sh", "no-such-section")
        self.assertEqual(result.returncode, 1)
        self.assertIn("no section [no-such-section]", result.stderr)


class Progress(unittest.TestCase):
    SHOW = f"source '{ROOT}/tools/dev/common.sh'; show_progress Building 1"

    def test_is_a_line_now_and_then_where_no_terminal_is(self):
        with subprocess.Popen(["bash", "-c", self.SHOW], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as shown:
            shown.stdin.write("step 1 of 309\nstep 2 of 309\n")
            shown.stdin.flush()
            self.assertEqual(shown.stderr.readline(), "Building: step 2 of 309\n")
            shown.stdin.close()
            self.assertEqual(shown.wait(timeout=10), 0)

    def test_is_one_line_that_moves_on_a_terminal(self):
        terminal, other = pty.openpty()
        shown = subprocess.run(["bash", "-c", self.SHOW], input="step 1 of 309\nstep 2 of 309\n", stderr=other, text=True, check=False, timeout=30)
        os.close(other)
        text = os.read(terminal, 4096).decode()
        os.close(terminal)
        self.assertEqual(shown.returncode, 0)
        self.assertIn("\r\x1b[KBuilding: step 1 of 309\r\x1b[KBuilding: step 2 of 309", text)
        self.assertTrue(text.endswith("\r\x1b[K"), text)
        self.assertNotIn("\n", text)


if __name__ == "__main__":
    unittest.main()
