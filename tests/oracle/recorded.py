# SPDX-License-Identifier: GPL-3.0-or-later
"""A log as plain lists of Python's numbers, and the canonical scenario in it. Every scalar of the
scenario stays a text, so nothing is guessed from the look of a value."""

import h5py
import yaml

KINDS = ("dispatched", "ready", "arrived", "received", "updated", "replied", "waits", "reducing",
         "reduced", "merged", "cancelled", "crashed", "lost", "returned", "vanished")
OUTCOMES = ("applied", "dropped", "cancelled", "lost", "pending")


class Recorded:
    """What a log says. `tables` has a map of columns for each table."""

    def __init__(self, path):
        with h5py.File(path, "r") as file:
            self.attributes = {
                name: value.decode() if isinstance(value, bytes) else value.item()
                for name, value in file.attrs.items()
            }
            text = file["scenario"][()]
            self.tables = {
                table: {name: data[:].tolist() for name, data in group.items()
                        if data.ndim == 1 and name not in ("row", "sample", "parameter")}
                for table, group in file.items()
                if isinstance(group, h5py.Group) and table not in ("provenance", "parameters")
            }
        self.scenario = yaml.load(text.decode(), Loader=yaml.BaseLoader)

    def rows(self, table):
        """How many rows a table has."""
        columns = self.tables.get(table, {})
        return len(next(iter(columns.values()))) if columns else 0

    def column(self, table, name, default=None):
        """A column; where the log has none because all are alike, so many of `default`."""
        columns = self.tables.get(table, {})
        return columns[name] if name in columns else [default] * self.rows(table)
