// SPDX-License-Identifier: GPL-3.0-or-later
// file_bytes: all of the bytes or a plain no.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/file_bytes.h"
#include "sim/base/memory.h"

enum { BYTES = 1 << 20 }; // more than a pipe holds, so they come in pieces

static unsigned char sent_byte(size_t i) {
    return (unsigned char)(i * 31 + i / 251);
}

// Bytes would be missing that the system had not moved at once.
static void file_bytes__more_than_a_pipe_holds__arrive_in_order(void **state) {
    (void)state;
    static const size_t more = 1;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        unsigned char bytes[1024];
        bool good = true;
        close(ends[0]);
        for (size_t first = 0; first < BYTES; first += sizeof bytes) {
            for (size_t i = 0; i < sizeof bytes; i++) {
                bytes[i] = sent_byte(first + i);
            }
            good = good && file_write_all(ends[1], bytes, sizeof bytes);
        }
        _exit(good ? 0 : 1);
    }
    close(ends[1]);
    unsigned char *received = test_malloc(BYTES);
    assert_true(file_read_all(ends[0], received, BYTES));
    for (size_t i = 0; i < BYTES; i++) {
        assert_int_equal(received[i], sent_byte(i));
    }
    assert_false(file_read_all(ends[0], received, more)); // the writer has gone
    test_free(received);
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

// A full disk would pass for a written file.
static void file_bytes__a_full_device__says_so(void **state) {
    (void)state;
    int file = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(file >= 0);
    errno = 0;
    assert_false(file_write_all(file, "abc", 3));
    assert_int_equal(errno, ENOSPC);
    assert_true(file_write_all(file, "", 0));
    close(file);
}

// A file shorter than it should be would be read as if it were whole.
static void file_bytes__the_end_comes_early__is_no(void **state) {
    (void)state;
    char byte = 'x';
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(file >= 0);
    assert_false(file_read_all(file, &byte, 1));
    assert_true(file_read_all(file, &byte, 0));
    close(file);
}

// A device that never ends would fill the memory; a pipe has no size that could be looked at first.
static void file_bytes__what_has_no_end__is_read_up_to_a_bound(void **state) {
    (void)state;
    char *bytes = NULL;
    size_t size = 7;
    int file = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    assert_true(file >= 0);
    assert_int_equal(file_read_whole(file, 100000, &bytes, &size), EFBIG);
    assert_null(bytes);
    assert_int_equal(size, 7);
    close(file);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_true(file_write_all(ends[1], "all", 3));
    close(ends[1]);
    assert_int_equal(file_read_whole(ends[0], 3, &bytes, &size), 0);
    assert_int_equal(size, 3);
    assert_string_equal(bytes, "all");
    memory_free(bytes);
    close(ends[0]);
    file = open("/", O_RDONLY | O_CLOEXEC);
    assert_int_equal(file_read_whole(file, 3, &bytes, &size), EISDIR);
    close(file);
}

// If it failed, a run would go on until its disk is full, or stop on one that is not.
static void file_bytes__room_on_the_disk__is_told(void **state) {
    (void)state;
    int file = open(".", O_RDONLY | O_CLOEXEC);
    assert_true(file >= 0);
    assert_false(file_has_no_room_for(file, 0));
    assert_true(file_has_no_room_for(file, UINT64_MAX));
    close(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_bytes__more_than_a_pipe_holds__arrive_in_order),
        cmocka_unit_test(file_bytes__a_full_device__says_so),
        cmocka_unit_test(file_bytes__the_end_comes_early__is_no),
        cmocka_unit_test(file_bytes__what_has_no_end__is_read_up_to_a_bound),
        cmocka_unit_test(file_bytes__room_on_the_disk__is_told),
    };
    return cmocka_run_group_tests_name("file_bytes", tests, NULL, NULL);
}
