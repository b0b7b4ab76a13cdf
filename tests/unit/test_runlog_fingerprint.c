// SPDX-License-Identifier: GPL-3.0-or-later
// runlog_fingerprint: every event and every span counts, and nothing that a gradient's arithmetic
// produced.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/runlog/runlog_fingerprint.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/runlog/runlog_schema.h"
#include "tests/support/random_log.h"
#include "tests/support/rows.h"

static const struct random_log_options options = {
    .seed = 41,
    .events = 1000, // several blocks of the stream, and a part of one
    .gradients = 20,
    .updates = 7,
    .evaluations = 3,
    .reductions = 5,
    .incidents = 5,
    .workers = 5,
    .parameters = 100,
    .events_logged = true,
};

static uint64_t fingerprint_of(const struct runlog *log, bool backwards) {
    struct timeline_fingerprint fingerprint;
    timeline_fingerprint_init(&fingerprint);
    for (size_t i = 0; i < rows(log->event_count); i++) {
        timeline_fingerprint_event(&fingerprint, &log->events[i]);
    }
    for (size_t i = 0; i < rows(log->gradient_count); i++) {
        size_t index = backwards ? log->gradient_count - 1 - i : i;
        timeline_fingerprint_gradient(&fingerprint, (int64_t)index, &log->gradients[index]);
    }
    for (size_t i = 0; i < rows(log->update_count); i++) {
        timeline_fingerprint_update(&fingerprint,
                                    &log->updates[backwards ? log->update_count - 1 - i : i]);
    }
    for (size_t i = 0; i < rows(log->reduction_count); i++) {
        timeline_fingerprint_reduction(&fingerprint, &log->reductions[i]);
    }
    for (size_t i = 0; i < rows(log->incident_count); i++) {
        timeline_fingerprint_incident(&fingerprint, &log->incidents[i]);
    }
    uint64_t value = timeline_fingerprint_value(&fingerprint);
    timeline_fingerprint_reset(&fingerprint);
    return value;
}

static void *row_of(const struct runlog *log, enum runlog_table_id table, size_t index) {
    if (table == TABLE_EVENTS) {
        return &log->events[index];
    }
    if (table == TABLE_REDUCTIONS) {
        return &log->reductions[index];
    }
    if (table == TABLE_INCIDENTS) {
        return &log->incidents[index];
    }
    return table == TABLE_GRADIENTS ? (void *)&log->gradients[index] : (void *)&log->updates[index];
}

// Columns that the arithmetic produces, or may one day set.
static bool is_value(const char *name) {
    static const char *const values[] = {"loss",        "distance",       "learning_rate",
                                         "update_norm", "parameter_hash", "loss_estimate",
                                         "spread"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (strcmp(values[i], name) == 0) {
            return true;
        }
    }
    return false;
}

// A span that did not count could differ between two "equal" runs; a value that did would make the
// timeline depend on the machine's arithmetic.
static void fingerprint__every_column__counts_unless_it_is_a_value(void **state) {
    (void)state;
    struct runlog log = {0};
    random_log_make(&options, &log);
    uint64_t before = fingerprint_of(&log, false);
    const enum runlog_table_id tables[] = {TABLE_EVENTS, TABLE_GRADIENTS, TABLE_UPDATES,
                                           TABLE_REDUCTIONS, TABLE_INCIDENTS};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        const struct runlog_table *table = &runlog_tables[tables[i]];
        for (size_t j = 0; j < table->column_count; j++) {
            unsigned char *field = row_of(&log, tables[i], 3);
            field[table->columns[j].offset] ^= 1;
            bool same = fingerprint_of(&log, false) == before;
            field[table->columns[j].offset] ^= 1;
            assert_int_equal(same, is_value(table->columns[j].name));
        }
    }
    assert_true(fingerprint_of(&log, false) == before);
    runlog_reset(&log);
}

// Rows become final in another order than they were dispatched in.
static void fingerprint__order_of_gradients_and_updates__does_not_matter(void **state) {
    (void)state;
    struct runlog log = {0};
    random_log_make(&options, &log);
    assert_true(fingerprint_of(&log, false) == fingerprint_of(&log, true));
    runlog_reset(&log);
}

// Two gradients that change places are another timeline; so are two events.
static void fingerprint__exchanged_rows__change_it(void **state) {
    (void)state;
    struct runlog log = {0};
    random_log_make(&options, &log);
    uint64_t before = fingerprint_of(&log, false);
    struct gradient_row gradient = log.gradients[0];
    log.gradients[0] = log.gradients[1];
    log.gradients[1] = gradient;
    assert_false(fingerprint_of(&log, false) == before);
    log.gradients[1] = log.gradients[0];
    log.gradients[0] = gradient;
    assert_true(fingerprint_of(&log, false) == before);
    struct event_row event = log.events[998];
    log.events[998] = log.events[999];
    log.events[999] = event;
    assert_false(fingerprint_of(&log, false) == before);
    runlog_reset(&log);
}

// The number must stay what it is over the years, or old logs could not be verified: XXH3 as
// documented in the header, here of the empty timeline and of one with a row of each kind.
static void fingerprint__fixed_rows__give_fixed_digits(void **state) {
    (void)state;
    struct timeline_fingerprint fingerprint;
    struct event_row event = {.time_ns = 1, .gradient = 2, .version = 3, .actor = 4, .kind = 5};
    struct gradient_row gradient = {
        .number = 1, .reply_travel_ns = 2, .worker = 3, .push_attempts = 1, .reply_attempts = 1};
    struct update_row update = {.time_ns = 4, .version = 5};
    timeline_fingerprint_init(&fingerprint);
    uint64_t empty = fingerprint_combine(fingerprint_combine(fingerprint_bytes("", 0), 0), 0);
    assert_true(timeline_fingerprint_value(&fingerprint) == empty);
    timeline_fingerprint_event(&fingerprint, &event);
    timeline_fingerprint_gradient(&fingerprint, 6, &gradient);
    timeline_fingerprint_update(&fingerprint, &update);
    unsigned char part[160] = {0};
    memcpy(part, &gradient, 136);
    memcpy(part + 136, (const char *)&gradient + 152, 24);
    uint64_t expected = fingerprint_bytes(&event, 32);
    expected = fingerprint_combine(expected, fingerprint_bytes_seeded(part, 160, 6));
    expected = fingerprint_combine(expected, fingerprint_bytes_seeded(&update, 56, 5));
    assert_true(timeline_fingerprint_value(&fingerprint) == expected);
    timeline_fingerprint_reset(&fingerprint);
}

// A column that came later must not change the number of a log that has nothing in it, and must
// count where it says something, by its name: another column with the value is another timeline.
static void fingerprint__later_columns__count_where_they_say_something(void **state) {
    (void)state;
    struct timeline_fingerprint fingerprint;
    struct gradient_row gradient = {.push_attempts = 1, .reply_attempts = 3};
    struct gradient_row plain = {.push_attempts = 1, .reply_attempts = 1};
    timeline_fingerprint_init(&fingerprint);
    timeline_fingerprint_gradient(&fingerprint, 6, &plain);
    uint64_t before = fingerprint.gradients;
    timeline_fingerprint_reset(&fingerprint);
    timeline_fingerprint_init(&fingerprint);
    timeline_fingerprint_gradient(&fingerprint, 6, &gradient);
    uint64_t part[2] = {fingerprint_bytes("reply_attempts", 14), 3};
    assert_true(fingerprint.gradients == before + fingerprint_bytes_seeded(part, sizeof part, 6));
    timeline_fingerprint_reset(&fingerprint);
}

// A log that was tampered with is found out; one without events cannot be.
static void fingerprints_hold__changed_row__is_noticed(void **state) {
    (void)state;
    struct runlog log = {0};
    random_log_make(&options, &log);
    assert_false(runlog_fingerprints_hold(&log));
    log.ending.timeline_fingerprint = fingerprint_of(&log, false);
    assert_true(runlog_fingerprints_hold(&log));
    log.gradients[5].compute_ns ^= 1;
    assert_false(runlog_fingerprints_hold(&log));
    log.header.events = false;
    assert_true(runlog_fingerprints_hold(&log));
    runlog_reset(&log);
}

// Reductions and incidents have no number of their own in the sum: their place orders them. Two
// that change places are another timeline, also where they differ in a column that came later
// alone.
static void fingerprint__reductions_and_incidents_exchanged__change_it(void **state) {
    (void)state;
    const struct reduction_row reductions[2][2] = {{{.began_ns = 1}, {.began_ns = 3}},
                                                   {{.retries = 1}, {.retries = 2}}};
    const struct incident_row incidents[2][2] = {{{.worker = 2}, {.worker = 3}},
                                                 {{.latency_factor = 2}, {.latency_factor = 3}}};
    for (size_t kind = 0; kind < 2; kind++) {
        uint64_t values[3]; // nothing exchanged, reductions, incidents
        for (size_t turn = 0; turn < 3; turn++) {
            struct timeline_fingerprint fingerprint;
            timeline_fingerprint_init(&fingerprint);
            for (size_t i = 0; i < 2; i++) {
                size_t other = 1 - i;
                timeline_fingerprint_reduction(&fingerprint,
                                               &reductions[kind][turn == 1 ? other : i]);
                timeline_fingerprint_incident(&fingerprint,
                                              &incidents[kind][turn == 2 ? other : i]);
            }
            values[turn] = timeline_fingerprint_value(&fingerprint);
            timeline_fingerprint_reset(&fingerprint);
        }
        assert_true(values[0] != values[1] && values[0] != values[2]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fingerprint__every_column__counts_unless_it_is_a_value),
        cmocka_unit_test(fingerprint__order_of_gradients_and_updates__does_not_matter),
        cmocka_unit_test(fingerprint__exchanged_rows__change_it),
        cmocka_unit_test(fingerprint__fixed_rows__give_fixed_digits),
        cmocka_unit_test(fingerprint__later_columns__count_where_they_say_something),
        cmocka_unit_test(fingerprints_hold__changed_row__is_noticed),
        cmocka_unit_test(fingerprint__reductions_and_incidents_exchanged__change_it),
    };
    return cmocka_run_group_tests_name("runlog_fingerprint", tests, NULL, NULL);
}
