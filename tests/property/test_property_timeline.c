// SPDX-License-Identifier: GPL-3.0-or-later
// The lanes of random small clusters: nobody does two things at once, and what each does adds up to
// the totals of the log, to the nanosecond; and so do the curves, which are made of them. $CLUSTER
// runs one of them, $CLUSTERS so many.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/curve_table.h"
#include "sim/report/timeline.h"
#include "sim/scenario/scenario_parse.h"
#include "tests/support/random_cluster.h"
#include "tests/support/random_events.h"
#include "tests/support/small_cluster.h"

enum { CLUSTERS = 200, TEXT_SIZE = 4096 };

struct subject {
    uint32_t seed;
    char text[TEXT_SIZE];
    struct scenario scenario;
    struct runlog log;
    struct timeline timeline;
};

static void give_up(const struct subject *subject, int32_t lane, const char *what) {
    printf("%s\n", subject->text); // longer than cmocka's messages may be
    fail_msg("cluster %u: lane %" PRId32 ": %s\nrepeat: CLUSTER=%u "
             "build/obj/release/tests/property/test_property_timeline",
             subject->seed, lane, what, subject->seed);
}

// With events of its cluster, unless one begins behind the end: that is refused.
static void make(struct subject *subject, uint32_t seed, bool with_events) {
    struct rng_stream stream;
    struct error error;
    char cluster[RANDOM_CLUSTER_TEXT_SIZE];
    *subject = (struct subject){.seed = seed};
    rng_stream_init(&stream, seed, RNG_TEST, 48, 0, 0);
    (seed % 3 == 0 ? random_local_cluster_make : random_cluster_make)(&stream, seed, cluster);
    small_cluster_parse(&subject->scenario, "%s", cluster);
    snprintf(subject->text, sizeof subject->text, "%s", cluster);
    if (!with_events) {
        return;
    }
    random_events_join(&stream, &subject->scenario, cluster, subject->text, sizeof subject->text);
    struct scenario scenario;
    if (scenario_parse("test", subject->text, strlen(subject->text), NULL, 0, &scenario, &error) ==
        STATUS_OK) {
        subject->scenario = scenario;
    }
}

static int compare(const void *a, const void *b) {
    const struct timeline_interval *left = a;
    const struct timeline_interval *right = b;
    if (left->lane != right->lane) {
        return left->lane < right->lane ? -1 : 1;
    }
    return (left->start_ns > right->start_ns) - (left->start_ns < right->start_ns);
}

static bool is_pause_of_server(const struct timeline_interval *interval) {
    return interval->lane < 0 && interval->kind == TIMELINE_STALLED;
}

static void expect_one_thing_at_a_time(const struct subject *subject) {
    const struct timeline_interval *last = NULL;
    for (size_t i = 0; i < subject->timeline.count; i++) { // or none
        const struct timeline_interval *at = &subject->timeline.intervals[i];
        if (is_pause_of_server(at)) {
            continue;
        }
        if (last != NULL && last->lane == at->lane && at->start_ns < last->end_ns) {
            char text[200];
            snprintf(text, sizeof text, "%s from %" PRId64 " to %" PRId64 " and %s from %" PRId64,
                     timeline_kind_names[last->kind], last->start_ns, last->end_ns,
                     timeline_kind_names[at->kind], at->start_ns);
            give_up(subject, at->lane, text);
        }
        last = at;
    }
}

enum { BUSY, WAITING, COMMUNICATING, DOWN, TOTAL_COUNT };

static int total_of(enum timeline_kind kind) {
    switch (kind) {
    case TIMELINE_COMPUTING:
    case TIMELINE_DELAYED:
    case TIMELINE_STALLED:
        return BUSY;
    case TIMELINE_WAITING:
        return WAITING;
    case TIMELINE_DOWN:
        return DOWN;
    default:
        return COMMUNICATING;
    }
}

// Where something happens, and under ssp, the time in which a worker neither computes nor is down
// is one: who is held back at the end, or waits for one that is then counted out, may seem to be
// answered late instead.
static void expect_totals(const struct subject *subject, bool with_events) {
    const struct runlog *log = &subject->log;
    for (int32_t worker = 0; worker < log->header.workers; worker++) { // at least one
        const struct worker_row *row = &log->ending.workers[worker];
        int64_t expected[TOTAL_COUNT] = {row->busy_ns, row->waiting_ns, row->communicating_ns,
                                         row->down_ns};
        int64_t found[TOTAL_COUNT] = {0};
        for (size_t i = 0; i < subject->timeline.count; i++) { // or none
            const struct timeline_interval *at = &subject->timeline.intervals[i];
            if (at->lane == worker) {
                found[total_of(at->kind)] += at->end_ns - at->start_ns;
            }
        }
        for (int i = 0; i < TOTAL_COUNT; i++) {
            static const char *const names[] = {"busy", "waiting", "communicating", "down"};
            bool shared = (with_events || strcmp(log->header.policy, "ssp") == 0) &&
                          (i == WAITING || i == COMMUNICATING);
            int64_t is = shared ? found[WAITING] + found[COMMUNICATING] : found[i];
            int64_t must = shared ? expected[WAITING] + expected[COMMUNICATING] : expected[i];
            if (is != must) {
                char text[200];
                snprintf(text, sizeof text, "%s %" PRId64 " ns and not %" PRId64, names[i], is,
                         must);
                give_up(subject, worker, text);
            }
        }
    }
}

static void expect_curve(const struct subject *subject, const char *what, double is, double must) {
    if (!(fabs(is - must) <= 1e-9 * fmax(1, fabs(must)))) {
        char text[200];
        snprintf(text, sizeof text, "%s of the curves %.17g and not %.17g", what, is, must);
        give_up(subject, -1, text);
    }
}

// Parts of a whole, or there is none.
static void expect_shares(const struct subject *subject, const struct curve_span *span) {
    if (!isnan(span->busy_share)) {
        expect_curve(subject, "busy, waiting and communicating",
                     span->busy_share + span->waiting_share + span->communicating_share, 1);
        expect_curve(subject, "busy and idle", span->busy_share + span->idle_share, 1);
    }
    if (!isnan(span->server_load)) {
        expect_curve(subject, "server load", fmin(fmax(span->server_load, 0), 1),
                     span->server_load);
    }
}

static void expect_run_totals(const struct subject *subject, const struct curve_progress *total) {
    const struct runlog *log = &subject->log;
    double applied = 0;
    for (size_t i = 0; i < log->gradient_count; i++) { // or none
        applied += log->gradients[i].outcome == OUTCOME_APPLIED;
    }
    expect_curve(subject, "updates", total->updates, (double)log->update_count);
    expect_curve(subject, "gradients", total->gradients, applied);
}

static void expect_curves(const struct subject *subject) {
    struct curves curves;
    double served_ns = 0;
    curves_of_log(&subject->log, &curves);
    for (size_t i = 0; i < curves.span_count; i++) { // a run may end before it begins
        const struct curve_span *span = &curves.spans[i];
        const double start_ns =
            fmax((double)span->began_ns, (double)subject->scenario.cluster.start_up_ns);
        expect_shares(subject, span);
        served_ns +=
            isnan(span->server_load) ? 0 : span->server_load * ((double)span->ended_ns - start_ns);
    }
    if (curves.span_count > 0) {
        expect_run_totals(subject, &curves.spans[curves.span_count - 1].until);
    }
    const struct runlog_service *service = &subject->log.ending.service;
    if (service->known && subject->log.header.events) { // replies under way at the end count wholly
        expect_curve(subject, "service", fmin(served_ns, (double)service->time_ns), served_ns);
    }
    curves_reset(&curves);
}

static void check_cluster(uint32_t seed, bool with_events) {
    static struct subject subject;
    enum status status;
    make(&subject, seed, with_events);
    small_cluster_run_with(&subject.scenario, NULL, &subject.log, &status);
    timeline_of_log(&subject.log, 0, INT64_MAX, &subject.timeline);
    if (subject.timeline.count > 0) {
        qsort(subject.timeline.intervals, subject.timeline.count,
              sizeof *subject.timeline.intervals, compare);
    }
    expect_one_thing_at_a_time(&subject);
    expect_totals(&subject, with_events);
    expect_curves(&subject);
    timeline_reset(&subject.timeline);
    runlog_reset(&subject.log);
}

static void check_clusters(bool with_events) {
    const char *one = getenv("CLUSTER");
    const char *many = getenv("CLUSTERS");
    uint32_t count = many == NULL ? CLUSTERS : (uint32_t)atoi(many);
    if (one != NULL) {
        check_cluster((uint32_t)atoi(one), with_events);
        return;
    }
    for (uint32_t seed = 1; seed <= count; seed++) {
        check_cluster(seed, with_events);
    }
}

// If it failed, a picture would show a worker do something else than the run had it do.
static void timeline__random_clusters__add_up(void **state) {
    (void)state;
    check_clusters(false);
}

// The same while slow phases, pauses, silences and crashes happen.
static void timeline__random_events__add_up(void **state) {
    (void)state;
    check_clusters(true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timeline__random_clusters__add_up),
        cmocka_unit_test(timeline__random_events__add_up),
    };
    return cmocka_run_group_tests_name("property_timeline", tests, NULL, NULL);
}
