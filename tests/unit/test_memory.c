// SPDX-License-Identifier: GPL-3.0-or-later
// memory: zeroed, never NULL, checked for overflow.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/base/memory.h"
#include "sim/base/status.h"
#include "tests/support/child.h"

// Modules rely on zeroed memory: garbage would make runs differ.
static void memory_allocate__recycled_block__is_zeroed(void **state) {
    (void)state;
    for (int round = 0; round < 3; round++) {
        unsigned char *plain = memory_allocate(1000, 3);
        unsigned char *aligned = memory_allocate_aligned(1000, 3);
        for (size_t i = 0; i < 3000; i++) {
            assert_int_equal(plain[i] + aligned[i], 0);
        }
        memset(plain, 0xff, 3000);
        memset(aligned, 0xff, 3000);
        memory_free(plain);
        memory_free(aligned);
    }
}

// Tables of many workers are taken so: garbage in large pages would be a worker's state.
static void memory_allocate_scattered__small_or_in_large_pages__is_zeroed(void **state) {
    (void)state;
    const size_t sizes[] = {0, 1, 3000, (4 << 20) - 1, 4 << 20, (6 << 20) + 5};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *memory = memory_allocate_scattered(sizes[i], 1);
        assert_non_null(memory);
        for (size_t at = 0; at < sizes[i]; at++) {
            assert_int_equal(memory[at], 0);
        }
        memory_free(memory);
    }
}

// Callers do not test for NULL, so there must never be one.
static void memory_allocate__zero_bytes__is_not_null(void **state) {
    (void)state;
    void *plain = memory_allocate(0, 8);
    void *aligned = memory_allocate_aligned(8, 0);
    assert_non_null(plain);
    assert_non_null(aligned);
    memory_free(plain);
    memory_free(aligned);
}

// Vector loads and BLAS are fast, and give the same bits, only at a fixed alignment.
static void memory_allocate_aligned__any_size__starts_a_cache_line(void **state) {
    (void)state;
    for (size_t size = 1; size < 300; size += 7) {
        void *memory = memory_allocate_aligned(size, 1);
        assert_int_equal((uintptr_t)memory % 64, 0);
        memory_free(memory);
    }
}

// Files of any size are read into it, small ones and those that take large pages.
static void memory_allocate_unfilled__any_size__can_be_filled(void **state) {
    (void)state;
    const size_t sizes[] = {0, 1, 65, (2 << 20) - 1, 2 << 20, (5 << 20) + 3};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t *memory = memory_allocate_unfilled(sizes[i]);
        assert_int_equal((uintptr_t)memory % 64, 0);
        memset(memory, 0x5a, sizes[i]);
        assert_true(sizes[i] == 0 || memory[sizes[i] - 1] == 0x5a);
        memory_free(memory);
    }
}

static void allocate_too_many(void *context) {
    memory_free(memory_allocate(*(size_t *)context, 16));
}

static void allocate_too_many_aligned(void *context) {
    memory_free(memory_allocate_aligned(*(size_t *)context, 16));
}

static void resize_to_too_many(void *context) {
    memory_free(memory_resize(NULL, *(size_t *)context, 16));
}

// A product that wrapped around would give a small block for a large array.
static void memory__product_overflows__exits_71_with_a_sentence(void **state) {
    (void)state;
    void (*const actions[])(void *) = {allocate_too_many, allocate_too_many_aligned,
                                       resize_to_too_many};
    const size_t counts[] = {SIZE_MAX / 16 + 2, SIZE_MAX / 16, SIZE_MAX / 32};
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 3; j++) {
            size_t count = counts[j];
            char text[256];
            assert_int_equal(child_exit_status(actions[i], &count, text, sizeof text),
                             STATUS_NO_MEMORY);
            assert_non_null(strstr(text, "out of memory"));
        }
    }
}

// Growing must keep what is there, and double so that n appends cost O(n).
static void memory_grow__appending__keeps_contents_and_doubles(void **state) {
    (void)state;
    int32_t *items = NULL;
    size_t capacity = 0;
    int moves = 0;
    for (size_t count = 0; count < 10000; count++) {
        size_t before = capacity;
        items = memory_grow(items, &capacity, count + 1, sizeof *items);
        moves += capacity != before;
        assert_true(capacity > count);
        items[count] = (int32_t)count;
    }
    assert_true(moves <= 11);
    for (size_t i = 0; i < 10000; i++) {
        assert_int_equal(items[i], i);
    }
    items = memory_grow(items, &capacity, 1000000, sizeof *items);
    assert_true(capacity >= 1000000);
    assert_int_equal(items[9999], 9999);
    memory_free(items);
}

// Scenario texts outlive the buffers that they were read into.
static void memory_copy_text__any_text__is_equal_and_its_own(void **state) {
    (void)state;
    char text[] = "policy.threshold.every";
    char *copy = memory_copy_text(text);
    text[0] = 'X';
    assert_string_equal(copy, "policy.threshold.every");
    memory_free(copy);
    memory_free(NULL);
}

// Paths beside a path are made of it: one byte too few would name another file.
static void memory_join_text__two_texts__follow_each_other(void **state) {
    (void)state;
    char *joined = memory_join_text("results/run.h5", ".part");
    char *first = memory_join_text("a", "");
    char *second = memory_join_text("", "b");
    assert_string_equal(joined, "results/run.h5.part");
    assert_string_equal(first, "a");
    assert_string_equal(second, "b");
    memory_free(joined);
    memory_free(first);
    memory_free(second);
}

// A sentence or a path of any length: the rest of a longer one would be left out.
static void memory_print_text__any_length__is_whole(void **state) {
    (void)state;
    char *text = memory_print_text("%s/%d-%*d", "results", 7, 5000, 1);
    char *empty = memory_print_text("%s", "");
    assert_int_equal(strlen(text), strlen("results/7-") + 5000);
    assert_memory_equal(text, "results/7-  ", strlen("results/7-  "));
    assert_string_equal(text + strlen(text) - 2, " 1");
    assert_string_equal(empty, "");
    memory_free(text);
    memory_free(empty);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_allocate__recycled_block__is_zeroed),
        cmocka_unit_test(memory_allocate_scattered__small_or_in_large_pages__is_zeroed),
        cmocka_unit_test(memory_allocate__zero_bytes__is_not_null),
        cmocka_unit_test(memory_allocate_aligned__any_size__starts_a_cache_line),
        cmocka_unit_test(memory_allocate_unfilled__any_size__can_be_filled),
        cmocka_unit_test(memory__product_overflows__exits_71_with_a_sentence),
        cmocka_unit_test(memory_grow__appending__keeps_contents_and_doubles),
        cmocka_unit_test(memory_copy_text__any_text__is_equal_and_its_own),
        cmocka_unit_test(memory_join_text__two_texts__follow_each_other),
        cmocka_unit_test(memory_print_text__any_length__is_whole),
    };
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
