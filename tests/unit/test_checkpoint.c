// SPDX-License-Identifier: GPL-3.0-or-later
// The checkpoint's file: fields come back as they went out, and damage never gets through.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/memory.h"
#include "sim/simulation/checkpoint.h"
#include "tests/support/scratch.h"

struct state {
    float weights[3];
    double loss;
    unsigned char odd[5];
};

static void name_fields(struct checkpoint *checkpoint, struct state *state) {
    checkpoint_field(checkpoint, "weights", 7, state->weights, sizeof state->weights);
    checkpoint_field(checkpoint, "loss", 0, &state->loss, sizeof state->loss);
    checkpoint_field(checkpoint, "odd", -1, state->odd, sizeof state->odd);
    checkpoint_field(checkpoint, "empty", 0, NULL, 0);
}

static struct state some_state(void) {
    return (struct state){{1.5F, -0.0F, 3e38F}, 0.25, {1, 2, 3, 4, 5}};
}

static void make(struct checkpoint *checkpoint, uint64_t events) {
    struct state state = some_state();
    checkpoint_init(checkpoint);
    checkpoint->head.events_happened = events;
    checkpoint->head.journal = (struct journal_mark){.length = 16, .chain = 3};
    snprintf(checkpoint->head.arithmetic, sizeof checkpoint->head.arithmetic, "portable");
    name_fields(checkpoint, &state);
}

// The state that a run goes on from is the one that was put down, to the bit.
static void checkpoint__fields__come_back_as_they_went_out(void **unused) {
    struct checkpoint made;
    struct checkpoint read;
    struct error error;
    struct state state = {0};
    struct state expected = some_state();
    size_t size = 0;
    (void)unused;
    make(&made, 41);
    const void *bytes = checkpoint_encode(&made, &size);
    checkpoint_init(&read);
    assert_int_equal(checkpoint_decode("it", bytes, size, &read, &error), STATUS_OK);
    name_fields(&read, &state);
    assert_true(checkpoint_fits(&read));
    assert_memory_equal(state.weights, expected.weights, sizeof state.weights);
    assert_memory_equal(&state.loss, &expected.loss, sizeof state.loss);
    assert_memory_equal(state.odd, expected.odd, sizeof state.odd);
    assert_true(read.head.events_happened == 41 && read.head.journal.chain == 3);
    assert_string_equal(read.head.arithmetic, "portable");
    checkpoint_reset(&made);
    checkpoint_reset(&read);
}

// Fields that a run asks for otherwise than they were made are no state to go on from.
static void checkpoint__another_name_number_size_or_count__does_not_fit(void **unused) {
    struct checkpoint made;
    struct error error;
    size_t size = 0;
    float weights[4] = {0};
    (void)unused;
    make(&made, 1);
    const void *bytes = checkpoint_encode(&made, &size);
    for (int i = 0; i < 4; i++) {
        struct checkpoint read;
        checkpoint_init(&read);
        assert_int_equal(checkpoint_decode("it", bytes, size, &read, &error), STATUS_OK);
        checkpoint_field(&read, i == 0 ? "weight" : "weights", i == 1 ? 8 : 7, weights,
                         i == 2 ? 4 * sizeof(float) : 3 * sizeof(float));
        assert_false(checkpoint_fits(&read)); // i == 3: the others were not asked for
        checkpoint_reset(&read);
    }
    checkpoint_reset(&made);
}

// Whatever byte is changed, and wherever the file is cut: it is refused, and the state is empty.
static void checkpoint__any_wrong_byte_or_cut__is_damage(void **unused) {
    struct checkpoint made;
    struct checkpoint read;
    struct error error;
    size_t size = 0;
    (void)unused;
    make(&made, 1);
    const void *encoded = checkpoint_encode(&made, &size);
    unsigned char *bytes = memory_allocate(size, 1);
    memcpy(bytes, encoded, size);
    checkpoint_init(&read);
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= 0x20;
        assert_int_equal(checkpoint_decode("it", bytes, size, &read, &error), STATUS_BAD_DATA);
        bytes[i] ^= 0x20;
        assert_int_equal(checkpoint_decode("it", bytes, i, &read, &error), STATUS_BAD_DATA);
        assert_false(read.restoring);
    }
    assert_int_equal(checkpoint_decode("it", bytes, size, &read, &error), STATUS_OK);
    memory_free(bytes);
    checkpoint_reset(&made);
    checkpoint_reset(&read);
}

static uint64_t events_in(const char *path) {
    struct checkpoint read;
    struct error error;
    checkpoint_init(&read);
    assert_int_equal(checkpoint_read(path, &read, &error), STATUS_OK);
    uint64_t events = read.head.events_happened;
    checkpoint_reset(&read);
    return events;
}

// The one before stays until the new one is safe, and also when the new one cannot be written.
static void checkpoint__a_failed_write__leaves_the_one_before(void **state) {
    struct checkpoint made;
    struct error error;
    char path[SCRATCH_PATH_SIZE];
    char part[SCRATCH_PATH_SIZE];
    scratch_path(state, "run.h5.checkpoint", path);
    char *previous = checkpoint_previous_path(path);
    for (uint64_t events = 1; events <= 2; events++) {
        make(&made, events);
        assert_int_equal(checkpoint_write(path, &made, &error), STATUS_OK);
        checkpoint_reset(&made);
    }
    assert_int_equal(events_in(path), 2);
    assert_int_equal(events_in(previous), 1);
    assert_int_equal(mkdir(scratch_path(state, "run.h5.checkpoint.part", part), 0700), 0);
    make(&made, 3);
    assert_int_equal(checkpoint_write(path, &made, &error), STATUS_CANNOT_CREATE);
    assert_int_equal(events_in(previous), 2);
    assert_int_equal(rmdir(part), 0);
    assert_int_equal(checkpoint_write(path, &made, &error), STATUS_OK);
    assert_true(events_in(path) == 3 && events_in(previous) == 2);
    checkpoint_remove(path);
    assert_int_equal(scratch_count_entries(*state), 0);
    memory_free(previous);
    checkpoint_reset(&made);
}

// A crash can leave a file that has grown by zeros: that is damage, and no reason to run out of
// memory, which would keep the one before from being used.
static void checkpoint__grown_by_terabytes__is_damage(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct error error = {0};
    struct checkpoint made;
    struct checkpoint read;
    checkpoint_init(&read);
    scratch_path(state, "run.h5.checkpoint", path);
    make(&made, 1);
    assert_int_equal(checkpoint_write(path, &made, &error), STATUS_OK);
    assert_int_equal(truncate(path, INT64_C(1) << 42), 0);
    assert_int_equal(checkpoint_read(path, &read, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "damaged"));
    checkpoint_reset(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checkpoint__fields__come_back_as_they_went_out),
        cmocka_unit_test(checkpoint__another_name_number_size_or_count__does_not_fit),
        cmocka_unit_test(checkpoint__any_wrong_byte_or_cut__is_damage),
        cmocka_unit_test_setup_teardown(checkpoint__a_failed_write__leaves_the_one_before,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(checkpoint__grown_by_terabytes__is_damage, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
