// SPDX-License-Identifier: GPL-3.0-or-later
// data_file: files as they are and gzipped, and what strangers may put in their place.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/data/data_file.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "tests/support/child.h"
#include "tests/support/data_files.h"
#include "tests/support/scratch.h"
#include "tests/support/skip.h"

enum { SIZE = 100000 };

static void fill(uint8_t bytes[SIZE]) {
    for (size_t i = 0; i < SIZE; i++) {
        bytes[i] = (uint8_t)(i * i / 7 + i);
    }
}

static void expect_content(const char *path, uint64_t size, const uint8_t *expected) {
    uint8_t *bytes = NULL;
    uint64_t hash = 0;
    struct error error = {0};
    if (data_file_read_whole(path, DATA_FILE_OF_USER, size, &bytes, &hash, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    assert_memory_equal(bytes, expected, size);
    assert_true(hash == fingerprint_bytes(expected, size));
    memory_free(bytes);
}

static void expect_refusal(const char *path, enum data_file_owner owner, uint64_t size,
                           enum status status, const char *what) {
    uint8_t *bytes = NULL;
    uint64_t hash = 0;
    struct error error = {0};
    assert_int_equal(data_file_read_whole(path, owner, size, &bytes, &hash, &error), status);
    assert_null(bytes);
    if (strstr(error.message, what) == NULL) {
        fail_msg("expected '%s' in: %s", what, error.message);
    }
}

// A gzipped file must give the same bytes as the plain one; the plain one is taken if both are
// there, and a gzipped file is known by what it holds, not by its name.
static void data_file__plain_or_gzipped__gives_the_same_bytes(void **state) {
    uint8_t bytes[SIZE];
    char plain[SCRATCH_PATH_SIZE];
    char zipped[SCRATCH_PATH_SIZE];
    fill(bytes);
    scratch_path(state, "file", plain);
    scratch_path(state, "file.gz", zipped);
    data_file_make_gzipped(zipped, bytes, SIZE);
    assert_true(data_file_is_there(plain));
    expect_content(plain, SIZE, bytes);
    expect_content(zipped, SIZE, bytes);
    data_file_make(plain, bytes + 1, SIZE - 1);
    expect_content(plain, SIZE - 1, bytes + 1);
    data_file_make_gzipped(plain, bytes, SIZE);
    expect_content(plain, SIZE, bytes);
    scratch_path(state, "another", plain);
    assert_false(data_file_is_there(plain));
}

// Who has not fetched the data must read how to; whose own file is missing must not.
static void data_file__missing__says_so(void **state) {
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "nothing", path);
    expect_refusal(path, DATA_FILE_OF_CATALOGUE, 1, STATUS_NO_INPUT,
                   "nothing: no such file; run 'make data' or name a folder with --data");
    expect_refusal(path, DATA_FILE_OF_USER, 1, STATUS_NO_INPUT, "nothing: no such file");
}

// A folder or a pipe must neither crash the program nor make it wait for ever.
static void data_file__no_regular_file__is_refused(void **state) {
    char path[SCRATCH_PATH_SIZE];
    assert_int_equal(mkdir(scratch_path(state, "folder", path), 0777), 0);
    expect_refusal(path, DATA_FILE_OF_USER, 1, STATUS_NO_INPUT, "not a regular file");
    assert_int_equal(mkfifo(scratch_path(state, "pipe", path), 0666), 0);
    expect_refusal(path, DATA_FILE_OF_USER, 1, STATUS_NO_INPUT, "not a regular file");
}

// A download that broke off, at any place: within gzip's header, its data or the checksum behind.
static void data_file__gzipped_and_cut__is_refused_wherever_it_was_cut(void **state) {
    uint8_t bytes[SIZE];
    uint8_t zipped[2 * SIZE];
    char path[SCRATCH_PATH_SIZE];
    fill(bytes);
    data_file_make_gzipped(scratch_path(state, "a.gz", path), bytes, SIZE);
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    size_t size = fread(zipped, 1, sizeof zipped, stream);
    fclose(stream);
    const size_t cuts[] = {2, 9, 10, 11, size / 2, size - 9, size - 8, size - 4, size - 1};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        data_file_make(scratch_path(state, "b", path), zipped, cuts[i]);
        expect_refusal(path, DATA_FILE_OF_USER, SIZE, STATUS_BAD_DATA, "truncated");
    }
}

// A flipped bit in compressed data must not pass as data.
static void data_file__gzipped_and_damaged__is_refused(void **state) {
    uint8_t bytes[SIZE];
    uint8_t zipped[2 * SIZE];
    char path[SCRATCH_PATH_SIZE];
    fill(bytes);
    data_file_make_gzipped(scratch_path(state, "a.gz", path), bytes, SIZE);
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    size_t size = fread(zipped, 1, sizeof zipped, stream);
    fclose(stream);
    for (size_t place = 10; place < size; place += size / 50 + 1) {
        zipped[place] ^= 0x10;
        data_file_make(scratch_path(state, "b", path), zipped, size);
        expect_refusal(path, DATA_FILE_OF_CATALOGUE, SIZE, STATUS_BAD_DATA,
                       "fetch it again with 'make data', or name another folder with --data");
        zipped[place] ^= 0x10;
    }
}

// Memory is taken for what is claimed: a short file that claims gigabytes must be seen through
// before.
static void data_file__another_size__is_refused_before_memory_is_taken(void **state) {
    uint8_t bytes[SIZE];
    char path[SCRATCH_PATH_SIZE];
    fill(bytes);
    data_file_make(scratch_path(state, "plain", path), bytes, SIZE);
    expect_refusal(path, DATA_FILE_OF_USER, UINT64_C(1) << 60, STATUS_BAD_DATA,
                   "expected 1152921504606846976 bytes, found 100000 (truncated)");
    expect_refusal(path, DATA_FILE_OF_USER, SIZE - 1, STATUS_BAD_DATA,
                   "expected 99999 bytes, found 100000");
    data_file_make_gzipped(scratch_path(state, "zipped.gz", path), bytes, SIZE);
    expect_refusal(path, DATA_FILE_OF_USER, UINT64_C(1) << 60, STATUS_BAD_DATA,
                   "1152921504606846976 bytes cannot come out of it");
    expect_refusal(path, DATA_FILE_OF_USER, SIZE + 1, STATUS_BAD_DATA,
                   "truncated: it ends after 100000 bytes");
    expect_refusal(path, DATA_FILE_OF_USER, SIZE - 1, STATUS_BAD_DATA,
                   "expected 99999 bytes, found more");
}

// Which file is wrong, and how: both checksums are needed to tell.
static void data_file_check_hash__another__names_both(void **state) {
    (void)state;
    struct error error = {0};
    char text[FINGERPRINT_TEXT_SIZE];
    uint64_t right = fingerprint_bytes("abc", 3);
    uint64_t wrong = fingerprint_bytes("abd", 3);
    assert_int_equal(data_file_check_hash("p", right, right, &error), STATUS_OK);
    assert_int_equal(data_file_check_hash("p", wrong, right, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "p: wrong checksum"));
    assert_non_null(strstr(error.message, fingerprint_format(right, text)));
    assert_non_null(strstr(error.message, fingerprint_format(wrong, text)));
}

// A path that is cut short would be another file's.
static void data_file_join__too_long__is_refused(void **state) {
    (void)state;
    char folder[DATA_FILE_PATH_SIZE];
    char path[DATA_FILE_PATH_SIZE];
    struct error error;
    memset(folder, 'a', sizeof folder);
    folder[sizeof folder - 1] = 0;
    assert_int_equal(data_file_join(folder, "b", path, &error), STATUS_NO_INPUT);
    assert_int_equal(data_file_join("a", "b", path, &error), STATUS_OK);
    assert_string_equal(path, "a/b");
}

static void read_without_memory(void *context) {
    const struct rlimit none = {.rlim_cur = 1, .rlim_max = RLIM_INFINITY};
    static uint8_t bytes[SIZE];
    struct data_file file;
    struct error error = {0};
    enum status status = data_file_open(context, DATA_FILE_OF_CATALOGUE, &file, &error);
    malloc_trim(0);
    if (status != STATUS_OK || setrlimit(RLIMIT_AS, &none) != 0) {
        _exit(1);
    }
    // zlib takes 128 KiB and more at its first read, which the heap of before does not have.
    status = data_file_read(&file, bytes, sizeof bytes, &error);
    fprintf(stderr, "%s", error.message);
    _exit((int)status);
}

// A good file is not to be fetched again since the machine had no memory for a moment.
static void data_file__no_memory_to_inflate__is_no_damage(void **state) {
    uint8_t bytes[SIZE];
    char zipped[SCRATCH_PATH_SIZE];
    char said[512];
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip_because("a sanitizer needs the memory that this test takes away");
#endif
    fill(bytes);
    data_file_make_gzipped(scratch_path(state, "file.gz", zipped), bytes, SIZE);
    assert_int_equal(child_exit_status(read_without_memory, zipped, said, sizeof said),
                     STATUS_NO_MEMORY);
    assert_non_null(strstr(said, "cannot read it whole: Cannot allocate memory"));
    assert_null(strstr(said, "make data"));
}

int main(void) {
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(data_file__plain_or_gzipped__gives_the_same_bytes),
        IN_SCRATCH(data_file__missing__says_so),
        IN_SCRATCH(data_file__no_regular_file__is_refused),
        IN_SCRATCH(data_file__gzipped_and_cut__is_refused_wherever_it_was_cut),
        IN_SCRATCH(data_file__gzipped_and_damaged__is_refused),
        IN_SCRATCH(data_file__another_size__is_refused_before_memory_is_taken),
        cmocka_unit_test(data_file_check_hash__another__names_both),
        cmocka_unit_test(data_file_join__too_long__is_refused),
        IN_SCRATCH(data_file__no_memory_to_inflate__is_no_damage),
    };
    return cmocka_run_group_tests_name("data_file", tests, NULL, NULL);
}
