# SPDX-License-Identifier: GPL-3.0-or-later
"""Random scenarios, each from a number: a map that is written as YAML. Times are often round, so
that many events share a nanosecond, and small, so that a run has some hundred gradients."""

import json
import random

SERVER = ("sync", "async", "hybrid", "k_sync", "k_batch_sync", "k_async", "k_batch_async", "backup",
          "n_softsync", "ssp", "fedbuff", "dc_asgd", "gap_aware")
LOCAL = ("k_avg", "post_local", "adacomm", "hier_avg", "hpsgd", "cocod", "overlap_local_sgd",
         "easgd")
THRESHOLD = ("hybrid", "k_sync", "k_batch_sync", "k_async", "k_batch_async", "fedbuff")
EVENTS = ("slowdown", "pause", "disconnect", "server_pause", "link", "crash")


class Maker:
    """Makes one scenario; `draw` decides everything."""

    def __init__(self, number):
        self.draw = random.Random(f"desgd oracle {number}")
        self.workers = self.draw.choice((1, 2, 3, 4, 5, 8, 12, 20))

    def chance(self, probability):
        return self.draw.random() < probability

    def span(self, most_ms):
        """A time as a text: round, or to the nanosecond."""
        if self.chance(0.5):
            return f"{self.draw.randint(1, max(1, most_ms))} ms"
        return f"{self.draw.randint(1, most_ms * 10**6)} ns"

    def law(self, most_ms, zero=True):
        """A law of times around `most_ms` / 2, or a time."""
        kind = self.draw.randrange(6)
        if kind == 0 and zero:
            return "0 s"
        if kind <= 2:
            return self.span(most_ms)
        if kind == 3:
            return {"law": "uniform", "min": "1 ms", "max": f"{most_ms + 1} ms"}
        if kind == 4:
            return {"law": "exponential", "mean": f"{max(1, most_ms // 2)} ms"}
        return {"law": "lognormal", "mean": f"{max(1, most_ms // 2)} ms", "cv": 2}

    def schedule(self):
        kind = self.draw.choice(("constant", "step", "linear", "exponential", "cosine", "sigmoid",
                                 "table", "expression"))
        highest = self.workers
        keys = {"schedule": kind,
                "start": self.draw.choice(("workers", 1, self.draw.randint(1, highest)))}
        counts = self.draw.choice(("gradients", "updates", "time"))
        reach = {"gradients": self.draw.randint(1, 200), "updates": self.draw.randint(1, 100),
                 "time": self.span(2000)}[counts]
        if kind == "constant":
            return keys
        if kind == "expression":
            keys["formula"] = self.draw.choice((
                "1 + floor(n/30)", "min(P, 1 + updates/7)", "if(time < 1, 1, P)", "P - n/20",
                "sqrt(n + 1)", "1 + n % P", "2^(updates/10)"))
            return keys
        keys["counts"] = counts
        if kind == "table":
            rows = sorted(self.draw.sample(range(200), self.draw.randint(1, 4)))
            unit = " ms" if counts == "time" else ""
            keys["table"] = [[f"{10 * row} ms" if unit else row,
                              self.draw.choice(("workers", self.draw.randint(1, highest)))]
                             for row in rows]
            return keys
        end = self.draw.choice(("workers", self.draw.randint(1, highest)))
        if kind == "step":
            keys["every"] = reach
            keys["increment"] = self.draw.choice((1, 1, 2, -1, -2))
            if self.chance(0.4):
                keys["end"] = end
        else:
            keys["over"] = reach
            keys["end"] = end
        if kind == "sigmoid":
            keys["steepness"] = self.draw.choice((0.1, 5, 10, 50))
        return keys

    def policy(self):
        name = self.draw.choice(SERVER)
        keys = {"name": name}
        if name in THRESHOLD:
            keys["threshold"] = self.schedule()
        if name == "hybrid" and self.chance(0.4):
            keys["pushed_worker"] = "continues"
        if name == "backup":
            keys["backup_workers"] = self.draw.randint(0, self.workers - 1)
            keys["late"] = self.draw.choice(("cancel", "finish"))
        if name == "n_softsync":
            keys["splits"] = self.draw.randint(1, self.workers)
        if name == "ssp":
            keys["slack"] = self.draw.choice((0, 1, 2, 3, "unlimited"))
            keys["read"] = self.draw.choice(("newest", "cached"))
            if keys["read"] == "cached" and keys["slack"] == "unlimited":
                keys["slack"] = 4
        if name == "fedbuff":
            keys["local_steps"] = self.draw.randint(1, 4)
        if self.chance(0.3):
            keys["missing"] = self.draw.choice(("goes_on", self.span(60)))
            if "threshold" in keys and "over" in keys["threshold"] and self.chance(0.5):
                keys["threshold"]["end"] = "present"
        return keys

    def local_policy(self):
        name = self.draw.choice(LOCAL)
        keys = {"name": name}
        if name != "hpsgd":
            keys["steps"] = self.draw.randint(1, 6)
        if name == "post_local":
            keys["after"] = self.draw.randint(1, 6)
        if name == "adacomm":
            keys["adapt_every"] = self.span(300)
        if name == "hier_avg":
            keys["cluster_size"] = self.draw.choice(
                [size for size in range(1, self.workers + 1) if self.workers % size == 0])
            keys["cluster_steps"] = self.draw.randint(1, 3)
            keys["steps"] = keys["cluster_steps"] * self.draw.randint(1, 3)
        if name == "easgd":
            keys["gradient"] = self.draw.choice(("before", "after"))
        return keys

    def network(self, serverless):
        keys = {}
        if self.chance(0.7):
            keys["latency"] = self.law(20)
        if self.chance(0.5):
            keys["bandwidth"] = self.draw.choice(("1 MB/s", "8 Mbit/s", "3.3 MB/s"))
        if self.chance(0.3):
            keys |= {"loss": f"{self.draw.choice((1, 10, 40))} %", "timeout": self.span(40),
                     "backoff": self.draw.choice((1, 1.5, 2, 3))}
        if serverless and self.chance(0.7):
            keys["all_reduce"] = self.draw.choice(("ring", "tree", "server"))
        keys["message"] = self.draw.choice(("1 kB", "8 KiB", "1234 B"))
        return keys

    def groups(self, serverless):
        groups = {}
        first = 0
        for name in ("ash", "birch", "cedar")[:self.draw.randint(0, 3)]:
            size = self.draw.randint(1, max(1, self.workers // 2))
            if first + size > self.workers:
                break
            keys = {"workers": f"{first}..{first + size - 1}"} if size > 1 else {"worker": first}
            first += size
            if self.chance(0.4):
                keys["slowdown"] = self.draw.choice((0.5, 1.5, 3))
            if self.chance(0.3):
                keys["network"] = {"latency": self.law(10)}
                if self.chance(0.5):
                    keys["network"]["bandwidth"] = "500 kB/s"
            if self.chance(0.5):
                keys["uplink"] = {
                    "bandwidth": self.draw.choice(("1 MB/s", "2 Mbit/s", "5.3 Mbit/s"))}
                if self.chance(0.5):
                    keys["uplink"]["latency"] = self.law(5)
            groups[name] = keys
        return groups

    def events(self, serverless, easgd):
        events = {}
        for number in range(self.draw.randint(1, 4)):
            kind = self.draw.choice(EVENTS)
            if serverless and kind in ("server_pause", "crash") or easgd and kind == "crash":
                kind = "pause"
            keys = {"event": kind}
            if kind != "server_pause":
                keys["workers"] = self.draw.choice(("100 %", 1, [self.draw.randrange(self.workers)],
                                                    "50 %" if self.workers > 1 else 1))
            if kind == "slowdown":
                keys["slowdown"] = self.draw.choice((0.5, 2, 3, 7.25, 1.1))
            if kind == "link":
                keys["latency"] = self.draw.choice((0.5, 3, 1.7))
                if self.chance(0.5):
                    keys["bandwidth"] = self.draw.choice((0.25, 2, 3, 0.7))
            if self.chance(0.7):
                keys["at"] = self.span(290)
            else:
                keys["every"] = "102 ms"
                if self.chance(0.5):
                    keys["every"] = {"law": "exponential", "mean": "100 ms"}
            if "every" in keys or kind == "crash" or self.chance(0.9):
                keys["for"] = self.law(100, zero=False)
                if keys.get("every") == "102 ms":
                    keys["for"] = self.span(100)
            if keys.get("workers") == "100 %" and self.workers > 1 and self.chance(0.4):
                keys["stagger"] = self.span(40)
            events[f"event{number}"] = keys
        return events

    def make(self):
        draw = self.draw
        scenario = {"model": draw.choice(("none", "none", "quadratic")),
                    "seed": draw.randrange(2**64),
                    "policy": self.local_policy() if self.chance(0.3) else self.policy()}
        name = scenario["policy"]["name"]
        if name == "adacomm":
            scenario["model"] = "quadratic"
        if self.chance(0.3):
            scenario["ties"] = "random"
        serverless = name in LOCAL and name != "easgd"
        scenario["end"] = draw.choice(("800 ms", f"{draw.randint(300, 2500)} ms",
                                       f"{draw.randint(1, 60)} updates",
                                       f"{draw.randint(1, 200)} gradients"))
        if name == "k_batch_sync":  # its queue may grow for ever
            scenario["end"] = "500 ms"
        cluster = {"workers": self.workers, "compute": self.law(60, zero=False)}
        if self.chance(0.4):
            cluster["delay"] = self.law(50)
            if isinstance(cluster["delay"], dict):
                cluster["delay"]["who"] = draw.choice(("fixed", "random"))
        cluster["network"] = self.network(serverless)
        server = {key: self.law(most) for key, most in
                  (("receive", 6), ("update", 8), ("reply", 3)) if self.chance(0.7)}
        if self.chance(0.3):
            server["bandwidth"] = draw.choice(("1 MB/s", "4 Mbit/s", "7.7 Mbit/s"))
        if server and not serverless:
            cluster["server"] = server
        if self.chance(0.3):
            cluster["start_up"] = self.span(100)
        groups = self.groups(serverless)
        if groups:
            cluster["groups"] = groups
        if self.chance(0.5):
            cluster["events"] = self.events(serverless, name == "easgd")
            scenario["end"] = "800 ms"  # workers that crash all the time make no update
        scenario["cluster"] = cluster
        return scenario


def scenario_text(number):
    """The scenario with this number, as YAML (of which JSON is a part)."""
    return json.dumps(Maker(number).make(), indent=1) + "\n"
