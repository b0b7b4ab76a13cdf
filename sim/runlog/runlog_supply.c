// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog_supply.h"

#include "sim/base/check.h"

size_t runlog_series_bytes(const struct runlog_header *header, unsigned series) {
    REQUIRE(series < SERIES_COUNT);
    if (series < TABLE_COUNT) {
        return runlog_tables[series].row_bytes;
    }
    return series == SERIES_SAMPLES ? (size_t)header->sample_columns * sizeof(int32_t)
                                    : header->parameter_count * sizeof(float);
}
