#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the tests see what they should: small wrong changes to the source, one at a time, each
compiled and linked in front of the library with the tests that are named beside it in mutants.tsv.
A test that fails, or does not end within its limit, has caught the change; one that fails without it
would catch all, and is told first. make mutants builds what is linked; nothing here touches the source.
Prints a line for each change and the counts. Exit status: 0: at least 95 % of those that are not
equivalent are caught; 1: fewer, the table is wrong, or a test fails without a change.

Usage: mutants.py [ID...] with CC, CFLAGS, LDFLAGS, LDLIBS in the environment, from the top."""

import concurrent.futures
import os
import pathlib
import shlex
import subprocess
import sys
import time

TABLE = "tests/mutants/mutants.tsv"
OBJECTS = pathlib.Path("build/obj/release")
FOLDER = pathlib.Path("build/mutants")
SHARE = 0.95  # of the changes, to be caught
SECONDS = 120  # of a test, which takes less than a tenth of that by itself


class Mutant:
    """A row of the table: what is changed where, and who should see it."""

    def __init__(self, line):
        self.id, self.file, self.before, self.after, tests, self.reason = line.split("\t")
        self.tests = tests.split()
        self.equivalent = self.reason.startswith("equivalent:")


def read_table(path=TABLE):
    lines = pathlib.Path(path).read_text().split("\n")
    return [Mutant(line) for line in lines if line and not line.startswith("#")]


def find_mistakes(mutants):
    mistakes = []
    for mutant in mutants:
        there = pathlib.Path(mutant.file).read_text().count(mutant.before)
        if there != 1:
            mistakes.append(f"{TABLE}: {mutant.id}: {mutant.file} has '{mutant.before}' {there} times")
    return mistakes


def settings(name):
    return shlex.split(os.environ.get(name, ""))


def call(command, seconds, environment=None):
    """The exit status; None if it took longer. All that it started is ended with it."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    ) as child:
        try:
            return child.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, 9)
            return None


def compile_mutant(mutant, folder):
    text = pathlib.Path(mutant.file).read_text().replace(mutant.before, mutant.after)
    source = folder / pathlib.Path(mutant.file).name
    source.write_text(text)
    made = source.with_suffix(".o")
    # What a change leaves unused is no reason not to try it.
    flags = [flag for flag in settings("CFLAGS") if flag != "-Werror"]
    command = settings("CC") + ["-w"] + flags + ["-c", "-o", str(made), str(source)]
    return made if call(command, SECONDS) == 0 else None


def link(objects, made):
    libraries = [OBJECTS / "libsupport.a", OBJECTS / "libdesgd.a"]
    command = settings("CC") + ["-fuse-ld=lld"] + settings("LDFLAGS") + ["-o", made, *objects, *libraries]
    return call([str(part) for part in command + settings("LDLIBS") + ["-lcmocka"]], SECONDS) == 0


def needs_program(test):
    return 'getenv("DESGD")' in pathlib.Path(test + ".c").read_text()


def catches(test, changed, folder):
    """Whether the test sees the changed objects; "does not build" if there is no such program."""
    environment = dict(os.environ)
    for name in [name for name in environment if name.startswith("OPENBLAS_") or name == "DESGD_DATA"]:
        del environment[name]
    program = folder / "desgd"
    if needs_program(test):
        if not program.exists() and not link([OBJECTS / "sim/cli/main.o", *changed], program):
            return "does not build"
        environment["DESGD"] = str(program)
    linked = folder / pathlib.Path(test).name
    if not link([OBJECTS / (test + ".o"), *changed], linked):
        return "does not build"
    return call([str(linked)], SECONDS, environment) != 0


def judge(mutant):
    folder = FOLDER / mutant.id
    folder.mkdir(parents=True, exist_ok=True)
    verdict = "survived"
    try:
        made = compile_mutant(mutant, folder)
        if made is None:
            return "does not build"
        for test in mutant.tests:
            seen = catches(test, [made], folder)
            if seen == "does not build":
                return seen
            if seen:
                return f"caught by {test}"
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=True)
    return verdict


def judge_unchanged(test):
    folder = FOLDER / test.replace("/", "-")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return catches(test, [], folder)
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def find_failing(tests, pool):
    """Of the tests, what fails without any change."""
    reasons = {False: None, True: "fails without a change", "does not build": "does not build"}
    found = [(test, reasons[verdict]) for test, verdict in zip(tests, pool.map(judge_unchanged, tests))]
    return [f"{test}: {reason}" for test, reason in found if reason]


def main():
    os.nice(10)
    start = time.monotonic()
    mutants = read_table()
    mistakes = find_mistakes(mutants)
    wanted = set(sys.argv[1:])
    unknown = wanted - {mutant.id for mutant in mutants}
    mistakes += [f"{TABLE}: there is no {name}" for name in sorted(unknown)]
    if mistakes:
        sys.exit("\n".join(mistakes))
    chosen = [mutant for mutant in mutants if not wanted or mutant.id in wanted]
    verdicts = []
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        failing = find_failing(sorted({test for mutant in chosen for test in mutant.tests}), pool)
        if failing:
            sys.exit("\n".join(failing))
        for mutant, verdict in zip(chosen, pool.map(judge, chosen)):
            verdicts.append((mutant, verdict))
            note = f" ({mutant.reason})" if verdict == "survived" else ""
            print(f"{mutant.id}  {mutant.file}: {mutant.after}: {verdict}{note}", flush=True)
    return summarise(verdicts, time.monotonic() - start)


def summarise(verdicts, seconds):
    counted = [(mutant, verdict) for mutant, verdict in verdicts if not mutant.equivalent]
    caught = sum(verdict.startswith("caught") for _, verdict in counted)
    unbuilt = sum(verdict == "does not build" for _, verdict in verdicts)
    survived = sum(verdict == "survived" for _, verdict in counted)
    print(
        f"==== mutants: {len(verdicts)}, of which {len(verdicts) - len(counted)} are equivalent: "
        f"{caught} caught, {survived} survived, {unbuilt} did not build, {seconds:.0f} s"
    )
    return 0 if unbuilt == 0 and caught >= SHARE * len(counted) else 1


if __name__ == "__main__":
    sys.exit(main())
