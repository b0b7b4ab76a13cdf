# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes files that a page must bear: make_strangers.py LOG.h5 FOLDER

changed.h5 and hostile.h5 are logs in which somebody wrote what he wants a page to run: the first is
one that desgd still reads. The others are no logs, or say that they have more than there is.
"""

import pathlib
import shutil
import sys

import h5py
import numpy

EVIL = "</script><img src=x onerror=alert(1)>\"'<!--<script>alert(1)</script>&lt;" + "w" * 20
TABLES = ("events", "gradients", "updates", "evaluations", "workers")

log = pathlib.Path(sys.argv[1])
folder = pathlib.Path(sys.argv[2])


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
(folder / "empty.h5").write_bytes(b"")
(folder / "notes.h5").write_text("these are no numbers\n")
(folder / "truncated.h5").write_bytes(log.read_bytes()[: log.stat().st_size // 2])
