// SPDX-License-Identifier: GPL-3.0-or-later
// runlog_contents and runlog_passage: a log that one process reads is the log that the other gets,
// bit for bit, and one whose counts were forged on the way does not fit.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "sim/runlog/confinement.h"
#include "sim/runlog/hdf5_input.h"
#include "sim/runlog/runlog_contents.h"
#include "sim/runlog/runlog_passage.h"
#include "tests/support/log_in_memory.h"
#include "tests/support/random_log.h"
#include "tests/support/scratch.h"

enum { LOGS = 12 };

struct trip {
    struct runlog log;
    struct provenance provenance;
};

static enum status do_nothing(void *context, struct error *error) {
    (void)context;
    (void)error;
    return STATUS_OK;
}

static bool pass(void *context, struct passage *passage) {
    struct trip *trip = context;
    return runlog_pass(&trip->log, passage) && runlog_pass_provenance(&trip->provenance, passage);
}

// Reads in this process: what the child of the reader does.
static void read_contents(const char *path, struct trip *trip) {
    struct hdf5_source source;
    struct hdf5_input input;
    struct error error;
    assert_int_equal(hdf5_source_open(&source, path, &error), STATUS_OK);
    assert_int_equal(hdf5_input_open_source(&input, &source, &error), STATUS_OK);
    assert_int_equal(input.seal, FILE_SEAL_HOLDS);
    assert_true(runlog_contents_read(&input, &trip->log, &trip->provenance));
    hdf5_input_close(&input);
    hdf5_source_close(&source);
}

static void pass_from_child(const char *label, struct trip *trip) {
    struct error error;
    const struct confined_task task = {.name = label,
                                       .seconds_max = 20,
                                       .memory_max = UINT64_C(1) << 30,
                                       .context = trip,
                                       .work = do_nothing,
                                       .pass = pass};
    if (confined_run(&task, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
}

// Every table, switch and number of rows must get through the pipe.
static void passage__any_log__arrives_as_it_was_read(void **state) {
    char path[SCRATCH_PATH_SIZE];
    for (uint64_t seed = 1; seed <= LOGS; seed++) {
        char label[32];
        struct random_log_options options = random_log_options(seed);
        struct runlog expected = {0};
        struct trip sent = {0};
        struct provenance provenance = {.cpu = "a cpu", .threads = 4, .wall_seconds = 1.5};
        snprintf(label, sizeof label, "seed %llu", (unsigned long long)seed);
        random_log_make(&options, &expected);
        scratch_path(state, "a.h5", path);
        assert_int_equal(log_in_memory_write(path, &expected, &provenance, NULL), STATUS_OK);
        read_contents(path, &sent);
        random_log_expect_equal(&expected, &sent.log, label);
        struct trip received = sent; // the child has it from here; here it is written over
        pass_from_child(label, &received);
        assert_true(runlog_counts_fit(&received.log));
        random_log_expect_equal(&expected, &received.log, label);
        assert_string_equal(received.provenance.cpu, "a cpu");
        assert_int_equal(received.provenance.threads, 4);
        runlog_reset(&received.log);
        runlog_reset(&sent.log);
        runlog_reset(&expected);
    }
}

// A child that was led astray may send counts that do not go together.
static void passage__forged_counts__do_not_fit(void **state) {
    (void)state;
    const struct random_log_options options = {.seed = 5,
                                               .gradients = 4,
                                               .workers = 3,
                                               .sample_columns = 2,
                                               .parameters = 6,
                                               .values_logged = true};
    struct runlog log = {0};
    random_log_make(&options, &log);
    log.sample_capacity = 4 * 2;
    log.value_capacity = 4 * 6;
    assert_true(runlog_counts_fit(&log));
    log.header.workers++;
    assert_false(runlog_counts_fit(&log));
    log.header.workers--;
    log.sample_capacity--;
    assert_false(runlog_counts_fit(&log));
    log.sample_capacity++;
    log.value_capacity = 0;
    assert_false(runlog_counts_fit(&log));
    log.header.gradient_values = false;
    assert_true(runlog_counts_fit(&log));
    log.header.sample_columns = INT32_MAX;
    assert_false(runlog_counts_fit(&log));
    log.header.sample_columns = 2;
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(passage__any_log__arrives_as_it_was_read, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(passage__forged_counts__do_not_fit),
    };
    return cmocka_run_group_tests_name("runlog_passage", tests, NULL, NULL);
}
