// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/server_pauses.h"

#include <stdlib.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

static int compare_beginnings(const void *a, const void *b) {
    const struct server_pause *left = a;
    const struct server_pause *right = b;
    return (left->began_ns > right->began_ns) - (left->began_ns < right->began_ns);
}

// Those that meet become one.
static void join(struct server_pauses *pauses) {
    size_t joined = 0;
    for (size_t i = 0; i < pauses->count; i++) {
        struct server_pause pause = pauses->pauses[i];
        struct server_pause *last = joined == 0 ? NULL : &pauses->pauses[joined - 1];
        if (last == NULL || last->ended_ns < pause.began_ns) {
            pauses->pauses[joined++] = pause;
        } else if (pause.ended_ns > last->ended_ns) {
            last->ended_ns = pause.ended_ns;
        }
    }
    ENSURE(joined <= pauses->count);
    pauses->count = joined;
}

void server_pauses_init(struct server_pauses *pauses, const struct runlog *log) {
    REQUIRE(log->incidents != NULL || log->incident_count == 0);
    *pauses = (struct server_pauses){
        .pauses = memory_allocate(log->incident_count, sizeof *pauses->pauses)};
    for (size_t i = 0; i < log->incident_count; i++) {
        const struct incident_row *row = &log->incidents[i];
        if (row->kind == INCIDENT_SERVER_PAUSE) {
            pauses->pauses[pauses->count++] =
                (struct server_pause){row->began_ns, row->ended_ns < 0 ? INT64_MAX : row->ended_ns};
        }
    }
    if (pauses->count > 0) {
        qsort(pauses->pauses, pauses->count, sizeof *pauses->pauses, compare_beginnings);
    }
    join(pauses);
}

void server_pauses_reset(struct server_pauses *pauses) {
    memory_free(pauses->pauses);
    *pauses = (struct server_pauses){0};
}

// How many began before then.
static size_t begun_before(const struct server_pauses *pauses, int64_t time_ns) {
    size_t low = 0;
    size_t high = pauses->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        bool before = pauses->pauses[middle].began_ns < time_ns;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low;
}

int64_t server_pauses_began(const struct server_pauses *pauses, int64_t end_ns, int64_t span_ns) {
    REQUIRE(span_ns >= 0);
    int64_t began_ns = end_ns - span_ns;
    for (size_t i = begun_before(pauses, end_ns); i > 0; i--) {
        const struct server_pause *pause = &pauses->pauses[i - 1];
        if (pause->ended_ns <= began_ns || pause->ended_ns > end_ns) {
            break;
        }
        began_ns -= pause->ended_ns - pause->began_ns;
    }
    return began_ns;
}
