# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes a log as somebody would who wants a page to run what it says.

make_hostile.py FILE.h5 [all]: only what desgd still reads; with "all" whatever a page could read.
"""

import sys

import h5py
import numpy

EVIL = "</script><img src=x onerror=alert(1)>\"'<!--<script>alert(1)</script>&lt;" + "w" * 20


def change_texts(attributes, size):
    for name, value in list(attributes.items()):
        if isinstance(value, (bytes, str, numpy.bytes_)) and name != "format":
            attributes[name] = numpy.bytes_(EVIL[:size])


with h5py.File(sys.argv[1], "r+") as log:
    change_texts(log["provenance"].attrs, 90)
    for table in ("events", "gradients", "updates", "evaluations", "workers"):
        for column in log[table].values():
            if "units" in column.attrs:
                change_texts(column.attrs, 90)
    if sys.argv[2:] == ["all"]:
        change_texts(log.attrs, 90)
        text = log["scenario"][()].decode().replace("title: First run", f"title: {EVIL}")
        del log["scenario"]
        log["scenario"] = numpy.bytes_(f"{text}\n# {EVIL}\n{EVIL}: {EVIL}\n")
