// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/row_hashes.h"

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"

// The sum does not depend on the order in which rows come, and each has its place in it.
static void add(struct row_hashes *hashes, enum runlog_table_id id, uint64_t index, void *row) {
    const struct runlog_table *table = &runlog_tables[id];
    REQUIRE(id < TABLE_COUNT && row != NULL);
    runlog_rows_make_canonical(table, row, 1);
    hashes->counts[id]++;
    hashes->hashes[id] += fingerprint_bytes_seeded(row, table->row_bytes, index);
}

static void start(void *context, const struct runlog_header *header) {
    struct row_hashes *hashes = context;
    REQUIRE(header != NULL);
    *hashes = (struct row_hashes){.events = header->events};
}

static void event(void *context, const struct event_row *row) {
    struct row_hashes *hashes = context;
    struct event_row copy = *row;
    if (hashes->events != 0) {
        add(hashes, TABLE_EVENTS, hashes->counts[TABLE_EVENTS], &copy);
    }
}

static void gradient(void *context, int64_t index, const struct gradient_row *row,
                     const int32_t *samples) {
    struct gradient_row copy = *row;
    (void)samples;
    REQUIRE(index >= 0);
    add(context, TABLE_GRADIENTS, (uint64_t)index, &copy);
}

static void update(void *context, const struct update_row *row) {
    struct row_hashes *hashes = context;
    struct update_row copy = *row;
    add(hashes, TABLE_UPDATES, hashes->counts[TABLE_UPDATES], &copy);
}

static void reduction(void *context, const struct reduction_row *row) {
    struct row_hashes *hashes = context;
    struct reduction_row copy = *row;
    add(hashes, TABLE_REDUCTIONS, hashes->counts[TABLE_REDUCTIONS], &copy);
}

struct run_sink row_hashes_sink(struct row_hashes *hashes) {
    REQUIRE(hashes != NULL);
    return (struct run_sink){.context = hashes,
                             .start = start,
                             .event = event,
                             .gradient = gradient,
                             .update = update,
                             .reduction = reduction};
}

void row_hashes_of_log(const struct runlog *log, struct row_hashes *hashes) {
    const struct run_sink sink = row_hashes_sink(hashes);
    runlog_play(log, &sink);
    for (size_t i = 0; i < log->event_count; i++) {
        sink.event(sink.context, &log->events[i]);
    }
}

static bool is_sane(const void *sums) {
    return ((const struct row_hashes *)sums)->events <= 1; // a hash may be anything
}

static bool suffices(const struct runlog *log) {
    return log->header.sample_columns == 0 && !log->header.gradient_values;
}

static bool wants(const struct runlog *log, enum runlog_table_id id,
                  const struct runlog_column *column) {
    (void)log;
    (void)id;
    (void)column;
    return true;
}

struct runlog_skim row_hashes_skim(struct row_hashes *hashes) {
    *hashes = (struct row_hashes){0};
    return (struct runlog_skim){.sink = row_hashes_sink(hashes),
                                .sums = hashes,
                                .sums_bytes = sizeof *hashes,
                                .is_sane = is_sane,
                                .suffices = suffices,
                                .wants = wants};
}

bool row_hashes_agree(const struct row_hashes *a, const struct row_hashes *b) {
    bool agree = true;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        bool compared = i != TABLE_EVENTS || a->events == b->events;
        agree =
            agree && (!compared || (a->counts[i] == b->counts[i] && a->hashes[i] == b->hashes[i]));
    }
    return agree;
}
