// SPDX-License-Identifier: GPL-3.0-or-later
// What FOLDER/plan.tsv says (sweep_manifest.h), and what becomes of one that is there.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sim/sweep/sweep_plan.h"

struct sweep_manifest_run {
    uint64_t run;    // hash
    uint64_t former; // that of the same run under rules that have changed since; 0: none have.
                     // Not in the file
    uint64_t seed;
    int64_t round;
    int64_t cell;        // the first that it serves
    const char **values; // (key_count) as in the canonical form; "": the key does not apply
    enum sweep_role role;
};

struct sweep_manifest {
    size_t key_count;
    const char **keys;
    size_t run_count;
    struct sweep_manifest_run *runs; // in the order of the plan
    size_t baseline_count;           // 0: the sweep names none
    const char **baseline;           // (baseline_count) "KEY=VALUE"
    char *text;                      // owns keys, values and baseline
    const char **cells;              // all values, run by run
};

// What became of the plan that was there.
enum sweep_change_kind {
    SWEEP_CHANGE_NONE,       // nothing that is worth a word
    SWEEP_CHANGE_GROWN,      // the new one has more runs
    SWEEP_CHANGE_RELABELLED, // the same runs under other settings, or another baseline
    SWEEP_CHANGE_KEPT,       // it stays: it has the rounds of the same tuning already
    SWEEP_CHANGE_RULES,      // runs of it are made anew, under rules that have changed since
    SWEEP_CHANGE_MENDED,     // it was cut or changed, and is written anew
};
struct sweep_change {
    enum sweep_change_kind kind;
    size_t before, now; // runs
    size_t anew;        // under other rules
};
