# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways between workers and server: pushes and replies, the server's port and racks' uplinks
(scenarios/README.md, "The server's port", "A rack's uplink", "Messages that get lost")."""

from fractions import Fraction

from quantities import nearest, time_ns


class Message:
    """A push or a reply under way. `ports` are still to be passed, each a key and its transfer in ns;
    `rest_ns` is the way behind them."""

    def __init__(self, ports, rest_ns, tie, done, gradient):
        self.ports = ports
        self.rest_ns = rest_ns
        self.tie = tie
        self.done = done
        self.gradient = gradient  # of a push: its row has the wait as soon as it is known
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
            ports.append(((way, uplink[0]), nearest(Fraction(size * 8 * 10**9) / uplink[1])))
        if scenario.port():
            ports.append(((way, None), nearest(Fraction(size * 8 * 10**9) / scenario.port())))
        return ports if way == "push" else ports[::-1]

    def timeouts(self, worker, attempts):
        """How long the attempts that are lost take together."""
        if attempts <= 1:
            return 0
        scenario = self.run.scenario
        timeout = time_ns(scenario.own(worker, "timeout"))
        backoff = Fraction(scenario.own(worker, "backoff") or 1)
        return sum(nearest(timeout * backoff**lost) for lost in range(attempts - 1))

    def send(self, worker, way, span, attempts, tie, done, pushed=None):
        """A message sets out now; `done(wait)` is called when it comes in."""
        run = self.run
        ports = self.transfers(worker, way)
        if not ports:
            run.agenda.at(run.now + span, tie, done, 0)
            return
        lost = self.timeouts(worker, attempts)
        rest = span - lost - sum(transfer for _, transfer in ports)
        message = Message(ports, rest, tie, done, pushed)
        run.agenda.at(run.now + lost, tie, self.enter, message)

    def enter(self, message):
        """A message comes to its next port, or has passed the last one."""
        run = self.run
        key, transfer = message.ports[0]
        begin = max(run.now, self.free.get(key, 0))
        message.wait_ns += begin - run.now
        if message.gradient:
            message.gradient.push_port_wait_ns = message.wait_ns
        self.free[key] = begin + transfer
        message.ports = message.ports[1:]
        if message.ports:
            run.agenda.at(begin + transfer, message.tie, self.enter, message)
        else:
            run.agenda.at(begin + transfer + message.rest_ns, message.tie, message.done,
                          message.wait_ns)

    def push(self, gradient):
        run = self.run
        self.send(gradient.worker, "push", gradient.push_ns, gradient.push_attempts,
                  run.tie_of(gradient, "arrived"), lambda wait: run.arrive(gradient), gradient)

    def reply(self, gradient, version, known):
        run = self.run
        self.send(gradient.worker, "reply", gradient.reply_travel_ns, gradient.reply_attempts,
                  run.tie_of(gradient, "dispatched"),
                  lambda wait: run.taken(gradient, version, known, wait))
