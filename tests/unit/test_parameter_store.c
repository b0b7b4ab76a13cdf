// SPDX-License-Identifier: GPL-3.0-or-later
// parameter_store: versions live as long as somebody holds them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/status.h"
#include "sim/training/parameter_store.h"
#include "tests/support/child.h"

static const float initial[3] = {1, 2, 3};

static struct parameter_version *publish(struct parameter_store *store, float value) {
    struct parameter_version *next = parameter_store_prepare(store);
    for (size_t i = 0; i < store->count; i++) {
        next->values[i] = value;
    }
    parameter_store_publish(store, next);
    return next;
}

// Version 0 is the initial parameters, copied.
static void parameter_store__at_first__holds_a_copy_of_version_0(void **state) {
    (void)state;
    float values[3] = {1, 2, 3};
    struct parameter_store store;
    parameter_store_init(&store, 3, values);
    values[0] = 9;
    assert_true(store.current->version == 0);
    assert_memory_equal(store.current->values, initial, sizeof initial);
    assert_true((uintptr_t)store.current->values % 64 == 0);
    parameter_store_reset(&store);
}

// A worker's version must not change under its feet while the server makes new ones.
static void parameter_store__held_version__keeps_its_values(void **state) {
    (void)state;
    struct parameter_store store;
    parameter_store_init(&store, 3, initial);
    struct parameter_version *held = parameter_store_acquire(&store, store.current);
    for (int i = 1; i <= 5; i++) {
        publish(&store, (float)(10 * i));
        assert_true(store.current->version == i);
    }
    assert_true(held->version == 0);
    assert_memory_equal(held->values, initial, sizeof initial);
    assert_int_equal(store.live, 2);
    parameter_store_release(&store, held);
    assert_int_equal(store.live, 1);
    parameter_store_reset(&store);
}

// Memory is O(live versions): buffers that nobody holds are used again.
static void parameter_store__many_versions__reuse_few_buffers(void **state) {
    (void)state;
    struct parameter_store store;
    parameter_store_init(&store, 3, initial);
    for (int i = 0; i < 1000; i++) {
        struct parameter_version *held = parameter_store_acquire(&store, store.current);
        publish(&store, 1);
        parameter_store_release(&store, held);
    }
    assert_true(store.current->version == 1000);
    assert_int_equal(store.live, 1);
    assert_int_equal(store.live_max, 2);
    parameter_store_reset(&store);
    assert_null(store.free);
}

// Each holder counts: the last one to let go frees it, not the first.
static void parameter_store__two_holders__both_must_let_go(void **state) {
    (void)state;
    struct parameter_store store;
    parameter_store_init(&store, 3, initial);
    struct parameter_version *held = parameter_store_acquire(&store, store.current);
    assert_ptr_equal(parameter_store_acquire(&store, held), held);
    publish(&store, 7);
    parameter_store_release(&store, held);
    assert_int_equal(store.live, 2);
    struct parameter_version *other = parameter_store_prepare(&store);
    assert_ptr_not_equal(other, held);
    parameter_store_release(&store, other);
    parameter_store_release(&store, held);
    assert_int_equal(store.live, 1);
    parameter_store_reset(&store);
}

static void release_twice(void *context) {
    struct parameter_store *store = context;
    struct parameter_version *held = parameter_store_acquire(store, store->current);
    publish(store, 1);
    parameter_store_release(store, held);
    parameter_store_release(store, held);
}

static void reset_while_held(void *context) {
    struct parameter_store *store = context;
    parameter_store_acquire(store, store->current);
    parameter_store_reset(store);
}

// A count that is wrong by one shows up as wrong gradients, some day: it must show up at once.
static void parameter_store__wrong_counts__are_broken_contracts(void **state) {
    (void)state;
    struct parameter_store store;
    char text[256];
    parameter_store_init(&store, 3, initial);
    assert_int_equal(child_exit_status(release_twice, &store, text, sizeof text), STATUS_INTERNAL);
    assert_int_equal(child_exit_status(reset_while_held, &store, text, sizeof text),
                     STATUS_INTERNAL);
    parameter_store_reset(&store);
}

// What nobody holds any more is the next to be filled: else a run takes a buffer for each version.
static void parameter_store__released__is_what_the_next_one_gets(void **state) {
    (void)state;
    struct parameter_store store;
    parameter_store_init(&store, 3, initial);
    const float *first = store.current->values;
    publish(&store, 1);
    const float *second = store.current->values;
    for (int i = 0; i < 10; i++) {
        publish(&store, 2);
        assert_true(store.current->values == first || store.current->values == second);
    }
    parameter_store_reset(&store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameter_store__at_first__holds_a_copy_of_version_0),
        cmocka_unit_test(parameter_store__held_version__keeps_its_values),
        cmocka_unit_test(parameter_store__many_versions__reuse_few_buffers),
        cmocka_unit_test(parameter_store__two_holders__both_must_let_go),
        cmocka_unit_test(parameter_store__wrong_counts__are_broken_contracts),
        cmocka_unit_test(parameter_store__released__is_what_the_next_one_gets),
    };
    return cmocka_run_group_tests_name("parameter_store", tests, NULL, NULL);
}
