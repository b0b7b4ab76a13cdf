#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What whole runs cost: their evaluations, a second thread, the log; and a long log's readers. Medians, in turn.

    runs.py DESGD [DATA] [--rounds N] [--only evaluations|threads|log] [--gradients N]

evaluations: the part of a run's time on one thread that a run without them does not need.
threads: one thread's time over that of two. Start-up counts on both sides. Beside it what the machine gives: twice the
    time of one run over that of two such runs at once, which share nothing.
log: timing only, async, 25 workers, so many gradients, six events each.
"""

import argparse
import os
import shlex
import tempfile

from measured import in_turn, median

SCENARIOS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scenarios")
with open("/proc/cpuinfo", encoding="ascii") as cpuinfo:
    SETS = ["avx512", "avx2"] if " avx512f " in cpuinfo.read() else ["avx2"]
NO_EVALUATIONS = ["--set", "evaluation={every: 0 s, test_samples: 0, train_samples: 0}"]


def run(options, scenario, *more):
    path = os.path.join(SCENARIOS, scenario + ".yaml")
    return [options.desgd, "run", "--quiet", "--data", options.data, path, *more]


def print_evaluations(options):
    print(f"{'processor time of mnist_async.yaml':34} {'run s':>8} {'without':>8} {'share':>6}   goal: half of what it was")
    for isa in SETS:
        for model, data, end in [("mnist_ray", "mnist", 80), ("mnist_lenet", "mnist", 10), ("cifar_cnn", "cifar10", 3)]:
            base = run(options, "mnist_async", "--threads", "1", "--isa", isa, "--set", f"model={model}",
                       "--set", f"data.name={data}", "--set", "cluster.start_up=0 s", "--set", f"end={end} s")
            found = in_turn({"with": base, "without": base + NO_EVALUATIONS}, options.rounds)
            costs = [median(found[key]).cpu for key in ("with", "without")]
            print(f"  {model:12} {isa:8} {end:4} s    {costs[0]:8.3f} {costs[1]:8.3f} {1 - costs[1] / costs[0]:6.2f}", flush=True)


def print_threads(options):
    print(f"{'threads, mnist_ray':34} {'one s':>8} {'two':>8} {'ratio':>6} {'two runs':>9}   goal: 1.85")
    for scenario in ["mnist_sync", "mnist_hybrid"]:
        commands = {n: run(options, scenario, "--threads", str(n)) for n in (1, 2)}
        commands["runs"] = ["sh", "-c", "{ %s & } ; %s; wait" % ((shlex.join(commands[1]),) * 2)]
        found = in_turn(commands, options.rounds)
        one, two, runs = (median(found[key]).wall for key in commands)
        print(f"  {scenario:32} {one:8.3f} {two:8.3f} {one / two:6.2f} {2 * one / runs:9.2f}", flush=True)


def print_log(options, folder):
    scenario, log = os.path.join(folder, "events.yaml"), os.path.join(folder, "events.h5")
    with open(scenario, "w", encoding="ascii") as file:
        file.write(f"model: none\nend: {options.gradients} gradients\npolicy: {{name: async}}\n"
                   "cluster: {workers: 25, compute: {law: exponential, mean: 200 ms}}\n")
    command = [options.desgd, "run", "--quiet", scenario]
    commands = {"run without a log": command, "run with a log (goal: twice, 100 MB)": command + ["-o", log]}
    costs = {name: median(found) for name, found in in_turn(commands, options.rounds).items()}
    readers = {"tell --to '1 s' (goal: 0.2 s, 50 MB)": ["tell", log, "--to", "1 s"],
               "info (goal: 0.2 s, 50 MB)": ["info", log]}
    commands = {name: [options.desgd, *words] for name, words in readers.items()}
    costs.update((name, median(found)) for name, found in in_turn(commands, options.rounds).items())
    size = os.path.getsize(log) / 2**20
    print(f"{options.gradients:,} gradients, a log of {size:.0f} MB   {'wall s':>6} {'cpu s':>8} {'MB':>6}")
    for name, cost in costs.items():
        print(f"  {name:36} {cost.wall:8.3f} {cost.cpu:8.3f} {cost.megabytes:6.0f}")
    with_log, without = list(costs.values())[1::-1]
    print(f"  {'with / without':36} {with_log.wall / without.wall:8.2f} {with_log.cpu / without.cpu:8.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("desgd")
    parser.add_argument("data", nargs="?", default="data")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["evaluations", "threads", "log"])
    parser.add_argument("--gradients", type=int, default=2000000)
    options = parser.parse_args()
    if options.only in (None, "evaluations"):
        print_evaluations(options)
    if options.only in (None, "threads"):
        print_threads(options)
    if options.only in (None, "log"):
        with tempfile.TemporaryDirectory() as folder:
            print_log(options, folder)


main()
