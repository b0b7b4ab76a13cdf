// SPDX-License-Identifier: GPL-3.0-or-later
// The script of a Slurm job array that carries out a sweep.
#ifndef DESGD_CLI_SWEEP_SCRIPT_H
#define DESGD_CLI_SWEEP_SCRIPT_H

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
};

void sweep_script_print(FILE *out, const struct sweep_script *script);

#endif
