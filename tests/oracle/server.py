# SPDX-License-Identifier: GPL-3.0-or-later
"""A parameter server and its workers: what arrives, is received, buffered, applied, dropped and
replied to, and who starts what on which version."""

import math
from collections import deque

from links import Links
from policies import Rules
from rows import Update
from run import Run, Unforeseen


class ServerRun(Run):
    """The engine of the policies with a server."""

    def __init__(self, recorded):
        super().__init__(recorded)
        self.rules = Rules(self.scenario)
        self.links = Links(self)
        self.queue = deque()
        self.busy = False
        self.buffer = []
        self.received = 0
        self.clocks = [0] * self.scenario.workers  # all gradients with lower numbers are received
        self.beyond = [set() for _ in self.workers]  # numbers received from the clock on
        self.known = [0] * self.scenario.workers  # the least clock that a worker's parameters know
        self.held = {}  # worker -> its gradient whose reply it waits for
        self.to_reply = deque()
        self.service_ns = 0
        self.replies = 0

    # Workers

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
        return gradient

    def ready(self, gradient):
        worker = gradient.worker
        self.become_ready(gradient)
        self.accounts[worker].turn("communicating", self.now)
        self.links.push(gradient)
        if self.rules.goes_on(gradient.number + 1, self.known[worker]):
            self.dispatch(worker, gradient.version_read)

    def become_ready(self, gradient):
        gradient.entry = None
        gradient.ready_ns = self.now
        gradient.stalled_ns = (self.now - gradient.dispatched_ns - gradient.compute_ns
                               - gradient.delay_ns)
        self.tell("ready", gradient.worker, gradient.number, gradient.version_read)

    # The server

    def arrive(self, gradient):
        gradient.arrived_ns = self.now
        self.tell("arrived", gradient.worker, gradient.number, self.version)
        self.queue.append(gradient)
        if not self.busy:
            self.serve()

    def serve(self):
        """Begins the next service, if there is one."""
        self.busy = bool(self.queue)
        if self.busy:
            gradient = self.queue.popleft()
            self.agenda.at(self.incidents.served(self.now, gradient.receive_ns),
                           self.tie_of(gradient, "received"), self.receive, gradient)

    def counts(self):
        """What a schedule may count, at this receipt."""
        losses = self.recorded.column("updates", "loss_estimate")
        return {"gradients": self.received, "updates": self.version, "time": self.now,
                "epochs": self.epochs(self.received),
                "loss": losses[self.version - 1] if self.version else math.nan}

    def receive(self, gradient):
        worker = gradient.worker
        gradient.received_ns = self.now
        self.service_ns += gradient.receive_ns
        self.received += 1
        self.count(gradient)
        self.tell("received", worker, gradient.number, self.version)
        if self.rules.drops and gradient.version_read < self.version:
            self.drop(gradient)
            return
        gradient.threshold = self.rules.threshold(self.counts(), self.scenario.workers)
        self.buffer.append(gradient)
        gradient.buffered = len(self.buffer)
        if len(self.buffer) >= gradient.threshold:
            self.flush(gradient)
            return
        if self.rules.waits or self.rules.restarts:
            self.hold(gradient)
            self.serve()
        else:
            self.answer([gradient])

    def count(self, gradient):
        """A worker's clock goes on when the gradient with its number has been received."""
        worker = gradient.worker
        self.beyond[worker].add(gradient.number)
        while self.clocks[worker] in self.beyond[worker]:
            self.beyond[worker].remove(self.clocks[worker])
            self.clocks[worker] += 1

    def hold(self, gradient):
        """Its worker waits for others."""
        self.held[gradient.worker] = gradient
        if self.idle(gradient.worker):
            self.accounts[gradient.worker].turn("waiting", self.now)

    def idle(self, worker):
        """Whether a worker computes nothing."""
        return self.latest[worker].ready_ns >= 0 or self.latest[worker].outcome == "cancelled"

    def drop(self, gradient):
        gradient.outcome = "dropped"
        self.accounts[gradient.worker].dropped += 1
        if gradient is self.latest[gradient.worker] and not gradient.replied:
            self.answer([gradient])
        else:
            self.serve()

    def flush(self, gradient):
        """Begins the update with the whole buffer; `gradient` is the last one of it."""
        batch, self.buffer = self.buffer, []
        answered = []
        if self.rules.restarts:
            self.cancel_all()
            answered = [gradient for gradient in self.latest if not gradient.replied]
            self.held.clear()
        elif self.rules.waits:
            self.held[gradient.worker] = gradient
            answered = [self.held[worker] for worker in sorted(self.held)]
            self.held.clear()
        elif self.rules.name == "ssp":
            answered = self.released(gradient)
        else:
            answered = [gradient]
        for one in answered:
            if self.accounts[one.worker].state == "waiting":
                self.accounts[one.worker].turn("communicating", self.now)
        span = self.span_of_update(self.version + 1)
        if span is None:  # it is over after the end
            self.agenda.at(self.recorded.attributes["end_ns"] + 1, 0, self.past_the_end)
        else:
            self.agenda.at(self.incidents.served(self.now, span), self.tie_of(gradient, "updated"),
                           self.update, batch, gradient.threshold, span, answered)

    def past_the_end(self):
        raise Unforeseen(f"the update of version {self.version + 1} began, and never ended")

    def cancel_all(self):
        for worker in self.workers:
            gradient = self.latest[worker]
            if gradient.entry:
                self.agenda.withdraw(gradient.entry)
                gradient.entry = None
                gradient.outcome = "cancelled"
                self.tell("cancelled", worker, gradient.number, self.version)
                self.accounts[worker].turn("communicating", self.now)

    def update(self, batch, threshold, span, answered):
        self.service_ns += span
        batch.sort(key=lambda gradient: (gradient.worker, gradient.number))
        for gradient in batch:
            gradient.version_applied = self.version
            gradient.staleness = self.version - gradient.version_read
            gradient.staleness_gradients = self.applied - gradient.applied_before
            gradient.applied_ns = self.now
            gradient.outcome = "applied"
            self.applied += 1
        self.version += 1
        self.applied_by.append(self.applied)
        self.updates.append(Update(self.now, span, self.version, threshold, batch))
        self.tell("updated", -1, -1, self.version)
        self.over = self.enough()
        self.answer(answered)

    def released(self, last):
        """Under ssp: who may go on, now that `last` has been received."""
        if not (self.rules.cached
                and self.rules.goes_on(last.number + 1, self.known[last.worker])):
            self.held[last.worker] = last
        least = min(self.clocks)
        free = []
        for worker in sorted(self.held):
            gradient = self.held[worker]
            if self.rules.slack is None or gradient.number + 1 - least <= self.rules.slack:
                del self.held[worker]
                free.append(gradient)
            elif self.idle(worker):
                self.accounts[worker].turn("waiting", self.now)
        return free

    def answer(self, gradients):
        """Replies to these, one after the other; then the next service."""
        self.to_reply = deque(gradients)
        for gradient in gradients:
            self.service_ns += gradient.reply_ns
            gradient.replied = True
        self.reply_next()

    def reply_next(self):
        if self.to_reply:
            gradient = self.to_reply.popleft()
            self.agenda.at(self.incidents.served(self.now, gradient.reply_ns),
                           self.tie_of(gradient, "replied"), self.reply, gradient)
        else:
            self.serve()

    def reply(self, gradient):
        self.replies += 1
        self.tell("replied", gradient.worker, gradient.number, self.version)
        self.links.reply(gradient, self.version, min(self.clocks))
        self.reply_next()

    def taken(self, gradient, version, known, wait):
        """A reply comes in at its worker."""
        self.known[gradient.worker] = known
        self.dispatch(gradient.worker, version).reply_port_wait_ns = wait
