// SPDX-License-Identifier: GPL-3.0-or-later
// The figures of runs: that each kind says the numbers of the logs, in the folder that it leaves.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "sim/base/memory.h"
#include "sim/report/compare.h"
#include "sim/report/figure.h"
#include "sim/report/figure_parts.h"
#include "tests/support/rows.h"
#include "tests/support/scratch.h"
#include "tests/support/story_log.h"
#include "tests/support/written_log.h"

enum { RUNS = 4 };

// Two cells of two rounds each, made of the story: with threshold.every 1 and 2; in the second
// cell all accuracies are higher by .1, in the second rounds by .05. Or four cells of one round:
// the second rounds have another batch, and no seed of their own.
struct runs {
    struct runlog logs[RUNS];
    char paths[RUNS][SCRATCH_PATH_SIZE];
    struct compare_run runs[RUNS];
    struct comparison *comparison;
};

static void make_scenario(char *scenario, size_t size, int every, int batch, uint64_t seed) {
    snprintf(scenario, size,
             "title: \"It's a \\\"story\\\"\"\nseed: %d\nend: 1300 ms\npolicy:\n  name: hybrid\n"
             "  threshold:\n    schedule: step\n    every: %d\n  pushed_worker: waits\n"
             "cluster:\n  workers: 2\n  start_up: 1 s\ntraining:\n  batch: %d\n",
             (int)seed, every, batch);
}

static struct runs *make_cells(void *const *state, bool four) {
    static const struct compare_setting baseline = {"policy.threshold.every", "1"};
    struct runs *made = memory_allocate(1, sizeof *made);
    struct error error;
    for (size_t i = 0; i < RUNS; i++) {
        struct runlog *log = &made->logs[i];
        char scenario[512];
        char name[16];
        *log = story_log_create();
        log->header.seed = four ? 7 : 7 - i % 2; // the second round is the first by its seed
        make_scenario(scenario, sizeof scenario, i < 2 ? 1 : 2, four && i % 2 == 1 ? 64 : 32,
                      log->header.seed);
        memory_free(log->header.scenario);
        log->header.scenario = memory_copy_text(scenario);
        for (size_t e = 0; e < rows(log->evaluation_count); e++) {
            log->evaluations[e].test_accuracy += (i < 2 ? 0 : 0.1) + (i % 2 == 0 ? 0 : 0.05);
        }
        snprintf(name, sizeof name, "%zu.h5", i);
        written_log(log, scratch_path(state, name, made->paths[i]));
        made->runs[i] = compare_run_of_log(made->paths[i], log);
    }
    struct compare_options options = compare_default_options();
    options.baseline = &baseline;
    options.baseline_count = 1;
    if (compare_create(made->runs, RUNS, &options, &made->comparison, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return made;
}

static struct runs *make_runs(void *const *state) {
    return make_cells(state, false);
}

static void release(struct runs *runs) {
    compare_destroy(&runs->comparison);
    for (size_t i = 0; i < RUNS; i++) {
        runlog_reset(&runs->logs[i]);
    }
    memory_free(runs);
}

static char *read_file(const char *path) {
    enum { MOST = 1 << 20 };
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = memory_allocate(MOST, 1);
    assert_true(fread(text, 1, MOST - 1, file) > 0);
    fclose(file);
    return text;
}

// What a kind leaves in its folder: the numbers, or the script; to be released with memory_free.
static char *kept(void *const *state, const struct runs *runs, const char *kind,
                  const char *ending) {
    char folder[SCRATCH_PATH_SIZE];
    char path[SCRATCH_PATH_SIZE + 32];
    const struct figure_request request = {
        .kind = figure_kind_find(kind), .comparison = runs->comparison, .from_ns = -1, .to_ns = -1};
    const struct figure_places places = {.folder = scratch_path(state, "kept", folder)};
    struct error error;
    assert_non_null(request.kind);
    if (figure_check_places(&places, request.kind, NULL, &error) != STATUS_OK ||
        figure_make(&request, &places, NULL, stderr, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    snprintf(path, sizeof path, "%s/%s.%s", folder, kind, ending);
    return read_file(path);
}

static void expect_in(const char *text, const char *part) {
    if (strstr(text, part) == NULL) {
        fail_msg("no '%s' in:\n%s", part, text);
    }
}

// If it failed, a curve would show other numbers than the logs have: of the last evaluation the
// accuracies are 60 and 65 percent, and 70 and 75.
static void figure_curves__two_cells__mean_and_range_of_their_rounds(void **state) {
    struct runs *runs = make_runs(state);
    char *data = kept(state, runs, "curves", "csv");
    expect_in(data, "figure_curve,cell,time_s,mean,least,most,rounds,label\n");
    expect_in(data, "\ntest_accuracy,0,1.300000000,62.5,60,65,2,\"1\"\n");
    expect_in(data, "\ntest_accuracy,1,1.300000000,72.5,70,75,2,\"2\"\n");
    expect_in(data, "\nthreshold,0,1.110000000,1,1,1,2,\"1\"\n");
    memory_free(data);
    release(runs);
}

// If it failed, the title would be YAML, or end its literal.
static void figure_sheet__a_title_with_quotes__is_read_as_the_scenario_means_it(void **state) {
    struct runs *runs = make_runs(state);
    char *script = kept(state, runs, "curves", "gp");
    expect_in(script, "set label \"It\\047s a \\042story\\042\" at");
    expect_in(
        script,
        "\"hybrid; 2 workers; batch 32; 2 rounds; lines are their means, bands their ranges\"");
    memory_free(script);
    release(runs);
}

// If it failed, the lanes would not be those of the log, or those of another round than the first.
static void figure_timeline__the_story__has_its_lanes(void **state) {
    struct runs *runs = make_runs(state);
    char *data = kept(state, runs, "timeline", "csv");
    expect_in(data, "figure_state,lane,begin_s,end_s,label\n"
                    "computing,0,1.000000000,1.100000000,\"1\"\n");
    expect_in(data, "updating,-1,1.221000000,1.226000000,\"1\"\n");
    memory_free(data);
    char *script = kept(state, runs, "timeline", "gp");
    expect_in(script, "2 rounds; shown: seed 6");
    expect_in(script, "\"1: 2 updates, K = 1 to 2\"");
    memory_free(script);
    release(runs);
}

// Of the three applied gradients of a run two were fresh and one was a version old.
static void figure_staleness__the_story__counts_its_gradients(void **state) {
    struct runs *runs = make_runs(state);
    char *data = kept(state, runs, "staleness", "csv");
    assert_string_equal(data, "figure_staleness,to,percent,gradients,label\n"
                              "0,0,66.6666667,4,\"1\"\n1,1,33.3333333,2,\"1\"\n"
                              "0,0,66.6666667,4,\"2\"\n1,1,33.3333333,2,\"2\"\n");
    memory_free(data);
    release(runs);
}

// If it failed, a forest would show another difference than compare prints: 10 points in each
// round, so there is no interval.
static void figure_forest__two_rounds__is_what_compare_says(void **state) {
    struct runs *runs = make_runs(state);
    char *data = kept(state, runs, "forest", "csv");
    assert_string_equal(data, "figure_row,difference,low,high,pairs,significant,label\n"
                              "0,10,10,10,2,0,\"2\"\n");
    memory_free(data);
    char *script = kept(state, runs, "forest", "gp");
    expect_in(script, "\"+10.000 (no spread)\"");
    memory_free(script);
    release(runs);
}

// If it failed, a cell would be called beaten that no other one beats: both apply 3 gradients in
// .3 s, and the second reaches more.
static void figure_frontier__equal_speeds__the_better_one_is_on_it(void **state) {
    struct runs *runs = make_runs(state);
    char *data = kept(state, runs, "frontier", "csv");
    expect_in(data, "0,10,0,");
    expect_in(data, ",0,\"1\"\n1,10,0,");
    expect_in(data, ",1,\"2\"\n");
    memory_free(data);
    release(runs);
}

// If it failed, a heat map of one key would be a line of tiles, and one of a key that does not vary
// a column.
static void figure_heat_map__less_than_two_keys__is_refused(void **state) {
    struct runs *runs = make_runs(state);
    char folder[SCRATCH_PATH_SIZE];
    const struct figure_request request = {.kind = figure_kind_find("heatmap"),
                                           .comparison = runs->comparison,
                                           .from_ns = -1,
                                           .to_ns = -1};
    const struct figure_places places = {.folder = scratch_path(state, "kept", folder)};
    struct error error;
    assert_int_equal(figure_make(&request, &places, NULL, stderr, &error), STATUS_BAD_DATA);
    expect_in(error.message, "two keys that vary, and here policy.threshold.every does");
    assert_int_equal(access(folder, F_OK), -1);
    release(runs);
}

// If it failed, a tile would stand at another place than its keys say, or be called the best of
// cells of which one round is known. The mean of 10, 12 and 20 percent is 14, and there are 5 and
// 10 more.
static void figure_heat_map__four_cells__stand_where_their_keys_say(void **state) {
    struct runs *runs = make_cells(state, true);
    char *data = kept(state, runs, "heatmap", "csv");
    assert_string_equal(data, "figure_x,y,mean,half_interval,rounds,may_be_the_best,label\n"
                              "0,0,14,,1,0,\"1, 32\"\n0,1,19,,1,0,\"1, 64\"\n"
                              "1,0,24,,1,0,\"2, 32\"\n1,1,29,,1,0,\"2, 64\"\n");
    memory_free(data);
    char *script = kept(state, runs, "heatmap", "gp");
    expect_in(script, "\"Threshold every\"");
    expect_in(script, "\"Batch\"");
    memory_free(script);
    release(runs);
}

// If it failed, one run that was interrupted would keep a whole sweep from being drawn, or be drawn
// as a mean of nothing.
static void figure_make__a_cell_that_is_not_finished__is_left_out(void **state) {
    struct runs *runs = make_runs(state);
    size_t finished = runs->comparison->cells[0].run_count;
    runs->comparison->cells[0].run_count = 0;
    char *data = kept(state, runs, "staleness", "csv");
    expect_in(data, "\"2\"");
    assert_null(strstr(data, "\"1\""));
    memory_free(data);
    runs->comparison->cells[0].run_count = finished;
    release(runs);
}

// If it failed, an option of the command line would name a kind that nobody draws.
static void figure_kind_find__every_kind__is_found_by_its_name(void **state) {
    (void)state;
    for (size_t i = 0; i < figure_kind_count; i++) {
        assert_ptr_equal(figure_kind_find(figure_kinds[i].name), &figure_kinds[i]);
    }
    assert_null(figure_kind_find("curve"));
    assert_string_equal(figure_dash(0), "1");
    assert_string_not_equal(figure_dash(FIGURE_COLOURS), "1");
}

int main(void) {
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(figure_curves__two_cells__mean_and_range_of_their_rounds),
        IN_SCRATCH(figure_sheet__a_title_with_quotes__is_read_as_the_scenario_means_it),
        IN_SCRATCH(figure_timeline__the_story__has_its_lanes),
        IN_SCRATCH(figure_staleness__the_story__counts_its_gradients),
        IN_SCRATCH(figure_forest__two_rounds__is_what_compare_says),
        IN_SCRATCH(figure_frontier__equal_speeds__the_better_one_is_on_it),
        IN_SCRATCH(figure_heat_map__four_cells__stand_where_their_keys_say),
        IN_SCRATCH(figure_make__a_cell_that_is_not_finished__is_left_out),
        IN_SCRATCH(figure_heat_map__less_than_two_keys__is_refused),
        cmocka_unit_test(figure_kind_find__every_kind__is_found_by_its_name),
    };
    return cmocka_run_group_tests_name("figure", tests, NULL, NULL);
}
