#!/usr/bin/env python3
"""The commands that README, CONTRIBUTING, docs/*.md and `./dev help` name, as (place, command). Run as a program, it prints the lines
of the runbooks that only look at running containers, for compose_test.sh to run."""
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
# What a command begins with. Other code is no command: options, file names, queries, SQL of the
# schema.
PROGRAM = re.compile(r"\./dev|\.ci/run|(?:tools|tests|deploy|build)/\S+|(?:DIR/)?signet(?:ctl|-\w+)?|DIR/\w+|(?:postgres|token)_backup\.sh|docker|kubectl|kind|cmctl"
                     r"|cmake|ctest|psql|curl|openssl|install|clang-format|ALTER SYSTEM|CREATE ROLE|PROGRAM")
ONE_WORD = re.compile(r"\./dev|\.ci/run|(?:tools|tests|deploy)/\S+\.(?:sh|py)")


def _commands_of(text):
    """The commands in a line of shell: of a list, of a pipe, behind a comment's end."""
    text = re.sub(r"(?:^|\s{2,})(?:#|--)\s.*", "", text)
    for part in re.split(r"\s*(?:&&|\|\||;|\$\(|&$|\s\|\s)\s*", text):
        words = re.sub(r"^(?:\(?umask \d+|sudo\b|(?:then|do|until)\b|(?:[A-Z_]+=\S+\s+)+)\s*", "", part.strip()).rstrip(")").split()
        if words and PROGRAM.fullmatch(words[0] if not words[0].isupper() or len(words) < 2 or words[0] == "PROGRAM" else " ".join(words[:2])):
            yield " ".join(words)


def blocks_of(text):
    return re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def in_page(text):
    """Every line of a block of code is looked at; of code within a sentence what has an argument, or is a script."""
    for block in blocks_of(text):
        for line in block.replace("\\\n", " ").splitlines():
            yield from _commands_of(line)
    prose = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    for code in re.findall(r"`([^`]+)`", prose):
        for command in _commands_of(" ".join(code.split()).replace("\\|", "|")):
            if " " in command or ONE_WORD.fullmatch(command):
                yield command


def in_help():
    """Each command of ./dev, alone and with each of its options."""
    for line in subprocess.run([ROOT / "dev", "help"], capture_output=True, text=True, check=True).stdout.splitlines():
        found = re.match(r"  (\w+)  +\S", line)
        if not found:
            continue
        yield f"./dev {found[1]}"
        for brackets in re.findall(r"\[([^\]]*)\]", line):
            for option in re.findall(r"--[\w-]+(?: [A-Z])?", brackets):
                yield f"./dev {found[1]} {option}"


def all_commands():
    found = [("./dev help", command) for command in in_help()]
    for page in PAGES:
        found += [(str(page.relative_to(ROOT)), command) for command in in_page(page.read_text(encoding="utf-8"))]
    return found


def of_containers():
    """Whole lines of the runbooks' blocks that look at containers and change nothing."""
    text = (ROOT / "docs/runbooks.md").read_text(encoding="utf-8")
    return [line for block in blocks_of(text) for line in block.splitlines()
            if re.match(r"docker (?:compose (?:ps|logs|exec postgres|run --rm signetctl)|inspect) ", line + " ")]


if __name__ == "__main__":
    print("\n".join(of_containers()))
