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
#pragma once

#include "sim/base/status.h"
#include "sim/sweep/sweep_planned.h"

#define SWEEP_MANIFEST_NAME "plan.tsv"

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
