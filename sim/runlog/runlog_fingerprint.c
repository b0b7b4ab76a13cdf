// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog_fingerprint.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/runlog/runlog_schema.h"

enum {
    // A gradient's timeline part: all but loss and distance, which lie between these two.
    FRONT_BYTES = offsetof(struct gradient_row, loss),
    BACK_START = offsetof(struct gradient_row, threshold),
    BACK_BYTES = offsetof(struct gradient_row, push_attempts) - BACK_START,
    // An update's: up to the learning rate, which may one day follow the loss.
    UPDATE_BYTES = offsetof(struct update_row, learning_rate),
    REDUCTION_BYTES = offsetof(struct reduction_row, spread),
    INCIDENT_BYTES = offsetof(struct incident_row, bandwidth_factor),
};

// The fingerprint is taken of the structs' bytes, so these are part of its definition.
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "rows are hashed and kept as they lie");
_Static_assert(sizeof(struct event_row) == 32, "no padding");
_Static_assert(FRONT_BYTES == 136 && BACK_START == 152 && BACK_BYTES == 24,
               "no padding, and the values of the arithmetic in the middle");
_Static_assert(sizeof(struct update_row) == 96 && UPDATE_BYTES == 56, "no padding");
_Static_assert(REDUCTION_BYTES == 80, "no padding");

_Static_assert(INCIDENT_BYTES == 40, "no padding");

void timeline_fingerprint_init(struct timeline_fingerprint *fingerprint) {
    fingerprint->events = fingerprint_stream_create();
    fingerprint->gradients = 0;
    fingerprint->updates = 0;
    fingerprint->reductions = 0;
    fingerprint->reduction_count = 0;
    fingerprint->incidents = 0;
    fingerprint->incident_count = 0;
    fingerprint->block_count = 0;
}

void timeline_fingerprint_flush(struct timeline_fingerprint *fingerprint) {
    fingerprint_stream_add(fingerprint->events, fingerprint->block,
                           fingerprint->block_count * sizeof fingerprint->block[0]);
    fingerprint->block_count = 0;
}

// The columns that came later count where they have a value of their own: what they add to a sum.
static uint64_t later_columns(const struct runlog_table *table, const void *row, uint64_t index) {
    uint64_t sum = 0;
    if (runlog_row_is_narrow(table, row)) {
        return sum;
    }
    for (size_t i = table->column_count; i > 0 && table->columns[i - 1].may_lack; i--) {
        const struct runlog_column *column = &table->columns[i - 1];
        if (!runlog_field_is_absent(column, row)) {
            uint64_t part[2] = {fingerprint_bytes(column->name, strlen(column->name))};
            memcpy(&part[1], (const char *)row + column->offset, sizeof part[1]);
            sum += fingerprint_bytes_seeded(part, sizeof part, index);
        }
    }
    return sum;
}

void timeline_fingerprint_gradient(struct timeline_fingerprint *fingerprint, int64_t index,
                                   const struct gradient_row *row) {
    REQUIRE(index >= 0);
    unsigned char part[FRONT_BYTES + BACK_BYTES];
    memcpy(part, row, FRONT_BYTES);
    memcpy(part + FRONT_BYTES, (const unsigned char *)row + BACK_START, BACK_BYTES);
    fingerprint->gradients += fingerprint_bytes_seeded(part, sizeof part, (uint64_t)index);
    fingerprint->gradients += later_columns(&runlog_tables[TABLE_GRADIENTS], row, (uint64_t)index);
}

void timeline_fingerprint_update(struct timeline_fingerprint *fingerprint,
                                 const struct update_row *row) {
    uint64_t index = (uint64_t)row->version;
    fingerprint->updates += fingerprint_bytes_seeded(row, UPDATE_BYTES, index);
    fingerprint->updates += later_columns(&runlog_tables[TABLE_UPDATES], row, index);
}

void timeline_fingerprint_reduction(struct timeline_fingerprint *fingerprint,
                                    const struct reduction_row *row) {
    uint64_t index = fingerprint->reduction_count++;
    fingerprint->reductions += fingerprint_bytes_seeded(row, REDUCTION_BYTES, index);
    fingerprint->reductions += later_columns(&runlog_tables[TABLE_REDUCTIONS], row, index);
}

void timeline_fingerprint_incident(struct timeline_fingerprint *fingerprint,
                                   const struct incident_row *row) {
    REQUIRE(row->began_ns >= 0);
    uint64_t index = fingerprint->incident_count++;
    fingerprint->incidents += fingerprint_bytes_seeded(row, INCIDENT_BYTES, index);
    fingerprint->incidents += later_columns(&runlog_tables[TABLE_INCIDENTS], row, index);
}

uint64_t timeline_fingerprint_value(struct timeline_fingerprint *fingerprint) {
    timeline_fingerprint_flush(fingerprint);
    uint64_t value = fingerprint_stream_value(fingerprint->events);
    value = fingerprint_combine(value, fingerprint->gradients);
    value = fingerprint_combine(value, fingerprint->updates);
    if (fingerprint->reduction_count > 0) {
        value = fingerprint_combine(value, fingerprint->reductions);
    }
    return fingerprint->incident_count == 0 ? value
                                            : fingerprint_combine(value, fingerprint->incidents);
}

void timeline_fingerprint_reset(struct timeline_fingerprint *fingerprint) {
    REQUIRE(fingerprint != NULL);
    fingerprint_stream_destroy(fingerprint->events);
    fingerprint->events = NULL;
}
