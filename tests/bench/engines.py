#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gradients a second of desgd's events and of other engines' on the same star, in turn, medians."""
import argparse
import json
import os
import resource
import statistics
import sys
import tempfile

from measured import run

WORKERS = (25, 1_000, 100_000, 1_000_000)
LEAST_GRADIENTS = 1_000_000
LATENCY_NS = 1_000_000
# An actor of SimGrid has a stack of its own: a million need 17 GB, and take an hour.
SIMGRID = {25: 100_000, 1_000: 100_000, 100_000: 100_000}
SCENARIO = """\
model: none
end: {gradients} gradients
policy: {{name: async}}
cluster:
  workers: {workers}
  compute: {{law: exponential, mean: 200 ms}}
  network: {{latency: {latency} ns}}
  server: {{receive: {service} ns}}
"""


OWN_MB = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def gradients_of(engine, workers):
    return SIMGRID.get(workers) if engine == "SimGrid" else max(LEAST_GRADIENTS, 3 * workers)


def measure(engine, program, star, folder):
    """Gradients a second, MB, seconds of the cluster a gradient."""
    workers, latency, service = star
    gradients = gradients_of(engine, workers)
    if engine != "desgd":
        cost, text = run(
            [program, str(workers), str(gradients), str(latency), str(service)]
        )
        return gradients / cost.cpu, cost.megabytes, float(text.split()[2]) / gradients
    path = os.path.join(folder, "star.yaml")
    with open(path, "w", encoding="ascii") as file:
        file.write(
            SCENARIO.format(gradients=gradients, workers=workers, latency=latency, service=service)
        )
    cost, text = run([program, "run", "--json", path])
    return gradients / cost.cpu, cost.megabytes, json.loads(text)["end_ns"] / 1e9 / gradients


def compare(programs, star, rounds, folder):
    found = {name: [] for name in programs if gradients_of(name, star[0])}
    for _ in range(rounds):
        for name in found:
            found[name].append(measure(name, programs[name], star, folder))
    spans = [results[0][2] for results in found.values()]
    if max(spans) > 1.05 * min(spans):
        sys.exit(f"engines: these do not simulate the same star: {spans} s a gradient")
    return {
        name: [statistics.median(column) for column in zip(*results)]
        for name, results in found.items()
    }


def print_star(programs, star, rounds, folder):
    medians = compare(programs, star, rounds, folder)
    cells = [f"{star[0]:9}"]
    for name in programs:
        if name in medians:
            rate, memory = medians[name][:2]
            # a child is as large as this program before it becomes another
            size = f"{memory:.0f}" if memory > OWN_MB + 2 else f"<{OWN_MB + 2:.0f}"
            cells.append(f"{rate / 1e6:7.3f} {size:>5}")
        else:
            cells.append(f"{'-':>7} {'-':>5}")
    own = medians["desgd"][0]
    cells += [
        f"{own / medians[name][0]:7.2f}" if name in medians else f"{'-':>7}"
        for name in programs
        if name != "desgd"
    ]
    print("  ".join(cells), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("desgd")
    parser.add_argument("others", help="folder of star_ns3, star_heap and star_simgrid")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, nargs="*", default=WORKERS)
    arguments = parser.parse_args()
    programs = {"desgd": arguments.desgd}
    for name in ("ns-3", "heap", "SimGrid"):
        file = "star_" + name.lower().replace("-", "")
        programs[name] = os.path.join(arguments.others, file)
    head = "  ".join(f"{name:>13}" for name in programs)
    over = "  ".join(f"/ {name}".rjust(7) for name in programs if name != "desgd")
    print(f"million gradients a second of the processor, and MB; medians of {arguments.rounds}")
    with tempfile.TemporaryDirectory() as folder:
        for title, latency, load in (
            ("computing alone takes time", 0, 0),
            ("1 ms each way, and a server that is busy half the time", LATENCY_NS, 100_000_000),
        ):
            print(f"{title}\n{'workers':>9}  {head}  {over}")
            for workers in arguments.workers:
                print_star(programs, (workers, latency, load // workers), arguments.rounds, folder)


main()
