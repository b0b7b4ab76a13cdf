// SPDX-License-Identifier: GPL-3.0-or-later
// Logs of random rows: what the file gives back is what the memory sink holds; and a file with
// random damage is read or refused, never anything else.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/memory.h"
#include "sim/runlog/file_seal.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/runlog/runlog_writer.h"
#include "tests/support/log_in_memory.h"
#include "tests/support/random_log.h"
#include "tests/support/scratch.h"

enum { ROUND_TRIPS = 20, MUTATIONS = 200, CHILD_SECONDS_MAX = 20 };

// Every column, every switch, every size of table: writer and reader must agree on all of them.
static void runlog__any_rows__come_back_as_the_memory_sink_keeps_them(void **state) {
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "a.h5", path);
    for (uint64_t seed = 1; seed <= ROUND_TRIPS; seed++) {
        char label[64];
        struct random_log_options options = random_log_options(seed);
        struct runlog expected = {0};
        struct runlog found = {0};
        struct runlog_writer *writer = NULL;
        struct provenance provenance = {.threads = 2};
        struct error error;
        snprintf(label, sizeof label, "seed %llu", (unsigned long long)seed);
        random_log_make(&options, &expected);
        assert_int_equal(runlog_writer_create(path, &writer, NULL), STATUS_OK);
        struct run_sink sink = runlog_writer_sink(writer);
        random_log_play(&options, &sink);
        assert_int_equal(runlog_writer_close_journal(writer, NULL), STATUS_OK);
        assert_int_equal(runlog_writer_publish(writer, &provenance, NULL), STATUS_OK);
        runlog_writer_destroy(writer);
        if (runlog_read(path, &found, NULL, &error) != STATUS_OK) {
            fail_msg("%s: %s", label, error.message);
        }
        random_log_expect_equal(&expected, &found, label);
        runlog_reset(&expected);
        runlog_reset(&found);
    }
}

struct bytes {
    unsigned char *bytes;
    size_t size;
};

static struct bytes read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    struct bytes whole = {.bytes = memory_allocate(1 << 20, 1)};
    whole.size = fread(whole.bytes, 1, 1 << 20, file);
    assert_in_range(whole.size, 1, (1 << 20) - 1);
    fclose(file);
    return whole;
}

static uint64_t next_random(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

// Writes a damaged copy: some bytes changed, or a stretch of zeroes, or the end cut off.
static void write_damaged(const char *path, const struct bytes *whole, uint64_t seed) {
    uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    unsigned char *copy = memory_allocate(whole->size, 1);
    memcpy(copy, whole->bytes, whole->size);
    size_t size = whole->size;
    uint64_t way = next_random(&state) % 8;
    if (way == 0) {
        size = next_random(&state) % size;
    } else if (way == 1) {
        size_t start = next_random(&state) % size;
        size_t length = next_random(&state) % 64;
        memset(copy + start, 0, start + length < size ? length : size - start);
    } else {
        for (uint64_t i = 0; i < way / 2; i++) {
            size_t at = next_random(&state) % size;
            uint64_t value = next_random(&state) % 4;
            unsigned flipped = copy[at] ^ (1U << next_random(&state) % 8);
            copy[at] = (unsigned char)(value == 0 ? 0xff : value == 1 ? 0 : flipped);
        }
    }
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(copy, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    memory_free(copy);
}

static void limit_child(void) {
    struct rlimit seconds = {.rlim_cur = CHILD_SECONDS_MAX, .rlim_max = CHILD_SECONDS_MAX};
    struct rlimit none = {0};
    setrlimit(RLIMIT_CPU, &seconds);
    setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    // More than reading may take by itself: below that, want of memory would be the host's trouble.
    // Sanitizers reserve terabytes.
    struct rlimit memory = {.rlim_cur = UINT64_C(4) << 30, .rlim_max = UINT64_C(4) << 30};
    setrlimit(RLIMIT_AS, &memory);
#endif
}

// Reads in a child. Returns the wait status; 0: read, 1: refused as bad data with a sentence.
static int read_in_child(const char *path) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct runlog log = {0};
        struct provenance provenance;
        struct error error = {0};
        limit_child();
        for (int number = 1; number < NSIG; number++) {
            signal(number, SIG_DFL); // cmocka's handlers would hide a crash
        }
        enum status status = runlog_read(path, &log, &provenance, &error);
        bool refused = status == STATUS_BAD_DATA && strstr(error.message, path) != NULL;
        _exit(status == STATUS_OK ? 0 : refused ? 1 : 2);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

// A damaged or forged file must end in a sentence: no crash, no hang, no endless memory.
static void reader__random_damage__is_read_or_refused(void **state) {
    char good[SCRATCH_PATH_SIZE];
    char path[SCRATCH_PATH_SIZE];
    int counts[2] = {0, 0};
    struct random_log_options options = {.seed = 11,
                                         .events = 300,
                                         .gradients = 10,
                                         .updates = 4,
                                         .evaluations = 2,
                                         .workers = 3,
                                         .sample_columns = 2,
                                         .parameters = 30,
                                         .events_logged = true};
    struct provenance provenance = {.cpu = "a cpu", .threads = 1};
    struct runlog log = {0};
    random_log_make(&options, &log);
    assert_int_equal(
        log_in_memory_write(scratch_path(state, "good.h5", good), &log, &provenance, NULL),
        STATUS_OK);
    runlog_reset(&log);
    struct bytes whole = read_file(good);
    whole.size -= FILE_SEAL_BYTES; // with its seal, every damage would be seen at once
    scratch_path(state, "bad.h5", path);
    for (uint64_t seed = 1; seed <= MUTATIONS; seed++) {
        write_damaged(path, &whole, seed);
        int status = read_in_child(path);
        if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) {
            fail_msg("seed %llu: %s %d", (unsigned long long)seed,
                     WIFEXITED(status) ? "exit status" : "signal",
                     WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
        }
        counts[WEXITSTATUS(status)]++;
    }
    assert_true(counts[0] > 0); // damage in unused bytes and in values is not always noticed
    assert_true(counts[1] > MUTATIONS / 10);
    memory_free(whole.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(runlog__any_rows__come_back_as_the_memory_sink_keeps_them,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(reader__random_damage__is_read_or_refused, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests_name("property_runlog", tests, NULL, NULL);
}
