# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways between workers and server: pushes and replies, the server's port and racks' uplinks
(scenarios/README.md, "The server's port", "A rack's uplink", "Messages that get lost")."""

import math
from fractions import Fraction

from quantities import nearest, rate_bits, time_ns


class Message:
    """A push or a reply under way. `ports` are still to be passed, each a key and its transfer
    in ns; `span` is the way behind them; `done` takes the message when it has come in."""

    def __init__(self, gradient, way, span, attempts, done):
        self.gradient = gradient
        self.worker = gradient.worker
        self.way = way
        self.span = span
        self.attempts = attempts
        self.done = done
        self.ports = []
        self.entry = None
        self.wait_ns = 0


class Links:
    """Of a run with a server."""

    def __init__(self, run):
        self.run = run
        self.free = {}  # port -> when it has carried what it was given

    def transfers(self, worker, way):
        """The ports that a message passes, in order: key, transfer in ns."""
        scenario = self.run.scenario
        size = scenario.message(scenario.parameters())
        ports = []
        uplink = scenario.uplink(worker)
        if uplink:
            ports.append(((way, uplink[0]), math.ceil(Fraction(size * 8 * 10**9) / uplink[1])))
        if scenario.port():
            ports.append(((way, None), math.ceil(Fraction(size * 8 * 10**9) / scenario.port())))
        return ports if way == "push" else ports[::-1]

    def timeouts(self, worker, attempts):
        """How long the attempts that are lost take together."""
        if attempts <= 1:
            return 0
        scenario = self.run.scenario
        timeout = time_ns(scenario.own(worker, "timeout"))
        backoff = Fraction(scenario.own(worker, "backoff") or 1)
        return sum(nearest(timeout * backoff**lost) for lost in range(attempts - 1))

    def send(self, message):
        """A message sets out as soon as its worker is connected."""
        run = self.run
        begin = run.incidents.free(message.worker, run.now, "disconnect")
        message.ports = self.transfers(message.worker, message.way)
        lost = self.timeouts(message.worker, message.attempts)
        self.change(message, begin, lost + sum(transfer for _, transfer in message.ports))
        if message.ports:
            message.span -= lost + sum(transfer for _, transfer in message.ports)
            message.entry = run.agenda.at(begin + lost, self.tie_at_port(message), self.enter,
                                          message)
        else:
            self.come_at(begin + message.span, message)

    def change(self, message, time, before):
        """What events "link" do to the way behind the ports of a message that sets out then."""
        links = self.run.incidents.holding(message.worker, time, "link")
        if not links:
            return
        scenario = self.run.scenario
        rate = rate_bits(scenario.own(message.worker, "bandwidth") or "unlimited")
        size = scenario.message(scenario.parameters())
        own = math.ceil(Fraction(size * 8 * 10**9) / rate) if rate else 0
        latency = message.span - before - own
        slow = fast = 1.0
        for link in links:
            slow *= link.latency
            fast *= link.bandwidth
        message.span = before + nearest(latency * slow) + nearest(own / fast)

    def tie_at_port(self, message):
        """The tie key of a message's coming to its next port."""
        kind = "uplink" if message.ports[0][0][1] else "port"
        return self.run.tie_of(message.gradient, f"{message.way} at {kind}")

    def enter(self, message):
        """A message comes to its next port, or has passed the last one."""
        run = self.run
        key, transfer = message.ports[0]
        begin = max(run.now, self.free.get(key, 0))
        message.wait_ns += begin - run.now
        if message.way == "push":
            message.gradient.push_port_wait_ns = message.wait_ns
        self.free[key] = begin + transfer
        message.ports = message.ports[1:]
        if message.ports:
            message.entry = run.agenda.at(begin + transfer, self.tie_at_port(message),
                                          self.enter, message)
        else:
            self.come_at(begin + transfer + message.span, message)

    def come_at(self, time, message):
        """A message comes in then, or as soon as its worker can give or take it."""
        run = self.run
        kinds = ("disconnect",) if message.way == "push" else ("disconnect", "pause")
        time = run.incidents.free(message.worker, time, *kinds)
        step = "arrived" if message.way == "push" else "dispatched"
        message.entry = run.agenda.at(time, run.tie_of(message.gradient, step), message.done,
                                      message)

    def push(self, gradient):
        run = self.run
        message = Message(gradient, "push", gradient.push_ns, gradient.push_attempts,
                          lambda _: run.arrive(gradient))
        run.crashes.under_way[gradient.worker][gradient] = message
        self.send(message)

    def reply(self, gradient, version, known):
        run = self.run
        self.send(Message(gradient, "reply", gradient.reply_travel_ns, gradient.reply_attempts,
                          lambda message: run.taken(gradient, version, known, message.wait_ns)))
