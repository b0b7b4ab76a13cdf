#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds what Python reads of a log against the tables that `desgd export --csv` has written of it.

    check_reader.py tables LOG.h5 FOLDER       plots/desgd_log.py: every column of every table
    check_reader.py figures LOG.h5 FOLDER      its three figures, which go into the folder
    check_reader.py xarray LOG.h5 FOLDER       xarray with h5netcdf: every column of every group
    check_reader.py sweep SWEEP.h5 FOLDER      the same of a table of runs, beside FOLDER/sweep.csv

Exit status: 0, or 1 with what differs.
"""

import csv
import os
import sys

import numpy

sys.path.insert(0, "plots")
import desgd_log


def fail(*what):
    print("check_reader:", *what)
    sys.exit(1)


def columns_of(folder, table):
    with open(os.path.join(folder, table + ".csv"), newline="") as file:
        rows = list(csv.reader(file))
    return {name: [row[i] for row in rows[1:]] for i, name in enumerate(rows[0])}


def expect_equal(what, column, texts):
    column = numpy.asarray(column)
    if column.dtype.kind == "f":
        same = numpy.array_equal(column, numpy.array(texts, dtype=float), equal_nan=True)
    else:
        same = [str(value) for value in column.tolist()] == texts
    if not same:
        fail(what, "is otherwise:", column[:3], texts[:3])


def check_tables(path, folder):
    log = desgd_log.read_log(path)
    for name, table in log.tables.items():
        wanted = columns_of(folder, name)
        if len(table) == 0:
            if any(wanted.values()):
                fail(name, "has rows")
            continue
        if set(table.columns) != set(wanted):
            fail(name, "has other columns:", set(table.columns) ^ set(wanted))
        for column, texts in wanted.items():
            expect_equal(f"{name}/{column}", table[column], texts)
            if not table.units[column] or not table.long_names[column]:
                fail(f"{name}/{column} has no unit or no meaning")
    ready, applied = log.gradients["ready_ns"], log.gradients.seconds("ready_ns")
    if not numpy.array_equal(numpy.isnan(applied), ready == -1):
        fail("what did not happen has a time")
    if log.gradients.get("no_such_column", 7).tolist() != [7] * len(log.gradients):
        fail("a column that is not there is not what is absent")
    try:
        if list(log.gradients.frame().columns) != list(log.gradients.columns):
            fail("the frame has other columns")
    except ImportError:
        pass  # pandas is no requirement
    if log.attributes["policy"] not in log.title() or "policy:" not in log.scenario:
        fail("attributes or scenario are not the log's")


def check_figures(path, folder):
    log = desgd_log.read_log(path)
    paths = desgd_log.draw_figures(log, folder)
    if len(paths) != 3 or any(os.path.getsize(figure) < 4000 for figure in paths):
        fail("figures are missing or empty:", paths)


def check_xarray(path, folder):
    import xarray

    log = desgd_log.read_log(path)
    for name, table in log.tables.items():
        if len(table) == 0:
            continue
        with xarray.open_dataset(path, group=name, engine="h5netcdf") as dataset:
            if dataset.sizes["row"] != len(table):
                fail(name, "has other rows:", dict(dataset.sizes))
            for column, texts in columns_of(folder, name).items():
                variable = dataset[column]
                if variable.dims != ("row",) or variable.attrs["units"] != table.units[column]:
                    fail(f"{name}/{column}:", variable.dims, variable.attrs)
                if table[column].dtype.kind != "U":  # enums are their numbers there
                    expect_equal(f"{name}/{column}", variable.values, texts)
    groups = ["/", "provenance"] + (["parameters"] if log.parameters else [])
    for group in groups:
        with xarray.open_dataset(path, group=group, engine="h5netcdf") as dataset:
            dataset.load()
            if group == "parameters" and dataset["final"].dims != ("parameter",):
                fail("the parameters have other dimensions:", dataset["final"].dims)


def check_sweep(path, folder):
    import xarray

    wanted = columns_of(folder, "sweep")
    for group in ("runs", "keys", "provenance"):
        with xarray.open_dataset(path, group=group, engine="h5netcdf") as dataset:
            if dict(dataset.sizes) != {"row": len(wanted["run"])}:
                fail(group, "has other rows:", dict(dataset.sizes))
            names = {"runs": ["run"], "keys": list(dataset.variables), "provenance": []}[group]
            for name in names:
                expect_equal(name, dataset[name].values.astype(str), wanted[name])


if __name__ == "__main__":
    what, path, folder = sys.argv[1:]
    checks = {"tables": check_tables, "figures": check_figures}
    checks |= {"xarray": check_xarray, "sweep": check_sweep}
    checks[what](path, folder)
