# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes files that a page must bear: make_strangers.py LOG.h5 LOG_OF_ALL_TABLES.h5 FOLDER

changed.h5 and hostile.h5 are logs in which somebody wrote what he wants a page to run: the first is
one that desgd still reads. The others are no logs, or say that they have more than there is.
"""

import pathlib
import shutil
import sys

import h5py
import numpy

EVIL = "</script><img src=x onerror=alert(1)>\"'<!--<script>alert(1)</script>&lt;" + "w" * 20
ALL_TABLES = ("events", "gradients", "updates", "evaluations", "reductions", "incidents", "workers")
ATTRIBUTES = {
    "format_version": (1, 3), "workers": (-1, 0, 10**9), "events_logged": (-1, 2), "end_ns": (-1,),
    "event_count": (-1,),
}
TABLES = ("events", "gradients", "updates", "evaluations", "workers")

log = pathlib.Path(sys.argv[1])
whole = pathlib.Path(sys.argv[2])
folder = pathlib.Path(sys.argv[3])


def change_texts(attributes):
    for name, value in list(attributes.items()):
        if isinstance(value, (bytes, str, numpy.bytes_)) and name != "format":
            attributes[name] = numpy.bytes_(EVIL)


def changed_copy(name):
    shutil.copy(log, folder / name)
    return h5py.File(folder / name, "r+")


def change_descriptions(file):
    change_texts(file["provenance"].attrs)
    for column in (column for table in TABLES for column in file[table].values()):
        if "units" in column.attrs:
            change_texts(column.attrs)


def change_scenario(file):
    text = file["scenario"][()].decode().replace("title: First run", f"title: {EVIL}")
    del file["scenario"]
    file["scenario"] = numpy.bytes_(f"{text}\n# {EVIL}\n{EVIL}: {EVIL}\n")


def changed_column(name):
    shutil.copy(whole, folder / "columns" / name)
    return h5py.File(folder / "columns" / name, "r+")


def changes_of(column):
    """Low is less than any column of whole numbers may be; high is no worker, and no code of a word."""
    if column.dtype.kind == "f" or column.dtype.itemsize == 8 and column.dtype.kind == "u":
        return {"lacks": None}
    high = {1: 200, 4: 10**6}.get(column.dtype.itemsize)
    return {"lacks": None, **({} if high == 200 else {"low": -2}), **({} if high is None else {"high": high})}


def change_column(path, change, value):
    with changed_column(f"{path.replace('/', '.')}.{change}.h5") as file:
        if change == "lacks":
            del file[path]
        else:
            file[path][1] = value


def change_attribute(name, value):
    with changed_column(f"{name}.{value}.h5") as file:
        file.attrs.modify(name, numpy.array(value, file.attrs[name].dtype))


with changed_copy("changed.h5") as file:
    change_descriptions(file)
with changed_copy("hostile.h5") as file:
    change_descriptions(file)
    change_texts(file.attrs)
    change_scenario(file)
with changed_copy("huge.h5") as file:
    for name in list(file["gradients"]):
        kind = file["gradients"][name].dtype
        del file["gradients"][name]
        file["gradients"].create_dataset(name, (10**12,), kind, chunks=(1024,))
with changed_copy("uneven.h5") as file:
    rows = file["gradients/worker"][()]
    del file["gradients/worker"]
    file["gradients/worker"] = rows[: len(rows) // 2]
with changed_copy("wrong_types.h5") as file:
    rows = file["gradients/worker"][()]
    del file["gradients/worker"]
    file["gradients/worker"] = numpy.array([b"x"] * len(rows))
with changed_copy("without_scenario.h5") as file:
    del file["scenario"]
with h5py.File(folder / "foreign.h5", "w") as file:
    file["measured"] = numpy.arange(5)
(folder / "columns").mkdir()
with h5py.File(whole, "r") as file:
    changes = [(f"{table}/{name}", *change) for table in ALL_TABLES for name, column in file[table].items()
               if column.ndim == 1 and "CLASS" not in column.attrs for change in changes_of(column).items()]
for change in changes:
    change_column(*change)
for attribute, values in ATTRIBUTES.items():
    for value in values:
        change_attribute(attribute, value)
(folder / "empty.h5").write_bytes(b"")
(folder / "notes.h5").write_text("these are no numbers\n")
(folder / "truncated.h5").write_bytes(log.read_bytes()[: log.stat().st_size // 2])
