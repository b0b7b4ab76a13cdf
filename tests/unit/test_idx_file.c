// SPDX-License-Identifier: GPL-3.0-or-later
// idx_file: IDX files of a user's own, whatever they claim. (Files that are known byte for byte are
// read in test_dataset.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/resource.h>

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

// A gzipped IDX file of one dimension that claims so many bytes and holds "count" of them.
static void make_claim(void *const *state, uint32_t claimed, const uint8_t *content, size_t count,
                       char path[SCRATCH_PATH_SIZE]) {
    char zipped[SCRATCH_PATH_SIZE];
    uint8_t *bytes = memory_allocate(count + IDX_TEXT_MAX, 1);
    size_t header = idx_bytes_make(IDX_BYTES, 1, &claimed, content, 0, bytes);
    memcpy(bytes + header, content, count);
    data_file_make_gzipped(scratch_path(state, "c.idx.gz", zipped), bytes, header + count);
    memory_free(bytes);
    scratch_path(state, "c.idx", path);
}

// Bytes that do not shrink.
static uint8_t *make_noise(size_t count) {
    uint8_t *noise = memory_allocate(count, 1);
    uint32_t state = 1;
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525 + 1013904223;
        noise[i] = (uint8_t)(state >> 24);
    }
    return noise;
}

static long peak_kilobytes(void) {
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

// A download of some hundred kilobytes whose header says hundreds of megabytes must not take them,
// not even until it is refused.
static void idx_array_read__gzipped_claim__takes_the_memory_of_what_is_there(void **state) {
    enum { HELD = 600000, CLAIMED = 600000000 };
    char path[SCRATCH_PATH_SIZE];
    uint8_t *noise = make_noise(HELD);
    make_claim(state, CLAIMED, noise, HELD, path);
    memory_free(noise);
    long before = peak_kilobytes();
    expect_refusal(path, "truncated: it ends after 600008 bytes");
    long grown = peak_kilobytes() - before;
    if (grown > 64L << 10) {
        fail_msg("%ld KiB were taken for %d bytes", grown, HELD);
    }
}

// What deflate could hold but no picture does is not tried out, and the way out is told. 2 MiB of
// noise take some 2,097,800 bytes, of which 1032 times as much could come; the limit is
// 2^30 + 256 * 2,097,800 = 1,610,778,624.
static void idx_array_read__gzipped_bomb__is_refused_before_it_is_read(void **state) {
    enum { HELD = 2 << 20, CLAIMED = 2000000000 };
    char path[SCRATCH_PATH_SIZE];
    uint8_t *noise = make_noise(HELD);
    make_claim(state, CLAIMED, noise, HELD, path);
    memory_free(noise);
    expect_refusal(path, "its header claims 2000000008 bytes, more than the 16107");
    expect_refusal(path, "if they are right, uncompress it");
}

// Memory that grows while it is filled must lose no byte where it moves.
static void idx_array_read__gzipped_megabytes__keep_every_byte(void **state) {
    enum { HELD = (5 << 20) + 3 };
    char path[SCRATCH_PATH_SIZE];
    struct idx_array array = {0};
    struct error error = {0};
    uint8_t *noise = make_noise(HELD);
    make_claim(state, HELD, noise, HELD, path);
    assert_int_equal(idx_array_read(path, &array, &error), STATUS_OK);
    assert_int_equal(array.count, HELD);
    assert_memory_equal(array.numbers, noise, HELD);
    memory_free(array.numbers);
    memory_free(noise);
}

int main(void) {
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(idx_array_read__bytes__keeps_shape_and_order),
        IN_SCRATCH(idx_array_read__floats__come_out_in_this_machines_order),
        IN_SCRATCH(idx_array_read__wrong_headers__are_refused),
        IN_SCRATCH(idx_array_read__cut_in_the_header__is_refused),
        IN_SCRATCH(idx_array_read__gzipped__is_read_and_its_lies_are_refused),
        IN_SCRATCH(idx_array_read__gzipped_claim__takes_the_memory_of_what_is_there),
        IN_SCRATCH(idx_array_read__gzipped_bomb__is_refused_before_it_is_read),
        IN_SCRATCH(idx_array_read__gzipped_megabytes__keep_every_byte),
    };
    return cmocka_run_group_tests_name("idx_file", tests, NULL, NULL);
}
