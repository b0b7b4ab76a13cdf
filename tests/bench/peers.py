#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""desgd against PyTorch on the same cores, in turn (A B A B ...), medians and ratios.

    peers.py DESGD [DATA] [--rounds N] [--only gradients|job] [--model NAME] [--avx2] [--end SECONDS]

gradients: one thread, every net, small and large minibatches. PyTorch has the whole training set in
    memory, normalised; desgd takes its minibatches from the bytes.
job: scenarios/mnist_async.yaml against async_heapq.py, each on all cores and as it is fastest:
    PyTorch with one thread and with all, whichever is quicker.
--avx2: both sides without AVX-512. Where there is one, gradients are measured with and without it.
"""

import argparse
import collections
import json
import os
import statistics
import subprocess
import sys
import time

# Settings of this machine's owner concern neither side.
for name in [name for name in os.environ if name.startswith(("OPENBLAS_", "OMP_", "MKL_", "ATEN_", "ONEDNN_"))]:
    del os.environ[name]
if "--avx2" in sys.argv:  # what PyTorch stands on reads this when it is loaded
    os.environ.update(ATEN_CPU_CAPABILITY="avx2", ONEDNN_MAX_CPU_ISA="AVX2", OPENBLAS_CORETYPE="Haswell")

import torch  # noqa: E402

from torch_nets import DATA_OF, MODULES, Net, nets  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
JOB_MODELS = ["mnist_ray", "mnist_lenet"]
BATCHES = [1, 8, 32, 128]
TRIAL_END = 30  # seconds of cluster time, to see how many threads suit PyTorch
CORES = len(os.sched_getaffinity(0))
with open("/proc/cpuinfo", encoding="ascii") as cpuinfo:
    HAS_AVX512 = " avx512f " in cpuinfo.read()


def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def run_json(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


# ---- one gradient ----


class TorchGradients:
    """Gradients of minibatches drawn without replacement, as a training loop does."""

    def __init__(self, model, data, batch):
        self.images, self.labels = data
        self.net = Net(model)
        self.batches = torch.randperm(len(self.labels)).split(batch)[:-1]
        self.next = 0
        self.microseconds()  # memory comes, caches fill

    def microseconds(self, seconds=0.1):
        start, count = time.perf_counter(), 0
        while time.perf_counter() < start + seconds:
            batch = self.batches[self.next]
            self.net.compute_gradient(self.images[batch], self.labels[batch])
            self.next = (self.next + 1) % len(self.batches)
            count += 1
        return (time.perf_counter() - start) / count * 1e6


def desgd_microseconds(desgd, folder, model, batch):
    report = run_json([
        desgd, "bench", "--quick", "--json", "--only", "gradients", "--model", model, "--batch", str(batch),
        "--arithmetic", "portable", "--data", folder, *(["--isa", "avx2"] if "--avx2" in sys.argv else []),
    ])
    return report["gradients"][0]["microseconds_per_gradient"]


def compare_gradients(desgd, folder, models, rounds):
    torch.set_num_threads(1)
    widest = "AVX-512" if HAS_AVX512 and "--avx2" not in sys.argv else "AVX2"
    print(f"PyTorch {torch.__version__}, one thread, {widest}: us a gradient, medians of {rounds} rounds in turn")
    print(f"{'model':14} {'batch':>5} {'PyTorch':>10} {'desgd':>10}   PyTorch / desgd")
    for model in models:
        data = nets.Data(DATA_OF[model], folder)
        tensors = data.tensors(data.train)
        for batch in BATCHES:
            peer = TorchGradients(model, tensors, batch)
            theirs, ours = [], []
            for _ in range(rounds):
                theirs.append(peer.microseconds())
                ours.append(desgd_microseconds(desgd, folder, model, batch))
            medians = f"{statistics.median(theirs):10.1f} {statistics.median(ours):10.1f}"
            print(f"{model:14} {batch:5} {medians}   {spread([a / b for a, b in zip(theirs, ours)])}", flush=True)


# ---- the whole job ----


Job = collections.namedtuple("Job", "model folder end")


def torch_job(job, threads):
    script = os.path.join(HERE, "async_heapq.py")
    return run_json([sys.executable, "-B", script, "--model", job.model, "--threads", str(threads),
                     "--end", str(job.end), "--data", job.folder])


def desgd_job(desgd, job):
    scenario = os.path.join(HERE, "..", "..", "scenarios", "mnist_async.yaml")
    return run_json([desgd, "run", scenario, "--json", "--data", job.folder, "--threads", str(CORES),
                     "--set", "model=" + job.model, "--set", f"end={job.end} s"])


def compare_jobs(desgd, jobs, rounds):
    print(f"scenarios/mnist_async.yaml on {CORES} cores: wall seconds, medians of {rounds} rounds in turn")
    print(f"{'model':14} {'PyTorch':>18} {'desgd':>8}   PyTorch / desgd   gradients, test accuracy at the end")
    for job in jobs:
        glance = job._replace(end=min(job.end, TRIAL_END))
        trials = {threads: torch_job(glance, threads)["wall_seconds"] for threads in {1, CORES}}
        threads = min(trials, key=trials.get)
        theirs, ours = [], []
        for _ in range(rounds):
            theirs.append(torch_job(job, threads))
            ours.append(desgd_job(desgd, job))
        ratios = [a["wall_seconds"] / b["wall_seconds"] for a, b in zip(theirs, ours)]
        medians = [statistics.median(run["wall_seconds"] for run in runs) for runs in (theirs, ours)]
        print(
            f"{job.model:14} {medians[0]:8.2f} ({threads} thr.) {medians[1]:8.2f}   {spread(ratios)}   "
            f"{theirs[0]['gradients']}, {theirs[0]['test_accuracy']:.3f}; "
            f"{ours[0]['gradients']['applied']}, {ours[0]['test_accuracy']['final']:.3f}",
            flush=True,
        )
        tried = ", ".join(f"{n} threads {s:.1f} s" for n, s in sorted(trials.items()))
        print(f"{'':14} (PyTorch's first {glance.end} s of the cluster: {tried})", flush=True)


def main():
    arguments = argparse.ArgumentParser(description="desgd against PyTorch on the same cores.")
    arguments.add_argument("desgd")
    arguments.add_argument("data", nargs="?", default="data")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--only", choices=["gradients", "job"])
    arguments.add_argument("--model")
    arguments.add_argument("--avx2", action="store_true", help="no AVX-512 on either side")
    arguments.add_argument("--end", type=int, default=50, help="seconds of cluster time of the job")
    options = arguments.parse_args()
    desgd = os.path.abspath(options.desgd)
    if options.only != "job":
        models = [options.model] if options.model else list(MODULES)
        compare_gradients(desgd, options.data, models, options.rounds)
        if HAS_AVX512 and not options.avx2:
            subprocess.run([sys.executable, "-B", *sys.argv, "--only", "gradients", "--avx2"], check=True)
    if options.only != "gradients":
        models = [options.model] if options.model else JOB_MODELS
        jobs = [Job(model, options.data, options.end) for model in models]
        compare_jobs(desgd, jobs, (options.rounds + 1) // 2)


if __name__ == "__main__":
    main()
