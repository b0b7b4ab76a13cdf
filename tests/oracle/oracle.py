#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-3.0-or-later
"""The second engine: written from scenarios/README.md, sim/README.md and results/SCHEMA.md alone.

    oracle.py FILE.h5...                    holds logs against it
    oracle.py SCENARIO.yaml...              runs scenarios with $DESGD (build/desgd), likewise
    oracle.py --random N [--first NUMBER]   makes N random scenarios, from NUMBER on, likewise;
                                            --keep FOLDER keeps what differs

Exit status: 0, or 1 with the first difference of each log.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile

from compare import difference
from elastic import ElasticRun
from generate import scenario_text
from local import local_run
from recorded import Recorded
from run import Unforeseen
from scenario import SERVERLESS
from server import ServerRun


def bounded():
    """Of a run that would never end: at most 60 s and 500 MB."""
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
    resource.setrlimit(resource.RLIMIT_FSIZE, (500 * 10**6, 500 * 10**6))


def run_program(arguments):
    """desgd run ARGUMENTS; a text if it cannot."""
    done = subprocess.run([os.environ.get("DESGD", "build/desgd"), "run", "--quiet", *arguments],
                          capture_output=True, text=True, check=False, preexec_fn=bounded)
    if done.returncode in (0, 2):
        return None
    return f"desgd ends with {done.returncode}: {done.stderr.strip()}"


def engine(recorded):
    """The engine of a log's policy."""
    name = recorded.scenario["policy"]["name"]
    if name == "easgd":
        return ElasticRun(recorded)
    return local_run(recorded) if name in SERVERLESS else ServerRun(recorded)


def replayed(recorded):
    """The engine that has played what a log recorded."""
    run = engine(recorded)
    run.play()
    return run


def check(log):
    """The first difference of a log, or None."""
    recorded = Recorded(log)
    run = engine(recorded)
    try:
        run.play()
    except Unforeseen as unforeseen:
        return difference(run, recorded) or f"the log has no such gradient: {unforeseen}"
    return difference(run, recorded)


def check_scenario(name, folder, *settings):
    """The first difference of a scenario's log, which is made in a folder, or None."""
    log = os.path.join(folder, os.path.basename(name) + ".h5")
    trouble = run_program([name, *settings, "-o", log])
    found = trouble or check(log)
    if not found:
        os.remove(log)
    return found


def check_random(number, folder):
    """The first difference of the log of a random scenario, or None."""
    name = os.path.join(folder, f"{number}.yaml")
    with open(name, "w", encoding="utf-8") as file:
        file.write(scenario_text(number))
    found = check_scenario(name, folder)
    if not found:
        os.remove(name)
    return found


def main():
    arguments = argparse.ArgumentParser(description=__doc__,
                                        formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--random", type=int, default=0, metavar="N")
    arguments.add_argument("--first", type=int, default=1, metavar="NUMBER")
    arguments.add_argument("--keep", metavar="FOLDER")
    arguments.add_argument("files", nargs="*")
    given = arguments.parse_args()
    differences = 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or scratch
        for path in given.files:
            found = check(path) if path.endswith(".h5") else check_scenario(path, folder)
            differences += found is not None
            print(f"{path}: {found or 'agrees'}")
        for number in range(given.first, given.first + given.random):
            found = check_random(number, folder)
            if found:
                differences += 1
                print(f"random scenario {number}: {found}")
    if given.random:
        print(f"{given.random} random scenarios from {given.first} on, {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
