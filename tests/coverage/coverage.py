#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The share of the branches of sim and models that the tests have taken, by gcov, from the counts
that "make coverage" has gathered: a table of the folders, and the least covered files. sim/cli, whose
commands the cases of tests/cli run as processes, is shown and not in the sum. Branches within REQUIRE,
ENSURE and INVARIANT are left out: the failing side of each is a bug of desgd, which no test can reach
without one. Exit status: 1 if the share is below the bound.

Usage: coverage.py FOLDER-OF-OBJECTS [LEAST-COVERED-FILES], from the top of the source."""

import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

BOUND = 0.9  # of the branches, without sim/cli
CHECK = re.compile(r"\b(REQUIRE|ENSURE|INVARIANT)\(")
# What marks files whose functions the compiler must repeat within others, and what decides in a line.
REPEATED = re.compile(r"\b(always_inline|LANES_INLINE|INLINE|CPU_CLONED)\b")
DECISION = re.compile(r"\b(?:if|for|while) \(|\?|&&|\|\|")


def lines_of_checks(path):
    """The lines of the source on which a check stands, of several lines all of them."""
    lines = set()
    depth = 0
    for number, line in enumerate(pathlib.Path(path).read_text().split("\n"), 1):
        start = 0 if depth > 0 else None
        if depth == 0:
            found = CHECK.search(line)
            start = found.end() - 1 if found else None
        if start is None:
            continue
        lines.add(number)
        depth += line.count("(", start) - line.count(")", start)
        depth = max(depth, 0)
    return lines


def read_counts(notes):
    command = ["gcov", "--json-format", "--branch-probabilities", "--stdout", str(notes)]
    text = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def is_counted(path):
    return path.startswith(("sim/", "models/"))


def decided_in(path, cache):
    """Of each line how many branches its text has, in a file of functions that are always inlined
    (loops over them are unrolled, too): two for each decision. Of other files nothing is said."""
    if path not in cache:
        text = pathlib.Path(path).read_text()
        is_repeated = REPEATED.search(text) is not None
        cache[path] = [2 * max(1, len(DECISION.findall(line))) for line in text.split("\n")] if is_repeated else None
    return cache[path]


def gather(folder):
    """The count of each branch: file, line, index. One that is compiled for several processors,
    included by several files, or inlined several times is one branch: of a line that has several
    copies, the shortest says how many branches one has; and where functions are inlined always, even
    several times into one, the text does."""
    copies = collections.defaultdict(list)
    notes = sorted(pathlib.Path(folder).glob("sim/**/*.gcno")) + sorted(pathlib.Path(folder).glob("models/**/*.gcno"))
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for documents in pool.map(read_counts, notes):
            for document in documents:
                for source in document["files"]:
                    if is_counted(source["file"]):
                        for line in source["lines"]:
                            if line["branches"]:
                                taken = [branch["count"] for branch in line["branches"]]
                                copies[source["file"], line["line_number"]].append(taken)
    counts = collections.Counter()
    cache = {}
    for place, each in copies.items():
        branches = min(map(len, each))
        decided = decided_in(place[0], cache)
        if decided and "switch (" not in (pathlib.Path(place[0]).read_text().split("\n")[place[1] - 1]):
            branches = min(branches, decided[place[1] - 1])
        for taken in each:
            for index, count in enumerate(taken):
                counts[(*place, index % branches)] += count
    return counts


def shares(counts):
    """Of each file: branches, and those that were taken."""
    files = collections.defaultdict(lambda: [0, 0])
    checks = {}
    for (path, line, _), count in counts.items():
        if path not in checks:
            checks[path] = lines_of_checks(path)
        if line not in checks[path]:
            files[path][0] += 1
            files[path][1] += count > 0
    return files


def print_row(name, branches, taken):
    print(f"{name:40} {branches:8} {taken:8} {100 * taken / branches:7.1f} %")


def main():
    files = shares(gather(sys.argv[1]))
    least = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    folders = collections.defaultdict(lambda: [0, 0])
    for path, (branches, taken) in files.items():
        folder = folders["/".join(path.split("/")[: 1 if path.startswith("models/") else 2])]
        folder[0] += branches
        folder[1] += taken
    print(f"{'':40} {'branches':>8} {'taken':>8}")
    for name in sorted(folders):
        print_row(name, *folders[name])
    counted = [both for name, both in folders.items() if name != "sim/cli"]
    branches, taken = (sum(column) for column in zip(*counted))
    print_row("all but sim/cli", branches, taken)
    print(f"\nthe {least} least covered files with ten branches or more:")
    enough = [path for path, (count, _) in files.items() if count >= 10 and not path.startswith("sim/cli/")]
    for path in sorted(enough, key=lambda path: files[path][1] / files[path][0])[:least]:
        print_row(path, *files[path])
    return 0 if taken >= BOUND * branches else 1


if __name__ == "__main__":
    sys.exit(main())
