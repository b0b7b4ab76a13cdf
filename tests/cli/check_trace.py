#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds a trace of desgd against Chrome's trace format, and against the tables of its log.

    check_trace.py TRACE.json FOLDER        (desgd export --chrome-trace, desgd export --csv)

The format: every event has the fields of its phase; processes and threads have names; slices of one
thread nest, and those of a worker do not even overlap; an arrow goes forward in time from a slice to
a slice, and no two have one number; spans that lie across are begun and ended; counters are numbers.
The tables: each update is a slice with its numbers, each gradient that was applied has its arrow to
that slice, and what the slices of a worker add up to is what /workers has.

Prints how many slices and arrows there are. Exit status: 0, or 1 with what does not hold.
Needs nothing but Python.
"""

import collections
import csv
import json
import os
import sys
from decimal import Decimal

WORKERS, SERVER = 1, 2
FIELDS = {
    "M": {"name", "args"},
    "X": {"name", "dur"},
    "s": {"name", "cat", "id"},
    "f": {"name", "cat", "id", "bp"},
    "b": {"name", "cat", "id"},
    "e": {"name", "cat", "id"},
    "C": {"name", "args"},
}
BUSY = {"computing", "delayed", "stalled"}


def fail(text, *what):
    print("check_trace:", text, *what)
    sys.exit(1)


def ns(time):
    """Microseconds with three decimals as whole nanoseconds."""
    exact = Decimal(time) * 1000
    if exact != int(exact) or exact < 0:
        fail("no whole nanoseconds:", time)
    return int(exact)


def check_event(event):
    phase = event.get("ph")
    if phase not in FIELDS:
        fail("unknown phase", event)
    needed = FIELDS[phase] | {"ph", "pid", "tid", "ts"}
    if not needed <= set(event) or not set(event) <= needed | {"args"}:
        fail("missing or unknown fields", event)
    for field in ("pid", "tid") + (("id",) if "id" in needed else ()):
        if not isinstance(event[field], int) or event[field] < 1:
            fail(field, "is no positive number", event)
    for field in ("name", "cat"):
        if field in needed and not (isinstance(event[field], str) and event[field]):
            fail(field, "is no text", event)
    if phase == "C":
        values = event["args"].values()
        if not values or not all(isinstance(value, (int, Decimal)) for value in values):
            fail("a counter without a number", event)


def check_names(events):
    names = {"process_name": {}, "thread_name": {}}
    for event in events:
        if event["ph"] == "M" and event["name"] in names:
            key = (event["pid"], event["tid"])
            if key in names[event["name"]]:
                fail("named twice", event)
            names[event["name"]][key] = event["args"]["name"]
    processes = {pid for pid, tid in names["process_name"]}
    for event in events:
        key = (event["pid"], event["tid"])
        unnamed = event["ph"] in "Xsfbe" and key not in names["thread_name"]
        if event["pid"] not in processes or unnamed:
            fail("without a name", event)
    threads = [name for (pid, tid), name in sorted(names["thread_name"].items()) if pid == WORKERS]
    if threads != sorted(threads):
        fail("the names of the workers are not in order", threads)


def slices_by_thread(events):
    slices = collections.defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            start = ns(event["ts"])
            slices[event["pid"], event["tid"]].append((start, start + ns(event["dur"]), event))
    for thread in slices.values():
        thread.sort(key=lambda slice: (slice[0], -slice[1]))
    return slices


def check_nesting(slices):
    for (pid, tid), thread in slices.items():
        open_ends = []
        for start, end, event in thread:
            while open_ends and open_ends[-1] <= start:
                open_ends.pop()
            if open_ends and end > open_ends[-1]:
                fail("a slice that overlaps another", event)
            if open_ends and pid == WORKERS:
                fail("a slice within another of a worker", event)
            open_ends.append(end)


def is_within(slices, event):
    time = ns(event["ts"])
    return any(start <= time <= end for start, end, _ in slices[event["pid"], event["tid"]])


def check_pairs(events, slices, first, last):
    """Beginnings and ends by number; returns how many pairs each name has."""
    pairs = collections.defaultdict(list)
    for event in events:
        if event["ph"] in (first, last):
            pairs[event["id"]].append(event)
    for pair in pairs.values():
        if [event["ph"] for event in pair] != [first, last]:
            fail("no pair", pair)
        if len({(event["name"], event["cat"]) for event in pair}) != 1:
            fail("a pair of two names", pair)
        if ns(pair[0]["ts"]) > ns(pair[1]["ts"]):
            fail("ends before it begins", pair)
        if first == "s" and not (is_within(slices, pair[0]) and is_within(slices, pair[1])):
            fail("an arrow without a slice", pair)
    return collections.Counter(pair[0]["name"] for pair in pairs.values())


def table(folder, name):
    with open(os.path.join(folder, name + ".csv"), newline="") as file:
        return list(csv.DictReader(file))


def check_updates(slices, folder, flows):
    updates = [e["args"] for _, _, e in slices[SERVER, SERVER] if e["name"] == "updating"]
    rows = table(folder, "updates")
    gradients = table(folder, "gradients")
    if updates and [(u["version"], u["K"], u["gradients"]) for u in updates] != [
        (int(r["version"]), int(r["threshold"]), int(r["gradients"])) for r in rows
    ]:
        fail("updates that are not those of the log")
    applied = sum(row["outcome"] == "applied" for row in gradients)
    if flows["push"] != applied:
        fail(f"{flows['push']} arrows of {applied} applied gradients")


def check_workers(slices, folder):
    """To the nanosecond: what a worker does is what the log has summed up."""
    for worker, row in enumerate(table(folder, "workers")):
        sums = collections.Counter()
        for start, end, event in slices[WORKERS, worker + 1]:
            sums[event["name"]] += end - start
        busy = sum(sums[name] for name in BUSY)
        waiting, down = sums["waiting"], sums["down"]
        rest = sum(sums.values()) - busy - waiting - down
        found = (busy, waiting, rest, down)
        names = ("busy_ns", "waiting_ns", "communicating_ns", "down_ns")
        expected = tuple(int(row.get(name, 0)) for name in names)
        if found != expected:
            fail(f"worker {worker}: busy, waiting, communicating, down: {found} and not {expected}")


def main():
    path, folder = sys.argv[1:]
    with open(path, encoding="ascii") as file:
        trace = json.load(file, parse_float=Decimal)
    if trace["displayTimeUnit"] != "ns" or trace["otherData"]["program"] != "desgd":
        fail("not the head of a trace of desgd")
    events = trace["traceEvents"]
    for event in events:
        check_event(event)
    check_names(events)
    slices = slices_by_thread(events)
    check_nesting(slices)
    flows = check_pairs(events, slices, "s", "f")
    check_pairs(events, slices, "b", "e")
    check_updates(slices, folder, flows)
    check_workers(slices, folder)
    print(f"{sum(map(len, slices.values()))} slices, {flows['push']} pushes, {flows['read']} reads")


if __name__ == "__main__":
    main()
