// SPDX-License-Identifier: GPL-3.0-or-later
// runlog_reader: a file that is not exactly a log is refused with a sentence that says where it is
// wrong, and before anything of it is trusted.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <hdf5.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/runlog/runlog_reader.h"
#include "tests/support/log_in_memory.h"
#include "tests/support/random_log.h"
#include "tests/support/scratch.h"
#include "tests/support/story_log.h"

static const struct random_log_options small = {
    .seed = 7,
    .events = 300,
    .gradients = 12,
    .updates = 6,
    .evaluations = 3,
    .workers = 4,
    .sample_columns = 3,
    .parameters = 50,
    .events_logged = true,
    .centre_kept = true,
    .values_logged = true,
};

static void write_small(const char *path) {
    struct runlog log = {0};
    struct provenance provenance = {.commit = "abc", .cpu = "a cpu", .threads = 3};
    random_log_make(&small, &log);
    unlink(path); // one that was damaged is not replaced
    assert_int_equal(log_in_memory_write(path, &log, &provenance, NULL), STATUS_OK);
    runlog_reset(&log);
}

static void expect_refused(const char *path, enum status expected, const char *words) {
    struct runlog log = {0};
    struct error error = {0};
    enum status status = runlog_read(path, &log, NULL, &error);
    if (status != expected || strncmp(error.message, path, strlen(path)) != 0 ||
        strstr(error.message, words) == NULL) {
        fail_msg("expected %d and \"%s\", got %d: %s", expected, words, status, error.message);
    }
    assert_int_equal(error.status, expected);
    assert_null(log.header.scenario);
    assert_null(log.gradients);
}

// The plain case; what was written aside of the log comes back, too.
static void reader__good_file__gives_log_and_provenance(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog expected = {0};
    struct runlog log = {0};
    struct provenance provenance = {0};
    write_small(scratch_path(state, "a.h5", path));
    random_log_make(&small, &expected);
    assert_int_equal(runlog_read(path, &log, &provenance, NULL), STATUS_OK);
    random_log_expect_equal(&expected, &log, "a.h5");
    assert_string_equal(provenance.commit, "abc");
    assert_string_equal(provenance.cpu, "a cpu");
    assert_string_equal(provenance.date, "");
    assert_int_equal(provenance.threads, 3);
    runlog_reset(&expected);
    runlog_reset(&log);
}

// Status 66 tells scripts that the input is missing, not wrong.
static void reader__nothing_to_read__is_no_input(void **state) {
    char path[SCRATCH_PATH_SIZE];
    expect_refused(scratch_path(state, "missing.h5", path), STATUS_NO_INPUT,
                   ": cannot read: No such file or directory");
    expect_refused(*state, STATUS_NO_INPUT, ": cannot read: Is a directory");
    expect_refused("/dev/null", STATUS_NO_INPUT, ": cannot read: Not a regular file");
}

static void put_text(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

// A scenario given in place of a log, or a download that stopped.
static void reader__not_hdf5_or_cut__is_said_so(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct stat info;
    put_text(scratch_path(state, "a.h5", path), "title: a scenario\n");
    expect_refused(path, STATUS_BAD_DATA, "a.h5: not an HDF5 file, but a text: ");
    put_text(path, "");
    expect_refused(path, STATUS_BAD_DATA, "a.h5: not an HDF5 file");
    put_text(path, "\x89HDF\r\n\x1a\n");
    expect_refused(path, STATUS_BAD_DATA, "a.h5: truncated or damaged HDF5 file: ");
    write_small(path);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(truncate(path, info.st_size / 2), 0);
    expect_refused(path, STATUS_BAD_DATA, "a.h5: truncated or damaged HDF5 file: truncated file");
}

static void set_text(hid_t file, const char *name, const char *text) {
    hid_t type = H5Tcopy(H5T_C_S1);
    hid_t space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, strlen(text));
    H5Adelete(file, name);
    hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, type, text) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

static void set_int32(hid_t file, const char *name, int32_t value) {
    hid_t attribute = H5Aopen(file, name, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, H5T_NATIVE_INT32, &value) >= 0);
    H5Aclose(attribute);
}

// Puts a dataset of values 0, 1, 2, ... in place of another.
static void replace(hid_t file, const char *path, hid_t type, int rank, const hsize_t *sizes,
                    hid_t creation) {
    hid_t space = H5Screate_simple(rank, sizes, NULL);
    H5Ldelete(file, path, H5P_DEFAULT);
    hid_t dataset = H5Dcreate2(file, path, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    assert_true(dataset >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
}

static void set_value(hid_t file, const char *path, hsize_t row, hid_t type, const void *value) {
    hsize_t one = 1;
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    hid_t space = H5Dget_space(dataset);
    hid_t memory = H5Screate_simple(1, &one, NULL);
    H5Sselect_elements(space, H5S_SELECT_SET, 1, &row);
    assert_true(H5Dwrite(dataset, type, memory, space, H5P_DEFAULT, value) >= 0);
    H5Sclose(memory);
    H5Sclose(space);
    H5Dclose(dataset);
}

static const hsize_t twelve[2] = {12, 3};

static void drop_format(hid_t file) {
    H5Adelete(file, "format");
}
static void other_format(hid_t file) {
    set_text(file, "format", "netcdf");
}
static void newer_version(hid_t file) {
    set_int32(file, "format_version", 3);
}
// As version 1 was: with fewer columns, of which the message must not speak.
static void earlier_version(hid_t file) {
    set_int32(file, "format_version", 1);
    H5Ldelete(file, "/updates/loss_estimate", H5P_DEFAULT);
    H5Ldelete(file, "/reductions", H5P_DEFAULT);
}
static void version_zero(hid_t file) {
    set_int32(file, "format_version", 0);
}
static void unknown_status(hid_t file) {
    set_text(file, "status", "happy");
}
static void no_hash(hid_t file) {
    set_text(file, "data_hash", "0123456789ABCDEF");
}
static void endless_policy(hid_t file) {
    set_text(file, "policy", "a policy with a name that does not fit its field");
}
static void variable_policy(hid_t file) {
    hid_t type = H5Tcopy(H5T_C_S1);
    hid_t space = H5Screate(H5S_SCALAR);
    const char *text = "sync";
    H5Tset_size(type, H5T_VARIABLE);
    H5Adelete(file, "policy");
    hid_t attribute = H5Acreate2(file, "policy", type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, type, &text) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}
static void seed_of_two(hid_t file) {
    hsize_t two = 2;
    hid_t space = H5Screate_simple(1, &two, NULL);
    H5Adelete(file, "seed");
    H5Aclose(H5Acreate2(file, "seed", H5T_STD_U64LE, space, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
}
static void drop_table(hid_t file) {
    H5Ldelete(file, "/updates", H5P_DEFAULT);
}
static void table_is_dataset(hid_t file) {
    replace(file, "/updates", H5T_STD_I64LE, 1, twelve, H5P_DEFAULT);
}
static void drop_column(hid_t file) {
    H5Ldelete(file, "/gradients/compute_ns", H5P_DEFAULT);
}
static void narrow_column(hid_t file) {
    replace(file, "/gradients/compute_ns", H5T_STD_I32LE, 1, twelve, H5P_DEFAULT);
}
static void other_enum(hid_t file) {
    replace(file, "/gradients/outcome", H5T_STD_U8LE, 1, twelve, H5P_DEFAULT);
}
static void short_column(hid_t file) {
    hsize_t eleven = 11;
    replace(file, "/gradients/compute_ns", H5T_STD_I64LE, 1, &eleven, H5P_DEFAULT);
    int64_t value = 1; // so that it has storage
    set_value(file, "/gradients/compute_ns", 0, H5T_NATIVE_INT64, &value);
}
static void flat_samples(hid_t file) {
    replace(file, "/gradients/sample_indices", H5T_STD_I32LE, 1, twelve, H5P_DEFAULT);
}
static void flat_values(hid_t file) {
    replace(file, "/gradients/values", H5T_IEEE_F32LE, 1, twelve, H5P_DEFAULT);
}
static void short_values(hid_t file) {
    const hsize_t sizes[2] = {12, 49};
    replace(file, "/gradients/values", H5T_IEEE_F32LE, 2, sizes, H5P_DEFAULT);
    static const float zeroes[12 * 49];
    hid_t dataset = H5Dopen2(file, "/gradients/values", H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeroes) >= 0);
    H5Dclose(dataset);
}
static void matrix_column(hid_t file) {
    replace(file, "/gradients/compute_ns", H5T_STD_I64LE, 2, twelve, H5P_DEFAULT);
}
static void soft_column(hid_t file) {
    H5Ldelete(file, "/gradients/compute_ns", H5P_DEFAULT);
    assert_true(H5Lcreate_soft("/gradients/delay_ns", file, "/gradients/compute_ns", H5P_DEFAULT,
                               H5P_DEFAULT) >= 0);
}
static void external_column(hid_t file) {
    H5Ldelete(file, "/gradients/compute_ns", H5P_DEFAULT);
    assert_true(H5Lcreate_external("other.h5", "/x", file, "/gradients/compute_ns", H5P_DEFAULT,
                                   H5P_DEFAULT) >= 0);
}
static void external_storage(hid_t file) {
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    assert_true(H5Pset_external(creation, "/etc/passwd", 0, 96) >= 0);
    replace(file, "/gradients/compute_ns", H5T_STD_I64LE, 1, twelve, creation);
    H5Pclose(creation);
}
static void virtual_column(hid_t file) {
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(1, twelve, NULL);
    assert_true(H5Pset_virtual(creation, space, "other.h5", "/x", space) >= 0);
    replace(file, "/gradients/compute_ns", H5T_STD_I64LE, 1, twelve, creation);
    H5Sclose(space);
    H5Pclose(creation);
}
static void other_filter(hid_t file) {
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, 1, twelve);
    assert_true(H5Pset_scaleoffset(creation, H5Z_SO_INT, 0) >= 0);
    replace(file, "/gradients/compute_ns", H5T_STD_I64LE, 1, twelve, creation);
    H5Pclose(creation);
}
static void claim_much(hid_t file) {
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t size = UINT64_C(1) << 40;
    hsize_t chunk = 1 << 20;
    H5Pset_chunk(creation, 1, &chunk);
    H5Pset_deflate(creation, 4);
    replace(file, "/gradients/worker", H5T_STD_I32LE, 1, &size, creation);
    int32_t value = 1;
    set_value(file, "/gradients/worker", 0, H5T_NATIVE_INT32, &value);
    H5Pclose(creation);
}
static void large_chunks(hid_t file) {
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t endless = H5S_UNLIMITED;
    hsize_t chunk = 1 << 24;
    H5Pset_chunk(creation, 1, &chunk);
    hid_t space = H5Screate_simple(1, twelve, &endless);
    H5Ldelete(file, "/gradients/compute_ns", H5P_DEFAULT);
    H5Dclose(H5Dcreate2(file, "/gradients/compute_ns", H5T_STD_I64LE, space, H5P_DEFAULT, creation,
                        H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(creation);
}
static void unwritten_column(hid_t file) {
    replace(file, "/gradients/compute_ns", H5T_STD_I64LE, 1, twelve, H5P_DEFAULT);
}
static void worker_beyond(hid_t file) {
    int32_t value = 4;
    set_value(file, "/gradients/worker", 5, H5T_NATIVE_INT32, &value);
}
static void negative_span(hid_t file) {
    int64_t value = -1;
    set_value(file, "/gradients/compute_ns", 11, H5T_NATIVE_INT64, &value);
}
static void unknown_kind(hid_t file) {
    uint8_t value = EVENT_KIND_COUNT;
    hid_t dataset = H5Dopen2(file, "/events/kind", H5P_DEFAULT);
    hid_t type = H5Dget_type(dataset);
    set_value(file, "/events/kind", 299, type, &value);
    H5Tclose(type);
    H5Dclose(dataset);
}
static void more_workers(hid_t file) {
    set_int32(file, "workers", 5);
}
static void negative_workers(hid_t file) {
    set_int32(file, "workers", -1);
}
static void more_samples(hid_t file) {
    set_int32(file, "sample_columns", 4);
}
static void shorten(hid_t file, const char *parameters) {
    replace(file, parameters, H5T_IEEE_F32LE, 1, twelve, H5P_DEFAULT);
    set_value(file, parameters, 0, H5T_NATIVE_FLOAT, &(float){1.0F});
}
static void short_final(hid_t file) {
    shorten(file, "/parameters/final");
}
static void short_centre(hid_t file) {
    shorten(file, "/parameters/centre");
}
static void tensor_beyond(hid_t file) {
    struct layout_row row = {.name = "w", .rank = 2, .shape = {5, 10}, .offset = 1};
    hid_t dataset = H5Dopen2(file, "/parameters/layout", H5P_DEFAULT);
    hid_t type = H5Dget_type(dataset);
    set_value(file, "/parameters/layout", 1, type, &row);
    H5Tclose(type);
    H5Dclose(dataset);
}
static void scenario_of_numbers(hid_t file) {
    replace(file, "/scenario", H5T_STD_I64LE, 1, twelve, H5P_DEFAULT);
}

static const struct {
    void (*change)(hid_t file);
    const char *words;
} wrongs[] = {
    {drop_format, ": an HDF5 file, but not a desgd log (no attribute 'format')"},
    {other_format, ": an HDF5 file, but not a desgd log (format 'netcdf', not 'desgd-run')"},
    {newer_version, ": made by a newer desgd (format_version 3, this one reads 2)"},
    {earlier_version, ": made by an earlier desgd (format_version 1, this one reads 2); run its "
                      "scenario again, which is the text in its /scenario"},
    {version_zero, ": made by no known desgd (format_version 0, this one reads 2)"},
    {unknown_status, ": attribute 'status' is no status of a run"},
    {no_hash, ": attribute 'data_hash' is not 16 hexadecimal digits"},
    {endless_policy, ": attribute 'policy' is not a fixed-length string"},
    {variable_policy, ": attribute 'policy' is not a fixed-length string"},
    {seed_of_two, ": attribute 'seed' has another shape"},
    {drop_table, ": /updates is missing"},
    {table_is_dataset, ": /updates is not a group"},
    {drop_column, ": /gradients/compute_ns is missing"},
    {narrow_column, ": /gradients/compute_ns has another type"},
    {other_enum, ": /gradients/outcome has another type"},
    {short_column, ": /gradients/compute_ns has not as many rows"},
    {flat_samples, ": /gradients/sample_indices has another shape"},
    {flat_values, ": /gradients/values has another shape"},
    {short_values, ": /gradients/values has not one row for each gradient and one column for each"},
    {matrix_column, ": /gradients/compute_ns has another shape"},
    {soft_column, ": /gradients/compute_ns is not a hard link"},
    {external_column, ": /gradients/compute_ns is not a hard link"},
    {external_storage, ": /gradients/compute_ns is stored in another file"},
    {virtual_column, ": /gradients/compute_ns is stored in another file"},
    {other_filter, ": /gradients/compute_ns has filters other than"},
    {claim_much, ": /gradients/worker claims more values than the file can hold"},
    {large_chunks, ": /gradients/compute_ns has chunks of more than 64 MiB"},
    {unwritten_column, ": /gradients/compute_ns claims more values than the file can hold"},
    {worker_beyond, ": /gradients/worker: row 5 is 4, allowed is 0 to 3"},
    {negative_span, ": /gradients/compute_ns: row 11 is -1, allowed is 0 to "},
    {unknown_kind, ": /events/kind: row 299 is "},
    {more_workers, ": /workers has not one row for each worker"},
    {negative_workers, ": attribute 'workers' is negative"},
    {more_samples, ": /gradients/sample_indices has not one row for each gradient"},
    {short_final, ": /parameters/final has not as many parameters as /parameters/initial"},
    {short_centre, ": /parameters/centre has not as many parameters as /parameters/initial"},
    {tensor_beyond, ": /parameters/layout: row 1 is no tensor within the 50 parameters"},
    {scenario_of_numbers, ": /scenario is not a fixed-length string"},
};

// Whoever makes or mends such a file must learn which object is wrong, and how; whoever attacks
// with one must not get past the door.
static void reader__wrong_object__is_refused_by_name(void **state) {
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "a.h5", path);
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        write_small(path);
        hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        assert_true(file >= 0);
        wrongs[i].change(file);
        assert_true(H5Fclose(file) >= 0);
        expect_refused(path, STATUS_BAD_DATA, wrongs[i].words);
    }
}

// A file without provenance (or with a damaged one) still replays; only who asks for it is told.
static void reader__no_provenance__matters_only_to_who_asks(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = {0};
    struct provenance provenance = {.threads = 77};
    struct error error;
    write_small(scratch_path(state, "a.h5", path));
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    H5Ldelete(file, "/provenance", H5P_DEFAULT);
    assert_true(H5Fclose(file) >= 0);
    assert_int_equal(runlog_read(path, &log, &provenance, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "/provenance is missing"));
    assert_null(log.events);
    assert_int_equal(provenance.threads, 77);
    assert_int_equal(runlog_read(path, &log, NULL, &error), STATUS_OK);
    runlog_reset(&log);
}

// Someone may mend a span with h5py and ask a replay to find it: legal values pass.
static void reader__legal_change__is_read(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = {0};
    int64_t value = 123456789;
    write_small(scratch_path(state, "a.h5", path));
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    set_value(file, "/gradients/compute_ns", 4, H5T_NATIVE_INT64, &value);
    assert_true(H5Fclose(file) >= 0);
    assert_int_equal(runlog_read(path, &log, NULL, NULL), STATUS_OK);
    assert_int_equal(log.gradients[4].compute_ns, value);
    assert_true(log.altered); // and that is known
    runlog_reset(&log);
}

// The comparison of thousands of runs reads no more than this, and computes means over times.
static void reader__evaluations_only__gives_them_in_time_order(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = {0};
    struct runlog expected = story_log_create();
    struct provenance provenance = {0};
    struct error error;
    int64_t early = 5;
    scratch_path(state, "a.h5", path);
    assert_int_equal(log_in_memory_write(path, &expected, &provenance, NULL), STATUS_OK);
    assert_int_equal(runlog_read_evaluations(path, &log, &error), STATUS_OK);
    assert_string_equal(log.header.scenario, expected.header.scenario);
    assert_int_equal(log.header.seed, 7);
    assert_int_equal(log.ending.end_ns, expected.ending.end_ns);
    assert_int_equal(log.evaluation_count, 4);
    assert_int_equal(log.evaluations[3].time_ns, expected.evaluations[3].time_ns);
    assert_null(log.gradients);
    runlog_reset(&log);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    set_value(file, "/evaluations/time_ns", 2, H5T_NATIVE_INT64, &early);
    assert_true(H5Fclose(file) >= 0);
    assert_int_equal(runlog_read_evaluations(path, &log, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, ": /evaluations/time_ns goes back in time"));
    assert_null(log.evaluations);
    runlog_reset(&expected);
}

// A sweep's table of runs lies in the folder of its logs; a damaged log must not pass for one.
static void reader__another_format__is_of_another_kind(void **state) {
    char path[SCRATCH_PATH_SIZE];
    bool another = true;
    write_small(scratch_path(state, "a.h5", path));
    assert_int_equal(runlog_is_of_another_kind(path, &another, NULL), STATUS_OK);
    assert_false(another);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    other_format(file);
    assert_true(H5Fclose(file) >= 0);
    assert_int_equal(runlog_is_of_another_kind(path, &another, NULL), STATUS_OK);
    assert_true(another);
    put_text(path, "title: a scenario\n");
    assert_int_equal(runlog_is_of_another_kind(path, &another, NULL), STATUS_OK);
    assert_false(another);
    assert_int_equal(
        runlog_is_of_another_kind(scratch_path(state, "missing.h5", path), &another, NULL),
        STATUS_NO_INPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reader__good_file__gives_log_and_provenance, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(reader__evaluations_only__gives_them_in_time_order,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(reader__another_format__is_of_another_kind, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(reader__nothing_to_read__is_no_input, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(reader__not_hdf5_or_cut__is_said_so, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(reader__wrong_object__is_refused_by_name, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(reader__no_provenance__matters_only_to_who_asks,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(reader__legal_change__is_read, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests_name("runlog_reader", tests, NULL, NULL);
}
