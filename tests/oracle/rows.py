# SPDX-License-Identifier: GPL-3.0-or-later
"""What an engine tells, in the columns of a log (results/SCHEMA.md): events, gradients, updates,
reductions, workers."""

PENDING = "pending"


class Gradient:
    """A row of /gradients: its drawn spans, and what becomes of it."""

    __slots__ = ("worker", "number", "row", "version_read", "version_applied", "staleness",
                 "staleness_gradients", "dispatched_ns", "ready_ns", "arrived_ns", "received_ns",
                 "applied_ns", "compute_ns", "delay_ns", "push_ns", "receive_ns", "reply_ns",
                 "reply_travel_ns", "tie", "threshold", "buffered", "outcome", "push_attempts",
                 "reply_attempts", "push_port_wait_ns", "reply_port_wait_ns", "stalled_ns",
                 "applied_before", "entry", "replied", "clock", "loss", "extra")

    def __init__(self, worker, number, version, now):
        for name in self.__slots__:
            setattr(self, name, -1)
        self.worker = worker
        self.number = number
        self.version_read = version
        self.dispatched_ns = now
        self.outcome = PENDING
        self.push_port_wait_ns = self.reply_port_wait_ns = self.stalled_ns = 0
        self.entry = None
        self.replied = False


class Update:
    """A row of /updates."""

    def __init__(self, time_ns, update_ns, version, threshold, gradients):
        self.time_ns = time_ns
        self.update_ns = update_ns
        self.version = version
        self.threshold = threshold
        self.gradients = len(gradients)
        stale = [gradient.staleness for gradient in gradients]
        self.staleness_mean = sum(stale) / len(stale)
        self.staleness_max = max(stale)
        self.after_receipt_ns = 0


class Reduction:
    """A row of /reductions."""

    def __init__(self, began_ns, span_ns, scope, members, number, version, steps, tie):
        self.began_ns = began_ns
        self.span_ns = span_ns
        self.scope = scope
        self.worker = members[0]
        self.members = len(members)
        self.number = number
        self.version = version
        self.steps = steps
        self.tie = tie


class Account:
    """How long a worker was in each state: a row of /workers. None before the start."""

    def __init__(self):
        self.spans = {"busy": 0, "waiting": 0, "communicating": 0, "down": 0}
        self.state = None
        self.since = 0
        self.gradients = 0
        self.dropped = 0

    def turn(self, state, now):
        if self.state:
            self.spans[self.state] += now - self.since
        self.state = state
        self.since = now
