#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asynchronous SGD on a simulated cluster, as a paper's author writes it: heapq and PyTorch.

The same job as scenarios/mnist_async.yaml: 25 workers, uniform compute times, half of the workers
delayed at random, one FIFO server that takes 10 ms to receive a gradient and 5 ms to apply it, and
an evaluation on 10,000 test and 1,000 training samples every second; 100 seconds of cluster time.
Prints JSON: wall seconds of the loop (data and imports not counted), gradients, events, accuracy.

    async_heapq.py [--model NAME] [--threads N] [--end SECONDS] [--data FOLDER]
"""

import argparse
import collections
import heapq
import json
import random
import time

import torch

from torch_nets import DATA_OF, Net, nets

WORKERS, BATCH, RATE = 25, 32, 0.01
DELAYED = WORKERS // 2
START_UP, RECEIVE, UPDATE, EVALUATE_EVERY = 22.5, 0.010, 0.005, 1.0
TRAIN_SAMPLES = 1000


def minibatches(shard):
    """Indices without end: a new permutation of the shard each epoch, batches across its border."""
    rest = torch.empty(0, dtype=torch.long)
    while True:
        if len(rest) < BATCH:
            rest = torch.cat([rest, shard[torch.randperm(len(shard))]])
        yield rest[:BATCH]
        rest = rest[BATCH:]


def simulate(net, train, test, end):
    images, labels = train
    shards = torch.randperm(len(labels)).chunk(WORKERS)
    batches = [minibatches(shard) for shard in shards]
    read = [None] * WORKERS  # the parameters that each worker computes on
    current = net.parameters.clone()
    work = net.parameters  # where the module computes
    heap, sequence, events, applied = [], 0, 0, 0
    queue, busy = collections.deque(), False
    history, evaluated = [], -1

    def schedule(when, kind, worker):
        nonlocal sequence
        heapq.heappush(heap, (when, sequence, kind, worker))
        sequence += 1

    def dispatch(now, worker):
        read[worker] = current.clone()
        delay = abs(random.gauss(0, 0.25)) if worker < DELAYED else 0.0
        schedule(now + random.uniform(0.18, 0.22) + delay, "ready", worker)

    def serve(now):
        nonlocal busy
        busy = bool(queue)
        if busy:
            schedule(now + RECEIVE, "received", queue.popleft())

    def evaluate(now):
        nonlocal evaluated
        if evaluated == applied:  # nothing has changed since
            history.append((now,) + history[-1][1:])
            return
        evaluated = applied
        work.copy_(current)
        history.append((now, net.evaluate(*test), net.evaluate(images[:TRAIN_SAMPLES], labels[:TRAIN_SAMPLES])))

    schedule(START_UP, "start", 0)
    next_evaluation = 0.0
    while True:
        now = heap[0][0]
        while next_evaluation < now and next_evaluation <= end:
            evaluate(next_evaluation)
            next_evaluation += EVALUATE_EVERY
        if now > end:
            break
        now, _, kind, worker = heapq.heappop(heap)
        events += 1
        if kind == "start":
            for each in range(WORKERS):
                dispatch(now, each)
        elif kind == "ready":
            queue.append(worker)
            if not busy:
                serve(now)
        elif kind == "received":
            schedule(now + UPDATE, "updated", worker)
        else:
            work.copy_(read[worker])
            batch = next(batches[worker])
            net.compute_gradient(images[batch], labels[batch])
            current.add_(net.gradient, alpha=-RATE)
            applied += 1
            dispatch(now, worker)
            serve(now)
    return history, applied, events


def main():
    arguments = argparse.ArgumentParser(description="Asynchronous SGD with heapq and PyTorch.")
    arguments.add_argument("--model", default="mnist_ray")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--end", type=float, default=100.0, help="seconds of cluster time")
    arguments.add_argument("--data", default="data")
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    random.seed(1)
    data = nets.Data(DATA_OF[options.model], options.data)
    train, test = data.tensors(data.train), data.tensors(data.test)
    net = Net(options.model)
    net.compute_gradient(train[0][:BATCH], train[1][:BATCH])  # the first call sets PyTorch up
    start = time.perf_counter()
    history, applied, events = simulate(net, train, test, options.end)
    seconds = time.perf_counter() - start
    print(json.dumps({
        "wall_seconds": seconds, "gradients": applied, "events": events, "evaluations": len(history),
        "test_accuracy": history[-1][1][1],
    }))


if __name__ == "__main__":
    main()
