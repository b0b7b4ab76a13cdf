# SPDX-License-Identifier: GPL-3.0-or-later
"""easgd: a worker's model goes to the server's centre after some steps, and comes back pulled
(scenarios/README.md, "Without a server")."""

from server import ServerRun


class ElasticRun(ServerRun):
    """With a server, which serves each model by itself; gradients are the workers' own steps."""

    def __init__(self, recorded):
        super().__init__(recorded)
        self.steps = int(self.scenario.policy["steps"])
        self.after = self.scenario.policy["gradient"] == "after"
        self.stepped = [[] for _ in self.workers]  # gradients since the worker's last exchange

    def ready(self, gradient):
        worker = gradient.worker
        number = gradient.number
        if self.after:
            self.stepped[worker].append(gradient)
            exchanges = (number + 1) % self.steps == 0
        else:
            exchanges = number > 0 and number % self.steps == 0
        self.become_ready(gradient)
        if exchanges:
            self.accounts[worker].turn("communicating", self.now)
            self.links.push(gradient)
        else:
            self.dispatch(worker, gradient.version_read)
        if not self.after and not exchanges:
            self.stepped[worker].append(gradient)

    def flush(self, gradient, threshold):
        """The update is of the steps that this model has behind it."""
        self.buffer = self.stepped[gradient.worker]
        self.stepped[gradient.worker] = [] if self.after else [gradient]
        super().flush(gradient, threshold)
