// SPDX-License-Identifier: GPL-3.0-or-later
// How the rows of a run lie in the records of a journal (runlog_journal.h).
#pragma once

#include "sim/runlog/runlog_schema.h"

// A record is narrow if the columns that came later (runlog_schema.h) are absent in all its rows:
// they end before these. In journals of earlier versions all are.
enum runlog_record {
    RECORD_HEADER = 1,
    RECORD_EVENTS,      // struct event_row each
    RECORD_GRADIENTS,   // narrow
    RECORD_UPDATES,     // narrow
    RECORD_EVALUATIONS, // narrow
    RECORD_ENDING,
    RECORD_GRADIENT_VALUES,  // runlog_record_values_bytes each: index, values
    RECORD_REDUCTIONS,       // narrow
    RECORD_WIDE_GRADIENTS,   // index, row, samples each
    RECORD_WIDE_REDUCTIONS,  // struct reduction_row each
    RECORD_INCIDENTS,        // struct incident_row each
    RECORD_WIDE_UPDATES,     // struct update_row each
    RECORD_WIDE_EVALUATIONS, // struct evaluation_row each
    RECORD_PROBES,           // struct probe_row each
    RECORD_COUNT,
};

// Where the parts of a row lie in a record: an int64 index first, of a gradient, then the row, then
// int32 samples (sample_columns), of a gradient.
struct runlog_record_layout {
    enum runlog_table_id table;
    size_t row_at;
    size_t row_bytes;
    size_t samples_at;
    size_t stride;             // from one to the next
    enum runlog_record narrow; // what stands for it if it is narrow; 0: nothing does
};

// Whether there are rows of a table in records of this type (any number), and nothing else.
bool runlog_record_has_rows(uint32_t type);

// Requires: it has rows.
struct runlog_record_layout runlog_record_layout(uint32_t type, int32_t sample_columns);

// Bytes of a gradient's values in a record: int64 index, float values (parameter_count).
size_t runlog_record_values_bytes(size_t parameter_count);

// Takes a row out of a record; "place": where it begins, with its index.
void runlog_record_take_row(const struct runlog_record_layout *layout, const unsigned char *place,
                            void *row);
