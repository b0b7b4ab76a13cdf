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
import tempfile

from measured import in_turn, measure, median

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
        least, cpu = min(cost.wall for cost in times), min(cost.cpu for cost in times)
        print(
            f"{model:10} {1e3 * median(times).wall:9.1f} {1e3 * least:7.1f} {1e3 * cpu:7.1f} "
            f"{GOALS_MS.get(model, ''):>5} {program if len(programs) > 1 else ''}".rstrip()
        )


def print_sweep(program, data, folder, runs):
    sweep = os.path.join(folder, "sweep.yaml")
    with open(sweep, "w", encoding="ascii") as file:
        file.write(f"scenario: mnist_ray.yaml\nrounds: {runs}\n")
    target = tempfile.mkdtemp(dir=folder)
    cost = measure([program, "sweep", "--quiet", "--data", data, sweep, "-o", target])
    print(
        f"sweep of {runs} runs of mnist_ray, with logs: {cost.wall:.1f} s, "
        f"{runs / cost.wall:.0f} runs/s, {1e3 * cost.cpu / runs:.1f} ms of a processor each "
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
