// SPDX-License-Identifier: GPL-3.0-or-later
// A timeline that is held in memory, and one as a table.
#include <inttypes.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/timeline.h"

const char *const timeline_kind_names[TIMELINE_KIND_COUNT] = {
    [TIMELINE_COMPUTING] = "computing", [TIMELINE_DELAYED] = "delayed",
    [TIMELINE_QUEUED] = "queued",       [TIMELINE_WAITING] = "waiting",
    [TIMELINE_RECEIVING] = "receiving", [TIMELINE_UPDATING] = "updating",
    [TIMELINE_REPLYING] = "replying",   [TIMELINE_RESENDING] = "resending",
    [TIMELINE_SENDING] = "sending",     [TIMELINE_STALLED] = "stalled",
    [TIMELINE_DOWN] = "down",           [TIMELINE_REDUCING] = "reducing",
};

static void keep(void *context, const struct timeline_interval *interval) {
    struct timeline *timeline = context;
    if (interval->start_ns < interval->end_ns) {
        timeline->intervals = memory_grow(timeline->intervals, &timeline->capacity,
                                          timeline->count + 1, sizeof *timeline->intervals);
        timeline->intervals[timeline->count++] = *interval;
    }
}

void timeline_of_log(const struct runlog *log, int64_t from_ns, int64_t to_ns,
                     struct timeline *timeline) {
    timeline_reset(timeline);
    timeline_each(log, from_ns, to_ns, keep, timeline);
}

void timeline_reset(struct timeline *timeline) {
    memory_free(timeline->intervals);
    *timeline = (struct timeline){0};
}

// ---- as a table ----

static void print(void *context, const struct timeline_interval *interval) {
    FILE *out = context;
    REQUIRE(interval->kind < TIMELINE_KIND_COUNT);
    fprintf(out, "%" PRId32 ",%s,%" PRId64 ",%" PRId64 ",", interval->lane,
            timeline_kind_names[interval->kind], interval->start_ns, interval->end_ns);
    if (interval->row == TIMELINE_NO_ROW) {
        fputs("-1\n", out);
    } else {
        fprintf(out, "%zu\n", interval->row);
    }
}

void timeline_write_csv(const struct runlog *log, FILE *out) {
    fputs("lane,kind,start_ns,end_ns,row\n", out);
    timeline_each(log, 0, INT64_MAX, print, out);
}
