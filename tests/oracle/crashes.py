# SPDX-License-Identifier: GPL-3.0-or-later
"""Crashes under policies with a server: what a worker loses, and how it comes back
(scenarios/README.md, "What happens to a cluster", "Of a crash")."""

import math

BEFORE_ALL = -1  # a tie key below all others


class Crashes:
    """Of a run with a server."""

    def __init__(self, run):
        self.run = run
        self.down = [False] * run.scenario.workers
        self.under_way = [{} for _ in run.workers]  # gradient -> its message, not yet arrived

    def expect(self, worker):
        """The next crash of a worker that is there is scheduled."""
        run = self.run
        times = [incident.began for incident in run.incidents.of.get(worker, ())
                 if incident.kind == "crash" and incident.began > run.now]
        if times:
            run.agenda.at(min(times), BEFORE_ALL, self.crash, worker)

    def at_start(self, worker):
        """Whether a worker is down at the start-up; then it starts when it is back."""
        run = self.run
        down = bool(run.incidents.holding(worker, run.now, "crash"))
        if down:
            self.crash(worker)
        else:
            self.expect(worker)
        return down

    def crash(self, worker):
        run = self.run
        if self.down[worker]:
            return
        self.down[worker] = True
        run.tell("crashed", worker, -1, run.version)
        lost = sorted(self.under_way[worker], key=lambda gradient: gradient.number)
        latest = run.latest[worker]
        if latest and latest.entry:
            run.agenda.withdraw(latest.entry)
            latest.entry = None
            lost.append(latest)
        for gradient in lost:
            message = self.under_way[worker].pop(gradient, None)
            if message:
                run.agenda.withdraw(message.entry)
            gradient.outcome = "lost"
            run.owed[worker].remove(gradient.number)
            run.tell("lost", worker, gradient.number, run.version)
        run.accounts[worker].turn("down", run.now)
        self.await_return(worker)

    def await_return(self, worker):
        run = self.run
        time = run.incidents.free(worker, run.now, "crash", "pause", "disconnect")
        if time < math.inf:
            run.agenda.at(time, 0, self.come_back, worker)

    def come_back(self, worker):
        run = self.run
        self.down[worker] = False
        run.held.pop(worker, None)
        run.tell("returned", worker, -1, run.version)
        run.attendance.out[worker] = False
        least = run.attendance.least(run.clocks, worker)
        if least is not None and run.latest[worker]:
            run.clocks[worker] = least
        run.known[worker] = run.attendance.least(run.clocks)
        self.expect(worker)
        run.dispatch(worker, run.version)

    def idles(self, worker):
        """Whether a worker has been told of a crash and starts nothing before it: the log says
        whether the next gradient, whose spans nobody else knows, has been started."""
        run = self.run
        number = run.accounts[worker].gradients
        if any(run.scenario.notices) and (worker, number) not in run.started:
            return True  # perhaps of a crash after the end, which is not in the log
        for incident in run.incidents.of.get(worker, ()):
            if incident.kind == "crash":
                told = incident.began - run.scenario.notices[incident.event]
                if told <= run.now < incident.began:
                    return run.started.get((worker, number)) != run.now
        return False

    def replies_to(self, gradient):
        """Whether the server still replies to a gradient."""
        return gradient is self.run.latest[gradient.worker] and gradient.outcome != "lost"

    def answered(self, gradients):
        """Those of them that are replied to, as a receipt decides."""
        return [gradient for gradient in gradients if self.replies_to(gradient)]

    def vanishes(self, gradient):
        """Whether a reply that comes in finds nobody who waits for it."""
        return self.down[gradient.worker] or gradient is not self.run.latest[gradient.worker]
