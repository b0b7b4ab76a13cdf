// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog_record.h"

#include <string.h>

#include "sim/base/check.h"

enum {
    NARROW_GRADIENT = offsetof(struct gradient_row, push_attempts),
    NARROW_REDUCTION = offsetof(struct reduction_row, retries),
    NARROW_UPDATE = offsetof(struct update_row, after_receipt_ns),
    NARROW_EVALUATION = offsetof(struct evaluation_row, gradients),
};
_Static_assert(NARROW_GRADIENT == 176 && NARROW_REDUCTION == 88 && NARROW_UPDATE == 88 &&
                   NARROW_EVALUATION == 48,
               "as journals of earlier versions have them");

static const struct {
    size_t row_bytes; // 0: has none
    enum runlog_table_id table;
    enum runlog_record narrow;
} record_rows[RECORD_COUNT] = {
    [RECORD_EVENTS] = {sizeof(struct event_row), TABLE_EVENTS, 0},
    [RECORD_GRADIENTS] = {NARROW_GRADIENT, TABLE_GRADIENTS, 0},
    [RECORD_UPDATES] = {NARROW_UPDATE, TABLE_UPDATES, 0},
    [RECORD_EVALUATIONS] = {NARROW_EVALUATION, TABLE_EVALUATIONS, 0},
    [RECORD_REDUCTIONS] = {NARROW_REDUCTION, TABLE_REDUCTIONS, 0},
    [RECORD_WIDE_GRADIENTS] = {sizeof(struct gradient_row), TABLE_GRADIENTS, RECORD_GRADIENTS},
    [RECORD_WIDE_REDUCTIONS] = {sizeof(struct reduction_row), TABLE_REDUCTIONS, RECORD_REDUCTIONS},
    [RECORD_INCIDENTS] = {sizeof(struct incident_row), TABLE_INCIDENTS, 0},
    [RECORD_PROBES] = {sizeof(struct probe_row), TABLE_PROBES, 0},
    [RECORD_WIDE_UPDATES] = {sizeof(struct update_row), TABLE_UPDATES, RECORD_UPDATES},
    [RECORD_WIDE_EVALUATIONS] = {sizeof(struct evaluation_row), TABLE_EVALUATIONS,
                                 RECORD_EVALUATIONS},
};

bool runlog_record_has_rows(uint32_t type) {
    return type < RECORD_COUNT && record_rows[type].row_bytes > 0;
}

struct runlog_record_layout runlog_record_layout(uint32_t type, int32_t sample_columns) {
    REQUIRE(runlog_record_has_rows(type) && sample_columns >= 0);
    bool indexed = record_rows[type].table == TABLE_GRADIENTS;
    struct runlog_record_layout layout = {.table = record_rows[type].table,
                                          .row_at = indexed ? sizeof(int64_t) : 0,
                                          .row_bytes = record_rows[type].row_bytes,
                                          .narrow = record_rows[type].narrow};
    layout.samples_at = layout.row_at + layout.row_bytes;
    layout.stride = layout.samples_at + (indexed ? (size_t)sample_columns * sizeof(int32_t) : 0);
    return layout;
}

size_t runlog_record_values_bytes(size_t parameter_count) {
    return sizeof(int64_t) + parameter_count * sizeof(float);
}

void runlog_record_take_row(const struct runlog_record_layout *layout, const unsigned char *place,
                            void *row) {
    const struct runlog_table *table = &runlog_tables[layout->table];
    REQUIRE(layout->row_bytes <= table->row_bytes);
    bool narrow = layout->row_bytes < table->row_bytes;
    memcpy(row, place + layout->row_at, layout->row_bytes);
    for (size_t i = table->column_count; narrow && table->columns[i - 1].may_lack; i--) {
        runlog_field_make_absent(&table->columns[i - 1], row);
    }
}
