// SPDX-License-Identifier: GPL-3.0-or-later
// What varies in a sweep: "vary" (each key an axis of a grid), "list" (cells written out), and
// designs ("random", "latin_hypercube", "sobol": points between two values). For sweep_file alone.
#ifndef DESGD_SWEEP_SWEEP_AXES_H
#define DESGD_SWEEP_SWEEP_AXES_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_document.h"

enum { SWEEP_AXES_MAX = 64, SWEEP_POINTS_MAX = 100000 };

// One axis of the grid: each of its values sets its keys, or some of them.
struct sweep_axis {
    size_t key_count;
    const struct node **keys;
    size_t count;
    const struct node **values; // (count, key_count); NULL: the key stays as it is
    char **texts;               // (count, key_count): flow YAML on one line, "" for NULL
    size_t stride;              // cells between two neighbouring values
    size_t baseline;            // index of the baseline's value; count: it does not name this axis
};

struct sweep_axes {
    struct sweep_axis axes[SWEEP_AXES_MAX];
    size_t count;
    size_t cell_count; // of the whole grid
};

// Reads all of it from the root of a sweep's file; new nodes go to the document. Errors:
// STATUS_BAD_DATA. Requires: *axes is zeroed; it is released with sweep_axes_reset even then.
enum status sweep_axes_read(struct document *document, const struct node *root,
                            struct sweep_axes *axes, struct error *error);

// When all axes are there.
void sweep_axes_set_strides(struct sweep_axes *axes);
void sweep_axes_reset(struct sweep_axes *axes);

// The axis of a key and, in *column, its place there; axes->count: none.
size_t sweep_axes_find(const struct sweep_axes *axes, const char *key, size_t *column);

// Reads "baseline" (NULL: none), a map that is not empty, into the axes. A member whose key or
// value no axis has is fine, too, if some of the cells' scenarios (count) have what it says, in
// whatever words (setting_match.h). What every cell has is refused: nothing would be left to compare.
// Errors: STATUS_BAD_DATA.
enum status sweep_axes_read_baseline(struct sweep_axes *axes, const struct node *baseline,
                                     const struct scenario *scenarios, size_t count,
                                     struct error *error);

// For those who read a kind of axis. A key must be one of a scenario, and overlap with none that
// varies already (sweep_overlap.h).
enum status sweep_axes_check_key(const struct sweep_axes *axes, const struct node *key,
                                 struct error *error);

// A new axis, which belongs to the axes at once; its keys and values are to be filled in, and its
// texts then written. "place" says where it is written. NULL after an error of STATUS_BAD_DATA: too
// many runs.
struct sweep_axis *sweep_axes_add(struct sweep_axes *axes, const struct node *place,
                                  size_t key_count, size_t count, struct error *error);
void sweep_axis_write_texts(struct sweep_axis *axis);

#endif
