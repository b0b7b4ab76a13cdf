// SPDX-License-Identifier: GPL-3.0-or-later
// Logs made by hand to do harm: each is refused with a sentence (or, where what is odd concerns
// nobody, read), within bounded time and memory. What is merely wrong: test_runlog_reader.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <hdf5.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>
#include <zlib.h>

#include "sim/base/memory.h"
#include "sim/run/replay.h"
#include "sim/runlog/hdf5_door.h"
#include "sim/runlog/runlog_reader.h"
#include "tests/support/log_in_memory.h"
#include "tests/support/random_log.h"
#include "tests/support/scratch.h"

enum {
    SECONDS_MAX = 10,      // of CPU, of one that takes milliseconds
    MEMORY_KB_MAX = 400000 // resident, of child and parent each; a small log takes 30 MB
};

static const struct random_log_options small = {.seed = 7,
                                                .events = 30,
                                                .gradients = 12,
                                                .updates = 6,
                                                .evaluations = 3,
                                                .workers = 4,
                                                .sample_columns = 3,
                                                .parameters = 50,
                                                .events_logged = true};

static void write_small(const char *path) {
    struct runlog log = {0};
    struct provenance provenance = {.cpu = "a cpu"};
    random_log_make(&small, &log);
    unlink(path); // what was done to the last one has taken its seal
    assert_int_equal(log_in_memory_write(path, &log, &provenance, NULL), STATUS_OK);
    runlog_reset(&log);
}

// ---- what is done to a good log ----

static void replace(hid_t file, const char *path, hid_t type, hsize_t size, hid_t creation) {
    hid_t space = H5Screate_simple(1, &size, NULL);
    H5Ldelete(file, path, H5P_DEFAULT);
    hid_t dataset = H5Dcreate2(file, path, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    assert_true(dataset >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
}

static void replace_by_type(hid_t file, const char *path, hid_t type) {
    assert_true(type >= 0);
    replace(file, path, type, 12, H5P_DEFAULT);
    H5Tclose(type);
}

// Every chunk is the same few kilobytes of deflated zeroes: 1,000 times as much comes out.
static void add_bomb(hid_t file, const char *path, hid_t type, hsize_t rows) {
    enum { CHUNK_ROWS = 1 << 20 };
    hsize_t chunk = CHUNK_ROWS;
    size_t bytes = CHUNK_ROWS * H5Tget_size(type);
    uLongf deflated_size = compressBound(bytes);
    void *zeroes = memory_allocate(bytes, 1);
    void *deflated = memory_allocate(deflated_size, 1);
    assert_int_equal(compress2(deflated, &deflated_size, zeroes, bytes, 9), Z_OK);
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, 1, &chunk);
    H5Pset_deflate(creation, 9);
    replace(file, path, type, rows, creation);
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    for (hsize_t at = 0; at < rows; at += chunk) {
        assert_true(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, &at, deflated_size, deflated) >= 0);
    }
    H5Dclose(dataset);
    H5Pclose(creation);
    memory_free(deflated);
    memory_free(zeroes);
}

static void bomb_of_rows(hid_t file) {
    add_bomb(file, "/gradients/worker", H5T_STD_I32LE, UINT64_C(1) << 28);
}
static void bomb_of_events(hid_t file) {
    add_bomb(file, "/events/time_ns", H5T_STD_I64LE, UINT64_C(1) << 27);
}
static void bomb_of_parameters(hid_t file) {
    add_bomb(file, "/parameters/initial", H5T_IEEE_F32LE, UINT64_C(1) << 30);
}
static void bomb_shared(hid_t file) { // one bomb under every name of a table
    static const char *const names[] = {"/updates/version",       "/updates/threshold",
                                        "/updates/gradients",     "/updates/update_ns",
                                        "/updates/staleness_max", "/updates/time_ns"};
    add_bomb(file, names[0], H5T_STD_I64LE, UINT64_C(1) << 22);
    for (size_t i = 1; i < sizeof names / sizeof names[0]; i++) {
        H5Ldelete(file, names[i], H5P_DEFAULT);
        assert_true(H5Lcreate_hard(file, names[0], file, names[i], H5P_DEFAULT, H5P_DEFAULT) >= 0);
    }
}
static void claim_2_60(hid_t file) {
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t chunk = 1024;
    H5Pset_chunk(creation, 1, &chunk);
    replace(file, "/updates/time_ns", H5T_STD_I64LE, UINT64_C(1) << 60, creation);
    H5Pclose(creation);
}
static void claim_2_60_contiguous(hid_t file) {
    replace(file, "/updates/time_ns", H5T_STD_I64LE, UINT64_C(1) << 60, H5P_DEFAULT);
}
static void float_time(hid_t file) {
    replace_by_type(file, "/gradients/compute_ns", H5Tcopy(H5T_IEEE_F64LE));
}
static void big_endian_time(hid_t file) {
    replace_by_type(file, "/gradients/compute_ns", H5Tcopy(H5T_STD_I64BE));
}
static void vlen_column(hid_t file) {
    replace_by_type(file, "/gradients/compute_ns", H5Tvlen_create(H5T_STD_I64LE));
}
static void text_column(hid_t file) {
    replace_by_type(file, "/gradients/compute_ns", hdf5_text_type(8));
}
static void endless_text_column(hid_t file) {
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    replace_by_type(file, "/gradients/compute_ns", type);
}
static void compound_column(hid_t file) {
    hid_t type = H5Tcreate(H5T_COMPOUND, 8);
    H5Tinsert(type, "a", 0, H5T_STD_I64LE);
    replace_by_type(file, "/gradients/compute_ns", type);
}
static void reference_column(hid_t file) {
    replace_by_type(file, "/gradients/compute_ns", H5Tcopy(H5T_STD_REF_OBJ));
}
static void opaque_column(hid_t file) {
    replace_by_type(file, "/gradients/compute_ns", H5Tcreate(H5T_OPAQUE, 8));
}
static void array_column(hid_t file) {
    hsize_t one = 1;
    replace_by_type(file, "/gradients/compute_ns", H5Tarray_create2(H5T_STD_I64LE, 1, &one));
}
static void committed_type(hid_t file) {
    hid_t type = H5Tcopy(H5T_STD_I64LE);
    assert_true(H5Tcommit2(file, "type", type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT) >= 0);
    replace_by_type(file, "/gradients/compute_ns", type);
}
static void table_is_root(hid_t file) {
    H5Ldelete(file, "/updates", H5P_DEFAULT);
    assert_true(H5Lcreate_hard(file, "/", file, "/updates", H5P_DEFAULT, H5P_DEFAULT) >= 0);
}
static void column_is_type(hid_t file) {
    hid_t type = H5Tcopy(H5T_STD_I64LE);
    H5Ldelete(file, "/updates/time_ns", H5P_DEFAULT);
    H5Tcommit2(file, "/updates/time_ns", type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Tclose(type);
}

static void set_attribute(hid_t file, const char *object, const char *name, hid_t type,
                          const void *value) {
    hid_t space = H5Screate(H5S_SCALAR);
    H5Adelete_by_name(file, object, name, H5P_DEFAULT);
    hid_t attribute =
        H5Acreate_by_name(file, object, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(attribute >= 0 && H5Awrite(attribute, type, value) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
}

static void long_cpu(hid_t file) {
    static const char text[60000] = "a";
    hid_t type = hdf5_text_type(sizeof text);
    set_attribute(file, "/provenance", "cpu", type, text);
    H5Tclose(type);
}
static void end_before_all(hid_t file) {
    int64_t end_ns = -5;
    set_attribute(file, "/", "end_ns", H5T_STD_I64LE, &end_ns);
}
static void million_workers(hid_t file) {
    int32_t workers = 1000000000;
    set_attribute(file, "/", "workers", H5T_STD_I32LE, &workers);
}
static void version_of_text(hid_t file) {
    set_attribute(file, "/", "format_version", H5T_STD_I64LE, &(int64_t){1});
}
static void huge_scenario(hid_t file) {
    hid_t type = hdf5_text_type((size_t)1 << 25);
    hid_t space = H5Screate(H5S_SCALAR);
    H5Ldelete(file, "/scenario", H5P_DEFAULT);
    H5Dclose(H5Dcreate2(file, "/scenario", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
    H5Tclose(type);
}

// ---- odd, but nobody's concern: no object outside of the schema is looked at ----

static void deep_groups(hid_t file) {
    hid_t parent = H5Gcreate2(file, "deep", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    for (int i = 0; i < 3000; i++) {
        hid_t child = H5Gcreate2(parent, "deep", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Gclose(parent);
        parent = child;
    }
    H5Gclose(parent);
}
static void cycle(hid_t file) {
    hid_t group = H5Gcreate2(file, "cycle", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Lcreate_hard(file, "/", group, "again", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    assert_true(H5Lcreate_soft("/cycle/self", group, "self", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    assert_true(H5Lcreate_external("/etc/passwd", "/", group, "out", H5P_DEFAULT, H5P_DEFAULT) >=
                0);
    H5Gclose(group);
}
static void foreign_bomb(hid_t file) {
    add_bomb(file, "/mine", H5T_STD_I64LE, UINT64_C(1) << 24);
}

static const struct {
    const char *name;
    void (*change)(hid_t file);
    const char *words; // NULL: it is read
} files[] = {
    {"bomb_of_rows", bomb_of_rows, "/gradients/worker claims more values than the file can hold"},
    {"bomb_of_events", bomb_of_events, "/events/time_ns claims more values than the file can hold"},
    {"bomb_of_parameters", bomb_of_parameters, "/parameters/initial claims more values than"},
    {"bomb_shared", bomb_shared, "/updates/"},
    {"claim_2_60", claim_2_60, "/updates/time_ns claims more values than"},
    {"claim_2_60_contiguous", claim_2_60_contiguous, "/updates/time_ns claims more values than"},
    {"float_time", float_time, "/gradients/compute_ns has another type than desgd writes"},
    {"big_endian_time", big_endian_time, "/gradients/compute_ns has another type"},
    {"vlen_column", vlen_column, "/gradients/compute_ns has another type"},
    {"text_column", text_column, "/gradients/compute_ns has another type"},
    {"endless_text_column", endless_text_column, "/gradients/compute_ns has another type"},
    {"compound_column", compound_column, "/gradients/compute_ns has another type"},
    {"reference_column", reference_column, "/gradients/compute_ns has another type"},
    {"opaque_column", opaque_column, "/gradients/compute_ns has another type"},
    {"array_column", array_column, "/gradients/compute_ns has another type"},
    {"committed_type", committed_type, "/gradients/compute_ns has a type that stands elsewhere"},
    {"table_is_root", table_is_root, "/updates/time_ns is missing"},
    {"column_is_type", column_is_type, "/updates/time_ns is not a dataset"},
    {"long_cpu", long_cpu, "/provenance attribute 'cpu' is not a fixed-length string of bearable"},
    {"end_before_all", end_before_all, "attribute 'end_ns' is negative"},
    {"million_workers", million_workers, "/workers has not one row for each worker"},
    {"version_of_text", version_of_text, "attribute 'format_version' has another type"},
    {"huge_scenario", huge_scenario, "/scenario is not a fixed-length string of bearable length"},
    {"deep_groups", deep_groups, NULL},
    {"cycle", cycle, NULL},
    {"foreign_bomb", foreign_bomb, NULL},
};

static double seconds_used(int who) {
    struct rusage usage;
    assert_int_equal(getrusage(who, &usage), 0);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6;
}

static void make_file(const char *path, void (*change)(hid_t file)) {
    write_small(path);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(file >= 0);
    change(file);
    assert_true(H5Fclose(file) >= 0);
}

static void expect_answer(size_t i, const char *path) {
    struct runlog log = {0};
    struct provenance provenance;
    struct error error = {0};
    double start = seconds_used(RUSAGE_SELF) + seconds_used(RUSAGE_CHILDREN);
    enum status status = runlog_read(path, &log, &provenance, &error);
    double used = seconds_used(RUSAGE_SELF) + seconds_used(RUSAGE_CHILDREN) - start;
    if (status != (files[i].words == NULL ? STATUS_OK : STATUS_BAD_DATA)) {
        fail_msg("%s: status %d: %s", files[i].name, status, error.message);
    }
    if (files[i].words != NULL && (strncmp(error.message, path, strlen(path)) != 0 ||
                                   strstr(error.message, files[i].words) == NULL)) {
        fail_msg("%s: expected '%s' in: %s", files[i].name, files[i].words, error.message);
    }
    if (used > SECONDS_MAX) {
        fail_msg("%s: took %.1f s", files[i].name, used);
    }
    runlog_reset(&log);
}

// Not one of them may end the program, or take the time or the memory that it claims to need.
static void reader__hostile_files__are_answered_within_bounds(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct rusage children;
    hdf5_quiet();
    scratch_path(state, "a.h5", path);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        make_file(path, files[i].change);
        expect_answer(i, path);
    }
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &children), 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_in_range(children.ru_maxrss, 1, MEMORY_KB_MAX);
#endif
}

// ---- scenarios in logs ----

static void put_scenario(const char *path, const char *text) {
    struct runlog log = {0};
    struct provenance provenance = {.cpu = "a cpu"};
    random_log_make(&small, &log);
    memory_free(log.header.scenario);
    log.header.scenario = memory_copy_text(text);
    assert_int_equal(log_in_memory_write(path, &log, &provenance, NULL), STATUS_OK);
    runlog_reset(&log);
}

static const struct {
    const char *text;
    const char *words;
} scenarios[] = {
    {"title: [\n", ": error: not YAML"},
    {"model: none\nend: 1 s\ncluster: {workers: 1000000000}\n", "1000000"},
    {"model: none\nend: 1 s\ncluster: {workers: 1000000}\n", "does not fit its tables"},
    {"model: none\nend: 1 s\ncluster: {workers: 5}\n", "does not fit its tables"},
    {"model: none\nend: 1 s\nseed: 4711\ncluster: {workers: 4}\n", "does not fit its tables"},
    {"? a\n:\t- b\n", "there is a tab after this"},
};

// A replay does what the scenario asks for: only one that made these tables may ask.
static void replay__scenario_of_another_run__is_refused(void **state) {
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "a.h5", path);
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        struct replay_outcome outcome;
        struct error error = {0};
        const struct run_options options = {.threads = 1};
        put_scenario(path, scenarios[i].text);
        enum status status = replay_file(path, &options, &outcome, &error);
        if (status != STATUS_BAD_DATA || strstr(error.message, scenarios[i].words) == NULL) {
            fail_msg("scenario %zu: status %d: %s", i, status, error.message);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reader__hostile_files__are_answered_within_bounds,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(replay__scenario_of_another_run__is_refused, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests_name("runlog_hostile", tests, NULL, NULL);
}
