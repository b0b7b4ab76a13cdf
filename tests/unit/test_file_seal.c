// SPDX-License-Identifier: GPL-3.0-or-later
// file_seal: damage anywhere in a file is seen, and a change by HDF5's library is told from it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <hdf5.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/base/memory.h"
#include "sim/runlog/file_seal.h"
#include "sim/runlog/runlog_reader.h"
#include "tests/support/log_in_memory.h"
#include "tests/support/random_log.h"
#include "tests/support/scratch.h"

enum { SIZE = 300 };

static void fill(unsigned char bytes[SIZE]) {
    for (size_t i = 0; i < SIZE - FILE_SEAL_BYTES; i++) {
        bytes[i] = (unsigned char)(i * 7);
    }
    file_seal_make(SIZE - FILE_SEAL_BYTES, fingerprint_bytes(bytes, SIZE - FILE_SEAL_BYTES),
                   bytes + SIZE - FILE_SEAL_BYTES);
}

// Every bit of the file counts, and of the seal itself; one that is cut or gone is no seal.
static void file_seal__one_bit_changed__does_not_hold(void **state) {
    (void)state;
    unsigned char bytes[SIZE];
    fill(bytes);
    assert_int_equal(file_seal_find(bytes, SIZE), FILE_SEAL_HOLDS);
    for (size_t bit = 0; bit < 8 * SIZE; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_int_not_equal(file_seal_find(bytes, SIZE), FILE_SEAL_HOLDS);
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    bytes[0] ^= 1;
    assert_int_equal(file_seal_find(bytes, SIZE), FILE_SEAL_BROKEN);
    assert_int_equal(file_seal_find(bytes, SIZE - FILE_SEAL_BYTES), FILE_SEAL_MISSING);
    assert_int_equal(file_seal_find(bytes, 0), FILE_SEAL_MISSING);
    bytes[0] ^= 1;
    assert_int_equal(file_seal_find(bytes + 1, SIZE - 1), FILE_SEAL_BROKEN); // its front is gone
}

// A file of several pieces, in the last of which a bit changes.
static void file_seal__mapped_file__is_judged_to_its_end(void **state) {
    enum { LONG = (9 << 20) + 123 };
    char path[SCRATCH_PATH_SIZE];
    unsigned char *bytes = memory_allocate(LONG + FILE_SEAL_BYTES, 1);
    for (size_t i = 0; i < LONG; i++) {
        bytes[i] = (unsigned char)(i * 7 + i / 1000);
    }
    file_seal_make(LONG, fingerprint_bytes(bytes, LONG), bytes + LONG);
    FILE *file = fopen(scratch_path(state, "long", path), "w+b");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, LONG + FILE_SEAL_BYTES, file), LONG + FILE_SEAL_BYTES);
    assert_int_equal(fflush(file), 0);
    void *mapped = mmap(NULL, LONG + FILE_SEAL_BYTES, PROT_READ, MAP_SHARED, fileno(file), 0);
    assert_true(mapped != MAP_FAILED);
    assert_int_equal(file_seal_find_mapped(mapped, LONG + FILE_SEAL_BYTES), FILE_SEAL_HOLDS);
    assert_int_equal(file_seal_find_mapped(mapped, LONG), FILE_SEAL_MISSING);
    assert_int_equal(fseek(file, LONG - 1, SEEK_SET), 0);
    fputc(bytes[LONG - 1] ^ 1, file);
    assert_int_equal(fflush(file), 0);
    assert_int_equal(file_seal_find_mapped(mapped, LONG + FILE_SEAL_BYTES), FILE_SEAL_BROKEN);
    munmap(mapped, LONG + FILE_SEAL_BYTES);
    fclose(file);
    memory_free(bytes);
}

static void write_log(const char *path) {
    const struct random_log_options options = {
        .seed = 3, .events = 40, .gradients = 9, .updates = 4, .workers = 2, .events_logged = true};
    struct provenance provenance = {.cpu = "a cpu"};
    struct runlog log = {0};
    random_log_make(&options, &log);
    assert_int_equal(log_in_memory_write(path, &log, &provenance, NULL), STATUS_OK);
    runlog_reset(&log);
}

static void flip_byte(const char *path, long at) {
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_not_equal(byte, EOF);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    fputc(byte ^ 0x10, file);
    assert_int_equal(fclose(file), 0);
}

// A bit that turned over on a disk would otherwise be one more measured value.
static void log__byte_changed_on_disk__is_said_to_be_damaged(void **state) {
    char path[SCRATCH_PATH_SIZE];
    write_log(scratch_path(state, "a.h5", path));
    for (long at = 8; at < 4000; at += 97) {
        struct runlog log = {0};
        struct error error = {0};
        flip_byte(path, at);
        assert_int_equal(runlog_read(path, &log, NULL, &error), STATUS_BAD_DATA);
        if (strstr(error.message, "a.h5: damaged: its checksum is not that of its bytes") == NULL) {
            fail_msg("byte %ld: %s", at, error.message);
        }
        flip_byte(path, at);
    }
    struct runlog log = {0};
    assert_int_equal(runlog_read(path, &log, NULL, NULL), STATUS_OK);
    assert_false(log.altered);
    runlog_reset(&log);
}

// What h5py changes takes the seal away: the log is still read,
// and is known not to be as it was written.
static void log__opened_for_writing_by_hdf5__is_altered(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = {0};
    write_log(scratch_path(state, "a.h5", path));
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    H5Ldelete(file, "/provenance", H5P_DEFAULT);
    assert_true(H5Fclose(file) >= 0);
    assert_int_equal(runlog_read(path, &log, NULL, NULL), STATUS_OK);
    assert_true(log.altered);
    runlog_reset(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_seal__one_bit_changed__does_not_hold),
        cmocka_unit_test_setup_teardown(file_seal__mapped_file__is_judged_to_its_end, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(log__byte_changed_on_disk__is_said_to_be_damaged,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(log__opened_for_writing_by_hdf5__is_altered, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests_name("file_seal", tests, NULL, NULL);
}
