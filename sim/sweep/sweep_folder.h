// SPDX-License-Identifier: GPL-3.0-or-later
// A sweep's folder: making it, writing down its plan, and the failures that it remembers.
#pragma once

#include <stdbool.h>

#include "sim/base/status.h"
#include "sim/run/run_record.h"
#include "sim/sweep/sweep_plan.h"

enum { SWEEP_FAILURE_SIZE = 4096 + RUN_PATH_SIZE };

// With the folders above it. Errors: STATUS_CANNOT_CREATE.
enum status sweep_folder_make(const char *folder, struct error *error);

// Writes FOLDER/plan.tsv. notice (may be NULL) hears of a plan that has grown, was changed, or is
// of the same runs with other settings. Errors: those of sweep_manifest_write.
enum status sweep_folder_write_plan(const char *folder, const struct sweep_plan *plan,
                                    void (*notice)(void *context, const char *sentence),
                                    void *context, struct error *error);

// Remembers that a run failed: its message, and its scenario to try it by hand. As far as that is
// possible: a full disk may be the failure, or a file of the user's have these names.
void sweep_folder_note_failure(const char *folder, const struct sweep_run *run, int exit_status,
                               const char *message);

// Whether a failure is remembered, and its message. Errors: it cannot be told: those of
// status_of_cause.
enum status sweep_folder_failure(const char *folder, uint64_t run, bool *failed,
                                 char message[SWEEP_FAILURE_SIZE], struct error *error);
// What the user has made of the scenario stays.
void sweep_folder_forget_failure(const char *folder, const struct sweep_run *run);

// Removes what a run that is done may have left behind when it was killed after its log was there.
void sweep_folder_tidy(const char *folder, const struct sweep_run *run);
