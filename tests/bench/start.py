#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the smallest runs take, and how many of them a sweep makes: medians, in turn.

    start.py DESGD [DATA] [--rounds N] [--runs N] [--against OTHER_DESGD]

A smallest run is one gradient of one sample by one worker, an evaluation of one sample before and
after it, and no log. "cpu" is user and system time of the process, the least of all rounds, which
other work on the machine disturbs least.
"""

import argparse
import os
import resource
import statistics
import subprocess
import tempfile
import time

# Settings of this machine's owner.
for name in [name for name in os.environ if name.startswith(("OPENBLAS_", "OMP_"))]:
    del os.environ[name]

TIMING_ONLY = """\
model: none
end: 1 s
policy: {name: sync}
cluster: {workers: 1, compute: 1 s}
"""
TRAINING = """\
model: %s
data: {name: %s}
training: {batch: 1}
end: 1 s
policy: {name: sync}
cluster: {workers: 1, compute: 1 s}
evaluation: {every: 1 s, test_samples: 1, train_samples: 0}
"""
SCENARIOS = {
    "none": TIMING_ONLY,
    "mnist_ray": TRAINING % ("mnist_ray", "mnist"),
    "cifar_cnn": TRAINING % ("cifar_cnn", "cifar10"),
}
GOALS_MS = {"none": 15, "mnist_ray": 50, "cifar_cnn": 120}
SWEEP_GOAL = "10,000 runs in 300 s on two cores"


def measure(command):
    """Milliseconds of the wall's clock and of the processors."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return 1e3 * wall, 1e3 * cpu


def in_turn(commands, rounds):
    found = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            found[name].append(measure(command))
    return found


def print_starts(programs, data, folder, rounds):
    commands = {("true", ""): ["true"]}
    for model, text in SCENARIOS.items():
        path = os.path.join(folder, model + ".yaml")
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        for program in programs:
            commands[model, program] = [program, "run", "--quiet", "--data", data, path]
    print(f"{'model':10} {'median ms':>9} {'least':>7} {'cpu':>7} {'goal':>5}")
    for (model, program), times in in_turn(commands, rounds).items():
        walls = [wall for wall, _ in times]
        cpu = min(cpu for _, cpu in times)
        print(
            f"{model:10} {statistics.median(walls):9.1f} {min(walls):7.1f} {cpu:7.1f} "
            f"{GOALS_MS.get(model, ''):>5} {program if len(programs) > 1 else ''}".rstrip()
        )


def print_sweep(program, data, folder, runs):
    sweep = os.path.join(folder, "sweep.yaml")
    with open(sweep, "w", encoding="ascii") as file:
        file.write(f"scenario: mnist_ray.yaml\nrounds: {runs}\n")
    target = tempfile.mkdtemp(dir=folder)
    wall, cpu = measure([program, "sweep", "--quiet", "--data", data, sweep, "-o", target])
    print(
        f"sweep of {runs} runs of mnist_ray, with logs: {wall / 1e3:.1f} s, "
        f"{1e3 * runs / wall:.0f} runs/s, {cpu / runs:.1f} ms of a processor each "
        f"(goal: {SWEEP_GOAL}) {program}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("desgd")
    parser.add_argument("data", nargs="?", default="data")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--against", metavar="OTHER_DESGD")
    arguments = parser.parse_args()
    programs = [arguments.desgd] + ([arguments.against] if arguments.against else [])
    with tempfile.TemporaryDirectory() as folder:
        print_starts(programs, arguments.data, folder, arguments.rounds)
        for program in programs:
            print_sweep(program, arguments.data, folder, arguments.runs)


main()
