// SPDX-License-Identifier: GPL-3.0-or-later
// idx_file: IDX files of a user's own, whatever they claim. (Files that are known byte for byte are
// read in test_dataset.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "models/data/idx_file.h"
#include "sim/base/memory.h"
#include "tests/support/data_files.h"
#include "tests/support/expect.h"
#include "tests/support/scratch.h"

static void make(void *const *state, const uint8_t *bytes, size_t size,
                 char path[SCRATCH_PATH_SIZE]) {
    data_file_make(scratch_path(state, "a.idx", path), bytes, size);
}

static void expect_refusal(const char *path, const char *what) {
    struct idx_array array = {0};
    struct error error = {0};
    assert_int_equal(idx_array_read(path, &array, &error), STATUS_BAD_DATA);
    assert_null(array.numbers);
    if (strstr(error.message, what) == NULL) {
        fail_msg("expected '%s' in: %s", what, error.message);
    }
}

// The shape and the numbers of a file are all that it says: none may be swapped or lost.
static void idx_array_read__bytes__keeps_shape_and_order(void **state) {
    uint8_t content[24];
    uint8_t bytes[IDX_TEXT_MAX];
    char path[SCRATCH_PATH_SIZE];
    const uint32_t dimensions[] = {2, 3, 2, 2};
    for (size_t i = 0; i < sizeof content; i++) {
        content[i] = (uint8_t)(200 + i);
    }
    size_t size = idx_bytes_make(IDX_BYTES, 4, dimensions, content, sizeof content, bytes);
    make(state, bytes, size, path);
    struct idx_array array = {0};
    struct error error;
    assert_int_equal(idx_array_read(path, &array, &error), STATUS_OK);
    assert_int_equal(array.type, IDX_BYTES);
    assert_int_equal(array.rank, 4);
    assert_memory_equal(array.dimensions, dimensions, sizeof dimensions);
    assert_int_equal(array.count, 24);
    assert_memory_equal(array.numbers, content, sizeof content);
    memory_free(array.numbers);
}

// Floats lie big-endian in the file: 1.5 is 3f c0 00 00, -2 is c0 00 00 00 (IEEE 754).
static void idx_array_read__floats__come_out_in_this_machines_order(void **state) {
    const uint8_t content[] = {0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0};
    uint8_t bytes[IDX_TEXT_MAX];
    char path[SCRATCH_PATH_SIZE];
    const uint32_t dimensions[] = {2};
    make(state, bytes, idx_bytes_make(IDX_FLOATS, 1, dimensions, content, sizeof content, bytes),
         path);
    struct idx_array array = {0};
    struct error error;
    assert_int_equal(idx_array_read(path, &array, &error), STATUS_OK);
    const float *numbers = array.numbers;
    expect_within((double)numbers[0], 1.5, 0);
    expect_within((double)numbers[1], -2, 0);
    memory_free(array.numbers);
}

// Files of another kind, and headers that lie, must be refused before memory is taken for them.
static void idx_array_read__wrong_headers__are_refused(void **state) {
    uint8_t bytes[IDX_TEXT_MAX];
    const uint8_t content[6] = {0};
    char path[SCRATCH_PATH_SIZE];
    const struct {
        uint8_t type;
        uint32_t rank;
        uint32_t dimensions[5];
        const char *what;
    } cases[] = {
        {9, 1, {6}, "not an IDX file of bytes or floats"},
        {0, 1, {6}, "not an IDX file of bytes or floats"},
        {IDX_BYTES, 0, {0}, "with 1 to 4 dimensions: it begins with 00000800"},
        {IDX_BYTES, 5, {6, 1, 1, 1, 1}, "with 1 to 4 dimensions"},
        {IDX_BYTES, 2, {6, 0}, "dimension 2 is 0"},
        {IDX_BYTES, 1, {7}, "expected 15 bytes, found 14 (truncated)"},
        {IDX_BYTES, 1, {5}, "expected 13 bytes, found 14"},
        {IDX_BYTES, 2, {UINT32_MAX, UINT32_MAX}, "bytes, found 18 (truncated)"},
        {IDX_BYTES, 3, {UINT32_MAX, UINT32_MAX, UINT32_MAX}, "dimension 3"},
        {IDX_FLOATS, 2, {UINT32_MAX, UINT32_MAX}, "claims more than memory holds"},
        {IDX_FLOATS, 1, {6}, "expected 32 bytes, found 14 (truncated)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t size = idx_bytes_make(cases[i].type, cases[i].rank, cases[i].dimensions, content,
                                     sizeof content, bytes);
        make(state, bytes, size, path);
        expect_refusal(path, cases[i].what);
    }
}

// A file that ends within its header.
static void idx_array_read__cut_in_the_header__is_refused(void **state) {
    uint8_t bytes[IDX_TEXT_MAX];
    const uint8_t content[6] = {0};
    const uint32_t dimensions[] = {2, 3};
    char path[SCRATCH_PATH_SIZE];
    idx_bytes_make(IDX_BYTES, 2, dimensions, content, sizeof content, bytes);
    for (size_t size = 0; size < 12; size++) {
        make(state, bytes, size, path);
        expect_refusal(path, "truncated: it ends after");
    }
}

// The same lies inside gzip, where the size of the file says little.
static void idx_array_read__gzipped__is_read_and_its_lies_are_refused(void **state) {
    uint8_t bytes[IDX_TEXT_MAX];
    const uint8_t content[6] = {1, 2, 3, 4, 5, 6};
    const uint32_t sizes[][2] = {{2, 3}, {2, 4}, {2, 2}, {UINT32_MAX, UINT32_MAX}};
    const char *const what[] = {NULL, "truncated: it ends after 18 bytes",
                                "expected 16 bytes, found more", "cannot come out of it"};
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "b.idx", path);
    for (size_t i = 0; i < 4; i++) {
        char zipped[SCRATCH_PATH_SIZE];
        size_t size = idx_bytes_make(IDX_BYTES, 2, sizes[i], content, sizeof content, bytes);
        data_file_make_gzipped(scratch_path(state, "b.idx.gz", zipped), bytes, size);
        if (i > 0) {
            expect_refusal(path, what[i]);
            continue;
        }
        struct idx_array array = {0};
        struct error error;
        assert_int_equal(idx_array_read(path, &array, &error), STATUS_OK);
        assert_memory_equal(array.numbers, content, sizeof content);
        memory_free(array.numbers);
    }
}

int main(void) {
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(idx_array_read__bytes__keeps_shape_and_order),
        IN_SCRATCH(idx_array_read__floats__come_out_in_this_machines_order),
        IN_SCRATCH(idx_array_read__wrong_headers__are_refused),
        IN_SCRATCH(idx_array_read__cut_in_the_header__is_refused),
        IN_SCRATCH(idx_array_read__gzipped__is_read_and_its_lies_are_refused),
    };
    return cmocka_run_group_tests_name("idx_file", tests, NULL, NULL);
}
