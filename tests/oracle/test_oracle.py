#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the program against the second engine, in the words of cmocka, for tests/run.sh.

What every change must pass. With $ORACLE_SCENARIOS: so many random scenarios, and all of
scenarios/.
"""

import glob
import os
import sys
import tempfile
import traceback

import oracle
from compare import difference
from recorded import Recorded

SCENARIOS = int(os.environ.get("ORACLE_SCENARIOS", 0))


def agree(found):
    """Fails with every difference in a map from names to differences."""
    differences = [f"{name}: {text}" for name, text in found.items() if text]
    assert not differences, "\n".join(differences)


def random_scenarios_come_to_the_same_events_in_both_engines():
    """Otherwise an event rule of the program is not what the documents say."""
    first, count = int(os.environ.get("DESGD_TEST_SEED", 1)), SCENARIOS or 30
    print(f"random scenarios from {first} on; DESGD_TEST_SEED=N takes those from N on")
    with tempfile.TemporaryDirectory() as folder:
        agree({f"oracle.py --random 1 --first {number}": oracle.check_random(number, folder)
               for number in range(first, first + count)})


def is_sweep(name):
    with open(name, encoding="utf-8") as file:
        return any(line.startswith("scenario:") for line in file)


def scenarios_of_the_tree_come_to_the_same_events_in_both_engines():
    """Otherwise what the documents say does not hold for the examples beside them."""
    names = ["scenarios/first_run.yaml", "scenarios/policies/easgd.yaml",
             "scenarios/policies/hpsgd.yaml"]
    if SCENARIOS:
        names = [name for name in sorted(glob.glob("scenarios/**/*.yaml", recursive=True))
                 if not is_sweep(name)]
    with tempfile.TemporaryDirectory() as folder:
        agree({name: oracle.check_scenario(name, folder) for name in names})


def a_log_that_is_wrong_in_one_number_is_noticed():
    """Otherwise the oracle would agree with anything."""
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log.h5")
        oracle.run_program(["scenarios/first_run.yaml", "--set", "model=none", "-o", log])
        run = oracle.replayed(Recorded(log))
        assert difference(run, Recorded(log)) is None
        for table, column, step in (("events", "time_ns", 1), ("events", "actor", 1),
                                    ("gradients", "staleness", 1), ("gradients", "threshold", -1),
                                    ("gradients", "outcome", 1), ("updates", "gradients", 1),
                                    ("workers", "waiting_ns", 1)):
            wrong = Recorded(log)
            wrong.tables[table][column][3] += step
            assert difference(run, wrong), f"/{table}/{column} is wrong, and nobody says so"


def main():
    tests = (random_scenarios_come_to_the_same_events_in_both_engines,
             scenarios_of_the_tree_come_to_the_same_events_in_both_engines,
             a_log_that_is_wrong_in_one_number_is_noticed)
    failed = []
    for test in tests:
        try:
            test()
        except Exception:  # whatever it is, the others are run, too
            traceback.print_exc(file=sys.stdout)
            failed.append(test.__name__)
    print(f"[  PASSED  ] {len(tests) - len(failed)} test(s).")
    if failed:
        print(f"[  FAILED  ] {len(failed)} test(s), listed below:", *failed, sep="\n[  FAILED  ] ")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
