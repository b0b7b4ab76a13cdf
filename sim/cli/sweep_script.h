// SPDX-License-Identifier: GPL-3.0-or-later
// The script of a Slurm job array that carries out a sweep.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/scenario/scenario_parse.h"

// What the tasks call; borrowed.
struct sweep_script {
    const char *file;
    const char *folder;
    const char *data; // NULL: no --data
    const struct scenario_setting *settings;
    size_t setting_count;
    int32_t tasks;
    int32_t jobs;           // processors of a task
    int32_t rounds;         // 0: as the file says
    const char *checkpoint; // a span as written; NULL: no --checkpoint-every
    bool retry;
    const char *partition; // of the job, as Slurm takes them; each NULL: the cluster's own default
    const char *account;
    const char *time;   // NULL: four hours
    const char *memory; // of a task
};

// So long before its limit a task is told to stop.
enum { SWEEP_SCRIPT_NOTICE_SECONDS = 120 };

// What sbatch would take this limit of time for: minutes, M:S, H:M:S, D-H, D-H:M or D-H:M:S; -1:
// for none.
int64_t sweep_script_seconds(const char *text);

// Whether it is an amount of memory: a whole number above 0 with K, M, G, T or nothing (M) behind.
bool sweep_script_is_memory(const char *text);

// Whether it is a name in a line of its own: neither empty nor with a blank, a control character
// or a # in it, and no option.
bool sweep_script_is_name(const char *text);

void sweep_script_print(FILE *out, const struct sweep_script *script);
