#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs of desgd in Python: one file to copy or to import, for h5py and numpy.

    from desgd_log import read_log
    log = read_log("first.h5")
    late = log.gradients["staleness"] > 3
    t = log.evaluations.seconds("time_ns")
    frame = log.gradients.frame()                  # with pandas

Every table of the log is a Table of numpy columns: enums are their names, times whole nanoseconds.
`python3 plots/desgd_log.py FILE.h5 -o FOLDER` draws three figures of a log, with matplotlib:
curves.png, timeline.png and staleness.png. Without -o it prints what the log has.
"""
from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass, field
from typing import Any

import h5py
import numpy as np

TABLES = ("events", "gradients", "updates", "evaluations", "reductions", "incidents", "workers")


@dataclass(frozen=True)
class Table:
    """The columns of a table, all of one length, with the unit and the meaning of each.

    A table without rows has no columns, and a column that a log may lack is not there where all its
    rows would say the same: results/SCHEMA.md says what. `get` gives the column, or that value.
    """

    name: str
    columns: dict[str, np.ndarray] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    long_names: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __getitem__(self, column: str) -> np.ndarray:
        return self.columns[column]

    def get(self, column: str, absent: float = 0) -> np.ndarray:
        """The column; where the log has none, one that says "absent" in every row."""
        return self.columns.get(column, np.full(len(self), absent))

    def seconds(self, column: str) -> np.ndarray:
        """A column of nanoseconds as seconds; NaN for -1, "did not happen"."""
        if self.units[column] != "ns":
            raise ValueError(f"{self.name}/{column} is no time: its unit is {self.units[column]}")
        times = self.columns[column]
        return np.where(times == -1, np.nan, times / 1e9)

    def frame(self) -> Any:
        """The table as a pandas.DataFrame; its attrs["units"] has the units."""
        import pandas

        frame = pandas.DataFrame(self.columns)
        frame.attrs["units"] = dict(self.units)
        return frame


@dataclass(frozen=True)
class Log:
    """A log. The tables are attributes, too: log.gradients is log.tables["gradients"]."""

    path: str
    attributes: dict[str, Any]  # of the file: status, policy, seed, workers, end_ns, ...
    provenance: dict[str, Any]
    scenario: str  # the canonical text
    tables: dict[str, Table]
    parameters: dict[str, np.ndarray]  # initial, final, ...; none in timing-only runs

    def __getattr__(self, name: str) -> Table:
        if name in TABLES:
            return self.tables[name]
        raise AttributeError(f"a log has no {name!r}")

    def title(self) -> str:
        """Policy, workers and seed, for the head of a figure."""
        a = self.attributes
        return f"{a['policy']}, {a['workers']} workers, seed {a['seed']}"


def _attributes(item: h5py.HLObject) -> dict[str, Any]:
    return {
        name: value.decode() if isinstance(value, bytes) else value.item()
        for name, value in item.attrs.items()
    }


def _column(dataset: h5py.Dataset) -> np.ndarray:
    words = h5py.check_enum_dtype(dataset.dtype)
    if words is None:
        return dataset[:]
    names = np.empty(max(words.values()) + 1, dtype=object)
    for word, value in words.items():
        names[value] = word
    return names[dataset[:]].astype(str)


def _table(file: h5py.File, name: str) -> Table:
    table = Table(name)
    for column, dataset in file[name].items() if name in file else ():
        if "CLASS" in dataset.attrs or dataset.ndim != 1:
            continue  # a dimension, or the samples or numbers of each gradient
        table.columns[column] = _column(dataset)
        table.units[column] = dataset.attrs["units"].decode()
        table.long_names[column] = dataset.attrs["long_name"].decode()
    return table


def read_log(path: str) -> Log:
    """Reads a whole log, but for the samples and values of each gradient."""
    with h5py.File(path, "r") as file:
        attributes = _attributes(file)
        if attributes.get("format") != "desgd-run":
            raise ValueError(f"{path} is no log of a run of desgd")
        return Log(
            path=path,
            attributes=attributes,
            provenance=_attributes(file["provenance"]),
            scenario=file["scenario"].asstr()[()],
            tables={name: _table(file, name) for name in TABLES},
            parameters={
                name: dataset[:]
                for name, dataset in file["parameters"].items()
                if "CLASS" not in dataset.attrs
            },
        )


# ---- figures ----

# Colours that stay apart for colour-blind readers (Okabe and Ito).
COLOURS = {
    "computing and delay": "#0072B2",
    "on its way": "#56B4E9",
    "in line": "#E69F00",
    "in the buffer": "#CC79A7",
}


def draw_curves(log: Log, axes: Any) -> None:
    """Test accuracy and losses over cluster time."""
    rows = log.evaluations
    axes.set_title(f"Test accuracy and loss: {log.title()}")
    axes.set_xlabel("cluster time / s")
    axes.set_ylabel("test accuracy / %")
    if len(rows) == 0:
        return
    time = rows.seconds("time_ns")
    lines = axes.plot(time, 100 * rows["test_accuracy"], color="#0072B2", label="test accuracy")
    losses = axes.twinx()
    losses.set_ylabel("mean loss")
    lines += losses.plot(time, rows["test_loss"], "--", color="#D55E00", label="test loss")
    lines += losses.plot(time, rows["train_loss"], ":", color="#009E73", label="training loss")
    axes.legend(handles=lines, loc="center right")


def gradient_spans(log: Log) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Beginnings and ends in s, by what a gradient is in: NaN where it did not get there.

    What was under way when the run ended ends then. Of who is delayed, paused or waits for an
    average, `desgd export --chrome-trace` tells more.
    """
    rows = log.gradients
    names = ("dispatched_ns", "ready_ns", "arrived_ns", "received_ns", "applied_ns")
    times = [rows.seconds(name) for name in names]
    pending, end = rows["outcome"] == "pending", log.attributes["end_ns"] / 1e9
    times = [np.where(pending & np.isnan(time), end, time) for time in times]
    return dict(zip(COLOURS, zip(times[:-1], times[1:])))


def draw_timeline(log: Log, axes: Any, start: float = 0.0, end: float | None = None) -> None:
    """A lane for each worker, with what its gradients are in, from start to end (s).

    Without an end: ten gradients of each worker or so.
    """
    stop = log.attributes["end_ns"] / 1e9 if end is None else end
    shown = 10 * log.attributes["workers"]
    if end is None and len(log.gradients) > shown:
        later = np.sort(log.gradients.seconds("dispatched_ns"))
        later = later[later > start]
        stop = later[shown] if len(later) > shown else stop
    axes.set_title(f"Gradients by worker: {log.title()}")
    axes.set_xlabel("cluster time / s")
    axes.set_ylabel("worker")
    axes.set_xlim(start, stop)
    axes.set_ylim(log.attributes["workers"] - 0.5, -0.5)
    axes.yaxis.get_major_locator().set_params(integer=True)
    if len(log.gradients) == 0:
        return
    worker = log.gradients["worker"]
    for i, (name, (begins, ends)) in enumerate(gradient_spans(log).items()):
        shown = (ends > start) & (begins < stop) & (ends > begins)
        height = 0.8 if i == 0 else 0.4  # who goes on computes while its gradient is on its way
        axes.barh(worker[shown], (ends - begins)[shown], left=begins[shown], height=height,
                  color=COLOURS[name], label=name)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))


def draw_staleness(log: Log, axes: Any) -> None:
    """How many of the applied gradients have which staleness."""
    axes.set_title(f"Staleness: {log.title()}")
    axes.set_xlabel("staleness / versions")
    axes.set_ylabel("applied gradients")
    if len(log.gradients) == 0:
        return
    staleness = log.gradients["staleness"]
    counts = np.bincount(staleness[staleness >= 0])
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.bar(np.arange(len(counts)), counts, color="#0072B2")


FIGURES = {"curves": draw_curves, "timeline": draw_timeline, "staleness": draw_staleness}


def draw_figures(log: Log, folder: str) -> list[str]:
    """Writes the three figures as PNG into the folder; returns their paths."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    os.makedirs(folder, exist_ok=True)
    paths = []
    for name, draw in FIGURES.items():
        figure, axes = pyplot.subplots(figsize=(10, 5), layout="constrained")
        draw(log, axes)
        paths.append(os.path.join(folder, f"{name}.png"))
        figure.savefig(paths[-1], dpi=120)
        pyplot.close(figure)
    return paths


def main() -> int:
    parser = argparse.ArgumentParser(description="What a log of desgd has, or three figures of it.")
    parser.add_argument("log", help="FILE.h5")
    parser.add_argument("-o", "--output", metavar="FOLDER", help="draw them into this folder")
    arguments = parser.parse_args()
    log = read_log(arguments.log)
    if arguments.output is not None:
        print("\n".join(draw_figures(log, arguments.output)))
        return 0
    print(f"{log.title()}: {log.attributes['status']}")
    for table in log.tables.values():
        print(f"{table.name:12} {len(table):8} rows  {' '.join(table.columns)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
