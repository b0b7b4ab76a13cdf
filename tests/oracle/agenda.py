# SPDX-License-Identifier: GPL-3.0-or-later
"""The total order of events (sim/README.md, "The order of events"): the earlier time, then the
smaller tie key, then what was scheduled first."""

import heapq
import math


class Agenda:
    """What is to be done, as calls. What is withdrawn stays in the heap and is passed over."""

    def __init__(self):
        self.now = 0
        self.heap = []
        self.scheduled = 0

    def at(self, time, tie, action, *arguments):
        """Schedules a call; returns its entry for `withdraw`. At infinity it never comes."""
        entry = [time, tie, self.scheduled, action, arguments]
        self.scheduled += 1
        if time < math.inf:
            heapq.heappush(self.heap, entry)
        return entry

    def withdraw(self, entry):
        entry[3] = None

    def next(self):
        """The time of the next call, or None."""
        while self.heap and self.heap[0][3] is None:
            heapq.heappop(self.heap)
        return self.heap[0][0] if self.heap else None

    def do(self):
        """Makes the next call; `next` has said that there is one."""
        entry = heapq.heappop(self.heap)
        self.now = entry[0]
        action, entry[3] = entry[3], None
        action(*entry[4])
