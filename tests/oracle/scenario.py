# SPDX-License-Identifier: GPL-3.0-or-later
"""What a canonical scenario says to the engine. Laws stay out of it: the log has what was drawn."""

from fractions import Fraction

from quantities import rate_bits, share, size_bytes, time_ns
from thresholds import Threshold

SERVERLESS = ("k_avg", "post_local", "adacomm", "hier_avg", "hpsgd", "cocod", "overlap_local_sgd")
# Parameters of the nets, as the table of models says.
MODELS = {"mnist_ray": 1960, "mnist_lenet": 21840, "cifar_lenet": 62006, "cifar_cnn": 545098,
          "cifar_resnet8": 77706}


class Scenario:
    """One phase of a scenario. `keys` is the map of the canonical text, every scalar a text."""

    def __init__(self, keys):
        self.keys = keys
        self.policy = keys["policy"]
        self.name = self.policy["name"]
        self.cluster = keys["cluster"]
        self.workers = int(self.cluster["workers"])
        self.start_up = time_ns(self.cluster["start_up"])
        self.network = self.cluster.get("network", {})
        self.server = self.cluster.get("server", {})
        self.events = self.cluster.get("events", {})
        self.local_steps = int(self.policy.get("local_steps", 1))
        self.samples = self.local_steps * int(keys.get("training", {}).get("batch", 1))
        self.groups = self.members()
        self.threshold = None
        if "threshold" in self.policy:
            self.threshold = Threshold(self.policy["threshold"], self.workers)
        self.adapt_every = time_ns(self.policy.get("adapt_every", "0 s"))
        self.notices = [time_ns(event.get("notice", "0 s")) for event in
                        (self.events.values() if isinstance(self.events, dict) else ())]
        self.missing = self.silence()

    def silence(self):
        """After how long a silent worker is counted out, or None: never."""
        text = self.policy.get("missing", "waits")
        return {"waits": None, "goes_on": 0}.get(text, 0) if text in ("waits", "goes_on") \
            else time_ns(text)

    def end(self):
        """(what is counted, how much): time in ns, updates, gradients or epochs."""
        number, _, unit = self.keys["end"].partition(" ")
        if unit in ("updates", "gradients", "epochs"):
            return unit, Fraction(number)
        return "time", time_ns(self.keys["end"])

    def training_samples(self):
        """How many the training set has; None: there is none, or a file has it."""
        data = self.keys.get("data")
        if not data:
            return None
        if data["name"] == "random":
            return int(data["samples"]) * 8 // 10
        return {"mnist": 60000, "fashion_mnist": 60000, "cifar10": 50000}.get(data["name"])

    def members(self):
        """The group of each worker that is in one: number -> (name, map)."""
        found = {}
        groups = self.cluster.get("groups", {})
        for name, group in groups.items() if isinstance(groups, dict) else ():
            for worker in self.who(group, found):
                found[worker] = (name, group)
        return found

    def who(self, keys, taken):
        """The workers that a map with `workers` means; None if the seed decides."""
        said = keys.get("workers")
        if said is None:
            return []
        if isinstance(said, list) or ".." in said:
            numbers = []
            for part in said if isinstance(said, list) else [said]:
                first, _, last = part.partition("..")
                numbers += range(int(first), int(last or first) + 1)
            return numbers
        if keys.get("who") == "drawn":
            raise NotImplementedError("who: drawn")
        if said.endswith("%"):
            count = int(share(said) * self.workers)
        else:
            count = int(said)
        return [worker for worker in range(self.workers) if worker not in taken][:count]

    def own(self, worker, key):
        """The value of a key of `network` for a worker: its group's, else the cluster's."""
        group = self.groups.get(worker)
        said = group[1].get("network", {}).get(key) if group else None
        return said if said not in (None, "inherited") else self.network.get(key)

    def parameters(self):
        """How many parameters the model has."""
        model = self.keys["model"]
        if isinstance(model, dict) and model["name"] == "quadratic":
            return int(model["dimension"])
        if isinstance(model, dict) or model == "softmax":
            data = self.keys["data"]
            name = data["name"] if isinstance(data, dict) else data
            drawn = name == "random"
            pixels = 3072 if name == "cifar10" else 784
            hidden = model["hidden"] if isinstance(model, dict) and "hidden" in model else []
            sizes = [int(data["features"]) if drawn else pixels, *map(int, hidden),
                     int(data["classes"]) if drawn else 10]
            return sum(before * behind + behind for before, behind in zip(sizes, sizes[1:]))
        return MODELS.get(model, 0)

    def message(self, parameters):
        """The size of a message in bytes."""
        said = self.network.get("message", "model")
        return 4 * parameters if said == "model" else size_bytes(said)

    def uplink(self, worker):
        """(group, bits per second) of the uplink that a worker's messages pass, or None."""
        group = self.groups.get(worker)
        if not group:
            return None
        rate = rate_bits(group[1].get("uplink", {}).get("bandwidth", "unlimited"))
        return None if rate is None else (group[0], rate)

    def port(self):
        """Bits per second of the server's port, or None."""
        return rate_bits(self.server.get("bandwidth", "unlimited"))
