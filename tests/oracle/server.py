# SPDX-License-Identifier: GPL-3.0-or-later
"""A parameter server and its workers: what arrives, is received, buffered, applied, dropped and
replied to, and who starts what on which version."""

import math
from collections import deque

from attendance import Attendance
from crashes import Crashes
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
        self.crashes = Crashes(self)
        self.attendance = Attendance(self)
        self.heard_ns = 0  # when the server last received
        self.queue = deque()
        self.busy = False
        self.buffer = []
        self.received = 0
        self.clocks = [0] * self.scenario.workers  # so many gradients are received, without a gap
        self.owed = [[] for _ in self.workers]  # numbers started that the clock does not count
        self.ahead = [set() for _ in self.workers]  # those of them that are received
        self.known = [0] * self.scenario.workers  # the least clock that a worker's parameters know
        self.least_at_receipt = 0  # the least clock, when it was decided who is replied to
        self.held = {}  # worker -> its gradient whose reply it waits for
        self.to_reply = deque()
        self.service_ns = 0
        self.replies = 0

    # Workers

    def begin(self):
        self.agenda.at(self.scenario.start_up, 0, self.start_all)

    def start_all(self):
        for worker in self.workers:
            if not self.crashes.at_start(worker):
                self.dispatch(worker, 0)
        self.attendance.begin()

    def dispatch(self, worker, version):
        """A worker starts, unless it has been told of a crash that would be too early."""
        if self.crashes.idles(worker):
            self.accounts[worker].turn("waiting", self.now)
            return None
        gradient = self.start(worker, version)
        self.owed[worker].append(gradient.number)
        span = gradient.compute_ns + gradient.delay_ns
        gradient.entry = self.agenda.at(self.incidents.done(worker, self.now, span),
                                        self.tie_of(gradient, "ready"), self.ready, gradient)
        return gradient

    def ready(self, gradient):
        worker = gradient.worker
        self.become_ready(gradient)
        self.accounts[worker].turn("communicating", self.now)
        self.links.push(gradient)
        if (self.rules.goes_on(self.pushed(worker), self.known[worker])
                and not self.crashes.idles(worker)):
            self.dispatch(worker, gradient.version_read)

    def pushed(self, worker):
        """How many gradients a worker has started, by its clock."""
        return self.clocks[worker] + len(self.owed[worker])

    def become_ready(self, gradient):
        gradient.entry = None
        gradient.ready_ns = self.now
        gradient.stalled_ns = (self.now - gradient.dispatched_ns - gradient.compute_ns
                               - gradient.delay_ns)
        self.tell("ready", gradient.worker, gradient.number, gradient.version_read)

    # The server

    def arrive(self, gradient):
        self.crashes.under_way[gradient.worker].pop(gradient)
        worker = gradient.worker
        self.attendance.at_server[worker] += 1
        if self.attendance.heard(worker) and self.rules.name == "ssp":
            least = self.attendance.least(self.clocks, worker)
            if least is not None:
                self.clocks[worker] = max(self.clocks[worker], least)
        gradient.arrived_ns = self.now
        self.tell("arrived", gradient.worker, gradient.number, self.version)
        self.queue.append(gradient)
        if not self.busy:
            self.serve()

    def serve(self):
        """Begins the next service, if there is one."""
        self.busy = bool(self.queue)
        if not self.busy:
            if self.attendance.untested:
                self.test_buffer()
        else:
            gradient = self.queue.popleft()
            self.agenda.at(self.incidents.served(self.now, gradient.receive_ns),
                           self.tie_of(gradient, "received"), self.receive, gradient)

    def counts(self):
        """What a schedule may count, at this receipt."""
        losses = self.recorded.column("updates", "loss_estimate")
        return {"gradients": self.received, "updates": self.version, "time": self.now,
                "epochs": self.epochs(self.received),
                "first loss": next((loss for loss in losses if not math.isnan(loss)), math.nan),
                "loss": losses[self.version - 1] if self.version else math.nan}

    def receive(self, gradient):
        worker = gradient.worker
        gradient.received_ns = self.heard_ns = self.now
        self.attendance.untested = False
        self.service_ns += gradient.receive_ns
        self.received += 1
        self.count(gradient)
        self.least_at_receipt = self.attendance.least(self.clocks)
        self.tell("received", worker, gradient.number, self.version)
        if self.rules.drops and gradient.version_read < self.version:
            self.drop(gradient)
            return
        gradient.threshold = self.rules.threshold(self.counts(), self.attendance.present())
        self.buffer.append(gradient)
        gradient.buffered = len(self.buffer)
        if self.weight() >= gradient.threshold:
            self.flush(gradient, gradient.threshold)
            return
        if self.rules.waits or self.rules.restarts:
            self.hold(gradient)
            self.serve()
        else:
            self.answer(self.crashes.answered([gradient]))

    def weight(self):
        """What K is compared with: gradients or, where workers wait, their workers."""
        if self.rules.waits:
            return len({gradient.worker for gradient in self.buffer})
        return len(self.buffer)

    def count(self, gradient):
        """A worker's clock goes on when the gradient with its number has been received."""
        worker = gradient.worker
        self.ahead[worker].add(gradient.number)
        while self.owed[worker] and self.owed[worker][0] in self.ahead[worker]:
            self.ahead[worker].remove(self.owed[worker].pop(0))
            self.clocks[worker] += 1

    def test_buffer(self):
        """Somebody was counted out: whether the buffer suffices now, or ssp lets somebody go on."""
        self.attendance.untested = False
        self.least_at_receipt = self.attendance.least(self.clocks)
        if self.rules.name == "ssp":
            free = self.released(None)
            if free:
                self.busy = True
                for gradient in free:
                    self.accounts[gradient.worker].turn("communicating", self.now)
                self.answer(self.crashes.answered(free))
        elif self.buffer:
            threshold = self.rules.threshold(self.counts(), self.attendance.present())
            if self.weight() >= threshold:
                self.flush(self.buffer[-1], threshold)

    def hold(self, gradient):
        """Its worker waits for others."""
        self.held[gradient.worker] = gradient
        if gradient is self.latest[gradient.worker] and self.idle(gradient.worker):
            self.accounts[gradient.worker].turn("waiting", self.now)

    def idle(self, worker):
        """Whether a worker is there and computes nothing."""
        if self.crashes.down[worker]:
            return False
        return self.latest[worker].ready_ns >= 0 or self.latest[worker].outcome == "cancelled"

    def drop(self, gradient):
        gradient.outcome = "dropped"
        worker = gradient.worker
        self.attendance.at_server[worker] -= 1
        if self.attendance.out[worker] and not self.attendance.at_server[worker]:
            self.attendance.untested = True
        self.accounts[gradient.worker].dropped += 1
        if gradient is self.latest[gradient.worker] and not gradient.replied:
            self.answer(self.crashes.answered([gradient]))
        else:
            self.serve()

    def flush(self, gradient, threshold):
        """Begins the update with the whole buffer; `gradient` is the last one of it."""
        self.busy = True
        batch, self.buffer = self.buffer, []
        answered = []
        if self.rules.restarts:
            self.cancel_all()
            answered = [one for one in self.latest if one and not one.replied]
            self.held.clear()
        elif self.rules.waits:
            if gradient is self.latest[gradient.worker]:
                self.held[gradient.worker] = gradient
            answered = [self.held[worker] for worker in sorted(self.held)]
            self.held.clear()
        elif self.rules.name == "ssp":
            answered = self.released(gradient)
        elif not gradient.replied:
            answered = [gradient]
        answered = self.crashes.answered(answered)
        for one in answered:
            if self.accounts[one.worker].state == "waiting":
                self.accounts[one.worker].turn("communicating", self.now)
        span = self.span_of_update(self.version + 1)
        if span is None:  # it is over after the end
            self.agenda.at(self.recorded.attributes["end_ns"] + 1, 0, self.past_the_end)
        else:
            self.agenda.at(self.incidents.served(self.now, span), self.tie_of(gradient, "updated"),
                           self.update, batch, threshold, span, answered,
                           self.now - self.heard_ns)

    def past_the_end(self):
        raise Unforeseen(f"the update of version {self.version + 1} began, and never ended")

    def cancel_all(self):
        for worker in self.workers:
            gradient = self.latest[worker]
            if gradient and gradient.entry:
                self.agenda.withdraw(gradient.entry)
                gradient.entry = None
                gradient.outcome = "cancelled"
                self.tell("cancelled", worker, gradient.number, self.version)
                self.accounts[worker].turn("communicating", self.now)

    def update(self, batch, threshold, span, answered, late):
        self.service_ns += span
        batch.sort(key=lambda gradient: (gradient.worker, gradient.number))
        for gradient in batch:
            gradient.version_applied = self.version
            gradient.staleness = self.version - gradient.version_read
            gradient.staleness_gradients = self.applied - gradient.applied_before
            gradient.applied_ns = self.now
            gradient.outcome = "applied"
            self.attendance.at_server[gradient.worker] -= 1
            self.applied += 1
        self.version += 1
        self.applied_by.append(self.applied)
        self.updates.append(Update(self.now, span, self.version, threshold, batch))
        self.updates[-1].after_receipt_ns = late
        self.tell("updated", -1, -1, self.version)
        self.over = self.enough()
        self.answer(answered)

    def released(self, last):
        """Under ssp: who may go on, now that `last` has been received."""
        if last and last is self.latest[last.worker]:
            self.held[last.worker] = last
        least = self.attendance.least(self.clocks)
        free = []
        for worker in sorted(self.held):
            gradient = self.held[worker]
            if self.rules.slack is None or self.pushed(worker) - least <= self.rules.slack:
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
        self.links.reply(gradient, self.version, self.least_at_receipt)
        self.reply_next()

    def taken(self, gradient, version, known, wait):
        """A reply comes in at its worker."""
        if self.crashes.vanishes(gradient) or self.crashes.idles(gradient.worker):
            if not self.crashes.vanishes(gradient):
                self.accounts[gradient.worker].turn("waiting", self.now)
            self.tell("vanished", gradient.worker, gradient.number, version)
            return
        self.known[gradient.worker] = known
        self.dispatch(gradient.worker, version).reply_port_wait_ns = wait
