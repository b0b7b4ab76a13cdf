// SPDX-License-Identifier: GPL-3.0-or-later
// FOLDER/plan.tsv: which runs a sweep's folder is about, for whoever has the folder and not the
// sweep's file: "desgd merge", and people with awk. A line "desgd-plan VERSION" with a checksum of
// all that follows it (16 hexadecimal digits; plans of version 1 have none, and are read) and the
// settings of the baseline, if the sweep names one, each KEY=VALUE as the sweep has it; a line of
// column names, and a line for each run: its hash, role, round, seed, cell, and the values of all
// varied keys. Fields are parted by tabs; none has a tab or a line's end in it.
//
// A folder is for one sweep, which may grow: a plan takes the place of another only if it has all
// its runs (sweep_growth.h). Shards of one sweep write the same plan and never refuse each other.
#ifndef DESGD_SWEEP_SWEEP_MANIFEST_H
#define DESGD_SWEEP_SWEEP_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"
#include "sim/sweep/sweep_plan.h"

#define SWEEP_MANIFEST_NAME "plan.tsv"

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

// Writes the manifest, unless the one that is there is the same. "text" owns nothing here. Safe
// with other shards that do so at the same time. *change (may be NULL) is set on success. Errors:
// STATUS_CANNOT_CREATE (also: a plan, or another file, is there that must not be replaced),
// STATUS_NO_INPUT (it cannot be read), STATUS_IO.
enum status sweep_manifest_write(const char *folder, const struct sweep_manifest *manifest,
                                 struct sweep_change *change, struct error *error);

// Removes what writers of this host that were killed have left of their half-written plans.
void sweep_manifest_clear_parts(const char *folder);

// Errors: those of status_of_cause (STATUS_NO_INPUT: there is none), STATUS_BAD_DATA ("FILE:LINE:
// ..."). *manifest is set only on success and released with sweep_manifest_reset.
enum status sweep_manifest_read(const char *folder, struct sweep_manifest *manifest,
                                struct error *error);
void sweep_manifest_reset(struct sweep_manifest *manifest);

#endif
