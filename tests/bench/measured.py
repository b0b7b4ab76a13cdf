# SPDX-License-Identifier: GPL-3.0-or-later
"""What commands cost: time on the wall's clock, time of the processors, memory."""

import collections
import os
import statistics
import subprocess
import time

# Settings of this machine's owner concern no measurement.
for name in [name for name in os.environ if name.startswith(("OPENBLAS_", "OMP_"))]:
    del os.environ[name]

Cost = collections.namedtuple("Cost", "wall cpu megabytes")  # seconds; the most memory that it had


def run(command):
    """What the command costs, and what it prints."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        text = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise subprocess.CalledProcessError(child.returncode, command)
    wall = time.perf_counter() - start
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024), text


def measure(command):
    return run(command)[0]


def in_turn(commands, rounds):
    """The costs of each of the commands (a dict), by its key: A B C A B C ..."""
    found = {key: [] for key in commands}
    for _ in range(rounds):
        for key, command in commands.items():
            found[key].append(measure(command))
    return found


def median(costs):
    return Cost(*(statistics.median(column) for column in zip(*costs)))
