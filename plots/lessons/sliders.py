# SPDX-License-Identifier: GPL-3.0-or-later
"""The sliders of a lesson's page, in words: what the runs of a sweep differ in.

    axes, places = sliders(rows, keys)

rows: of sweep.csv; keys: the settings in which they differ. An axis is a slider,
{"label": words, "setting": keys, "values": [words, ...]}; places has, of each row, its position on
each axis.
"""
from __future__ import annotations

import math
import re

# A setting in words; one that is not here keeps its name.
SETTINGS = {
    "policy": "policy",
    "policy.combine": "gradients of an update: sum or mean",
    "policy.name": "policy",
    "policy.steps": "steps between averages",
    "policy.threshold": "threshold K",
    "training.learning_rate": "learning rate",
    "data": "data of the workers",
    "cluster.compute": "time of a gradient",
    "cluster.delay.std": "random delays (standard deviation)",
    "cluster.delay.value": "delay of the slow worker",
    "cluster.events.death.at": "death of the worker",
    "cluster.network.latency": "latency of a message",
    "cluster.server": "server",
}
KIND = re.compile(r"\b(?:law|name|schedule|shards|expression, formula): ")


def value_in_words(value: str) -> str:
    """Of "{law: uniform, min: 180 ms}": "uniform, min 180 ms"."""
    return re.sub(r"(\w): ", r"\1 ", KIND.sub("", value.strip("{}"))).replace('"', "")


def setting_in_words(key: str, value: str, among: int) -> str:
    """A value with the words of its setting, if it is one among several."""
    words = value_in_words(value)
    named = among > 1 and not key.startswith(("policy.name", "data"))
    return f"{SETTINGS.get(key, key)} = {words}" if named else words


def axis_of(rows: list[dict[str, str]], keys: list[str]) -> tuple[dict, list[int]]:
    """A slider over all that rows say of the keys together, and the position of each row."""
    said = [
        ", ".join(setting_in_words(key, row[key], len(keys)) for key in keys if row[key])
        for row in rows
    ]
    values = list(dict.fromkeys(said))
    label = SETTINGS.get(keys[0], keys[0])
    axis = {"label": label, "setting": ", ".join(keys), "values": values}
    return axis, [values.index(one) for one in said]


def sliders(rows: list[dict[str, str]], keys: list[str]) -> tuple[list[dict], list[list[int]]]:
    """One slider for each key, but one for as many of the first as are a list and no product."""
    for listed in range(1, len(keys) + 1):
        groups = [keys[:listed]] + [[key] for key in keys[listed:]]
        found = [axis_of(rows, group) for group in groups]
        places = [list(one) for one in zip(*(at for _, at in found))]
        cells = math.prod(len(axis["values"]) for axis, _ in found)
        if cells == len(rows) == len(set(map(tuple, places))):
            return [axis for axis, _ in found], places
    runs = [str(i + 1) for i in range(len(rows))]
    return [{"label": "run", "setting": "", "values": runs}], [[i] for i in range(len(rows))]
