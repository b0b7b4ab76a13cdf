// SPDX-License-Identifier: GPL-3.0-or-later
// When a run makes a checkpoint, and what a failing one means to it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/simulation/checkpoint_keeper.h"
#include "tests/support/scratch.h"

static volatile sig_atomic_t requests;
static char said[8192];

static void note(const char *sentence) {
    snprintf(said, sizeof said, "%s", sentence);
}

static struct runlog_writer *open_keeper(void *const *state, struct checkpoint_keeper *keeper,
                                         double every_seconds) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog_writer *writer = NULL;
    scratch_path(state, "a.h5", path);
    assert_int_equal(runlog_writer_create(path, &writer, NULL), STATUS_OK);
    checkpoint_keeper_init(keeper, path, writer, every_seconds);
    keeper->requests = &requests;
    keeper->answered = requests;
    keeper->notice = note;
    return writer;
}

static void keep(struct checkpoint_keeper *keeper) {
    struct checkpoint checkpoint;
    checkpoint_init(&checkpoint);
    checkpoint_keeper_keep(keeper, &checkpoint);
    checkpoint_reset(&checkpoint);
}

// Each request is answered once; without a period nothing else is due.
static void keeper__asked_for_one__is_due_once(void **state) {
    struct checkpoint_keeper keeper;
    struct runlog_writer *writer = open_keeper(state, &keeper, 0);
    assert_false(checkpoint_keeper_is_due(&keeper));
    requests++;
    assert_true(checkpoint_keeper_is_due(&keeper));
    assert_false(checkpoint_keeper_is_due(&keeper));
    checkpoint_keeper_reset(&keeper);
    runlog_writer_destroy(writer);
}

// The host's clock decides; right after a checkpoint the period begins anew.
static void keeper__period__is_due_when_it_is_over(void **state) {
    struct checkpoint_keeper keeper;
    struct runlog_writer *writer = open_keeper(state, &keeper, 1e-9);
    assert_true(checkpoint_keeper_is_due(&keeper));
    keeper.every_seconds = 3600;
    keep(&keeper);
    assert_false(checkpoint_keeper_is_due(&keeper));
    checkpoint_keeper_reset(&keeper);
    runlog_writer_destroy(writer);
}

// A run without a checkpoint leaves no journal behind when it fails; with one it leaves both. One
// that cannot be written is told, and is none.
static void keeper__checkpoint__keeps_the_journal(void **state) {
    struct checkpoint_keeper keeper;
    char part[SCRATCH_PATH_SIZE];
    struct runlog_writer *writer = open_keeper(state, &keeper, 0);
    assert_int_equal(mkdir(scratch_path(state, "a.h5.checkpoint.part", part), 0700), 0);
    keep(&keeper);
    assert_non_null(strstr(said, "the run continues without a checkpoint"));
    assert_false(runlog_writer_is_kept(writer));
    assert_int_equal(rmdir(part), 0);
    keep(&keeper);
    assert_true(runlog_writer_is_kept(writer));
    checkpoint_keeper_reset(&keeper);
    runlog_writer_destroy(writer);
    assert_int_equal(scratch_count_entries(*state), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keeper__asked_for_one__is_due_once, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(keeper__period__is_due_when_it_is_over, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(keeper__checkpoint__keeps_the_journal, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
