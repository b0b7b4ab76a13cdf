// SPDX-License-Identifier: GPL-3.0-or-later
// header_diff: what a log says of itself, field by field.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/report/header_diff.h"

static void expect(const struct runlog_header *recorded, const struct runlog_header *repeated,
                   const char *line) {
    char text[HEADER_DIFF_SIZE];
    assert_int_equal(header_diff(recorded, repeated, text), line[0] != 0);
    assert_string_equal(text, line);
}

// Every field decides what a reader takes the file for.
static void header_diff__any_field_that_differs__is_named(void **state) {
    (void)state;
    struct layout_row tensors[2] = {
        {.name = "weights", .rank = 2, .shape = {3, 4}},
        {.name = "biases", .rank = 1, .shape = {3}, .offset = 12},
    };
    struct layout_row others[2];
    memcpy(others, tensors, sizeof others);
    const struct runlog_header a = {.policy = "sync",
                                    .seed = 1,
                                    .workers = 2,
                                    .events = true,
                                    .layout = tensors,
                                    .layout_count = 2,
                                    .parameter_count = 15};
    struct runlog_header b = a;
    expect(&a, &b, "");
    b.seed = 3;
    expect(&a, &b, "seed differs: recorded 1; repeated 3\n");
    b = a;
    b.workers = 3;
    expect(&a, &b, "number of workers differs: recorded 2; repeated 3\n");
    b = a;
    b.events = false;
    expect(&a, &b, "events_logged differs: recorded 1; repeated 0\n");
    b = a;
    b.sample_columns = 8;
    expect(&a, &b, "sample_columns differs: recorded 0; repeated 8\n");
    b = a;
    b.gradient_values = true;
    expect(&a, &b, "logging of gradients' values differs: recorded 0; repeated 1\n");
    b = a;
    b.parameter_count = 16;
    expect(&a, &b, "number of parameters differs: recorded 15; repeated 16\n");
    b = a;
    b.layout_count = 1;
    expect(&a, &b, "number of tensors differs: recorded 2; repeated 1\n");
    b = a;
    memcpy(b.policy, "async", sizeof "async");
    expect(&a, &b, "policy differs: recorded sync; repeated async\n");
    b = a;
    b.layout = others;
    expect(&a, &b, "");
    others[0].shape[1] = 5;
    expect(&a, &b, "tensor 0 of the layout differs: recorded weights; repeated weights\n");
    others[0].shape[1] = 4;
    others[1].offset = 13;
    expect(&a, &b, "tensor 1 of the layout differs: recorded biases; repeated biases\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_diff__any_field_that_differs__is_named),
    };
    return cmocka_run_group_tests_name("header_diff", tests, NULL, NULL);
}
