# SPDX-License-Identifier: GPL-3.0-or-later
"""The quantities of a canonical scenario as whole numbers: times in ns, sizes in bytes, rates in
bits per second. All are exact; a text that is none of them is a ValueError."""

from fractions import Fraction

TIMES = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "min": 60 * 10**9, "h": 3600 * 10**9}
SIZES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
         "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
RATES = {"bit/s": 1, "kbit/s": 10**3, "Mbit/s": 10**6, "Gbit/s": 10**9, "Tbit/s": 10**12,
         "B/s": 8, "kB/s": 8 * 10**3, "MB/s": 8 * 10**6, "GB/s": 8 * 10**9, "TB/s": 8 * 10**12}


def measured(text, units):
    """The value of "NUMBER UNIT" in the unit to which `units` gives 1."""
    number, _, unit = text.partition(" ")
    if unit not in units:
        raise ValueError(f"no quantity: {text}")
    return Fraction(number) * units[unit]


def time_ns(text):
    return int(measured(text, TIMES))


def size_bytes(text):
    return int(measured(text, SIZES))


def rate_bits(text):
    """Bits per second as a fraction, or None if unlimited."""
    return None if text == "unlimited" else measured(text, RATES)


def share(text):
    """ "12.5 %" as a fraction of 1."""
    number, _, unit = text.partition(" ")
    if unit != "%":
        raise ValueError(f"no share: {text}")
    return Fraction(number) / 100


def nearest(value):
    """A fraction, or a float, rounded to a whole number, half to even."""
    return round(value)
