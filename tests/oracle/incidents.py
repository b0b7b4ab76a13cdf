# SPDX-License-Identifier: GPL-3.0-or-later
"""What incidents do to spans of time (scenarios/README.md, "What happens to a cluster"). An
incident holds from its first nanosecond to the one before its last."""

import math

from quantities import nearest

KINDS = ("slowdown", "pause", "disconnect", "server_pause", "crash", "link")
SERVER = -1
FACTORS = ("factor", "bandwidth_factor", "latency_factor", "loss_factor")


class Incident:
    """A row of /incidents."""

    def __init__(self, began, ended, kind, event, worker, *factors):
        self.began = began
        self.ended = math.inf if ended < 0 else ended
        self.kind = KINDS[kind]
        self.event = event
        self.worker = worker
        self.factor, self.bandwidth, self.latency, self.loss = (float(x or 0) for x in factors)


class Incidents:
    """All of a log, by worker."""

    def __init__(self, recorded):
        names = ("began_ns", "ended_ns", "kind", "event", "worker", *FACTORS)
        self.all = [Incident(*row) for row in
                    zip(*(recorded.column("incidents", name) for name in names))]
        self.of = {}
        for incident in self.all:
            self.of.setdefault(incident.worker, []).append(incident)

    def holding(self, worker, time, *kinds):
        """Those of a worker that hold at a time."""
        return [incident for incident in self.of.get(worker, ())
                if incident.kind in kinds and incident.began <= time < incident.ended]

    def free(self, worker, time, *kinds):
        """The first moment from `time` on at which none of these kinds holds."""
        while True:
            held = self.holding(worker, time, *kinds)
            if not held:
                return time
            time = max(incident.ended for incident in held)

    def slowness(self, worker, time):
        """How many times longer computing takes at a time; infinity: it stands still."""
        if self.holding(worker, time, "pause"):
            return math.inf
        factor = 1.0
        for incident in self.holding(worker, time, "slowdown"):
            factor *= incident.factor
        return factor

    def changes(self, worker, time, *kinds):
        """The moments after `time` at which one of these kinds begins or ends, in order."""
        moments = {moment for incident in self.of.get(worker, ()) if incident.kind in kinds
                   for moment in (incident.began, incident.ended)}
        return sorted(moment for moment in moments if time < moment < math.inf)

    def done(self, worker, time, span):
        """When a worker that begins at `time` has computed for `span` at its full speed."""
        if worker not in self.of:
            return time + span
        slow = self.slowness(worker, time)
        for moment in self.changes(worker, time, "pause", "slowdown"):
            if slow != math.inf and time + nearest(span * slow) <= moment:
                break
            if slow != math.inf:
                span -= nearest((moment - time) / slow)
            slow, time = self.slowness(worker, moment), moment
        return math.inf if slow == math.inf else time + nearest(span * slow)

    def served(self, time, span):
        """When a service of the server of `span` is over that begins at `time`."""
        time = self.free(SERVER, time, "server_pause")
        for incident in self.of.get(SERVER, ()):
            if time < incident.began < time + span:
                span -= incident.began - time
                time = self.free(SERVER, incident.began, "server_pause")
        return time + span
