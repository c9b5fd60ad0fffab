#!/usr/bin/env python3
"""Whatever command README, CONTRIBUTING, docs/*.md and `./dev help` name is run by CI, at least in a short form: commands.yaml says
where. kubectl's, for which there is no cluster, are read by kubectl itself: it knows the command, its options and their values."""
import pathlib
import re
import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor

import yaml

from documented_commands import ROOT, all_commands, in_page

sys.path.insert(0, str(ROOT / "tests/deploy"))
import kubernetes_test  # pylint: disable=wrong-import-position

# Programs of which Debian has no package. What they do is in their own documentation.
NOT_OURS = re.compile(r"kind load docker-image|cmctl renew -n signet (gateway|--all)")
# No server is there: a command that kubectl understands ends so.
NO_SERVER = re.compile(r"connection refused|refused - did you specify|dial tcp|couldn't get current server API")


def table():
    return yaml.safe_load((pathlib.Path(__file__).parent / "commands.yaml").read_text(encoding="utf-8"))


def uncovered(commands, rows):
    return sorted({f"{place} names `{command}`, which no line of tests/docs/commands.yaml fits" for place, command in commands
                   if not command.startswith("kubectl") and not NOT_OURS.fullmatch(command) and not any(re.fullmatch(row[0], command) for row in rows)})


class Commands(unittest.TestCase):
    def test_each_is_run_somewhere(self):
        self.assertEqual(uncovered(all_commands(), table()), [])

    def test_is_run_where_the_table_says(self):
        wrong = [f"{place} does not contain {text!r}" for _, place, text in table() if text not in (ROOT / place).read_text(encoding="utf-8")]
        commands = {command for _, command in all_commands()}
        wrong += [f"no page names anything like {pattern}" for pattern, _, _ in table() if not any(re.fullmatch(pattern, command) for command in commands)]
        self.assertEqual(wrong, [])

    def test_an_unknown_one_is_found(self):
        page = "Try `./dev bench --never-heard`.\n\n```\nsudo tools/dev/nothing.sh now   # a comment\nsignetctl ledger burn && ls\n```\n"
        self.assertEqual([command for _, command in [("page", c) for c in in_page(page)]],
                         ["tools/dev/nothing.sh now", "signetctl ledger burn", "./dev bench --never-heard"])
        self.assertEqual(len(uncovered([("page", c) for c in in_page(page)], table())), 3)

    def test_kubectl_understands_what_is_said_to_it(self):
        program = kubernetes_test.kubectl()
        said = sorted({command for _, command in all_commands() if command.startswith("kubectl")})
        self.assertGreater(len(said), 20)
        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(lambda command: self.understood(program, command), said))
        self.assertEqual([result for result in results if result], [])
        self.assertNotEqual(self.understood(program, "kubectl -n signet get pods --no-such-option"), "")
        self.assertNotEqual(self.understood(program, "kubectl -n signet burn pods"), "")

    @staticmethod
    def understood(program, command):
        """What is wrong with it, or nothing."""
        words = re.sub(r"\s*>\S+|…", "", command.replace("pod/…", "pod/x")).split()[1:]
        # Only named, without what it would work on.
        if words[-1] in ("drain", "uncordon", "scale", "logs", "-k") or words[-2:] == ["describe", "pod"]:
            words = [word for word in words if word != "-k"] + ["--help"]
        if "-o" in words:
            words = words[:words.index("-o")]
        result = subprocess.run([program, "--server=http://127.0.0.1:1", "--request-timeout=2s", *words], cwd=ROOT, capture_output=True, text=True,
                                check=False, timeout=60)
        fine = result.returncode == 0 or NO_SERVER.search(result.stderr) or "no such file" in result.stderr
        return "" if fine else f"{command}: {result.stderr.strip()}"


if __name__ == "__main__":
    unittest.main()
