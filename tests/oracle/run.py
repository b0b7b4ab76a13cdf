# SPDX-License-Identifier: GPL-3.0-or-later
"""What every run has, with a server or without: the agenda, the rows that it tells, the workers'
gradients with the spans that the log says were drawn, and the end."""

import math
from fractions import Fraction

import xxhash

from agenda import Agenda
from incidents import Incidents
from rows import Account, Gradient
from scenario import Scenario

DRAWN = ("compute_ns", "delay_ns", "push_ns", "receive_ns", "reply_ns", "reply_travel_ns", "tie",
         "push_attempts", "reply_attempts", "loss")
# By their places here steps get tie keys of their own (sim/README.md, "The order of events").
STEPS = ("start", "ready", "arrived", "received", "updated", "replied", "dispatched", "reduced",
         "push at port", "reply at port", "push at uplink", "reply at uplink")


class Unforeseen(Exception):
    """The engine starts a gradient, or makes an update, of which the log has no spans."""


class Run:
    """The base of the engines. `recorded` is the log of which the drawn values are taken."""

    def __init__(self, recorded):
        self.recorded = recorded
        self.scenario = Scenario(recorded.scenario)
        self.workers = range(self.scenario.workers)
        self.random_ties = recorded.scenario.get("ties") == "random"
        self.agenda = Agenda()
        self.events = []
        self.gradients = []
        self.updates = []
        self.reductions = []
        self.accounts = [Account() for _ in self.workers]
        self.version = 0
        self.applied = 0
        self.applied_by = [0]  # gradients in the versions up to each
        self.over = False
        self.drawn = self.spans()
        self.started = dict(zip(self.drawn, recorded.column("gradients", "dispatched_ns")))
        self.latest = [None] * self.scenario.workers
        self.incidents = Incidents(recorded)

    @property
    def now(self):
        return self.agenda.now

    def spans(self):
        """The drawn values of each gradient, by (worker, number)."""
        columns = [self.recorded.column("gradients", name, 1) for name in DRAWN]
        names = zip(self.recorded.column("gradients", "worker"),
                    self.recorded.column("gradients", "number"))
        return dict(zip(names, zip(*columns)))

    def tell(self, kind, actor, gradient, version):
        self.events.append((self.now, kind, actor, gradient, version))

    def start(self, worker, version):
        """The row of a worker's next gradient, and the event of its dispatch."""
        account = self.accounts[worker]
        number = account.gradients
        account.gradients += 1
        gradient = Gradient(worker, number, version, self.now)
        drawn = self.drawn.get((worker, number))
        if drawn is None:
            raise Unforeseen(f"worker {worker} starts gradient {number} at {self.now} ns")
        for name, value in zip(DRAWN, drawn):
            setattr(gradient, name, value)
        gradient.row = len(self.gradients)
        gradient.applied_before = self.applied_by[version]
        self.gradients.append(gradient)
        self.latest[worker] = gradient
        account.turn("busy", self.now)
        self.tell("dispatched", worker, number, version)
        return gradient

    def tie_of(self, drawn, step):
        """The tie key of a step of a gradient, or of a reduction."""
        if not self.random_ties:
            return 0
        return xxhash.xxh3_64_intdigest(drawn.tie.to_bytes(8, "little"), seed=STEPS.index(step))

    def span_of_update(self, version):
        """The drawn span of the update that makes a version; None: it was not over at the end."""
        rows = self.recorded.column("updates", "update_ns")
        return rows[version - 1] if version <= len(rows) else None

    def epochs(self, gradients):
        """Passes over the training set that so many gradients are."""
        samples = self.scenario.training_samples()
        return Fraction(gradients * self.scenario.samples, samples) if samples else math.nan

    def enough(self):
        """Whether the update that was just made ends the run."""
        unit, amount = self.scenario.end()
        if unit == "updates":
            return self.version >= amount
        if unit == "gradients":
            return self.applied >= amount
        return unit == "epochs" and self.epochs(self.applied) >= amount

    def play(self):
        """Runs to the end."""
        unit, amount = self.scenario.end()
        limit = amount if unit == "time" else None
        self.begin()
        while not self.over:
            time = self.agenda.next()
            if time is None or (limit is not None and time > limit):
                break
            self.agenda.do()
        self.status = "stalled" if not self.over and self.agenda.next() is None else "complete"
        end = self.now if self.over else limit
        if end is None:  # a stalled run also sees what begins and never ends
            end = max([self.now] + [incident.began for incident in self.incidents.all
                                    if incident.ended == math.inf])
        for account in self.accounts:
            account.turn(None, end)
        self.end_ns = end
