#!/usr/bin/env python3
"""What ./dev does, as a reader would type it: `./dev up`, every command that README and its own output then name, `./dev down`, in this
order; and a build with one test after it."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/docs"))
from documented_commands import blocks_of  # pylint: disable=wrong-import-position

README = (ROOT / "README.md").read_text(encoding="utf-8")


def in_readme():
    """The lines of README's block "Use it"."""
    (block,) = [block for block in blocks_of(README) if "DIR/alice" in block]
    return [re.sub(r"\s{2,}#.*", "", line) for line in block.splitlines()]


class StackCommands(unittest.TestCase):
    def setUp(self):
        # Below /tmp: a socket's path is short.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="signet-up-", dir="/tmp"))
        self.folder.chmod(0o711)
        self.stack = self.folder / "stack"
        self.environment = {**os.environ, "SIGNET_STACK_DIR": str(self.stack)}
        self.addCleanup(self.folder.rmdir)

    def run_line(self, line, **words):
        for word, value in words.items():
            line = re.sub(rf"\b{word}\b", str(value), line)
        result = subprocess.run(["bash", "-c", line], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=900)
        self.assertEqual(result.returncode, 0, f"{line}\n{result.stdout}{result.stderr}")
        return result.stdout

    def test_one_test_can_be_run(self):
        self.run_line("./dev build")
        shown = self.run_line("./dev test --preset dev --no-containers -R '^base_test$'")
        self.assertIn("100% tests passed, 0 tests failed out of 1", shown)

    def test_every_one_works(self):
        first, *lines, last = in_readme()
        self.assertEqual((first, last), ("./dev up", "./dev down"))
        self.addCleanup(subprocess.run, [f"{ROOT}/tools/dev/stack.sh", "wipe", self.stack], check=True)
        shown = self.run_line(first)
        words = {"DIR": self.stack, "PAYMENT": "none", "FILE": "none"}
        for line in lines:
            output = self.run_line(line, **words)
            paid = re.search(r"\b[0-9a-f]{8}-[0-9a-f]{8}\b", output)
            if " pay " in line:
                words["PAYMENT"] = paid[0]
                words["FILE"] = self.stack / f"devices/alice/terminal/receipts/{paid[0]}.json"
        self.assertGreater(len(lines), 10)

        named = re.findall(rf"^  ({self.stack}/.*|curl .*)$", shown, re.MULTILINE)
        self.assertGreater(len(named), 5)
        for line in named:
            self.run_line(line)
        # An identity's certificate and the device CA, as the pages show how to look at them.
        self.run_line("openssl x509 -noout -enddate -in FOLDER/tls.pem", FOLDER=self.stack / "dev")
        self.run_line("openssl x509 -noout -fingerprint -sha256 -in FILE", FILE=self.stack / "hsm/device-ca.pem")

        self.run_line(last)
        self.assertFalse(self.stack.exists())
        self.assertEqual(self.run_line(last), "")


if __name__ == "__main__":
    unittest.main()
