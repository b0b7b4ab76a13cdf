// SPDX-License-Identifier: GPL-3.0-or-later
// The grid of a sweep: its axes, each with the values that its keys take, and how large all of it
// may be. Who fills it: sweep_vary, sweep_design and sweep_tune.
#pragma once

#include <stddef.h>

#include "sim/base/status.h"
#include "sim/scenario/scenario_document.h"

enum {
    SWEEP_AXES_MAX = 64,
    SWEEP_POINTS_MAX = 100000,
    SWEEP_ROUNDS_MAX = 10000,
    SWEEP_RUNS_MAX = 100000,
};

// One axis of the grid: each of its values sets its keys, or some of them.
struct sweep_axis {
    size_t key_count;
    const struct node **keys;
    size_t count;
    const struct node **values; // (count, key_count); NULL: the key stays as it is
    char **texts;               // (count, key_count): flow YAML on one line, "" for NULL
    size_t stride;              // cells between two neighbouring values
};

struct sweep_axes {
    struct sweep_axis axes[SWEEP_AXES_MAX];
    size_t count;
    size_t cell_count; // of the whole grid
};

// A new axis, which belongs to the axes at once; its keys and values are to be filled in, and its
// texts then written. "place" says where it is written. NULL after an error of STATUS_BAD_DATA: too
// many runs. Requires: key_count and count are not 0.
struct sweep_axis *sweep_axes_add(struct sweep_axes *axes, const struct node *place,
                                  size_t key_count, size_t count, struct error *error);
// The same with one key and the values of a list. Requires: the list has a value.
struct sweep_axis *sweep_axes_add_list(struct sweep_axes *axes, const struct node *place,
                                       const struct node *key, const struct node *list,
                                       struct error *error);
void sweep_axis_write_texts(struct sweep_axis *axis);

// Nothing in the list stands twice, however written: that would be one run under two names. Errors:
// STATUS_BAD_DATA at the second.
enum status sweep_check_twice(const struct node *list, struct error *error);

// When all axes are there.
void sweep_axes_set_strides(struct sweep_axes *axes);

// Which of the axis' values a place of the grid has. Requires: the strides are set.
size_t sweep_axis_index(const struct sweep_axis *axis, size_t grid_place);

// The axis of a key and, in *column, its place there; axes->count: none.
size_t sweep_axes_find(const struct sweep_axes *axes, const char *key, size_t *column);

void sweep_axes_reset(struct sweep_axes *axes);

// A value as flow YAML on one line; NULL: "". Released with memory_free.
char *sweep_flow_text(const struct node *node);
