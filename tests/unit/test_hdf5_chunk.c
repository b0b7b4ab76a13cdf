// SPDX-License-Identifier: GPL-3.0-or-later
// hdf5_chunk: what it makes is what the HDF5 library reads back, through its own filters.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <hdf5.h>

#include "sim/base/memory.h"
#include "sim/runlog/hdf5_chunk.h"
#include "tests/support/scratch.h"

enum { ROOM = 16411 }; // eight planes of random bytes are more than a stored block of deflate takes

// LOOK_LATE: one value all the way, but for the last but one.
enum look { LOOK_ZEROES, LOOK_ONE, LOOK_LATE, LOOK_NOISE, LOOK_TIMES };

// Bytes of values as they are in a log, or worse.
static unsigned char byte_of(enum look look, size_t value, size_t count, size_t byte) {
    uint64_t state = (value * 16 + byte + 1) * UINT64_C(0x9e3779b97f4a7c15);
    state ^= state >> 29;
    if (look == LOOK_ZEROES || byte >= 8) {
        return 0;
    }
    if (look == LOOK_ONE || look == LOOK_LATE) {
        return (unsigned char)(byte * 31 + 7 + (look == LOOK_LATE && value + 2 == count));
    }
    bool noise = look == LOOK_NOISE || byte == 0;
    return (unsigned char)(noise ? state >> 7 : value * 1000 >> 8 * byte);
}

static void expect_back(const char *path, enum look look, size_t value_bytes, size_t count) {
    size_t stride = value_bytes + 5;
    unsigned char *values = memory_allocate(ROOM, stride);
    unsigned char *back = memory_allocate(ROOM, value_bytes);
    for (size_t i = 0; i < count; i++) {
        for (size_t byte = 0; byte < value_bytes; byte++) {
            values[i * stride + byte] = byte_of(look, i, count, byte);
        }
    }
    hsize_t sizes[1] = {count};
    hsize_t room[1] = {ROOM};
    hsize_t first[1] = {0};
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t type = H5Tcreate(H5T_OPAQUE, value_bytes);
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, 1, room);
    H5Pset_shuffle(creation);
    H5Pset_deflate(creation, 1);
    H5Pset_fletcher32(creation);
    H5Pset_alloc_time(creation, H5D_ALLOC_TIME_INCR);
    hid_t space = H5Screate_simple(1, sizes, room);
    hid_t dataset = H5Dcreate2(file, "a", type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    struct hdf5_planes planes;
    struct hdf5_chunk *chunk = hdf5_chunk_create();
    size_t size = 0;
    hdf5_planes_init(&planes, value_bytes, ROOM);
    hdf5_planes_add(&planes, values, stride, count / 3);
    hdf5_planes_add(&planes, values + count / 3 * stride, stride, count - count / 3);
    const void *bytes = hdf5_chunk_make(chunk, &planes, &size);
    assert_true(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, first, size, bytes) >= 0);
    assert_true(look != LOOK_ZEROES || size < 300 + value_bytes * ROOM / 900);
    H5Dclose(dataset);
    H5Fclose(file);
    file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    dataset = H5Dopen2(file, "a", H5P_DEFAULT);
    assert_true(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, back) >= 0);
    for (size_t i = 0; i < count; i++) {
        assert_memory_equal(back + i * value_bytes, values + i * stride, value_bytes);
    }
    H5Dclose(dataset);
    H5Pclose(creation);
    H5Sclose(space);
    H5Tclose(type);
    H5Fclose(file);
    hdf5_planes_reset(&planes);
    hdf5_chunk_destroy(chunk);
    memory_free(values);
    memory_free(back);
}

// If it failed, a log could not be read, or, where the checksum is wrong, by strict readers alone.
static void hdf5_chunk__values_of_any_size_and_number__come_back(void **state) {
    static const size_t sizes[] = {1, 2, 3, 4, 8, 9, 64};
    static const size_t counts[] = {1, 7, 8, 1000, ROOM - 1, ROOM};
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "a.h5", path);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t j = 0; j < sizeof counts / sizeof *counts; j++) {
            for (int look = LOOK_ZEROES; look <= LOOK_TIMES; look++) {
                expect_back(path, (enum look)look, sizes[i], counts[j]);
            }
        }
    }
}

// One chunk after another: nothing of the first is in the second.
static void hdf5_chunk__made_twice__has_the_same_bytes(void **state) {
    (void)state;
    unsigned char first[2000];
    uint64_t values[100];
    struct hdf5_planes planes;
    struct hdf5_chunk *chunk = hdf5_chunk_create();
    size_t sizes[2] = {0};
    for (size_t i = 0; i < 100; i++) {
        values[i] = i * i * i;
    }
    hdf5_planes_init(&planes, sizeof *values, 120);
    for (int time = 0; time < 2; time++) {
        hdf5_planes_add(&planes, (const unsigned char *)values, sizeof *values, 100);
        const void *bytes = hdf5_chunk_make(chunk, &planes, &sizes[time]);
        assert_true(sizes[time] < sizeof first);
        if (time == 0) {
            memcpy(first, bytes, sizes[0]);
            hdf5_planes_add(&planes, (const unsigned char *)"\xff\xff\xff\xff\xff\xff\xff", 0, 120);
            hdf5_chunk_make(chunk, &planes, &sizes[1]);
        } else {
            assert_int_equal(sizes[0], sizes[1]);
            assert_memory_equal(first, bytes, sizes[0]);
        }
    }
    hdf5_planes_reset(&planes);
    hdf5_chunk_destroy(chunk);
}

// A chunk of one value is used again for the same number of the same value alone: if it were for
// another, a log would say what was not.
static void hdf5_chunk__of_one_value__is_used_again_for_no_other(void **state) {
    (void)state;
    enum { SIZE_MAX_HERE = 512 };
    const uint64_t values[] = {7, 7, 8, 7, 7, 0, 0, 7};
    const size_t counts[] = {100, 100, 100, 99, 100, 100, 100, 100};
    struct hdf5_planes kept;
    struct hdf5_chunk *chunk = hdf5_chunk_create();
    hdf5_planes_init(&kept, sizeof *values, 120);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        unsigned char bytes[SIZE_MAX_HERE];
        struct hdf5_planes fresh;
        size_t size = 0;
        size_t fresh_size = 0;
        hdf5_planes_init(&fresh, sizeof *values, 120);
        hdf5_planes_add(&fresh, (const unsigned char *)&values[i], 0, counts[i]);
        const void *made = hdf5_chunk_make(chunk, &fresh, &fresh_size);
        assert_true(fresh_size <= sizeof bytes);
        memcpy(bytes, made, fresh_size);
        hdf5_planes_add(&kept, (const unsigned char *)&values[i], 0, counts[i]);
        made = hdf5_chunk_make(chunk, &kept, &size);
        assert_int_equal(size, fresh_size);
        assert_memory_equal(made, bytes, size);
        hdf5_planes_reset(&fresh);
    }
    hdf5_planes_reset(&kept);
    hdf5_chunk_destroy(chunk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hdf5_chunk__values_of_any_size_and_number__come_back,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test(hdf5_chunk__made_twice__has_the_same_bytes),
        cmocka_unit_test(hdf5_chunk__of_one_value__is_used_again_for_no_other),
    };
    return cmocka_run_group_tests_name("hdf5_chunk", tests, NULL, NULL);
}
