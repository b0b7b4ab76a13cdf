// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/in_flight.h"

#include <string.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"

static void add_free_slots(struct in_flight_table *table, size_t from) {
    for (size_t slot = table->capacity; slot > from; slot--) {
        table->free[table->free_count++] = (uint32_t)(slot - 1);
    }
    ENSURE(table->free_count <= table->capacity);
}

void in_flight_init(struct in_flight_table *table, size_t capacity) {
    REQUIRE(capacity >= 1 && capacity <= UINT32_MAX);
    *table = (struct in_flight_table){.capacity = capacity};
    table->slots = memory_allocate_scattered(capacity, sizeof *table->slots);
    table->free = memory_allocate(capacity, sizeof *table->free);
    add_free_slots(table, 0);
}

void in_flight_reset(struct in_flight_table *table) {
    memory_free(table->slots);
    memory_free(table->free);
    *table = (struct in_flight_table){0};
}

struct in_flight *in_flight_take(struct in_flight_table *table, uint32_t *reference) {
    if (table->free_count == 0) {
        size_t old = table->capacity;
        table->capacity = old * 2;
        INVARIANT(table->capacity <= UINT32_MAX);
        table->slots = memory_resize(table->slots, table->capacity, sizeof *table->slots);
        table->free = memory_resize(table->free, table->capacity, sizeof *table->free);
        for (size_t slot = old; slot < table->capacity; slot++) {
            table->slots[slot].in_use = false;
        }
        add_free_slots(table, old);
    }
    *reference = table->free[--table->free_count];
    struct in_flight *slot = &table->slots[*reference];
    INVARIANT(!slot->in_use);
    memset(&slot->job, 0, sizeof *slot - offsetof(struct in_flight, job));
    slot->in_use = true;
    return slot;
}

void in_flight_mark_ready(struct in_flight *flight, int64_t now_ns) {
    struct gradient_row *row = &flight->row;
    REQUIRE(flight->in_use && row->ready_ns < 0 && now_ns >= row->dispatched_ns);
    row->ready_ns = now_ns;
    row->stalled_ns = now_ns - row->dispatched_ns - sim_time_add(row->compute_ns, row->delay_ns);
}

void in_flight_join(struct in_flight_table *table, struct in_flight_chain *chain,
                    uint32_t reference) {
    struct in_flight *flight = in_flight_at(table, reference);
    REQUIRE(!flight->chained);
    flight->chained = true;
    flight->before = chain->last;
    flight->after = IN_FLIGHT_NONE;
    if (chain->last == IN_FLIGHT_NONE) {
        chain->first = reference;
    } else {
        in_flight_at(table, chain->last)->after = reference;
    }
    chain->last = reference;
}

void in_flight_leave(struct in_flight_table *table, struct in_flight_chain *chain,
                     uint32_t reference) {
    struct in_flight *flight = in_flight_at(table, reference);
    REQUIRE(flight->chained);
    uint32_t *forward = flight->before == IN_FLIGHT_NONE
                            ? &chain->first
                            : &in_flight_at(table, flight->before)->after;
    uint32_t *backward = flight->after == IN_FLIGHT_NONE
                             ? &chain->last
                             : &in_flight_at(table, flight->after)->before;
    INVARIANT(*forward == reference && *backward == reference);
    *forward = flight->after;
    *backward = flight->before;
    flight->chained = false;
}

void in_flight_give_back(struct in_flight_table *table, uint32_t reference) {
    struct in_flight *slot = in_flight_at(table, reference);
    REQUIRE(slot->accounted && slot->job == NULL && !slot->chained);
    INVARIANT(table->free_count < table->capacity);
    slot->in_use = false;
    table->free[table->free_count++] = reference;
}
