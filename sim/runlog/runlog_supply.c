// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog_supply.h"

#include "sim/base/check.h"
#include "sim/runlog/hdf5_columns.h"

size_t runlog_series_bytes(const struct runlog_header *header, unsigned series) {
    REQUIRE(series < SERIES_COUNT);
    if (series < TABLE_COUNT) {
        return runlog_tables[series].row_bytes;
    }
    return series == SERIES_SAMPLES ? (size_t)header->sample_columns * sizeof(int32_t)
                                    : header->parameter_count * sizeof(float);
}

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

struct runlog_supply runlog_supply_of(const struct runlog *log) {
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
