# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is missed under a policy with a server: workers that are silent for too long are counted out,
until something is heard of them (scenarios/README.md, "Who is missed")."""

import math

AFTER_ALL = 2**64  # a tie key above all others
SILENT = ("crash", "pause", "disconnect")


class Attendance:
    """Of a run with a server. Without `policy.missing` everybody is counted in for ever."""

    def __init__(self, run):
        self.run = run
        self.out = [False] * run.scenario.workers
        self.at_server = [0] * run.scenario.workers  # gradients from queue to buffer
        self.untested = False  # somebody was counted out while the server was busy

    def silences(self, worker):
        """The stretches in which a worker is silent, without a gap."""
        found = []
        for incident in sorted((incident for incident in self.run.incidents.of.get(worker, ())
                                if incident.kind in SILENT), key=lambda one: one.began):
            if found and incident.began <= found[-1][1]:
                found[-1][1] = max(found[-1][1], incident.ended)
            else:
                found.append([incident.began, incident.ended])
        return found

    def begin(self):
        run = self.run
        missing = run.scenario.missing
        if missing is None:
            return
        calls = {}
        for worker in run.workers:
            for began, ended in self.silences(worker):
                if ended - began > missing and ended > run.now:
                    calls.setdefault(max(began + missing, run.now), []).append(worker)
        for time, workers in calls.items():
            run.agenda.at(time, AFTER_ALL, self.call, workers)

    def call(self, workers):
        """Counts these out, and lets the server look at its buffer."""
        for worker in workers:
            self.out[worker] = True
        self.look()

    def look(self):
        if self.run.busy:
            self.untested = True
        else:
            self.run.test_buffer()

    def heard(self, worker):
        """Something comes of a worker. Returns whether it was counted out until now."""
        was_out = self.out[worker] and not self.run.incidents.holding(worker, self.run.now, *SILENT)
        if was_out:
            self.out[worker] = False
        return was_out

    def present(self):
        """How many are waited for."""
        return sum(not out or here > 0 for out, here in zip(self.out, self.at_server))

    def least(self, clocks, without=None):
        """The least clock of those who are counted in; of all, if nobody is."""
        inside = [clock for worker, clock in enumerate(clocks)
                  if not self.out[worker] and worker != without]
        return min(inside, default=None if without is not None else math.inf)
