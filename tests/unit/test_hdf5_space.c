// SPDX-License-Identifier: GPL-3.0-or-later
// hdf5_space: a file that is made bit by bit has the bytes of one that is made in memory.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/memory.h"
#include "sim/runlog/hdf5_image.h"
#include "sim/runlog/hdf5_space.h"
#include "tests/support/scratch.h"

enum { VALUES = 3000000 }; // 24 MB, of which little can be compressed

// A few large datasets, and attributes of the first that come last: far behind what is written.
static void build(struct hdf5_image *image) {
    const struct hdf5_extent extent = {
        .rank = 1, .sizes = {VALUES}, .value_bytes = 8, .dimensions = {"row"}};
    uint64_t *values = memory_allocate(VALUES, sizeof *values);
    uint64_t state = 1;
    for (size_t i = 0; i < VALUES; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407U;
        values[i] = state;
    }
    hdf5_image_dataset(image, "/a", H5T_STD_U64LE, &extent, values, "1", "noise");
    hdf5_image_dataset(image, "/b", H5T_STD_U64LE, &extent, values, "1", "noise");
    memory_free(values);
    for (int i = 0; i < 200; i++) {
        char name[] = "attribute 000";
        name[10] = (char)('0' + i / 100);
        name[11] = (char)('0' + i / 10 % 10);
        name[12] = (char)('0' + i % 10);
        hdf5_image_text_attribute(image, image->file, name, "late");
    }
}

// If it failed, the log of a long run would have other bytes than the same log made in memory, or
// bytes of old memory between its blocks.
static void hdf5_space__long_file__has_the_bytes_of_one_in_memory(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct hdf5_image image;
    struct stat found;
    hdf5_quiet();
    hdf5_image_open(&image, "memory", -1);
    build(&image);
    assert_int_equal(hdf5_image_write_shared(&image, scratch_path(state, "a", path), NULL, NULL),
                     STATUS_OK);
    size_t size = (size_t)hdf5_space_bytes(&image.space);
    unsigned char *expected = memory_allocate(size, 1);
    memcpy(expected, image.space.tail, size);
    hdf5_image_release(&image);
    int file = open(scratch_path(state, "b", path), O_RDWR | O_CREAT, 0666);
    hdf5_image_open(&image, path, file);
    build(&image);
    assert_true(image.space.capacity < size / 2);
    assert_int_equal(hdf5_image_finish(&image, path, NULL), STATUS_OK);
    hdf5_image_release(&image);
    assert_int_equal(fstat(file, &found), 0);
    assert_int_equal(found.st_size, size);
    unsigned char *bytes = memory_allocate(size, 1);
    assert_int_equal(pread(file, bytes, size, 0), size);
    assert_memory_equal(bytes, expected, size);
    memory_free(bytes);
    memory_free(expected);
    close(file);
}

// HDF5 leaves ruins where the disk fails under it: it does not see it, and whoever asks for the
// file is told the cause.
static void hdf5_space__file_that_cannot_be_written__is_told_at_the_end(void **state) {
    struct hdf5_image image;
    struct error error = {0};
    (void)state;
    int file = open("/dev/full", O_RDWR);
    hdf5_quiet();
    hdf5_image_open(&image, "a.h5", file);
    build(&image);
    assert_false(image.failed);
    assert_int_equal(hdf5_image_finish(&image, "a.h5", &error), STATUS_IO);
    assert_string_equal(error.message, "a.h5: cannot write: No space left on device");
    hdf5_image_release(&image);
    close(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hdf5_space__long_file__has_the_bytes_of_one_in_memory,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test(hdf5_space__file_that_cannot_be_written__is_told_at_the_end),
    };
    return cmocka_run_group_tests_name("hdf5_space", tests, NULL, NULL);
}
