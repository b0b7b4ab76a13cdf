// SPDX-License-Identifier: GPL-3.0-or-later
// Writes the table of a sweep, in both of its forms (sweep_schema.h).
#pragma once

#include "sim/base/status.h"
#include "sim/runlog/sweep_schema.h"

// Everything is borrowed.
struct sweep_table {
    size_t run_count;
    const uint64_t *hashes;            // (run_count)
    const struct sweep_row *rows;      // (run_count)
    const struct sweep_host_row *host; // (run_count)
    size_t key_count;
    const char *const *keys;   // (key_count)
    const char *const *values; // (run_count, key_count)
    size_t evaluation_count;
    const struct sweep_evaluation_row *evaluations;
};

// Written aside, synced, renamed. Both depend on the table alone, and replace an older table or an
// empty file (file_kind.h). Errors: STATUS_CANNOT_CREATE, STATUS_IO; path is as it was.
enum status sweep_table_write_hdf5(const char *path, const struct sweep_table *table,
                                   struct error *error);
enum status sweep_table_write_csv(const char *path, const struct sweep_table *table,
                                  struct error *error);
