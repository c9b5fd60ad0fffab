#!/usr/bin/env python3
"""tidy.py BUILD FILE...: clang-tidy on the files, as BUILD/compile_commands.json compiles them.

Nearly all of clang-tidy's time goes into the headers of gRPC and Protobuf, so files of one folder that are compiled alike
are checked as one unit that includes them; a file whose names collide there is checked apart.
Precompiled headers are left out: they are GCC's, and no file may need them.
"""
import json
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

GROUP = 12  # files in one unit: few enough that the cores end at the same time
DOES_NOT_COMPILE = "[clang-diagnostic-error]"
# By this name Clang's static analyzer knows that what a unit includes is to be looked at as closely
# as the unit itself.
UNIT = "UnifiedSource{}.cc"
LOCKS = "-Wthread-safety"  # ABSL_GUARDED_BY and its kind mean nothing to GCC


def flags_of(entry):
    """Its compiler options, without its own name, its output and precompiled headers."""
    words = shlex.split(entry["command"])
    flags = []
    while words:
        word = words.pop(0)
        if word == "-include" and words[0].endswith("/cmake_pch.hxx"):
            words.pop(0)
        elif word in ("-o", "-c"):
            words.pop(0)
        elif word != "-Winvalid-pch":
            flags.append(word)
    return flags


def groups_of(build, files):
    """[(flags, files)] of what is compiled alike, at most GROUP files each."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as database:
        entries = {os.path.relpath(entry["file"]): entry for entry in reversed(json.load(database))}
    alike = {}
    for file in files:
        if file not in entries:
            sys.exit(f"error: {file} is compiled by no target; add it to a CMakeLists.txt or remove it")
        key = (os.path.dirname(file), tuple(flags_of(entries[file])))
        alike.setdefault(key, []).append(file)
    groups = []
    for (_, flags), members in alike.items():
        count = -(-len(members) // GROUP)
        groups += [(list(flags), members[i::count]) for i in range(count)]
    return groups


def check(unit, flags, files):
    """What is wrong with the files, or nothing."""
    with open(unit, "w", encoding="utf-8") as source:
        source.writelines(f'#include "{file}"\n' for file in files)
    result = subprocess.run(["clang-tidy", "--quiet", "--warnings-as-errors=*", unit, "--", *flags[1:], LOCKS],
                            capture_output=True, text=True, check=False)
    if result.returncode == 0:
        return ""
    collisions = [line for line in result.stdout.splitlines() if line.endswith(DOES_NOT_COMPILE)]
    if len(files) == 1 or not collisions:
        return result.stdout or result.stderr
    apart = [file for file in files if any(f"/{file}:" in line for line in collisions)]
    parts = [[file for file in files if file not in apart], apart]
    if not all(parts):
        parts = [[file] for file in files]
    return "".join(check(unit, flags, part) for part in parts)


def main():
    build, *files = sys.argv[1:]
    folder = os.path.join(build, "tidy")
    os.makedirs(folder, exist_ok=True)
    groups = sorted(groups_of(build, files), key=lambda group: -len(group[1]))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(check, os.path.join(folder, UNIT.format(number)), flags, members)
                for number, (flags, members) in enumerate(groups)]
        found = [text for text in (job.result() for job in jobs) if text]
    print("".join(found), end="")
    sys.exit(1 if found else 0)


main()
