// SPDX-License-Identifier: GPL-3.0-or-later
// The timeline fingerprint: the event stream and every span of every gradient and update, without
// any value that a gradient's arithmetic produced. The same whether rows are logged or not,
// whatever the threads.
//   events      XXH3 of all event rows in order (the struct's bytes)
//   gradients   sum modulo 2^64 of XXH3 of each row's timeline part, seeded with its index: their
//               order does not matter
//   updates     sum likewise, seeded with the version
//   reductions  sum likewise, seeded with the index
//   incidents   sum likewise, seeded with the index
// and folded together in this order, the last two only if there are any. A column that a file may
// lack (runlog_schema.h) is in no row's part: where it has a value of its own, XXH3 of (XXH3 of its
// name, the value), seeded as the row is, is added to the sum.
#pragma once

#include "sim/runlog/runlog.h"

enum { FINGERPRINT_BLOCK_ROWS = 256 };

struct timeline_fingerprint {
    struct fingerprint_stream *events;
    uint64_t gradients;
    uint64_t updates;
    uint64_t reductions;
    uint64_t reduction_count;
    uint64_t incidents;
    uint64_t incident_count;
    struct event_row block[FINGERPRINT_BLOCK_ROWS]; // rows not yet given to the stream
    size_t block_count;
};

void timeline_fingerprint_init(struct timeline_fingerprint *fingerprint);
void timeline_fingerprint_flush(struct timeline_fingerprint *fingerprint); // the rows to the stream

// Of most rows of a run: made in registers, written once.
static inline void timeline_fingerprint_event(struct timeline_fingerprint *fingerprint,
                                              const struct event_row *row) {
    if (fingerprint->block_count == FINGERPRINT_BLOCK_ROWS) {
        timeline_fingerprint_flush(fingerprint);
    }
    fingerprint->block[fingerprint->block_count++] = *row;
}
void timeline_fingerprint_gradient(struct timeline_fingerprint *fingerprint, int64_t index,
                                   const struct gradient_row *row);
void timeline_fingerprint_update(struct timeline_fingerprint *fingerprint,
                                 const struct update_row *row);
void timeline_fingerprint_reduction(struct timeline_fingerprint *fingerprint,
                                    const struct reduction_row *row);
void timeline_fingerprint_incident(struct timeline_fingerprint *fingerprint,
                                   const struct incident_row *row);
uint64_t timeline_fingerprint_value(struct timeline_fingerprint *fingerprint);
void timeline_fingerprint_reset(struct timeline_fingerprint *fingerprint);
