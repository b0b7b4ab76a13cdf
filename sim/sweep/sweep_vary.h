// SPDX-License-Identifier: GPL-3.0-or-later
// What a sweep's file says that varies: "vary" (each key an axis of a grid), "list" (cells written
// out), and designs (sweep_design.h). For sweep_file alone.
#pragma once

#include "sim/sweep/sweep_axes.h"

// Reads all of it from the root of a sweep's file; new nodes go to the document. Errors:
// STATUS_BAD_DATA. Requires: *axes is zeroed; it is released with sweep_axes_reset even then.
enum status sweep_vary_read(struct document *document, const struct node *root,
                            struct sweep_axes *axes, struct error *error);
