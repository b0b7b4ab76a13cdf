// SPDX-License-Identifier: GPL-3.0-or-later
// server_pauses: when a service began that pauses lie within.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/report/server_pauses.h"

// If it failed, a bar of the timeline would begin too early or too late: pauses from 10 to 30 (two
// that overlap, in the wrong order, and one within), from 40 to 50, and one from 90 to the end;
// that of a worker is none.
static void server_pauses_began__within_and_between__adds_what_lies_within(void **state) {
    (void)state;
    struct incident_row rows[] = {
        {.kind = INCIDENT_SERVER_PAUSE, .worker = -1, .began_ns = 15, .ended_ns = 30},
        {.kind = INCIDENT_SERVER_PAUSE, .worker = -1, .began_ns = 10, .ended_ns = 20},
        {.kind = INCIDENT_SERVER_PAUSE, .worker = -1, .began_ns = 12, .ended_ns = 14},
        {.kind = INCIDENT_PAUSE, .worker = 0, .began_ns = 31, .ended_ns = 39},
        {.kind = INCIDENT_SERVER_PAUSE, .worker = -1, .began_ns = 40, .ended_ns = 50},
        {.kind = INCIDENT_SERVER_PAUSE, .worker = -1, .began_ns = 90, .ended_ns = -1},
    };
    static const struct {
        int64_t end_ns, span_ns, began_ns;
    } cases[] = {
        {10, 5, 5},   // ends where a pause begins
        {35, 5, 30},  // begins where one ends
        {35, 6, 9},   // within one
        {39, 9, 30},  // that of a worker
        {55, 10, 35}, // within another
        {55, 16, 9},  // two
        {60, 0, 60},  // takes no time
        {90, 40, 50}, {70, 20, 50},
    };
    struct runlog log = {.incidents = rows, .incident_count = 6};
    struct server_pauses pauses;
    server_pauses_init(&pauses, &log);
    assert_int_equal(pauses.count, 3);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(server_pauses_began(&pauses, cases[i].end_ns, cases[i].span_ns),
                         cases[i].began_ns);
    }
    server_pauses_reset(&pauses);
    struct runlog none = {0};
    server_pauses_init(&pauses, &none);
    assert_int_equal(server_pauses_began(&pauses, 7, 3), 4);
    server_pauses_reset(&pauses);
}

// If it failed, a worker would seem to be back between two crashes that overlap, or to be down with
// another.
static void worker_spans__by_worker__those_that_meet_are_one(void **state) {
    (void)state;
    struct incident_row rows[] = {
        {.kind = INCIDENT_CRASH, .worker = 1, .began_ns = 10, .ended_ns = 40},
        {.kind = INCIDENT_CRASH, .worker = 0, .began_ns = 20, .ended_ns = 30},
        {.kind = INCIDENT_CRASH, .worker = 1, .began_ns = 20, .ended_ns = 30}, // within the first
        {.kind = INCIDENT_PAUSE, .worker = 1, .began_ns = 50, .ended_ns = 60},
        {.kind = INCIDENT_CRASH, .worker = 1, .began_ns = 40, .ended_ns = 45},
        {.kind = INCIDENT_CRASH, .worker = 1, .began_ns = 70, .ended_ns = -1},
        {.kind = INCIDENT_CRASH, .worker = 3, .began_ns = 80, .ended_ns = 90}, // nobody's
    };
    struct runlog log = {.header.workers = 3, .incidents = rows, .incident_count = 7};
    struct worker_spans spans;
    worker_spans_init(&spans, &log, INCIDENT_CRASH);
    assert_int_equal(spans.end[0] - spans.first[0], 1);
    assert_int_equal(spans.end[1] - spans.first[1], 2);
    assert_int_equal(spans.end[2] - spans.first[2], 0);
    const struct server_pause *of_1 = &spans.spans[spans.first[1]];
    assert_int_equal(of_1[0].began_ns, 10);
    assert_int_equal(of_1[0].ended_ns, 45);
    assert_int_equal(of_1[1].ended_ns, INT64_MAX);
    assert_int_equal(worker_spans_after(&spans, 1, 0), spans.first[1]);
    assert_int_equal(worker_spans_after(&spans, 1, 44), spans.first[1]);
    assert_int_equal(worker_spans_after(&spans, 1, 45), spans.first[1] + 1);
    assert_int_equal(worker_spans_after(&spans, 0, 30), spans.end[0]);
    worker_spans_reset(&spans);
}

// If it failed, a worker would seem to be up while one reason after another keeps it silent: the
// crash until 20, the link until 30, and the pause that began meanwhile.
static void worker_spans__down_by_incidents__until_no_reason_is_left(void **state) {
    (void)state;
    struct incident_row rows[] = {
        {.kind = INCIDENT_CRASH, .worker = 0, .began_ns = 10, .ended_ns = 20},
        {.kind = INCIDENT_DISCONNECT, .worker = 0, .began_ns = 15, .ended_ns = 30},
        {.kind = INCIDENT_PAUSE, .worker = 0, .began_ns = 25, .ended_ns = 40},
        {.kind = INCIDENT_PAUSE, .worker = 1, .began_ns = 35, .ended_ns = 50}, // of another
    };
    struct runlog log = {.header.workers = 2, .incidents = rows, .incident_count = 4};
    struct worker_spans spans;
    worker_spans_init_down(&spans, &log, 0);
    assert_int_equal(spans.end[0] - spans.first[0], 1);
    assert_int_equal(spans.spans[spans.first[0]].began_ns, 10);
    assert_int_equal(spans.spans[spans.first[0]].ended_ns, 40);
    worker_spans_reset(&spans);
    worker_spans_init_down(&spans, &log, 20); // it does not wait for what was over by the start
    assert_int_equal(spans.spans[spans.first[0]].ended_ns, 20);
    worker_spans_reset(&spans);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(server_pauses_began__within_and_between__adds_what_lies_within),
        cmocka_unit_test(worker_spans__by_worker__those_that_meet_are_one),
        cmocka_unit_test(worker_spans__down_by_incidents__until_no_reason_is_left),
    };
    return cmocka_run_group_tests_name("server_pauses", tests, NULL, NULL);
}
