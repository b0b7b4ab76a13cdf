// SPDX-License-Identifier: GPL-3.0-or-later
// The keys under data: how they are read, and what follows from them for others.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/scenario/scenario_parse.h"
#include "tests/support/expect.h"

static struct scenario parse(const char *text) {
    struct scenario scenario;
    struct error error = {0};
    if (scenario_parse("t", text, strlen(text), NULL, 0, &scenario, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return scenario;
}

// The keys under data: a wrong field would be other data.
static void parse__data_keys__land_in_their_fields(void **state) {
    (void)state;
    struct scenario s = parse("model: softmax\n"
                              "data: {name: random, shards: dirichlet, alpha: 0.25, features: 30, "
                              "classes: 7, samples: 5000, seed: 12}\n");
    assert_string_equal(s.data.name, "random");
    assert_int_equal(s.data.shards, SHARDS_DIRICHLET);
    expect_within(s.data.alpha, 0.25, 0);
    assert_int_equal(s.data.features, 30);
    assert_int_equal(s.data.classes, 7);
    assert_int_equal(s.data.samples, 5000);
    assert_true(s.data.seed.own && s.data.seed.value == 12);
    s = parse("model: softmax\ndata: random\n");
    assert_string_equal(s.data.name, "random");
    assert_false(s.data.seed.own);
    s = parse("data: {name: file, path: a b.h5, test_share: 12.5 %}\n");
    assert_string_equal(s.data.path.text, "a b.h5");
    expect_within(s.data.test_share, 0.125, 0);
}

static void expect_folder(const char *name, const char *folder) {
    static const char text[] = "data: {name: file, path: b/c.h5}";
    struct scenario s;
    struct error error = {0};
    assert_int_equal(scenario_parse(name, text, sizeof text - 1, NULL, 0, &s, &error), STATUS_OK);
    assert_string_equal(s.data.path.folder, folder);
    assert_string_equal(s.data.path.text, "b/c.h5");
}

// A path is relative to the file in which it is written, and on the command line to the working
// folder, whatever slashes it has.
static void parse__a_path__is_relative_to_its_file(void **state) {
    (void)state;
    expect_folder("s.yaml", "");
    expect_folder("/s.yaml", "/");
    expect_folder("../x/y/s.yaml", "../x/y");
    const struct scenario_setting setting = {"data.path", "d/e.h5"};
    static const char text[] = "data: {name: file}";
    struct scenario s;
    struct error error = {0};
    assert_int_equal(scenario_parse("x/s.yaml", text, sizeof text - 1, &setting, 1, &s, &error),
                     STATUS_OK);
    assert_string_equal(s.data.path.folder, "");
}

// The usual 10,000 test samples would be an error of nobody's with a smaller set: what nobody
// writes is at most what there is.
static void parse__samples_to_evaluate__are_capped_unless_written(void **state) {
    (void)state;
    struct scenario s = parse("model: softmax\ndata: {name: random, samples: 1000}\n");
    assert_int_equal(s.evaluation.test_samples, 200);
    assert_int_equal(s.evaluation.train_samples, 800);
    s = parse("model: softmax\ndata: {name: random, samples: 1000}\n"
              "evaluation: {test_samples: 100}\n");
    assert_int_equal(s.evaluation.test_samples, 100);
    s = parse("data: {name: file, path: a}\n"); // known when it is opened
    assert_int_equal(s.evaluation.test_samples, 10000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse__data_keys__land_in_their_fields),
        cmocka_unit_test(parse__a_path__is_relative_to_its_file),
        cmocka_unit_test(parse__samples_to_evaluate__are_capped_unless_written),
    };
    return cmocka_run_group_tests_name("scenario_data", tests, NULL, NULL);
}
