#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds a desgd log against PyTorch.

    check_log.py [--data FOLDER] LOG.h5

The log must keep samples and gradients (log: {samples: true, gradients: true}). Checked is that

1. the updates of the log are what it says: from the initial parameters, the logged gradients lead
   to the final ones, summed in (worker, number) order;
2. every gradient, recomputed by PyTorch in double precision at the version and on the samples that
   its row names, is the logged one to 1e-5 of its norm, and so is its loss;
3. PyTorch alone, with gradients of its own at versions of its own, in the order that the rows
   tell, ends within 1e-3 of the distance travelled.

Exit status: 0, or 1 if one of them does not hold.
"""

import argparse
import sys

import h5py
import numpy
import torch
import torch.nn.functional as F

import nets

GRADIENT_TOLERANCE = 1e-5
END_TOLERANCE = 1e-3
TURNED_DECISIONS_MAX = 4


class Log:
    def __init__(self, path):
        with h5py.File(path) as file:
            if "values" not in file["gradients"] or "sample_indices" not in file["gradients"]:
                sys.exit(f"{path}: keeps no gradients and samples: log: {{samples: true, gradients: true}}")
            self.policy = bytes(file.attrs["policy"]).decode()
            self.scenario = file["scenario"][()].decode()
            rows = file["gradients"]
            self.worker, self.number = rows["worker"][:], rows["number"][:]
            self.version_read, self.version_applied = rows["version_read"][:], rows["version_applied"][:]
            self.loss = rows["loss"][:]
            self.samples, self.values = rows["sample_indices"][:], rows["values"][:]
            self.initial, self.final = file["parameters/initial"][:], file["parameters/final"][:]
            self.layout = [
                (row["name"].decode(), tuple(row["shape"][: row["rank"]].tolist()), int(row["offset"]))
                for row in file["parameters/layout"][:]
            ]
        self.model = self.key("model")
        self.learning_rate = float(self.key("learning_rate"))
        self.combine = self.key("combine")

    def key(self, name):
        """A value of the canonical scenario, by the last part of its key."""
        for line in self.scenario.splitlines():
            if line.strip().startswith(name + ":"):
                return line.split(":", 1)[1].strip()
        sys.exit(f"the scenario has no {name}")

    def flushes(self):
        """For each update, the rows of its gradients in (worker, number) order."""
        flushes = [[] for _ in range(self.version_applied.max() + 1)]
        for row in numpy.lexsort((self.number, self.worker)):
            if self.version_applied[row] >= 0:
                flushes[self.version_applied[row]].append(row)
        return flushes

    def rate(self, flush):
        """-eta or -eta / K, rounded to float as desgd does."""
        rate = self.learning_rate / len(flush) if self.combine == "mean" else self.learning_rate
        return -float(numpy.float32(rate))


def versions_of(log):
    """All parameter versions: w = fma(rate, sum of gradients, w), in float32. The product of two
    floats is exact in double."""
    versions = [log.initial]
    for flush in log.flushes():
        total = numpy.zeros_like(log.initial)
        for row in flush:
            total += log.values[row]
        step = log.rate(flush) * total.astype(numpy.float64)
        versions.append((versions[-1] + step).astype(numpy.float32))
    return versions


def gradient(log, data, parameters, row, nudges=(), close=None):
    """(loss, gradient) of a row's minibatch, in the precision of the parameters."""
    flat = parameters.requires_grad_()
    inputs, labels = data.tensors(data.train, log.samples[row])
    outputs = nets.outputs_of(log.model, nets.views(flat, log.layout), inputs.to(flat.dtype), nudges, close)
    loss = F.cross_entropy(outputs, labels)
    return loss.item(), torch.autograd.grad(loss, flat)[0]


def difference(reference, values):
    return (torch.linalg.norm(reference - values) / torch.linalg.norm(reference)).item()


def with_turned_decisions(log, data, version, row, logged):
    """Which of two values is larger, and which sign one has, may hang on its last bit, and the
    gradient goes another way then: both are right. Turns such decisions one by one, each time the
    one that brings the gradients closest. Returns the difference, and how many were turned."""
    double = torch.from_numpy(version).double()

    def after(nudges):
        return difference(gradient(log, data, double.clone(), row, nudges)[1], logged)

    close = []
    gradient(log, data, double.clone(), row, (), close)
    best, nudges = after([]), []
    while best > GRADIENT_TOLERANCE and len(nudges) < TURNED_DECISIONS_MAX:
        found, tried = min(((after(nudges + [nudge]), nudges + [nudge]) for nudge in close), default=(best, []))
        if found >= best:
            break
        best, nudges = found, tried
    return best, len(nudges)


def check_gradients(log, data, versions):
    worst, worst_loss, turned_rows = 0.0, 0.0, 0
    applied = numpy.flatnonzero(log.version_applied >= 0)
    for row in applied:
        version = versions[log.version_read[row]]
        logged = torch.from_numpy(log.values[row]).double()
        loss, reference = gradient(log, data, torch.from_numpy(version).double(), row)
        found, turned = difference(reference, logged), 0
        if found > GRADIENT_TOLERANCE:
            found, turned = with_turned_decisions(log, data, version, row, logged)
        worst, turned_rows = max(worst, found), turned_rows + (turned > 0)
        worst_loss = max(worst_loss, abs(loss - log.loss[row]) / loss)
    print(
        f"  {len(applied)} gradients at desgd's versions: largest difference {worst:.1e} of the norm,"
        f" of the loss {worst_loss:.1e} ({turned_rows} with a maximum or a sign decided by rounding)"
    )
    return worst <= GRADIENT_TOLERANCE and worst_loss <= GRADIENT_TOLERANCE


def free_run(log, data, dtype):
    """The last version of PyTorch alone."""
    versions = [torch.from_numpy(log.initial).to(dtype)]
    for flush in log.flushes():
        total = torch.zeros_like(versions[0])
        for row in flush:
            total += gradient(log, data, versions[log.version_read[row]].clone(), row)[1]
        versions.append(versions[-1] + log.rate(flush) * total)
    return versions[-1].double().numpy()


def check_free_run(log, data):
    """In double, which is alike on all machines; in float for comparison, for a single decision that
    falls the other way sends PyTorch's own two precisions apart as well."""
    travelled = numpy.linalg.norm(log.final - log.initial)
    double, single = (free_run(log, data, dtype) for dtype in (torch.float64, torch.float32))
    apart, apart_single, own = (
        numpy.linalg.norm(difference) / travelled
        for difference in (double - log.final, single - log.final, double - single)
    )
    print(
        f"  PyTorch on its own ends {apart:.1e} of the distance travelled away in double,"
        f" {apart_single:.1e} in float ({own:.1e} between the two)"
    )
    return apart <= END_TOLERANCE


def check_updates(log, versions):
    """Rounding once to double and once to float is not always one rounding: one bit in 2^29."""
    apart = numpy.count_nonzero(versions[-1] != log.final)
    print(f"  {len(versions) - 1} updates from the logged gradients: {apart} of {log.final.size} final parameters differ")
    return numpy.allclose(versions[-1], log.final, rtol=1e-6, atol=0) and apart <= log.final.size / 1000


def main():
    arguments = argparse.ArgumentParser(description="Holds a desgd log against PyTorch.")
    arguments.add_argument("--data", default="data", help="folder of the data sets")
    arguments.add_argument("log")
    options = arguments.parse_args()
    torch.set_num_threads(1)
    log = Log(options.log)
    print(f"{options.log}: {log.model}, {log.policy}, PyTorch {torch.__version__}")
    data = nets.Data(nets.DATA_OF[log.model], options.data)
    versions = versions_of(log)
    held = [check_updates(log, versions), check_gradients(log, data, versions), check_free_run(log, data)]
    sys.exit(0 if all(held) else f"{options.log}: desgd and PyTorch do not agree")


if __name__ == "__main__":
    main()
