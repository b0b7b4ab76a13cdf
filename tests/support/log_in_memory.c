// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/log_in_memory.h"

#include "sim/base/check.h"
#include "sim/runlog/hdf5_columns.h"
#include "sim/runlog/runlog_hdf5.h"

static enum status take_from_memory(void *context, unsigned series, size_t first, size_t count,
                                    const void **rows, struct error *error) {
    const struct runlog *log = context;
    size_t there = log->gradient_count;
    const void *all = series == SERIES_SAMPLES ? (const void *)log->samples : log->values;
    (void)error;
    if (series < TABLE_COUNT) {
        all = runlog_table_rows(log, (enum runlog_table_id)series, &there);
    }
    REQUIRE(first + count <= there);
    *rows = (const unsigned char *)all + first * runlog_series_bytes(&log->header, series);
    return STATUS_OK;
}

struct runlog_supply log_in_memory_supply(const struct runlog *log) {
    REQUIRE(log->ending.worker_count == log->header.workers);
    struct runlog_supply supply = {
        .front = log, .take = take_from_memory, .context = (void *)(uintptr_t)log};
    for (unsigned i = 0; i < TABLE_COUNT; i++) {
        const void *rows = runlog_table_rows(log, (enum runlog_table_id)i, &supply.counts[i]);
        hdf5_columns_find_wanted(&runlog_tables[i], rows, supply.counts[i], supply.wanted[i]);
    }
    supply.counts[SERIES_SAMPLES] = log->header.sample_columns > 0 ? log->gradient_count : 0;
    supply.counts[SERIES_VALUES] =
        log->header.gradient_values && log->header.parameter_count > 0 ? log->gradient_count : 0;
    return supply;
}

enum status log_in_memory_write(const char *path, const struct runlog *log,
                                const struct provenance *provenance, struct error *error) {
    const struct runlog_supply supply = log_in_memory_supply(log);
    return runlog_hdf5_write_rows(path, &supply, provenance, path, STATUS_INTERNAL, error);
}
