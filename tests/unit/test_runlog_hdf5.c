// SPDX-License-Identifier: GPL-3.0-or-later
// runlog_hdf5: what other programs see in the file (h5diff, h5py), and that equal runs are equal.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <hdf5.h>

#include "sim/base/memory.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/runlog/runlog_schema.h"
#include "tests/support/log_in_memory.h"
#include "tests/support/random_log.h"
#include "tests/support/scratch.h"
#include "tests/support/skip.h"

static void write_log(const char *path, const struct random_log_options *options,
                      const struct provenance *provenance) {
    struct runlog log = {0};
    struct error error;
    random_log_make(options, &log);
    if (log_in_memory_write(path, &log, provenance, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    runlog_reset(&log);
}

// Runs a command and returns its exit status; what it prints goes into "output".
static int run_command(const char *command, char *output, size_t size) {
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t used = fread(output, 1, size - 1, pipe);
    output[used] = 0;
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static const struct random_log_options cases[] = {
    // A run with everything, chunked; NaN and infinities are among the values.
    {.seed = 1,
     .events = 20000,
     .gradients = 3000,
     .updates = 700,
     .evaluations = 100,
     .reductions = 30,
     .incidents = 12,
     .workers = 25,
     .sample_columns = 32,
     .parameters = 21840,
     .events_logged = true},
    {.seed = 6, .gradients = 300, .workers = 3, .parameters = 50, .values_logged = true},
    {.seed = 2, .gradients = 300, .updates = 20, .workers = 3}, // timing only, no events
    {.seed = 3, .workers = 1, .events_logged = true},           // nothing happened
    {.seed = 4, .sample_columns = 2, .workers = 1, .evaluations = 1, .parameters = 24},
};

// The promise to whoever checks a published result: apart from provenance, h5diff has nothing to
// say, neither of NaN, nor of compound types, nor of empty tables.
static void hdf5__two_runs__differ_in_provenance_alone(void **state) {
    char a[SCRATCH_PATH_SIZE];
    char b[SCRATCH_PATH_SIZE];
    char command[3 * SCRATCH_PATH_SIZE];
    char output[4096];
    struct provenance first = {.cpu = "one", .date = "2024-01-01", .threads = 1};
    struct provenance second = {.cpu = "quite another", .threads = 25, .wall_seconds = 3.5};
    scratch_path(state, "a.h5", a);
    scratch_path(state, "b.h5", b);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_log(a, &cases[i], &first);
        write_log(b, &cases[i], &second);
        snprintf(command, sizeof command, "h5diff --exclude-path /provenance '%s' '%s' 2>&1", a, b);
        assert_int_equal(run_command(command, output, sizeof output), 0);
        assert_string_equal(output, "");
        snprintf(command, sizeof command, "h5diff '%s' '%s' 2>&1", a, b);
        assert_int_equal(run_command(command, output, sizeof output), 1);
    }
}

// h5diff must be able to see a difference: of one bit in a column, of an attribute of the root.
static void hdf5__changed_value__is_seen_by_h5diff(void **state) {
    char a[SCRATCH_PATH_SIZE];
    char b[SCRATCH_PATH_SIZE];
    char command[3 * SCRATCH_PATH_SIZE];
    char output[4096];
    struct provenance provenance = {.threads = 1};
    struct runlog log = {0};
    write_log(scratch_path(state, "a.h5", a), &cases[0], &provenance);
    random_log_make(&cases[0], &log);
    snprintf(command, sizeof command, "h5diff --exclude-path /provenance '%s' '%s' 2>&1", a,
             scratch_path(state, "b.h5", b));
    log.gradients[2999].compute_ns ^= 1;
    assert_int_equal(log_in_memory_write(b, &log, &provenance, NULL), STATUS_OK);
    assert_int_equal(run_command(command, output, sizeof output), 1);
    assert_non_null(strstr(output, "</gradients/compute_ns>"));
    log.gradients[2999].compute_ns ^= 1;
    log.ending.timeline_fingerprint ^= 1;
    assert_int_equal(log_in_memory_write(b, &log, &provenance, NULL), STATUS_OK);
    assert_int_equal(run_command(command, output, sizeof output), 1);
    assert_non_null(strstr(output, "timeline_fingerprint"));
    runlog_reset(&log);
}

static char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *bytes = memory_allocate(1 << 23, 1);
    *size = fread(bytes, 1, 1 << 23, file);
    assert_true(*size < 1 << 23);
    fclose(file);
    return bytes;
}

// No time of day, no address, no old memory may get into the file.
static void hdf5__same_log_and_provenance__gives_the_same_bytes(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct provenance provenance = {.cpu = "one", .threads = 1};
    size_t sizes[2];
    scratch_path(state, "a.h5", path);
    write_log(path, &cases[0], &provenance);
    char *first = read_file(path, &sizes[0]);
    char *dirt = memory_allocate(1 << 20, 1); // other memory for the second file to find
    memset(dirt, 0x55, 1 << 20);
    memory_free(dirt);
    write_log(path, &cases[0], &provenance);
    char *second = read_file(path, &sizes[1]);
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(first, second, sizes[0]);
    memory_free(first);
    memory_free(second);
}

// What is in the file, against the tables of the reference.
static const char script[] =
    "import re, sys, numpy, h5py\n"
    "file = h5py.File(sys.argv[1], 'r')\n"
    "known, group, root = {}, None, {}\n"
    "for line in open('results/SCHEMA.md'):\n"
    "    if line.startswith('## The table of a sweep'): break\n"
    "    if line.startswith('## '): group = line[3:].strip()\n"
    "    cells = [cell.strip() for cell in line.strip().strip('|').split('|')]\n"
    "    if not cells[0].startswith('`'): continue\n"
    "    if len(cells) not in (3, 4): continue\n"
    "    name = cells[0].strip('`')\n"
    "    if group == 'Attributes of the file':\n"
    "        only = re.match('only if `([a-z]+)`', cells[2])\n"
    "        if only is None or only[1] == file.attrs['status'].decode(): root[name] = "
    "cells[1]\n"
    "        served = 'service_ns' in file.attrs\n"
    "        if cells[2].startswith('only with a parameter server') and not served: del "
    "root[name]\n"
    "    elif len(cells) == 4:\n"
    "        known[name if name[0] == '/' else group + '/' + name] = cells[1:]\n"
    "found = []\n"
    "file.visititems(lambda name, item: found.append('/' + name)\n"
    "                if isinstance(item, h5py.Dataset) and 'CLASS' not in item.attrs else "
    "None)\n"
    "assert set(found) == set(known), set(found) ^ set(known)\n"
    "for path, (kind, units, long_name) in known.items():\n"
    "    data = file[path]\n"
    "    assert data.attrs['units'].decode() == units, path\n"
    "    assert long_name.startswith(data.attrs['long_name'].decode()), path\n"
    "    words = h5py.check_enum_dtype(data.dtype)\n"
    "    if kind.startswith('enum'):\n"
    "        assert data.dtype == numpy.uint8 and words, path\n"
    "        for word, value in words.items(): assert f'{value} {word}' in long_name, path\n"
    "    elif kind.split()[0] in ('int64', 'uint64', 'int32', 'float64', 'float32'):\n"
    "        assert data.dtype == numpy.dtype(kind.split()[0]), path\n"
    "assert set(file.attrs) == set(root), set(file.attrs) ^ set(root)\n"
    "for name, kind in root.items():\n"
    "    value = file.attrs[name]\n"
    "    assert isinstance(value, numpy.bytes_) if kind == 'string' else "
    "value.dtype == numpy.dtype(kind), name\n"
    "assert file['scenario'].asstr()[()] == 'title: Gr\\u00f6\\u00dfe\\nseed: 1\\n'\n"
    "layout = file['parameters/layout'][:]\n"
    "assert list(layout['name']) == [b'conv1.weight', b'a name of exactly 31 characters']\n"
    "assert layout['offset'].tolist() == [0, 8]\n"
    "assert layout['shape'][0].tolist() == [2, 1, 2, 2]\n"
    "assert file['gradients/sample_indices'].shape == (3000, 32)\n"
    "dimensions = [scales[0].name for scales in file['gradients/values'].dims]\n"
    "assert dimensions == ['/gradients/row', '/gradients/parameter'], dimensions\n"
    "row = file['gradients/row']\n"
    "assert row.attrs['CLASS'] == b'DIMENSION_SCALE' and row.shape == (3000,)\n"
    "assert len(row.attrs['REFERENCE_LIST']) == len(file['gradients']) - 3\n"
    "assert file[row.attrs['REFERENCE_LIST'][0][0]].name == '/gradients/worker'\n"
    "chunked = file['events/time_ns']\n"
    "assert chunked.chunks == (16384,) and chunked.shuffle and chunked.fletcher32\n"
    "assert chunked.compression_opts == 1\n";

// Each name must be in the file under the type that the reference gives, readable from Python, and
// nothing that the reference does not know.
static void hdf5__h5py__finds_what_the_reference_says(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char script_path[SCRATCH_PATH_SIZE];
    char command[3 * SCRATCH_PATH_SIZE];
    char output[4096];
    struct provenance provenance = {.cpu = "one", .threads = 1};
    if (run_command("/usr/bin/python3 -c 'import h5py' 2>&1", output, sizeof output) != 0) {
        skip_because("python3-h5py is not installed, and no requirement of desgd");
    }
    struct random_log_options everything = cases[0];
    everything.parameters = 210; // with gradients, which are as many for each of 3,000 rows
    everything.values_logged = true;
    everything.centre_kept = true;
    write_log(scratch_path(state, "a.h5", path), &everything, &provenance);
    FILE *file = fopen(scratch_path(state, "look.py", script_path), "w");
    assert_non_null(file);
    fputs(script, file);
    assert_int_equal(fclose(file), 0);
    snprintf(command, sizeof command, "/usr/bin/python3 '%s' '%s' 2>&1", script_path, path);
    if (run_command(command, output, sizeof output) != 0) {
        fail_msg("%s", output);
    }
}

static void expect_column(hid_t file, const char *path, bool there) {
    assert_int_equal(H5Lexists(file, path, H5P_DEFAULT), there);
}

// A log without loss has the columns that it ever had, so that h5diff and old programs find no
// other; with one, the column that says so, and the reader gives 1 for those that are not there.
static void hdf5__a_later_column__is_there_where_it_says_something(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct runlog log = {0};
    struct runlog back = {0};
    struct provenance provenance = {.threads = 1};
    struct random_log_options few = {.seed = 5, .gradients = 3, .reductions = 2, .workers = 2};
    random_log_make(&few, &log);
    log.reductions[0].retries = 0;
    log.reductions[1].retries = 0;
    for (size_t i = 0; i < 3; i++) {
        log.gradients[i].push_attempts = i == 1 ? 4 : 1;
        log.gradients[i].reply_attempts = 1;
    }
    scratch_path(state, "a.h5", path);
    assert_int_equal(log_in_memory_write(path, &log, &provenance, NULL), STATUS_OK);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    expect_column(file, "/gradients/push_attempts", true);
    expect_column(file, "/gradients/reply_attempts", false);
    expect_column(file, "/reductions/retries", false);
    H5Fclose(file);
    assert_int_equal(runlog_read(path, &back, NULL, NULL), STATUS_OK);
    random_log_expect_equal(&log, &back, "read back");
    runlog_reset(&log);
    runlog_reset(&back);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hdf5__two_runs__differ_in_provenance_alone, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(hdf5__changed_value__is_seen_by_h5diff, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(hdf5__same_log_and_provenance__gives_the_same_bytes,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(hdf5__h5py__finds_what_the_reference_says, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(hdf5__a_later_column__is_there_where_it_says_something,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests_name("runlog_hdf5", tests, NULL, NULL);
}
