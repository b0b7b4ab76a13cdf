// SPDX-License-Identifier: GPL-3.0-or-later
// sweep_data: files of the user's own that have changed since runs were trained on them. (A sweep
// that tells it is among the cases of tests/cli.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/run/data_input.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/sweep/sweep_data.h"
#include "tests/support/data_files.h"
#include "tests/support/scratch.h"

static void write_data(void *const *state, const char *folder, uint8_t first) {
    static const uint32_t sizes[] = {4, 1};
    char path[SCRATCH_PATH_SIZE];
    char name[64];
    uint8_t bytes[IDX_TEXT_MAX];
    uint8_t content[4] = {first, 1, 0, 1};
    mkdir(scratch_path(state, folder, path), 0777);
    snprintf(name, sizeof name, "%s/train-inputs.idx", folder);
    data_file_make(scratch_path(state, name, path), bytes,
                   idx_bytes_make(8, 2, sizes, content, sizeof content, bytes));
    content[0] = 0;
    snprintf(name, sizeof name, "%s/train-labels.idx", folder);
    data_file_make(scratch_path(state, name, path), bytes,
                   idx_bytes_make(8, 1, sizes, content, sizeof content, bytes));
}

static struct scenario scenario_of(void *const *state, const char *data) {
    char text[256];
    char path[SCRATCH_PATH_SIZE];
    struct scenario scenario;
    struct error error = {0};
    snprintf(text, sizeof text, "{model: softmax, data: %s}", data);
    if (scenario_parse(scratch_path(state, "s.yaml", path), text, strlen(text), NULL, 0, &scenario,
                       &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return scenario;
}

static uint64_t hash_of(const struct scenario *scenario) {
    struct dataset *dataset = NULL;
    assert_int_equal(data_input_open(scenario, "nowhere", &dataset, NULL), STATUS_OK);
    uint64_t hash = dataset_hash(dataset);
    dataset_close(dataset);
    return hash;
}

static void count_sentence(void *context, const char *sentence) {
    size_t *count = context;
    assert_non_null(strstr(sentence, "has changed since"));
    *count += 1;
}

static size_t sentences(const struct sweep_data *data) {
    size_t count = 0;
    sweep_data_check(data, "nowhere", count_sentence, &count);
    return count;
}

// A false alarm would be as bad as silence: only what was read from the same file otherwise counts.
static void sweep_data__file_that_has_changed__is_told_once(void **state) {
    write_data(state, "a", 7);
    write_data(state, "b", 7);
    struct scenario a = scenario_of(state, "{name: file, path: a}");
    struct scenario b = scenario_of(state, "{name: file, path: b}");
    struct scenario other_share = scenario_of(state, "{name: file, path: a, test_share: 50 %}");
    struct scenario random = scenario_of(state, "{name: random}");
    struct sweep_data data = {0};
    sweep_data_note(&data, &a, hash_of(&a));
    sweep_data_note(&data, &b, hash_of(&b));
    sweep_data_note(&data, &a, hash_of(&a));
    sweep_data_note(&data, &other_share, hash_of(&other_share));
    sweep_data_note(&data, &random, 3); // follows from the scenario
    sweep_data_note(&data, &a, 0);      // timing alone
    assert_int_equal(data.count, 3);
    assert_int_equal(sentences(&data), 0);
    write_data(state, "b", 8);
    assert_int_equal(sentences(&data), 1);
    sweep_data_note(&data, &b, hash_of(&b)); // a run of after
    assert_int_equal(sentences(&data), 1);
    write_data(state, "b", 7);
    assert_int_equal(sentences(&data), 1); // now those of between
}

// A run that needs the file says so itself; one that is done needs it no more.
static void sweep_data__file_that_is_gone__is_not_told(void **state) {
    struct scenario gone = scenario_of(state, "{name: file, path: gone}");
    struct sweep_data data = {0};
    sweep_data_note(&data, &gone, 5);
    assert_int_equal(data.count, 1);
    assert_int_equal(sentences(&data), 0);
}

// Thousands of files must not run over the end of the table.
static void sweep_data__more_files_than_there_is_place_for__are_left_out(void **state) {
    struct scenario one = scenario_of(state, "{name: file, path: gone}");
    struct sweep_data data = {0};
    for (uint64_t hash = 1; hash <= SWEEP_DATA_KINDS_MAX + 10; hash++) {
        sweep_data_note(&data, &one, hash);
    }
    assert_int_equal(data.count, SWEEP_DATA_KINDS_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sweep_data__file_that_has_changed__is_told_once,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep_data__file_that_is_gone__is_not_told, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(
            sweep_data__more_files_than_there_is_place_for__are_left_out, scratch_setup,
            scratch_teardown),
    };
    return cmocka_run_group_tests_name("sweep_data", tests, NULL, NULL);
}
