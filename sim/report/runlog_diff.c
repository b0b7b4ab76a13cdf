// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/runlog_diff.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/report/row_diff.h"

static uint32_t float_bits(float value) {
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void diff_parameters(struct differ *differ, const char *what, const float *a, const float *b,
                            const size_t counts[2]) {
    REQUIRE((a != NULL || counts[0] == 0) && (b != NULL || counts[1] == 0));
    if (counts[0] != counts[1]) {
        differ_add(differ, "%s parameters: %s %zu, %s %zu\n", what, differ->names[0], counts[0],
                   differ->names[1], counts[1]);
        return;
    }
    for (size_t i = 0; i < counts[0]; i++) {
        if (float_bits(a[i]) != float_bits(b[i]) && !(isnan(a[i]) && isnan(b[i]))) {
            differ_add(differ, "%s parameter %zu differs: %s %.9g, %s %.9g\n", what, i,
                       differ->names[0], (double)a[i], differ->names[1], (double)b[i]);
            return;
        }
    }
}

// Logs from before it was kept have none of a scheme that has one.
static void diff_centre(struct differ *differ, const struct runlog *a, const struct runlog *b,
                        const size_t counts[2]) {
    const float *x = a->ending.centre;
    const float *y = b->ending.centre;
    if (x != NULL && y != NULL) {
        diff_parameters(differ, "centre", x, y, counts);
    } else if (x != y && strcmp((x == NULL ? a : b)->header.policy, "easgd") != 0) {
        differ_add(differ, "centre parameters are only in %s\n", differ->names[x == NULL]);
    }
}

static void diff_samples(struct differ *differ, const struct runlog *a, const struct runlog *b) {
    size_t columns = (size_t)a->header.sample_columns;
    size_t rows = a->gradient_count < b->gradient_count ? a->gradient_count : b->gradient_count;
    if (a->samples == NULL || b->samples == NULL ||
        a->header.sample_columns != b->header.sample_columns) {
        return;
    }
    for (size_t i = 0; i < rows * columns; i++) {
        if (a->samples[i] != b->samples[i]) {
            const struct gradient_row *row = &a->gradients[i / columns];
            differ_add(differ,
                       "sample %zu of gradient row %zu (worker %" PRId32 ", gradient %" PRId64
                       ") differs: %s %" PRId32 "; %s %" PRId32 "\n",
                       i % columns, i / columns, row->worker, row->number, differ->names[0],
                       a->samples[i], differ->names[1], b->samples[i]);
            return;
        }
    }
}

static void diff_values(struct differ *differ, const struct runlog *a, const struct runlog *b) {
    size_t columns = a->header.parameter_count;
    size_t rows = a->gradient_count < b->gradient_count ? a->gradient_count : b->gradient_count;
    if (a->values == NULL || b->values == NULL || columns != b->header.parameter_count) {
        return;
    }
    for (size_t i = 0; i < rows * columns; i++) {
        float x = a->values[i];
        float y = b->values[i];
        if (float_bits(x) != float_bits(y) && !(isnan(x) && isnan(y))) {
            const struct gradient_row *row = &a->gradients[i / columns];
            differ_add(differ,
                       "value %zu of gradient row %zu (worker %" PRId32 ", gradient %" PRId64
                       ") differs: %s %.9g; %s %.9g\n",
                       i % columns, i / columns, row->worker, row->number, differ->names[0],
                       (double)x, differ->names[1], (double)y);
            return;
        }
    }
}

static void diff_hash(struct differ *differ, const char *what, uint64_t a, uint64_t b) {
    REQUIRE(what != NULL);
    if (a != b) {
        differ_add(differ, "%s differs: %s %016" PRIx64 "; %s %016" PRIx64 "\n", what,
                   differ->names[0], a, differ->names[1], b);
    }
}

static const char *status_name(const struct runlog *log) {
    return log->ending.status < RUN_STATUS_COUNT ? run_status_names[log->ending.status] : "unknown";
}

// Of runs that ended alike: since when one stalled, and for whom, or why one failed.
static void diff_cause(struct differ *differ, const struct runlog_ending *a,
                       const struct runlog_ending *b) {
    char first[SIM_TIME_TEXT_SIZE];
    char second[SIM_TIME_TEXT_SIZE];
    if (a->stalled_since_ns != b->stalled_since_ns) {
        differ_add(differ, "beginning of the stall differs: %s %s; %s %s\n", differ->names[0],
                   sim_time_format_seconds(a->stalled_since_ns, first), differ->names[1],
                   sim_time_format_seconds(b->stalled_since_ns, second));
    }
    if (strcmp(a->reason, b->reason) != 0) {
        differ_add(differ, "cause of the end differs: %s %s; %s %s\n", differ->names[0], a->reason,
                   differ->names[1], b->reason);
    }
}

static void diff_ending(struct differ *differ, const struct runlog *a, const struct runlog *b) {
    char first[SIM_TIME_TEXT_SIZE];
    char second[SIM_TIME_TEXT_SIZE];
    if (a->ending.status != b->ending.status) {
        differ_add(differ, "status differs: %s %s; %s %s\n", differ->names[0], status_name(a),
                   differ->names[1], status_name(b));
    } else {
        diff_cause(differ, &a->ending, &b->ending);
    }
    if (a->ending.end_ns != b->ending.end_ns) {
        differ_add(differ, "end differs: %s %s; %s %s\n", differ->names[0],
                   sim_time_format_seconds(a->ending.end_ns, first), differ->names[1],
                   sim_time_format_seconds(b->ending.end_ns, second));
    }
    if (a->ending.event_count != b->ending.event_count) {
        differ_add(differ, "number of events differs: %s %" PRId64 "; %s %" PRId64 "\n",
                   differ->names[0], a->ending.event_count, differ->names[1],
                   b->ending.event_count);
    }
    diff_hash(differ, "timeline fingerprint", a->ending.timeline_fingerprint,
              b->ending.timeline_fingerprint);
    diff_hash(differ, "parameter fingerprint", a->ending.parameter_fingerprint,
              b->ending.parameter_fingerprint);
}

struct scenario_differ {
    struct differ *differ;
    const char *other;
    bool only_missing; // the second pass: keys that the first scenario lacks
};

static void diff_key(void *context, const char *key, const char *value) {
    const struct scenario_differ *scenarios = context;
    struct differ *differ = scenarios->differ;
    char other[CANONICAL_TEXT_VALUE_SIZE];
    bool present = canonical_text_value(scenarios->other, key, other, sizeof other);
    if (scenarios->only_missing ? present : present && strcmp(value, other) == 0) {
        return;
    }
    const char *first = scenarios->only_missing ? "(none)" : value;
    const char *second = scenarios->only_missing ? value : present ? other : "(none)";
    differ_add(differ, "%s: %s %s; %s %s\n", key, differ->names[0], first, differ->names[1],
               second);
}

static void diff_scenario(struct differ *differ, const struct runlog *a, const struct runlog *b) {
    REQUIRE(differ->used == 0);
    struct scenario_differ scenarios = {differ, b->header.scenario, false};
    canonical_text_each(a->header.scenario, diff_key, &scenarios);
    scenarios.other = a->header.scenario;
    scenarios.only_missing = true;
    canonical_text_each(b->header.scenario, diff_key, &scenarios);
    if (a->header.data_hash != b->header.data_hash) {
        differ_add(differ, "contents of the data: %s %016" PRIx64 "; %s %016" PRIx64 "\n",
                   differ->names[0], a->header.data_hash, differ->names[1], b->header.data_hash);
    }
}

bool runlog_diff(const struct runlog *first, const struct runlog *second,
                 const char *const names[2], struct runlog_difference *difference) {
    const struct runlog *a = first;
    const struct runlog *b = second;
    struct differ of_scenarios = {names, difference->scenario, sizeof difference->scenario, 0,
                                  false};
    struct differ differ = {names, difference->text, sizeof difference->text, 0, false};
    const size_t parameters[2] = {a->header.parameter_count, b->header.parameter_count};
    REQUIRE(a->header.scenario != NULL && b->header.scenario != NULL);
    *difference = (struct runlog_difference){0};
    diff_scenario(&of_scenarios, a, b);
    if (a->header.events == b->header.events) { // of two without events neither may have any
        differ_add_rows(&differ, TABLE_EVENTS, a, b);
    }
    differ_add_rows(&differ, TABLE_UPDATES, a, b);
    differ_add_rows(&differ, TABLE_GRADIENTS, a, b);
    differ_add_rows(&differ, TABLE_EVALUATIONS, a, b);
    differ_add_rows(&differ, TABLE_REDUCTIONS, a, b);
    differ_add_rows(&differ, TABLE_INCIDENTS, a, b);
    differ_add_rows(&differ, TABLE_PROBES, a, b);
    diff_parameters(&differ, "initial", a->header.initial, b->header.initial, parameters);
    diff_parameters(&differ, "final", a->ending.final, b->ending.final, parameters);
    diff_centre(&differ, a, b, parameters);
    differ_add_rows(&differ, TABLE_WORKERS, a, b);
    diff_samples(&differ, a, b);
    diff_values(&differ, a, b);
    diff_ending(&differ, a, b);
    difference->found = differ.found;
    return difference->found;
}
