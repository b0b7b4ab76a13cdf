// SPDX-License-Identifier: GPL-3.0-or-later
// merge: one table of a sweep, the same however its runs came about. With sweep_table and
// sweep_schema behind it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/memory.h"
#include "sim/runlog/file_kind.h"
#include "sim/runlog/hdf5_image.h"
#include "sim/runlog/sweep_schema.h"
#include "sim/runlog/sweep_table.h"
#include "sim/sweep/merge.h"
#include "sim/sweep/sweep.h"
#include "sim/sweep/sweep_folder.h"
#include "tests/support/expect.h"
#include "tests/support/hdf5_file.h"
#include "tests/support/scratch.h"

static const char scenario_text[] = "model: {name: quadratic, dimension: 4, noise: 0.1}\n"
                                    "end: 3 s\n"
                                    "policy: {name: hybrid, threshold: {every: 5}}\n"
                                    "evaluation: {every: 1 s}\n"
                                    "cluster: {workers: 3, network: {latency: 2 ms}}\n";

static const char sweep_text[] = "scenario: base.yaml\n"
                                 "vary:\n"
                                 "  policy.threshold.every: [5, 50]\n"
                                 "  policy.name: [sync, hybrid]\n"
                                 "  cluster.delay: [none, {law: exponential, mean: 10 ms}]\n"
                                 "rounds: 2\n";

static int setup(void **state) {
    int failed = scratch_setup(state);
    if (failed == 0) {
        scratch_write(state, "base.yaml", scenario_text);
        scratch_write(state, "sweep.yaml", sweep_text);
    }
    return failed;
}

static struct sweep_plan *read_plan(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct sweep_plan *plan = NULL;
    assert_int_equal(sweep_plan_read(scratch_path(state, "sweep.yaml", path), NULL, 0, &plan, NULL),
                     STATUS_OK);
    return plan;
}

static void run_shard(struct sweep_plan *plan, const char *folder, int32_t shard, int32_t shards) {
    struct sweep_options options = {.folder = folder, .jobs = 2, .shard = shard, .shards = shards};
    struct sweep_counts counts;
    assert_int_equal(sweep_carry_out(plan, &options, &counts, NULL), STATUS_OK);
}

static enum status merge_into_itself(const char *folder, double target, struct merge_counts *counts,
                                     struct error *error) {
    struct merge_paths paths = {0};
    assert_int_equal(merge_paths_find(folder, NULL, &paths, error), STATUS_OK);
    return merge_folder_to(folder, &paths, target, counts, error);
}

static void merge(const char *folder, struct merge_counts *counts) {
    struct error error = {0};
    if (merge_into_itself(folder, 0.9, counts, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
}

// The bytes of a file of the folder, with a 0 behind them; to be released with memory_free.
static char *content(const char *folder, const char *name, size_t *size) {
    char path[RUN_PATH_SIZE];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(stat(path, &info), 0);
    *size = (size_t)info.st_size;
    char *bytes = memory_allocate(*size + 1, 1);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

static void expect_equal_content(const char *a, const char *b, const char *name) {
    size_t size_a = 0;
    size_t size_b = 0;
    char *bytes_a = content(a, name, &size_a);
    char *bytes_b = content(b, name, &size_b);
    assert_int_equal(size_a, size_b);
    assert_memory_equal(bytes_a, bytes_b, size_a);
    memory_free(bytes_a);
    memory_free(bytes_b);
}

// Somebody's table of results would depend on how many machines made it.
static void merge__shards_in_any_order__give_the_same_csv(void **state) {
    char one[SCRATCH_PATH_SIZE];
    char four[SCRATCH_PATH_SIZE];
    char command[2048];
    struct sweep_plan *plan = read_plan(state);
    struct merge_counts counts;
    run_shard(plan, scratch_path(state, "one", one), 0, 1);
    merge(one, &counts);
    assert_int_equal(counts.runs[SWEEP_COMPLETE], 2 * 2 * 3);
    scratch_path(state, "four", four);
    for (int32_t shard = 3; shard >= 0; shard--) {
        run_shard(plan, four, shard, 4);
    }
    merge(four, &counts);
    expect_equal_content(one, four, "sweep.csv");
    snprintf(command, sizeof command,
             "h5diff --exclude-path /provenance '%s/sweep.h5' '%s/sweep.h5'", one, four);
    assert_int_equal(system(command), 0);
    sweep_plan_destroy(plan);
}

// Merged again, with and without the records: a table that moves cannot be committed.
static void merge__again__changes_nothing(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char command[2048];
    struct sweep_plan *plan = read_plan(state);
    struct merge_counts counts;
    run_shard(plan, scratch_path(state, "out", folder), 0, 1);
    merge(folder, &counts);
    snprintf(command, sizeof command, "mkdir '%s.old' && cp '%s'/sweep.* '%s.old'", folder, folder,
             folder);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, "%s.old", folder);
    merge(folder, &counts);
    expect_equal_content(command, folder, "sweep.csv");
    expect_equal_content(command, folder, "sweep.h5");
    char remove[2048];
    snprintf(remove, sizeof remove, "rm '%s'/*.record", folder);
    assert_int_equal(system(remove), 0);
    merge(folder, &counts);
    expect_equal_content(command, folder, "sweep.csv");
    expect_equal_content(command, folder, "sweep.h5");
    sweep_plan_destroy(plan);
}

static size_t count_text(const char *text, const char *part) {
    size_t count = 0;
    for (const char *place = strstr(text, part); place != NULL; place = strstr(place + 1, part)) {
        count++;
    }
    return count;
}

// A run that is not there would silently be missing from the means.
static void merge__failed_and_missing_runs__are_rows(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char path[RUN_PATH_SIZE];
    struct sweep_plan *plan = read_plan(state);
    struct sweep_options options = {.folder = scratch_path(state, "out", folder), .jobs = 2};
    struct sweep_counts done;
    struct merge_counts counts;
    size_t size = 0;
    assert_int_equal(mkdir(folder, 0777), 0);
    sweep_folder_note_failure(folder, sweep_plan_run(plan, 2), 70, "it failed");
    assert_int_equal(sweep_carry_out(plan, &options, &done, NULL), STATUS_IO);
    run_path(folder, sweep_plan_run(plan, 5)->hash, RUN_LOG_ENDING, path);
    assert_int_equal(unlink(path), 0);
    run_path(folder, sweep_plan_run(plan, 2)->hash, RUN_LOG_ENDING, path);
    assert_int_equal(mkdir(path, 0777), 0); // of the failed one: that is told as its failure
    run_path(folder, UINT64_C(0x1234), RUN_LOG_ENDING, path);
    assert_int_equal(mkdir(path, 0777), 0); // of nobody
    merge(folder, &counts);
    assert_int_equal(counts.runs[SWEEP_FAILED], 1);
    assert_int_equal(counts.runs[SWEEP_MISSING], 1);
    assert_int_equal(counts.runs[SWEEP_COMPLETE], 10);
    assert_int_equal(counts.strangers, 1);
    assert_int_equal(counts.unusable, 0);
    char *csv = content(folder, "sweep.csv", &size);
    assert_int_equal(count_text(csv, "\n"), 13);
    assert_int_equal(count_text(csv, ",failed,"), 1);
    assert_int_equal(count_text(csv, ",missing,"), 1);
    assert_int_equal(count_text(csv, "\"{law: exponential, mean: 10 ms"), 6);
    memory_free(csv);
    sweep_plan_destroy(plan);
}

// The value of the first run in the column of this name.
static double first_in_column(const char *csv, const char *name) {
    const char *cell = strchr(csv, '\n') + 1;
    const char *title = csv;
    while (strncmp(title, name, strlen(name)) != 0 || title[strlen(name)] != ',') {
        assert_true(title[strcspn(title, ",\n")] == ',');
        title += strcspn(title, ",") + 1;
        cell += strcspn(cell, ",") + 1;
    }
    return strtod(cell, NULL);
}

// Of a run that is in the table, the numbers must be those of its log: evaluations at 0, 1, 2, 3 s.
static void merge__numbers__are_those_of_the_log(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char path[RUN_PATH_SIZE];
    size_t size = 0;
    scratch_write(state, "sweep.yaml",
                  "scenario: base.yaml\nset: {policy: {name: k_sync, threshold: 2}}\n");
    struct sweep_plan *plan = read_plan(state);
    struct merge_counts counts;
    struct run_record record;
    run_shard(plan, scratch_path(state, "out", folder), 0, 1);
    merge(folder, &counts);
    bool done = false;
    assert_int_equal(run_record_find(folder, sweep_plan_run(plan, 0)->hash, &done, &record, NULL),
                     STATUS_OK);
    assert_true(done);
    assert_int_equal(record.evaluation_count, 4);
    double mean = (record.evaluations[0].test_loss + record.evaluations[1].test_loss +
                   record.evaluations[2].test_loss) /
                  3;
    char *csv = content(folder, "sweep.csv", &size);
    expect_within(first_in_column(csv, "test_loss_mean"), mean, 1e-15);
    expect_within(first_in_column(csv, "idle_share"), 1 - record.totals.busy_share, 1e-15);
    const int64_t *outcomes = record.totals.outcomes; // those under way are not wasted
    double wasted = (double)(outcomes[OUTCOME_CANCELLED] + outcomes[OUTCOME_DROPPED]);
    assert_true(wasted > 0 && outcomes[OUTCOME_PENDING] > 0);
    expect_within(first_in_column(csv, "wasted_share"),
                  wasted / (wasted + (double)outcomes[OUTCOME_APPLIED]), 1e-15);
    run_record_reset(&record);
    memory_free(csv);
    assert_int_equal(counts.altered, 0);
    run_path(folder, sweep_plan_run(plan, 0)->hash, RUN_LOG_ENDING, path);
    hdf5_file_change(path, "/provenance", "wall_seconds", 7); // no longer as desgd wrote it
    merge(folder, &counts);
    assert_int_equal(counts.altered, 1);
    sweep_plan_destroy(plan);
}

// A time at which a target was reached that was not would count as one in every mean.
static void merge__target_that_is_missed__has_no_time(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    struct merge_counts counts;
    size_t size = 0;
    scratch_write(state, "base.yaml",
                  "model: softmax\ndata: {name: random, samples: 200}\nend: 300 ms\n"
                  "training: {batch: 4, learning_rate: 1e-9}\npolicy: sync\n"
                  "evaluation: {every: 100 ms}\ncluster: {workers: 2, compute: 100 ms}\n");
    scratch_write(state, "sweep.yaml", "scenario: base.yaml\n");
    struct sweep_plan *plan = read_plan(state);
    run_shard(plan, scratch_path(state, "out", folder), 0, 1);
    merge(folder, &counts);
    char *csv = content(folder, "sweep.csv", &size);
    expect_within(first_in_column(csv, "target_reached"), 0, 0);
    expect_within(first_in_column(csv, "target_by_ns"), -1, 0);
    memory_free(csv);
    sweep_plan_destroy(plan);
}

static void make_fifo(const char *folder, uint64_t run, const char *ending) {
    char path[RUN_PATH_SIZE];
    run_path(folder, run, ending, path);
    unlink(path);
    assert_int_equal(mkfifo(path, 0666), 0);
}

// In a stranger's folder anything may be a FIFO, which to open for reading never ends.
static void merge__fifos_in_the_folder__are_not_waited_for(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char path[SCRATCH_PATH_SIZE];
    struct error error = {0};
    struct merge_counts counts;
    struct sweep_plan *plan = read_plan(state);
    run_shard(plan, scratch_path(state, "out", folder), 0, 1);
    alarm(300); // against waiting for ever
    make_fifo(folder, sweep_plan_run(plan, 0)->hash, RUN_RECORD_ENDING);
    make_fifo(folder, sweep_plan_run(plan, 1)->hash, RUN_LOG_ENDING);
    make_fifo(folder, sweep_plan_run(plan, 1)->hash, ".failed");
    merge(folder, &counts);
    assert_int_equal(counts.runs[SWEEP_COMPLETE], 2 * 2 * 3 - 1);
    assert_int_equal(counts.runs[SWEEP_MISSING], 1);
    assert_int_equal(counts.unusable, 1);
    scratch_path(state, "out/plan.tsv", path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0666), 0);
    assert_int_equal(merge_into_itself(folder, 0.9, &counts, &error), STATUS_NO_INPUT);
    alarm(0);
    sweep_plan_destroy(plan);
}

// The columns of the only run of "sweep.yaml" from "pushes" on.
static const char *messages_of_run(void **state, const char *folder, char **csv) {
    struct sweep_plan *plan = read_plan(state);
    struct merge_counts counts;
    size_t size = 0;
    run_shard(plan, folder, 0, 1);
    merge(folder, &counts);
    assert_int_equal(counts.runs[SWEEP_COMPLETE], 1);
    *csv = content(folder, "sweep.csv", &size);
    const char *row = strchr(*csv, '\n') + 1;
    const char *head_end = strstr(*csv, ",pushes,");
    assert_non_null(head_end);
    for (const char *c = *csv; c <= head_end; c++) {
        row = *c == ',' ? strchr(row, ',') + 1 : row;
    }
    sweep_plan_destroy(plan);
    return row;
}

// Workers with models of their own send no gradient to anybody. 3 workers at 1 s a step of 4 s end
// average after every second one: 2 all-reduces over a ring, each of 2 (3 - 1) x 16 bytes (4
// numbers of 4 bytes; Patarasuk & Yuan 2009) over all links.
static void merge__local_models__count_what_is_averaged(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char *csv = NULL;
    scratch_write(state, "base.yaml",
                  "model: {name: quadratic, dimension: 4, noise: 0.1}\n"
                  "end: 4500 ms\n"
                  "policy: {name: k_avg, steps: 2}\n"
                  "cluster: {workers: 3, compute: 1 s}\n");
    scratch_write(state, "sweep.yaml", "scenario: base.yaml\n");
    const char *row = messages_of_run(state, scratch_path(state, "events", folder), &csv);
    assert_memory_equal(row, "0,0,128,", 8);
    memory_free(csv);
    scratch_write(state, "sweep.yaml", "scenario: base.yaml\nset: {log.events: false}\n");
    row = messages_of_run(state, scratch_path(state, "none", folder), &csv);
    assert_memory_equal(row, "0,0,128,", 8);
    memory_free(csv);
}

static void expect_unchanged(const char *folder, const char *name, const char *bytes, size_t size) {
    size_t size_now = 0;
    char *now = content(folder, name, &size_now);
    assert_int_equal(size_now, size);
    assert_memory_equal(now, bytes, size);
    memory_free(now);
}

// A folder that can only be read must be merged all the same: into another, or into two files.
static void merge__elsewhere__writes_nothing_into_the_folder(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char there[SCRATCH_PATH_SIZE];
    char output[SCRATCH_PATH_SIZE];
    struct merge_counts counts;
    struct merge_paths paths;
    struct error error = {0};
    size_t size = 0;
    struct sweep_plan *plan = read_plan(state);
    run_shard(plan, scratch_path(state, "from", folder), 0, 1);
    merge(folder, &counts);
    char *csv = content(folder, "sweep.csv", &size);
    scratch_path(state, "from/sweep.csv", output);
    assert_int_equal(unlink(output), 0);
    size_t entries = scratch_count_entries(folder);
    static const char *const outputs[][3] = {{"to/a folder", "to/a folder", "sweep.csv"},
                                             {"to/table.h5", "to", "table.csv"},
                                             {"to/other.csv", "to", "other.csv"},
                                             {"to/a folder", "to/a folder", "sweep.csv"}};
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
        scratch_path(state, outputs[i][0], output);
        assert_int_equal(merge_paths_find(folder, output, &paths, &error), STATUS_OK);
        assert_int_equal(merge_folder_to(folder, &paths, 0.9, &counts, &error), STATUS_OK);
        expect_unchanged(scratch_path(state, outputs[i][1], there), outputs[i][2], csv, size);
        assert_int_equal(access(paths.hdf5, F_OK), 0);
    }
    assert_int_equal(scratch_count_entries(folder), entries);
    memory_free(csv);
    sweep_plan_destroy(plan);
}

// Neither a log of the sweep nor a file of the user's may become a table.
static void merge__what_is_no_table__is_not_replaced(void **state) {
    char folder[SCRATCH_PATH_SIZE];
    char output[RUN_PATH_SIZE];
    struct merge_counts counts;
    struct merge_paths paths;
    struct error error = {0};
    struct sweep_plan *plan = read_plan(state);
    run_shard(plan, scratch_path(state, "from", folder), 0, 1);
    char log_name[32];
    size_t size = 0;
    snprintf(log_name, sizeof log_name, "%016" PRIx64 ".h5", sweep_plan_run(plan, 0)->hash);
    char *log = content(folder, log_name, &size);
    run_path(folder, sweep_plan_run(plan, 0)->hash, ".h5", output);
    assert_int_equal(merge_paths_find(folder, output, &paths, &error), STATUS_OK);
    assert_int_equal(merge_folder_to(folder, &paths, 0.9, &counts, &error), STATUS_CANNOT_CREATE);
    assert_non_null(strstr(error.message, "is in the way"));
    expect_unchanged(folder, log_name, log, size);
    memory_free(log);
    scratch_write(state, "from/sweep.csv", "my,own\n");
    assert_int_equal(merge_into_itself(folder, 0.9, &counts, &error), STATUS_CANNOT_CREATE);
    expect_unchanged(folder, "sweep.csv", "my,own\n", 7);
    scratch_write(state, "from/sweep.csv", "");
    scratch_write(state, "from/sweep.h5", "");
    assert_int_equal(merge_into_itself(folder, 0.9, &counts, &error), STATUS_OK);
    sweep_plan_destroy(plan);
}

// A folder of logs that no sweep made has no plan.
static void merge__folder_without_a_plan__is_refused(void **state) {
    struct merge_counts counts;
    struct error error = {0};
    assert_int_equal(merge_into_itself(*state, 0.9, &counts, &error), STATUS_NO_INPUT);
    assert_int_equal(scratch_count_entries(*state), 2); // nothing was written
}

// Keys and values with commas and quotes must not move the columns.
static void sweep_table__awkward_texts__are_quoted(void **state) {
    static const char *const keys[] = {"a,b"};
    static const char *const values[] = {"say \"x\""};
    const uint64_t hash = 1;
    const struct sweep_row row = {.seed = 3};
    const struct sweep_host_row host = {0};
    struct sweep_table table = {.run_count = 1,
                                .hashes = &hash,
                                .rows = &row,
                                .host = &host,
                                .key_count = 1,
                                .keys = keys,
                                .values = values};
    char path[SCRATCH_PATH_SIZE];
    size_t size = 0;
    assert_int_equal(sweep_table_write_csv(scratch_path(state, "sweep.csv", path), &table, NULL),
                     STATUS_OK);
    char *csv = content(*state, "sweep.csv", &size);
    static const char head[] = "run,role,round,seed,cell,\"a,b\",status,";
    static const char line[] = "\n0000000000000001,round,0,3,0,\"say \"\"x\"\"\",complete,0,";
    assert_int_equal(strncmp(csv, head, strlen(head)), 0);
    assert_non_null(strstr(csv, line));
    memory_free(csv);
    table.run_count = 0;
    assert_int_equal(sweep_table_write_hdf5(scratch_path(state, "empty.h5", path), &table, NULL),
                     STATUS_OK); // a plan without runs is a table, too
}

// An image that could not be built must not become a file.
static void hdf5_image__failure_while_building__leaves_no_file(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct hdf5_image image;
    struct error error = {0};
    hdf5_quiet();
    hdf5_image_open(&image, scratch_path(state, "a.h5", path), -1);
    hdf5_release(hdf5_image_group(&image, "/no/such/parent"));
    assert_int_equal(hdf5_image_write_shared(&image, path, &file_kind_table, &error), STATUS_IO);
    hdf5_image_release(&image);
    assert_non_null(strstr(error.message, "HDF5"));
    assert_int_equal(access(path, F_OK), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(merge__shards_in_any_order__give_the_same_csv, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(merge__again__changes_nothing, setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(merge__failed_and_missing_runs__are_rows, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(merge__target_that_is_missed__has_no_time, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(merge__numbers__are_those_of_the_log, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(merge__local_models__count_what_is_averaged, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(merge__fifos_in_the_folder__are_not_waited_for, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(merge__elsewhere__writes_nothing_into_the_folder, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(merge__what_is_no_table__is_not_replaced, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(merge__folder_without_a_plan__is_refused, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(sweep_table__awkward_texts__are_quoted, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(hdf5_image__failure_while_building__leaves_no_file, setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
