# SPDX-License-Identifier: GPL-3.0-or-later
"""Schemes without a server: workers step models of their own, and all-reduces average them
(scenarios/README.md, "Without a server")."""

import math

from rows import Reduction, Update
from run import Run, Unforeseen


class LocalRun(Run):
    """What these schemes have in common: steps, reductions, versions."""

    def __init__(self, recorded):
        super().__init__(recorded)
        self.reductions = []
        self.steps = [0] * self.scenario.workers  # since the worker gave or averaged its model
        self.given = [[] for _ in self.workers]  # gradients that are in no reduction yet
        self.counts = {}  # members -> their reductions
        self.total = [0] * self.scenario.workers  # steps since the last reduction of all

    def begin(self):
        self.agenda.at(self.scenario.start_up, 0, self.start_all)

    def start_all(self):
        for worker in self.workers:
            self.dispatch(worker, 0)

    def dispatch(self, worker, version):
        gradient = self.start(worker, version)
        span = gradient.compute_ns + gradient.delay_ns
        gradient.entry = self.agenda.at(self.incidents.done(worker, self.now, span),
                                        self.tie_of(gradient, "ready"), self.ready, gradient)

    def ready(self, gradient):
        worker = gradient.worker
        gradient.entry = None
        gradient.ready_ns = self.now
        gradient.stalled_ns = (self.now - gradient.dispatched_ns - gradient.compute_ns
                               - gradient.delay_ns)
        self.tell("ready", worker, gradient.number, gradient.version_read)
        self.given[worker].append(gradient)
        self.steps[worker] += 1
        self.total[worker] += 1
        self.stepped(gradient)

    def wait(self, gradient, state="waiting"):
        self.tell("waits", gradient.worker, gradient.number, gradient.version_read)
        self.accounts[gradient.worker].turn(state, self.now)

    def connected(self, members, time):
        """The first moment from `time` on at which all members are connected."""
        while time < math.inf:
            later = max(self.incidents.free(worker, time, "disconnect") for worker in members)
            if later == time:
                break
            time = later
        return time

    def reduce(self, members, scope, done):
        """Begins an all-reduce: its messages set out, and it is over, when all members are
        connected. `done` is called at its end with the gradients that are in it."""
        row = len(self.reductions)
        spans = self.recorded.column("reductions", "span_ns")
        if row >= len(spans):
            raise Unforeseen(f"reduction {row} begins at {self.now} ns")
        gradients = []
        if scope == "all":
            gradients = [gradient for worker in members for gradient in self.given[worker]]
            for worker in members:
                self.given[worker] = []
        number = self.counts.get(tuple(members), 0)
        self.counts[tuple(members)] = number + 1
        actor = -1 if scope == "all" else members[0]
        self.reductions.append(Reduction(self.now, spans[row], scope, members, number, self.version,
                                         max(self.total[worker] for worker in members),
                                         self.recorded.column("reductions", "tie")[row]))
        if scope == "all":
            for worker in members:
                self.total[worker] = 0
        self.tell("reducing", actor, row, self.version)
        end = self.connected(members, self.connected(members, self.now) + spans[row])
        self.agenda.at(end, self.tie_of(self.reductions[row], "reduced"), self.end_reduction, actor,
                       row, gradients, done)

    def end_reduction(self, actor, row, gradients, done):
        self.tell("reduced", actor, row, self.version)
        done(gradients, self.reductions[row])

    def make_version(self, gradients, reduction):
        """An average of all is there: a version."""
        gradients.sort(key=lambda gradient: (gradient.worker, gradient.number))
        for gradient in gradients:
            gradient.version_applied = self.version
            gradient.staleness = self.version - gradient.version_read
            gradient.staleness_gradients = self.applied - gradient.applied_before
            gradient.applied_ns = self.now
            gradient.outcome = "applied"
            self.applied += 1
        self.version += 1
        self.applied_by.append(self.applied)
        self.updates.append(Update(self.now, reduction.span_ns, self.version, reduction.members,
                                   gradients))
        self.tell("updated", -1, -1, self.version)
        self.over = self.enough()


class BarrierRun(LocalRun):
    """k_avg, post_local, adacomm, hier_avg: who has taken its steps waits for the others."""

    def __init__(self, recorded):
        super().__init__(recorded)
        self.standing = {}  # worker -> its gradient, at its barrier
        policy = self.scenario.policy
        self.present_steps = int(policy["steps"])
        self.adapted = 0
        self.size = int(policy.get("cluster_size", self.scenario.workers))
        self.inner = int(policy.get("cluster_steps", policy["steps"])) if self.size > 1 else 0
        if 1 < self.size == self.scenario.workers:  # one cluster of all: each average is of all
            self.present_steps = self.inner

    def goal(self):
        """How many local steps come before the next average of all."""
        if self.scenario.name == "post_local" and self.version < int(self.scenario.policy["after"]):
            return 1
        return self.present_steps

    def stepped(self, gradient):
        worker = gradient.worker
        taken = self.steps[worker]
        if taken >= self.goal():
            members = list(self.workers)
        elif self.inner and taken % self.inner == 0:
            first = worker - worker % self.size
            members = list(range(first, first + self.size))
        else:
            self.dispatch(worker, gradient.version_read)
            return
        self.standing[worker] = gradient
        if any(self.standing.get(other) is None or self.steps[other] != taken for other in members):
            self.wait(gradient)
            return
        for other in members:
            del self.standing[other]
            self.accounts[other].turn("communicating", self.now)
        scope = "all" if taken >= self.goal() else "cluster"
        self.reduce(members, scope, self.averaged if scope == "all"
                    else lambda _, __: self.go_on(members))

    def averaged(self, gradients, reduction):
        self.make_version(gradients, reduction)
        for worker in self.workers:
            self.steps[worker] = 0
        if self.scenario.name == "adacomm":
            self.adapt()
        self.go_on(self.workers)

    def go_on(self, members):
        for worker in members:
            self.dispatch(worker, self.version)

    def adapt(self):
        """adacomm: the number of steps follows the loss."""
        every = self.scenario.adapt_every
        if self.now // every <= self.adapted:
            return
        self.adapted = self.now // every
        losses = self.recorded.column("updates", "loss_estimate")
        rates = self.recorded.column("updates", "learning_rate")
        here = self.version - 1
        now = math.ceil(math.sqrt(rates[0] * losses[here] / (rates[here] * losses[0]))
                        * int(self.scenario.policy["steps"]))
        self.present_steps = now if now < self.present_steps else -(-self.present_steps // 2)


class WindowRun(LocalRun):
    """hpsgd: a barrier after each step; an all-reduce sums a window during the next one."""

    def __init__(self, recorded):
        super().__init__(recorded)
        self.standing = set()
        self.under_way = False
        self.since_merge = 0  # steps; at the first one nothing is merged
        self.sum = None  # gradients and row of a reduction that is done and not yet merged

    def stepped(self, gradient):
        self.standing.add(gradient.worker)
        if len(self.standing) < self.scenario.workers:
            self.wait(gradient)
            return
        self.standing.clear()
        self.since_merge += 1
        if self.since_merge > 1 and self.sum:
            self.since_merge = 0
            self.make_version(*self.sum)
            self.sum = None
            self.tell("merged", -1, -1, self.version)
        if not self.under_way and not self.sum and self.since_merge != 1:
            self.under_way = True
            self.reduce(list(self.workers), "all", self.summed)
        for worker in self.workers:
            self.dispatch(worker, self.version)

    def summed(self, gradients, reduction):
        self.under_way = False
        self.sum = (gradients, reduction)


class OverlapRun(LocalRun):
    """cocod, overlap_local_sgd: workers take their next steps during the all-reduce."""

    def __init__(self, recorded):
        super().__init__(recorded)
        self.goal = int(self.scenario.policy["steps"])
        self.boundary = [0] * self.scenario.workers  # how often a worker has given its model
        self.standing = {}

    def stepped(self, gradient):
        worker = gradient.worker
        if self.steps[worker] < self.goal:
            self.dispatch(worker, gradient.version_read)
        elif self.boundary[worker] > self.version:
            self.standing[worker] = gradient
            begun = self.boundary[worker] <= len(self.reductions)
            self.wait(gradient, "communicating" if begun else "waiting")
        else:
            self.cross(worker, gradient)

    def cross(self, worker, gradient):
        """A worker takes the average over that is there, and gives its model to the next one."""
        self.tell("merged", worker, gradient.number, self.version)
        self.steps[worker] = 0
        self.boundary[worker] += 1
        if min(self.boundary) == self.boundary[worker]:
            for other in self.standing:
                self.accounts[other].turn("communicating", self.now)
            self.reduce(list(self.workers), "all", self.averaged)
        self.dispatch(worker, self.version)

    def reduce(self, members, scope, done):
        later = {worker: self.given[worker][self.goal:] for worker in members}
        for worker in members:
            self.given[worker] = self.given[worker][:self.goal]
            self.total[worker] = self.goal
        super().reduce(members, scope, done)
        for worker in members:
            self.given[worker] = later[worker]
            self.total[worker] = len(later[worker])

    def averaged(self, gradients, reduction):
        self.make_version(gradients, reduction)
        for worker in sorted(self.standing):
            self.cross(worker, self.standing.pop(worker))


def local_run(recorded):
    """The engine of a scheme without a server."""
    name = recorded.scenario["policy"]["name"]
    if name == "hpsgd":
        return WindowRun(recorded)
    if name in ("cocod", "overlap_local_sgd"):
        return OverlapRun(recorded)
    return BarrierRun(recorded)
