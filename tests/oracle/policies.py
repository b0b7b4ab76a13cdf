# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the policies that have a server (scenarios/README.md, "Policies")."""

WAITING = ("sync", "hybrid", "k_sync", "k_async", "backup")
RESTARTING = ("k_sync", "k_batch_sync", "backup")


class Rules:
    """What a policy says of a receipt and of a push."""

    def __init__(self, scenario):
        self.scenario = scenario
        policy = scenario.policy
        self.name = scenario.name
        # A worker that has pushed waits until its gradient is applied.
        self.waits = self.name in WAITING and policy.get("pushed_worker", "waits") == "waits"
        if scenario.threshold:
            scenario.threshold.waits = self.waits
        # All workers start again at each update, and those that compute are stopped.
        self.restarts = self.name in RESTARTING and policy.get("late", "cancel") == "cancel"
        # A gradient of an older version is dropped.
        self.drops = self.name in RESTARTING
        self.cached = policy.get("read") == "cached"
        self.slack = None
        if self.name == "ssp" and policy["slack"] != "unlimited":
            self.slack = int(policy["slack"])

    def goes_on(self, clock, known):
        """Whether a worker starts its next gradient at its push. `clock` gradients are pushed then;
        its parameters know that the slowest worker had pushed `known`."""
        if self.name == "k_batch_sync":
            return True
        return self.cached and (self.slack is None or clock - known <= self.slack)

    def threshold(self, count, present):
        """K at a receipt."""
        workers = self.scenario.workers
        if self.name == "sync":
            return present
        if self.name == "backup":
            return max(1, present - int(self.scenario.policy["backup_workers"]))
        if self.name == "n_softsync":
            return max(1, present // int(self.scenario.policy["splits"]))
        if self.scenario.threshold:
            k = self.scenario.threshold.at(count, present)
            if self.waits or self.scenario.threshold.schedule != "constant":
                return max(1, min(k, present))
            return k
        return 1
