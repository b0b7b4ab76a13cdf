// SPDX-License-Identifier: GPL-3.0-or-later
// row_output: every row to every sink, and into the fingerprint.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/simulation/row_output.h"

enum { TRACE_SIZE = 64 };

struct recorder {
    char trace[TRACE_SIZE]; // one letter a call
    bool fails;
    int64_t last_index;
    const int32_t *last_samples;
};

static void note(void *context, char letter) {
    struct recorder *recorder = context;
    size_t length = strlen(recorder->trace);
    assert_true(length + 1 < TRACE_SIZE);
    recorder->trace[length] = letter;
}

static void on_start(void *context, const struct runlog_header *header) {
    note(context, header->workers == 3 ? 's' : '?');
}

static void on_event(void *context, const struct event_row *row) {
    note(context, row->time_ns == 1 ? 'e' : '?');
}

static void on_gradient(void *context, int64_t index, const struct gradient_row *row,
                        const int32_t *samples) {
    struct recorder *recorder = context;
    recorder->last_index = index;
    recorder->last_samples = samples;
    note(context, row->number == 2 ? 'g' : '?');
}

static void on_values(void *context, int64_t index, const float *values) {
    note(context, index == 78 && values[0] == 0.5F ? 'l' : '?');
}

static void on_update(void *context, const struct update_row *row) {
    note(context, row->version == 3 ? 'u' : '?');
}

static void on_evaluation(void *context, const struct evaluation_row *row) {
    note(context, row->version == 4 ? 'v' : '?');
}

static void on_reduction(void *context, const struct reduction_row *row) {
    note(context, row->members == 6 ? 'r' : '?');
}

static void on_end(void *context, const struct runlog_ending *ending) {
    note(context, ending->end_ns == 5 ? 'x' : '?');
}

static bool has_failed(void *context) {
    return ((const struct recorder *)context)->fails;
}

static struct run_sink sink_of(struct recorder *recorder) {
    return (struct run_sink){.context = recorder,
                             .start = on_start,
                             .event = on_event,
                             .gradient = on_gradient,
                             .values = on_values,
                             .update = on_update,
                             .evaluation = on_evaluation,
                             .reduction = on_reduction,
                             .end = on_end,
                             .failed = has_failed};
}

static const int32_t samples[2] = {8, 9};

static uint64_t send_all(const struct run_sink *sinks, size_t count) {
    struct runlog_header header = {.workers = 3};
    struct event_row event = {.time_ns = 1};
    struct gradient_row gradient = {.number = 2};
    const float value = 0.5F;
    struct update_row update = {.version = 3};
    struct evaluation_row evaluation = {.version = 4};
    struct reduction_row reduction = {.began_ns = 1, .members = 6};
    struct runlog_ending ending = {.end_ns = 5};
    struct row_output output;
    row_output_init(&output, sinks, count);
    row_output_start(&output, &header);
    row_output_event(&output, &event);
    row_output_gradient(&output, 77, &gradient, samples);
    row_output_values(&output, 78, &value);
    row_output_update(&output, &update);
    row_output_evaluation(&output, &evaluation);
    row_output_reduction(&output, &reduction);
    row_output_end(&output, &ending);
    uint64_t fingerprint = timeline_fingerprint_value(&output.fingerprint);
    row_output_reset(&output);
    return fingerprint;
}

// A sink that misses a row would make a log that is not of this run.
static void row_output__several_sinks__each_gets_every_row(void **state) {
    (void)state;
    struct recorder recorders[2] = {{.last_index = -1}, {.last_index = -1}};
    const struct run_sink sinks[2] = {sink_of(&recorders[0]), sink_of(&recorders[1])};
    send_all(sinks, 2);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(recorders[i].trace, "segluvrx");
        assert_true(recorders[i].last_index == 77);
        assert_ptr_equal(recorders[i].last_samples, samples);
    }
}

// The header of run_sink.h: a NULL function is not called.
static void row_output__a_sink_without_functions__is_left_alone(void **state) {
    (void)state;
    struct recorder recorder = {.last_index = -1};
    struct run_sink sinks[2] = {{.context = NULL}, {.context = &recorder, .update = on_update}};
    send_all(sinks, 2);
    assert_string_equal(recorder.trace, "u");
    struct row_output output;
    row_output_init(&output, sinks, 2);
    assert_false(row_output_failed(&output));
    row_output_reset(&output);
}

// The fingerprint of a run must not depend on who listens.
static void row_output__any_sinks_or_none__give_one_fingerprint(void **state) {
    (void)state;
    struct recorder recorder = {.last_index = -1};
    const struct run_sink sink = sink_of(&recorder);
    assert_true(send_all(NULL, 0) == send_all(&sink, 1));
}

// A log that cannot be written must stop the run, whichever sink it is.
static void row_output_failed__one_of_several__is_a_failure(void **state) {
    (void)state;
    struct recorder recorders[2] = {{.fails = false}, {.fails = true}};
    const struct run_sink sinks[2] = {sink_of(&recorders[0]), sink_of(&recorders[1])};
    struct row_output output;
    row_output_init(&output, sinks, 2);
    assert_true(row_output_failed(&output));
    recorders[1].fails = false;
    assert_false(row_output_failed(&output));
    row_output_reset(&output);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(row_output__several_sinks__each_gets_every_row),
        cmocka_unit_test(row_output__a_sink_without_functions__is_left_alone),
        cmocka_unit_test(row_output__any_sinks_or_none__give_one_fingerprint),
        cmocka_unit_test(row_output_failed__one_of_several__is_a_failure),
    };
    return cmocka_run_group_tests_name("row_output", tests, NULL, NULL);
}
