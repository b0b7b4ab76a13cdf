// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/compare_runs.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/report/compare.h"
#include "sim/report/compare_parts.h"

#define S INT64_C(1000000000)

void compare_runs_add(struct compare_runs *fixture, const char *policy, int batch, uint64_t seed,
                      double mean, double last) {
    size_t i = fixture->count++;
    snprintf(fixture->scenarios[i], sizeof fixture->scenarios[i],
             "title: Run %zu\nseed: %d\npolicy:\n  name: %s\n%straining:\n  batch: %d\n", i,
             (int)seed, policy, strcmp(policy, "hybrid") == 0 ? "  pushed_worker: waits\n" : "",
             batch);
    snprintf(fixture->names[i], sizeof fixture->names[i], "run%zu.h5", i);
    const double accuracies[3] = {0, 2 * mean, last};
    for (int e = 0; e < 3; e++) {
        fixture->rows[i][e] = (struct evaluation_row){.time_ns = e * S,
                                                      .test_loss = 2 - accuracies[e],
                                                      .test_accuracy = accuracies[e],
                                                      .train_loss = (double)NAN};
    }
    fixture->runs[i] = (struct compare_run){
        .name = fixture->names[i],
        .scenario = fixture->scenarios[i],
        .seed = seed,
        .status = RUN_COMPLETE,
        .end_ns = 2 * S,
        .evaluations = fixture->rows[i],
        .evaluation_count = 3,
    };
}

const struct compare_setting compare_runs_async = {"policy.name", "async"};

struct compare_options compare_runs_options(const struct compare_setting *setting) {
    struct compare_options options = compare_default_options();
    options.baseline = setting;
    options.baseline_count = setting != NULL;
    return options;
}

struct comparison *compare_runs_compare_with(const struct compare_runs *fixture,
                                             const struct compare_options *options) {
    struct comparison *comparison = NULL;
    struct error error;
    enum status status =
        compare_create(fixture->runs, fixture->count, options, &comparison, &error);
    if (status != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return comparison;
}

struct comparison *compare_runs_compare(const struct compare_runs *fixture,
                                        const struct compare_setting *setting) {
    struct compare_options options = compare_runs_options(setting);
    return compare_runs_compare_with(fixture, &options);
}

void compare_runs_add_three_rounds(struct compare_runs *fixture) {
    compare_runs_add(fixture, "async", 32, 1, 0.20, 0.50);
    compare_runs_add(fixture, "async", 32, 2, 0.30, 0.50);
    compare_runs_add(fixture, "async", 32, 3, 0.40, 0.50);
    compare_runs_add(fixture, "hybrid", 32, 3, 0.38, 0.60);
    compare_runs_add(fixture, "hybrid", 32, 1, 0.21, 0.50);
    compare_runs_add(fixture, "hybrid", 32, 2, 0.34, 0.55);
}

void compare_runs_add_twelve_rounds(struct compare_runs *fixture) {
    for (int i = 0; i < 12; i++) {
        double base = 0.20 + 0.01 * (i * 5 % 12);
        compare_runs_add(fixture, "async", 32, (uint64_t)i + 1, base, 0.50);
        compare_runs_add(fixture, "hybrid", 32, (uint64_t)i + 1, base + 0.01 + 0.005 * i, 0.50);
        compare_runs_add(fixture, "sync", 32, (uint64_t)i + 1,
                         base + (i % 2 == 0 ? 1 : -1) * 0.0005 * i, 0.50);
    }
}

static char *printed(const struct comparison *comparison, const enum compare_format *format) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    if (format == NULL) {
        compare_print_notes(stream, comparison);
    } else {
        compare_print(stream, comparison, *format);
    }
    fclose(stream);
    char *copy = memory_copy_text(text); // gcc takes pointers into text itself for dangling
    free(text);
    return copy;
}

char *compare_runs_notes(const struct comparison *comparison) {
    return printed(comparison, NULL);
}

char *compare_runs_printed(const struct comparison *comparison, enum compare_format format) {
    return printed(comparison, &format);
}
