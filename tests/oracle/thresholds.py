# SPDX-License-Identifier: GPL-3.0-or-later
"""The threshold K as a function of what a schedule counts (scenarios/README.md, "Schedules of the
threshold")."""

import math
from fractions import Fraction

from formula import Formula
from quantities import time_ns


def counted(text, counts):
    """A value such as `every` or `over` in the unit of what is counted: a number, or ns."""
    if counts == "time":
        return time_ns(text)
    if counts == "epochs":
        return Fraction(text.split()[0])
    return int(text)


def rounded(value, rises):
    """Down where K rises, up where it falls; within 1e-9 of a whole number, to that."""
    return math.floor(value + 1e-9) if rises else math.ceil(value - 1e-9)


class Threshold:
    """The schedule in a map of canonical keys. `at` needs all counts of the moment."""

    def __init__(self, keys, workers):
        self.keys = keys
        self.workers = workers
        self.schedule = keys["schedule"]
        self.start = self.whole(keys.get("start", "1"))
        self.counts = keys.get("counts", "gradients")
        self.waits = False  # adasync: a worker that has pushed waits
        self.decision = 0
        self.decided = self.start
        if self.schedule == "table":
            rows = keys.get("table", [])
            self.rows = [(counted(when, self.counts), self.whole(k)) for when, k in rows]
        if self.schedule == "expression":
            self.formula = Formula(keys["formula"])

    def whole(self, text, present=None):
        if text == "workers":
            return self.workers
        return present if text == "present" else int(text)

    def at(self, count, present):
        """K. `count` maps gradients, updates, time (ns) and epochs to their counts; `present` is
        the number of workers of whom the end `present` is."""
        shape = getattr(self, self.schedule)
        if self.schedule == "adasync":
            return shape(count[self.counts], (count["first loss"], count["loss"]))
        x = count if self.schedule == "expression" else count[self.counts]
        return shape(x, present)

    def constant(self, _, __):
        return self.start

    def step(self, x, present):
        increment = int(self.keys["increment"])
        k = self.start + increment * int(x // counted(self.keys["every"], self.counts))
        end = self.whole(self.keys["end"], present) if "end" in self.keys else None
        if end is None:
            end = self.workers if increment >= 0 else 1
        if increment >= 0 and end >= self.start:
            k = min(k, end)
        elif increment < 0 and end <= self.start:
            k = max(k, end)
        return max(1, min(k, self.workers))

    def adasync(self, x, loss):
        """K, decided anew at each multiple of `every`; `loss` is (first, present)."""
        decision = x // counted(self.keys["every"], self.counts)
        if decision > self.decision and not math.isnan(loss[1]):
            self.decision = decision
            k = float(self.start)
            if not self.waits:
                k *= math.sqrt(loss[0] / loss[1])
            elif self.start < self.workers:
                b = k * k * loss[0] / ((self.workers - k) * loss[1])
                k = (math.sqrt(b * b + 4 * b * self.workers) - b) / 2
            self.decided = max(1, min(math.floor(k + 0.5), self.workers))
        return self.decided

    def expression(self, count, _):
        value = self.formula.value({
            "n": float(count["gradients"]), "updates": float(count["updates"]),
            "time": count["time"] / 1e9, "epoch": float(count["epochs"]), "loss": count["loss"],
            "P": float(self.workers)})
        if math.isnan(value):
            return self.start
        return math.floor(max(1, min(value + 1e-9, self.workers)))

    def table(self, x, _):
        k = self.start
        for when, value in self.rows:
            if x >= when:
                k = value
        return k

    def along(self, x, present, curve):
        """K on a curve that goes from 0 to 1 while x goes from 0 to over."""
        end = self.whole(self.keys["end"], present)
        over = counted(self.keys["over"], self.counts)
        if x >= over:
            return end
        return rounded(curve(self.start, end, Fraction(x) / over), end >= self.start)

    def linear(self, x, present):
        return self.along(x, present, lambda start, end, u: start + (end - start) * u)

    def exponential(self, x, present):
        return self.along(x, present, lambda start, end, u: start * (end / start) ** float(u))

    def cosine(self, x, present):
        return self.along(
            x, present,
            lambda start, end, u: start + (end - start) * (1 - math.cos(math.pi * float(u))) / 2)

    def sigmoid(self, x, present):
        steep = float(self.keys["steepness"])

        def curve(start, end, u):
            def logistic(v):
                return 1 / (1 + math.exp(-steep * (v - 0.5)))
            low, high = logistic(0), logistic(1)
            return start + (end - start) * (logistic(float(u)) - low) / (high - low)
        return self.along(x, present, curve)
