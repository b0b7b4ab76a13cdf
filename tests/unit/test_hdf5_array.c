// SPDX-License-Identifier: GPL-3.0-or-later
// hdf5_array: arrays of a user's own, whatever the file claims.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/memory.h"
#include "sim/runlog/hdf5_array.h"
#include "sim/runlog/hdf5_door.h"
#include "tests/support/expect.h"
#include "tests/support/hdf5_file.h"
#include "tests/support/scratch.h"

static struct hdf5_array read_one(const char *path, const char *object, enum hdf5_array_kind kind) {
    struct hdf5_array array = {.object = object, .kind = kind};
    struct error error = {0};
    if (hdf5_array_read(path, &array, 1, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return array;
}

static void expect_refusal(const char *path, const char *object, enum hdf5_array_kind kind,
                           const char *what) {
    struct hdf5_array array = {.object = object, .kind = kind};
    struct error error = {0};
    assert_int_equal(hdf5_array_read(path, &array, 1, &error), STATUS_BAD_DATA);
    assert_null(array.numbers);
    if (strstr(error.message, what) == NULL) {
        fail_msg("expected '%s' in: %s", what, error.message);
    }
}

// Bytes and floats of either byte order, of two to four dimensions, come out row by row.
static void hdf5_array_read__inputs__keep_type_shape_and_order(void **state) {
    char path[SCRATCH_PATH_SIZE];
    const hsize_t sizes[] = {2, 3, 1, 2};
    uint8_t bytes[12];
    float floats[12];
    for (size_t i = 0; i < 12; i++) {
        bytes[i] = (uint8_t)(250 - i);
        floats[i] = (float)i / 4 - 1;
    }
    hdf5_quiet();
    hid_t file = hdf5_file_create(scratch_path(state, "a.h5", path));
    hdf5_file_add(file, "/train/bytes", H5T_STD_U8LE, 4, sizes, H5T_NATIVE_UINT8, bytes);
    hdf5_file_add(file, "/little", H5T_IEEE_F32LE, 2, sizes, H5T_NATIVE_FLOAT, floats);
    hdf5_file_add(file, "/big", H5T_IEEE_F32BE, 2, sizes, H5T_NATIVE_FLOAT, floats);
    H5Fclose(file);
    struct hdf5_array array = read_one(path, "/train/bytes", HDF5_ARRAY_INPUTS);
    assert_false(array.floats);
    assert_int_equal(array.rank, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(array.sizes[i], sizes[i]);
    }
    assert_memory_equal(array.numbers, bytes, sizeof bytes);
    memory_free(array.numbers);
    const char *const both[] = {"/little", "/big"};
    for (size_t i = 0; i < 2; i++) {
        array = read_one(path, both[i], HDF5_ARRAY_INPUTS);
        assert_true(array.floats);
        assert_int_equal(array.rank, 2);
        assert_memory_equal(array.numbers, floats, 6 * sizeof(float));
        memory_free(array.numbers);
    }
}

// Python writes labels as integers of 64 bits, others as they please; they all come out as bytes,
// and what is no byte is refused with its place.
static void hdf5_array_read__labels__are_any_integers_within_a_byte(void **state) {
    char path[SCRATCH_PATH_SIZE];
    const hsize_t size = 4;
    const int64_t right[] = {0, 255, 7, 9};
    const int64_t high[] = {0, 255, 256, 9};
    const int64_t negative[] = {0, 1, 2, -1};
    hdf5_quiet();
    hid_t file = hdf5_file_create(scratch_path(state, "a.h5", path));
    const hid_t types[] = {H5T_STD_I64LE, H5T_STD_U8LE, H5T_STD_I16BE, H5T_STD_U32LE};
    const char *const names[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < 4; i++) {
        hdf5_file_add(file, names[i], types[i], 1, &size, H5T_NATIVE_INT64, right);
    }
    hdf5_file_add(file, "high", H5T_STD_I64LE, 1, &size, H5T_NATIVE_INT64, high);
    hdf5_file_add(file, "negative", H5T_STD_I8LE, 1, &size, H5T_NATIVE_INT64, negative);
    H5Fclose(file);
    for (size_t i = 0; i < 4; i++) {
        struct hdf5_array array = read_one(path, names[i], HDF5_ARRAY_LABELS);
        assert_memory_equal(array.numbers, "\0\xff\7\x9", 4);
        memory_free(array.numbers);
    }
    expect_refusal(path, "high", HDF5_ARRAY_LABELS, "label 2: expected 0..255, found 256");
    expect_refusal(path, "negative", HDF5_ARRAY_LABELS, "label 3: expected 0..255, found -1");
}

// Other types would be converted with a loss that nobody sees.
static void hdf5_array_read__other_types_and_ranks__are_refused(void **state) {
    char path[SCRATCH_PATH_SIZE];
    const hsize_t sizes[] = {1, 1, 1, 1, 1};
    const double value = 1;
    hdf5_quiet();
    hid_t file = hdf5_file_create(scratch_path(state, "a.h5", path));
    hdf5_file_add(file, "doubles", H5T_IEEE_F64LE, 2, sizes, H5T_NATIVE_DOUBLE, &value);
    hdf5_file_add(file, "signed", H5T_STD_I8LE, 2, sizes, H5T_NATIVE_DOUBLE, &value);
    hdf5_file_add(file, "wide", H5T_STD_U16LE, 2, sizes, H5T_NATIVE_DOUBLE, &value);
    hdf5_file_add(file, "deep", H5T_IEEE_F32LE, 5, sizes, H5T_NATIVE_DOUBLE, &value);
    H5Gclose(H5Gcreate2(file, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Fclose(file);
    static const char type[] = "must hold unsigned bytes or floats of 32 bits";
    expect_refusal(path, "doubles", HDF5_ARRAY_INPUTS, type);
    expect_refusal(path, "signed", HDF5_ARRAY_INPUTS, type);
    expect_refusal(path, "wide", HDF5_ARRAY_INPUTS, type);
    expect_refusal(path, "doubles", HDF5_ARRAY_LABELS, "must hold whole numbers");
    expect_refusal(path, "deep", HDF5_ARRAY_INPUTS, "must have 1 to 4 dimensions");
    expect_refusal(path, "group", HDF5_ARRAY_INPUTS, "is not a dataset");
    expect_refusal(path, "nothing", HDF5_ARRAY_INPUTS, "is missing");
}

// A dataset that was never written may claim any size: it must not take the memory for it.
static void hdf5_array_read__claims_more_than_it_holds__is_refused(void **state) {
    char path[SCRATCH_PATH_SIZE];
    const hsize_t sizes[] = {1000000, 1000000};
    const hsize_t chunk[] = {1000, 1000};
    hdf5_quiet();
    hid_t file = hdf5_file_create(scratch_path(state, "a.h5", path));
    hid_t space = H5Screate_simple(2, sizes, NULL);
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, 2, chunk);
    H5Dclose(H5Dcreate2(file, "huge", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    H5Pclose(creation);
    H5Sclose(space);
    H5Fclose(file);
    expect_refusal(path, "huge", HDF5_ARRAY_INPUTS, "claims more values than the file can hold");
}

// A link may lead into another file, or nowhere: only what is in this one is its data.
static void hdf5_array_read__behind_a_link__is_refused(void **state) {
    char path[SCRATCH_PATH_SIZE];
    const hsize_t sizes[] = {1, 3};
    const double values[] = {1, 2, 3};
    hdf5_quiet();
    hid_t file = hdf5_file_create(scratch_path(state, "a.h5", path));
    hdf5_file_add(file, "/train/inputs", H5T_IEEE_F32LE, 2, sizes, H5T_NATIVE_DOUBLE, values);
    H5Lcreate_soft("/train", file, "soft", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/train/inputs", file, "soft_inputs", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("a.h5", "/train", file, "far", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    expect_refusal(path, "/soft/inputs", HDF5_ARRAY_INPUTS, "/soft is not a hard link");
    expect_refusal(path, "/soft_inputs", HDF5_ARRAY_INPUTS, "is not a hard link");
    expect_refusal(path, "/far/inputs", HDF5_ARRAY_INPUTS, "/far is not a hard link");
    expect_refusal(path, "/nothing/inputs", HDF5_ARRAY_INPUTS, "/nothing/inputs is missing");
}

// Half a download, or another kind of file.
static void hdf5_array_read__cut_or_no_hdf5__is_refused(void **state) {
    char path[SCRATCH_PATH_SIZE];
    const hsize_t sizes[] = {100, 100};
    static uint8_t bytes[10000];
    struct error error = {0};
    static const char *const names[] = {"/inputs"};
    enum hdf5_object found;
    hdf5_quiet();
    hid_t file = hdf5_file_create(scratch_path(state, "a.h5", path));
    hdf5_file_add(file, "inputs", H5T_STD_U8LE, 2, sizes, H5T_NATIVE_UINT8, bytes);
    H5Fclose(file);
    assert_int_equal(truncate(path, 5000), 0);
    expect_refusal(path, "inputs", HDF5_ARRAY_INPUTS, "truncated or damaged HDF5 file");
    assert_int_equal(hdf5_array_find(path, names, 1, &found, &error), STATUS_BAD_DATA);
    assert_int_equal(truncate(path, 0), 0);
    expect_refusal(path, "inputs", HDF5_ARRAY_INPUTS, "not an HDF5 file");
    struct hdf5_array array = {.object = "inputs"};
    scratch_path(state, "missing.h5", path);
    assert_int_equal(hdf5_array_read(path, &array, 1, &error), STATUS_NO_INPUT);
}

// Several arrays are read together or not at all.
static void hdf5_array_read__one_is_wrong__gives_none(void **state) {
    char path[SCRATCH_PATH_SIZE];
    const hsize_t sizes[] = {1, 3};
    const double values[] = {1, 2, 3};
    struct error error = {0};
    hdf5_quiet();
    hid_t file = hdf5_file_create(scratch_path(state, "a.h5", path));
    hdf5_file_add(file, "a", H5T_IEEE_F32LE, 2, sizes, H5T_NATIVE_DOUBLE, values);
    hdf5_file_add(file, "b", H5T_IEEE_F64LE, 2, sizes, H5T_NATIVE_DOUBLE, values);
    H5Fclose(file);
    struct hdf5_array arrays[2] = {{.object = "a"}, {.object = "b"}};
    assert_int_equal(hdf5_array_read(path, arrays, 2, &error), STATUS_BAD_DATA);
    assert_null(arrays[0].numbers);
    assert_null(arrays[1].numbers);
}

// What a file has is asked before it is read; a dataset has no paths below it, and to say that the
// file is damaged would be wrong.
static void hdf5_array_find__paths__are_groups_or_others_or_not_there(void **state) {
    char path[SCRATCH_PATH_SIZE];
    const hsize_t sizes[] = {1, 3};
    const double values[] = {1, 2, 3};
    static const char *const names[] = {"/train", "/train/inputs", "/test", "/test/inputs",
                                        "/trai"};
    static const enum hdf5_object expected[] = {
        HDF5_OBJECT_GROUP, HDF5_OBJECT_OTHER, HDF5_OBJECT_NONE, HDF5_OBJECT_NONE, HDF5_OBJECT_NONE};
    static const char *const below[] = {"/train/inputs/labels"};
    enum hdf5_object found[5];
    struct error error;
    hdf5_quiet();
    hid_t file = hdf5_file_create(scratch_path(state, "a.h5", path));
    hdf5_file_add(file, "/train/inputs", H5T_IEEE_F32LE, 2, sizes, H5T_NATIVE_DOUBLE, values);
    H5Fclose(file);
    assert_int_equal(hdf5_array_find(path, names, 5, found, &error), STATUS_OK);
    assert_memory_equal(found, expected, sizeof expected);
    assert_int_equal(hdf5_array_find(path, below, 1, found, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "a.h5: /train/inputs is not a group"));
    expect_refusal(path, "/train/inputs/labels", HDF5_ARRAY_LABELS, "/train/inputs is not a group");
}

int main(void) {
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(hdf5_array_read__inputs__keep_type_shape_and_order),
        IN_SCRATCH(hdf5_array_read__labels__are_any_integers_within_a_byte),
        IN_SCRATCH(hdf5_array_read__other_types_and_ranks__are_refused),
        IN_SCRATCH(hdf5_array_read__claims_more_than_it_holds__is_refused),
        IN_SCRATCH(hdf5_array_read__behind_a_link__is_refused),
        IN_SCRATCH(hdf5_array_read__cut_or_no_hdf5__is_refused),
        IN_SCRATCH(hdf5_array_read__one_is_wrong__gives_none),
        IN_SCRATCH(hdf5_array_find__paths__are_groups_or_others_or_not_there),
    };
    return cmocka_run_group_tests_name("hdf5_array", tests, NULL, NULL);
}
