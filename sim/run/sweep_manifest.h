// SPDX-License-Identifier: GPL-3.0-or-later
// FOLDER/plan.tsv: which runs a sweep's folder is about, for whoever has the folder and not the
// sweep's file: "desgd merge", and people with awk. A line "desgd-plan VERSION" with the
// settings of the baseline behind it, if the sweep names one, each KEY=VALUE as the sweep has it; a
// line of column names, and a line for each run: its hash, role, round, seed, cell, and the values
// of all varied keys. Fields are parted by tabs; none has a tab or a line's end in it.
#ifndef DESGD_RUN_SWEEP_MANIFEST_H
#define DESGD_RUN_SWEEP_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"
#include "sim/scenario/sweep_plan.h"

#define SWEEP_MANIFEST_NAME "plan.tsv"

struct sweep_manifest_run {
    uint64_t run; // hash
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

// Writes the manifest, unless the one that is there is the same. "text" owns nothing here. Safe
// with other shards that do so at the same time. Errors: STATUS_CANNOT_CREATE, STATUS_IO.
enum status sweep_manifest_write(const char *folder, const struct sweep_manifest *manifest,
                                 struct error *error);

// Removes what writers of this host that were killed have left of their half-written plans.
void sweep_manifest_clear_parts(const char *folder);

// Errors: STATUS_NO_INPUT (there is none), STATUS_BAD_DATA ("FILE:LINE: ...").
// *manifest is set only on success and released with sweep_manifest_reset.
enum status sweep_manifest_read(const char *folder, struct sweep_manifest *manifest,
                                struct error *error);
void sweep_manifest_reset(struct sweep_manifest *manifest);

#endif
