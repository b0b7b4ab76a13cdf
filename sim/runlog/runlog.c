// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/memory.h"

const char *const event_kind_names[EVENT_KIND_COUNT] = {
    [EVENT_DISPATCHED] = "dispatched",
    [EVENT_READY] = "ready",
    [EVENT_ARRIVED] = "arrived",
    [EVENT_RECEIVED] = "received",
    [EVENT_UPDATED] = "updated",
    [EVENT_REPLIED] = "replied",
    [EVENT_WAITS] = "waits",
    [EVENT_REDUCING] = "reducing",
    [EVENT_REDUCED] = "reduced",
    [EVENT_MERGED] = "merged",
    [EVENT_CANCELLED] = "cancelled",
    [EVENT_CRASHED] = "crashed",
    [EVENT_LOST] = "lost",
    [EVENT_RETURNED] = "returned",
    [EVENT_VANISHED] = "vanished",
};

const char *const gradient_outcome_names[OUTCOME_COUNT] = {
    [OUTCOME_APPLIED] = "applied", [OUTCOME_DROPPED] = "dropped", [OUTCOME_CANCELLED] = "cancelled",
    [OUTCOME_LOST] = "lost",       [OUTCOME_PENDING] = "pending",
};

const char *const reduction_scope_names[SCOPE_COUNT] = {
    [SCOPE_CLUSTER] = "cluster", [SCOPE_ALL] = "all"};

const char *const run_status_names[RUN_STATUS_COUNT] = {
    [RUN_COMPLETE] = "complete", [RUN_INTERRUPTED] = "interrupted", [RUN_DIVERGED] = "diverged",
    [RUN_FAILED] = "failed",     [RUN_STALLED] = "stalled",
};

bool run_status_has_ended(enum run_status status) {
    return status == RUN_COMPLETE || status == RUN_DIVERGED || status == RUN_STALLED;
}

bool run_reason_is_plain(const char reason[RUN_REASON_SIZE]) {
    size_t length = strnlen(reason, RUN_REASON_SIZE);
    for (size_t i = 0; i < length; i++) {
        if (reason[i] < 0x20 || reason[i] > 0x7E) {
            return false;
        }
    }
    return length < RUN_REASON_SIZE;
}

static void *copy_array(const void *array, size_t count, size_t size) {
    if (count == 0) {
        return NULL;
    }
    void *copy = memory_allocate(count, size);
    memcpy(copy, array, count * size);
    return copy;
}

// A NaN of any sign and payload becomes the one canonical NaN: equal runs then have equal bytes.
static float *copy_parameters(const float *parameters, size_t count) {
    float *copy = copy_array(parameters, count, sizeof *parameters);
    for (size_t i = 0; i < count; i++) {
        if (isnan(copy[i])) {
            copy[i] = NAN;
        }
    }
    return copy;
}

void runlog_layout_copy(struct layout_row *copy, const struct layout_row *layout, size_t count) {
    for (size_t i = 0; i < count; i++) {
        memset(&copy[i], 0, sizeof copy[i]);
        snprintf(copy[i].name, sizeof copy[i].name, "%s", layout[i].name);
        memcpy(copy[i].shape, layout[i].shape, sizeof copy[i].shape);
        copy[i].rank = layout[i].rank;
        copy[i].offset = layout[i].offset;
    }
}

void runlog_header_copy(struct runlog_header *copy, const struct runlog_header *header) {
    *copy = *header;
    memset(copy->policy, 0, sizeof copy->policy);
    snprintf(copy->policy, sizeof copy->policy, "%s", header->policy);
    copy->scenario = memory_copy_text(header->scenario == NULL ? "" : header->scenario);
    copy->layout = NULL;
    if (header->layout_count > 0) {
        copy->layout = memory_allocate(header->layout_count, sizeof *copy->layout);
        runlog_layout_copy(copy->layout, header->layout, header->layout_count);
    }
    copy->initial = copy_parameters(header->initial, header->parameter_count);
}

void runlog_ending_copy(struct runlog_ending *copy, const struct runlog_ending *ending,
                        size_t parameter_count) {
    *copy = *ending;
    memset(copy->reason, 0, sizeof copy->reason);
    snprintf(copy->reason, sizeof copy->reason, "%s", ending->reason);
    copy->workers =
        copy_array(ending->workers, (size_t)ending->worker_count, sizeof *ending->workers);
    copy->final = copy_parameters(ending->final, parameter_count);
    copy->centre = copy_parameters(ending->centre, ending->centre == NULL ? 0 : parameter_count);
}

void runlog_header_reset(struct runlog_header *header) {
    memory_free(header->scenario);
    memory_free(header->layout);
    memory_free(header->initial);
    *header = (struct runlog_header){0};
}

void runlog_ending_reset(struct runlog_ending *ending) {
    memory_free(ending->workers);
    memory_free(ending->final);
    memory_free(ending->centre);
    *ending = (struct runlog_ending){0};
}

void runlog_reset(struct runlog *log) {
    runlog_header_reset(&log->header);
    runlog_ending_reset(&log->ending);
    memory_free(log->events);
    memory_free(log->gradients);
    memory_free(log->updates);
    memory_free(log->evaluations);
    memory_free(log->reductions);
    memory_free(log->incidents);
    memory_free(log->probes);
    memory_free(log->samples);
    memory_free(log->values);
    *log = (struct runlog){0};
}
