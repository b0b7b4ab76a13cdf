// SPDX-License-Identifier: GPL-3.0-or-later
// What a sweep file says, before any scenario is resolved: the cells, the conditions, the rounds,
// the baseline. For sweep_plan alone.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/status.h"
#include "sim/scenario/scenario_document.h"
#include "sim/sweep/sweep_axes.h"
#include "sim/sweep/sweep_condition.h"
#include "sim/sweep/sweep_tune.h"

struct sweep_file {
    struct document *document; // owns the nodes
    const struct node *root;
    const struct node *set; // NULL: none
    char *scenario_path;
    struct sweep_axes axes;
    struct sweep_tune tune;
    struct sweep_condition *conditions; // (condition_count)
    size_t condition_count;
    size_t round_count;
    char **baseline; // (baseline_count) "KEY=VALUE", a line of flow YAML each; groups taken apart
    size_t baseline_count, baseline_capacity;
};

// The keys of a sweep's file, for the parser and for the reference.
struct sweep_key_entry {
    const char *name;
    const char *summary;
};
enum { SWEEP_KEY_COUNT = 12 };
extern const struct sweep_key_entry sweep_key_table[SWEEP_KEY_COUNT];

// Errors: STATUS_NO_INPUT, STATUS_BAD_DATA. *file is set only on success.
enum status sweep_file_open(const char *path, struct sweep_file **file, struct error *error);
// Other rounds than the file says. Errors: STATUS_BAD_DATA (too many runs): the file is as it was.
// Requires: 1 <= rounds <= SWEEP_ROUNDS_MAX.
enum status sweep_file_set_rounds(struct sweep_file *file, size_t rounds, struct error *error);

// Whether the file, a regular one, is a sweep rather than a scenario: it names one, or varies
// something. False also if it is no YAML.
bool sweep_file_is_one(const char *path);

void sweep_file_close(struct sweep_file *file); // NULL is fine
