// SPDX-License-Identifier: GPL-3.0-or-later
// Gradients under way, from the dispatch until they are both accounted for and replied to: a table
// of slots, found by the index that events carry.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/check.h"
#include "sim/cluster/gradient_spans.h"
#include "sim/executor/executor.h"
#include "sim/runlog/runlog.h"
#include "sim/training/gradient_stamp.h"
#include "sim/training/parameter_store.h"

// A version as a message carries it. "values" is NULL in timing-only runs.
struct carried_version {
    int64_t version;
    int64_t gradients_applied;        // by all updates up to it
    int64_t clock_least;              // gradients received of the slowest worker, as the server
                                      // knew it
    int64_t port_wait_ns;             // of the message, at ports
    struct parameter_version *values; // a reference of its own
};

struct in_flight {
    // Who takes the slot fills these:
    struct gradient_row row; // and then as the gradient travels
    int64_t index;           // of the row: the dispatch order
    struct port_spans port;  // of its push and its reply
    struct carried_version read;
    struct carried_version reply; // once the reply has begun

    // Zero when the slot is taken:
    struct gradient_job *job; // NULL until it is submitted and after the flush, and in timing-only
                              // runs
    bool in_use;
    bool wanted;    // to be computed, and submitted if this run computes now
    bool accounted; // its row is final and has been sent to the log
    bool reply_begun;
    bool reply_over;       // delivered, or there will be none
    bool gone;             // its worker has crashed since: the reply to it will vanish
    int64_t life;          // of its worker, when it was dispatched (worker.h)
    uint64_t due_sequence; // of the event that comes next on its way to the server
    bool chained;          // it is in a chain, between these two
    uint32_t before, after;
};

struct in_flight_table {
    struct in_flight *slots;
    size_t capacity;
    uint32_t *free; // indices of unused slots, a stack
    size_t free_count;
};

// Some of them in the order in which they have joined: a worker's, so that its crash finds them
// without looking at all.
#define IN_FLIGHT_NONE UINT32_MAX // no reference
struct in_flight_chain {
    uint32_t first, last; // IN_FLIGHT_NONE: it is empty
};

void in_flight_init(struct in_flight_table *table, size_t capacity);
void in_flight_reset(struct in_flight_table *table);

// A slot with its index in *reference. Slots may move: pointers are good until the next take.
struct in_flight *in_flight_take(struct in_flight_table *table, uint32_t *reference);

// Requires: taken, and not given back.
static inline struct in_flight *in_flight_at(const struct in_flight_table *table,
                                             uint32_t reference) {
    REQUIRE(reference < table->capacity && table->slots[reference].in_use);
    return &table->slots[reference];
}

// What the server knows of it.
static inline struct gradient_stamp in_flight_stamp(const struct in_flight *flight,
                                                    uint32_t reference) {
    REQUIRE(flight->in_use);
    return (struct gradient_stamp){.number = flight->row.number,
                                   .version = flight->row.version_read,
                                   .worker = flight->row.worker,
                                   .reference = reference};
}

// It is computed and delayed. Requires: that is new, and takes at least no time.
void in_flight_mark_ready(struct in_flight *flight, int64_t now_ns);

// At the end of the chain. Requires: it is in none.
void in_flight_join(struct in_flight_table *table, struct in_flight_chain *chain,
                    uint32_t reference);

// Requires: it is in this chain.
void in_flight_leave(struct in_flight_table *table, struct in_flight_chain *chain,
                     uint32_t reference);

// Requires: its row is final, its job is released, and it is in no chain.
void in_flight_give_back(struct in_flight_table *table, uint32_t reference);
