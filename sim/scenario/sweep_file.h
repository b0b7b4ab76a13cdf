// SPDX-License-Identifier: GPL-3.0-or-later
// What a sweep file says, before any scenario is resolved: the grid, the rounds, the baseline.
// For sweep_plan alone.
#ifndef DESGD_SCENARIO_SWEEP_FILE_H
#define DESGD_SCENARIO_SWEEP_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/status.h"
#include "sim/scenario/scenario_document.h"

// One varied key: its values as nodes of the file and as text.
struct sweep_axis {
    const struct node *key;
    const struct node **values;
    char **texts; // flow YAML on one line
    size_t count;
    size_t stride;   // cells between two neighbouring values
    size_t baseline; // index of the baseline's value; count: the baseline does not name this key
};

struct sweep_file {
    struct document *document; // owns the nodes
    const struct node *root;
    const struct node *set; // NULL: none
    char *scenario_path;
    struct sweep_axis *axes;
    size_t axis_count;
    size_t cell_count;
    size_t round_count;
    bool has_baseline;
};

// Errors: STATUS_NO_INPUT, STATUS_BAD_DATA. *file is set only on success.
enum status sweep_file_open(const char *path, struct sweep_file **file, struct error *error);
void sweep_file_close(struct sweep_file *file); // NULL is fine

#endif
