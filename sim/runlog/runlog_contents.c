// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog_contents.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/runlog/runlog_rows.h"

enum { SCENARIO_BYTES_MAX = 1 << 24 };

// An attribute of the root.
static bool read_number(struct hdf5_input *input, const char *name, hid_t type, void *value) {
    return hdf5_input_number_attribute(input, "/", name, type, value);
}

static bool read_format(struct hdf5_input *input) {
    char format[64];
    int32_t version = 0;
    if (H5Aexists(input->file, "format") == 0) {
        error_set(input->error, STATUS_BAD_DATA,
                  "%s: an HDF5 file, but not a desgd log (no attribute 'format')", input->path);
        return false;
    }
    if (!hdf5_input_text_attribute(input, "/", "format", format, sizeof format)) {
        return false;
    }
    if (strcmp(format, RUNLOG_FORMAT) != 0) {
        error_set(input->error, STATUS_BAD_DATA,
                  "%s: an HDF5 file, but not a desgd log (format '%s', not '%s')", input->path,
                  format, RUNLOG_FORMAT);
        return false;
    }
    if (!read_number(input, "format_version", H5T_STD_I32LE, &version)) {
        return false;
    }
    if (version == RUNLOG_FORMAT_VERSION) {
        return true;
    }
    bool earlier = version >= 1 && version < RUNLOG_FORMAT_VERSION;
    error_set(input->error, STATUS_BAD_DATA,
              "%s: made by %s desgd (format_version %d, this one reads %d)%s", input->path,
              earlier                           ? "an earlier"
              : version > RUNLOG_FORMAT_VERSION ? "a newer"
                                                : "no known",
              version, RUNLOG_FORMAT_VERSION,
              earlier ? "; run its scenario again, which is the text in its /scenario" : "");
    return false;
}

static bool read_status(struct hdf5_input *input, enum run_status *status) {
    char word[32];
    if (!hdf5_input_text_attribute(input, "/", "status", word, sizeof word)) {
        return false;
    }
    for (int i = 0; i < RUN_STATUS_COUNT; i++) {
        if (strcmp(word, run_status_names[i]) == 0) {
            *status = (enum run_status)i;
            return true;
        }
    }
    return hdf5_input_fail(input, "attribute 'status'", "is no status of a run");
}

// Logs from before there was one have no reason.
static bool read_reason(struct hdf5_input *input, struct runlog_ending *ending) {
    bool stalled = ending->status == RUN_STALLED;
    const char *name = stalled ? "stalled_waiting_for" : "failure";
    if ((!stalled && ending->status != RUN_FAILED) || H5Aexists(input->file, name) == 0) {
        return true;
    }
    if (!hdf5_input_text_attribute(input, "/", name, ending->reason, sizeof ending->reason)) {
        return false;
    }
    if (!run_reason_is_plain(ending->reason)) {
        return hdf5_input_fail(input, name, "is not a line of text");
    }
    return !stalled ||
           read_number(input, "stalled_since_ns", H5T_STD_I64LE, &ending->stalled_since_ns);
}

// Nor have they what their servers did, and later ones where there is no server.
static bool read_service(struct hdf5_input *input, struct runlog_service *service) {
    service->known = H5Aexists(input->file, "service_ns") > 0;
    if (!service->known) {
        return true;
    }
    return read_number(input, "service_ns", H5T_STD_I64LE, &service->time_ns) &&
           read_number(input, "replies", H5T_STD_I64LE, &service->replies) &&
           ((service->time_ns >= 0 && service->replies >= 0) ||
            hdf5_input_fail(input, "attribute 'service_ns' or 'replies'", "is negative"));
}

static bool read_hash(struct hdf5_input *input, const char *name, uint64_t *hash) {
    char text[FINGERPRINT_TEXT_SIZE];
    char label[64];
    if (!hdf5_input_text_attribute(input, "/", name, text, sizeof text)) {
        return false;
    }
    if (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16) {
        snprintf(label, sizeof label, "attribute '%s'", name);
        return hdf5_input_fail(input, label, "is not 16 hexadecimal digits");
    }
    *hash = strtoull(text, NULL, 16);
    return true;
}

static bool read_root_attributes(struct hdf5_input *input, struct runlog *log) {
    struct runlog_header *header = &log->header;
    struct runlog_ending *ending = &log->ending;
    int32_t events = 0;
    bool good =
        read_status(input, &ending->status) && read_reason(input, ending) &&
        read_service(input, &ending->service) &&
        hdf5_input_text_attribute(input, "/", "policy", header->policy, sizeof header->policy) &&
        read_number(input, "seed", H5T_STD_U64LE, &header->seed) &&
        read_number(input, "workers", H5T_STD_I32LE, &header->workers) &&
        read_number(input, "events_logged", H5T_STD_I32LE, &events) &&
        read_number(input, "end_ns", H5T_STD_I64LE, &ending->end_ns) &&
        read_number(input, "event_count", H5T_STD_I64LE, &ending->event_count) &&
        read_hash(input, "data_hash", &header->data_hash) &&
        read_hash(input, "timeline_fingerprint", &ending->timeline_fingerprint) &&
        read_hash(input, "parameter_fingerprint", &ending->parameter_fingerprint) &&
        read_number(input, "sample_columns", H5T_STD_I32LE, &header->sample_columns);
    if (!good) {
        return false;
    }
    header->events = events != 0;
    if (events != 0 && events != 1) {
        return hdf5_input_fail(input, "attribute 'events_logged'", "is neither 0 nor 1");
    }
    if (header->workers < 0) {
        return hdf5_input_fail(input, "attribute 'workers'", "is negative");
    }
    return header->sample_columns >= 0 ||
           hdf5_input_fail(input, "attribute 'sample_columns'", "is negative");
}

// Where times ascend, which they do in every log that desgd wrote: the column that says how many of
// a table's rows there are up to a time. NULL: all rows are taken.
static const char *const time_columns[TABLE_COUNT] = {
    [TABLE_EVENTS] = "time_ns",      [TABLE_GRADIENTS] = "dispatched_ns",
    [TABLE_UPDATES] = "time_ns",     [TABLE_EVALUATIONS] = "time_ns",
    [TABLE_REDUCTIONS] = "began_ns",
};

// The first rows of an open table, up to a time; NULL if there are none.
static bool read_rows(const struct runlog_rows *open, enum runlog_table_id id, int64_t until_ns,
                      void **rows, size_t *count) {
    size_t wanted = open->count;
    if (until_ns < INT64_MAX && time_columns[id] != NULL && open->count > 0 &&
        !runlog_rows_until(open, time_columns[id], until_ns, &wanted)) {
        return false;
    }
    void *read_back = wanted == 0 ? NULL : memory_allocate(wanted, open->table->row_bytes);
    if (!runlog_rows_read(open, 0, wanted, read_back)) {
        memory_free(read_back);
        return false;
    }
    *rows = read_back;
    *count = wanted;
    return true;
}

// To be released with memory_free.
static bool read_table(struct hdf5_input *input, enum runlog_table_id id, int64_t until_ns,
                       void **rows, size_t *count) {
    struct runlog_rows open;
    bool good = runlog_rows_open(&open, input, id, NULL, NULL) &&
                read_rows(&open, id, until_ns, rows, count);
    runlog_rows_close(&open);
    return good;
}

enum { ALL_TABLES = (1 << TABLE_COUNT) - 1 };

static bool read_tables(struct hdf5_input *input, unsigned which, int64_t until_ns,
                        struct runlog *log) {
    bool good = true;
    for (size_t i = 0; i < TABLE_COUNT && good; i++) {
        void *rows = NULL;
        size_t count = 0;
        enum runlog_table_id id = (enum runlog_table_id)i;
        if ((which & 1U << i) != 0) {
            good = read_table(input, id, until_ns, &rows, &count);
            runlog_put_table(log, id, rows, count);
        }
    }
    bool counts = (which & 1U << TABLE_WORKERS) != 0;
    if (good && counts && log->ending.worker_count != log->header.workers) {
        return hdf5_input_fail(input, "/workers", "has not one row for each worker");
    }
    return good;
}

// A vector or matrix of one type: *values is NULL if it is empty.
static bool read_values(struct hdf5_input *input, enum runlog_dataset_id id, hid_t type, int rank,
                        hsize_t sizes[2], void **values) {
    const char *path = runlog_datasets[id].path;
    hid_t dataset = H5I_INVALID_HID;
    bool good = hdf5_input_dataset(input, path, type, rank, sizes, &dataset);
    if (good && sizes[0] > 0 && sizes[1] > 0) {
        void *read_back = memory_allocate((size_t)(sizes[0] * sizes[1]), H5Tget_size(type));
        good = hdf5_input_read(input, path, dataset, type, read_back);
        if (good) {
            *values = read_back;
        } else {
            memory_free(read_back);
        }
    }
    hdf5_release(dataset);
    return good;
}

static bool read_samples(struct hdf5_input *input, struct runlog *log) {
    hsize_t sizes[2];
    void *samples = NULL;
    if (log->header.sample_columns == 0 || log->gradient_count == 0) {
        return true;
    }
    if (!read_values(input, DATASET_SAMPLES, H5T_STD_I32LE, 2, sizes, &samples)) {
        return false;
    }
    log->samples = samples;
    log->sample_capacity = (size_t)(sizes[0] * sizes[1]);
    return (sizes[0] == log->gradient_count && sizes[1] == (hsize_t)log->header.sample_columns) ||
           hdf5_input_fail(input, runlog_datasets[DATASET_SAMPLES].path,
                           "has not one row for each gradient and one column for each sample");
}

// Needs the parameters, for their number.
static bool read_gradient_values(struct hdf5_input *input, struct runlog *log) {
    const char *path = runlog_datasets[DATASET_VALUES].path;
    hsize_t sizes[2];
    void *values = NULL;
    if (H5Lexists(input->file, path, H5P_DEFAULT) == 0) {
        return true; // they are not logged
    }
    if (!read_values(input, DATASET_VALUES, H5T_IEEE_F32LE, 2, sizes, &values)) {
        return false;
    }
    log->values = values;
    log->value_capacity = (size_t)(sizes[0] * sizes[1]);
    log->header.gradient_values = true;
    return (sizes[0] == log->gradient_count && sizes[1] == log->header.parameter_count) ||
           hdf5_input_fail(input, path,
                           "has not one row for each gradient and one column for each parameter");
}

static bool read_layout(struct hdf5_input *input, struct runlog_header *header) {
    hsize_t sizes[2];
    void *layout = NULL;
    if (H5Lexists(input->file, runlog_datasets[DATASET_LAYOUT].path, H5P_DEFAULT) == 0) {
        return true; // no tensors are named
    }
    hid_t type = hdf5_layout_type();
    bool good = read_values(input, DATASET_LAYOUT, type, 1, sizes, &layout);
    hdf5_release(type);
    if (good) {
        header->layout = layout;
        header->layout_count = (size_t)sizes[0];
    }
    return good;
}

// Parameters, as many as the initial ones.
static bool read_as_many(struct hdf5_input *input, enum runlog_dataset_id id, size_t count,
                         float **parameters) {
    hsize_t sizes[2];
    void *values = NULL;
    if (!read_values(input, id, H5T_IEEE_F32LE, 1, sizes, &values)) {
        return false;
    }
    *parameters = values;
    return sizes[0] == count ||
           hdf5_input_fail(input, runlog_datasets[id].path,
                           "has not as many parameters as /parameters/initial");
}

static bool read_centre(struct hdf5_input *input, struct runlog *log) {
    if (H5Lexists(input->file, runlog_datasets[DATASET_CENTRE].path, H5P_DEFAULT) == 0) {
        return true; // there was none, or it was not kept
    }
    return read_as_many(input, DATASET_CENTRE, log->header.parameter_count, &log->ending.centre);
}

static bool read_parameters(struct hdf5_input *input, struct runlog *log) {
    hsize_t sizes[2];
    void *initial = NULL;
    bool empty = false;
    if (!hdf5_input_group(input, "/parameters", &empty) || empty) {
        return empty; // timing only
    }
    if (!read_values(input, DATASET_INITIAL, H5T_IEEE_F32LE, 1, sizes, &initial)) {
        return false;
    }
    log->header.initial = initial;
    log->header.parameter_count = (size_t)sizes[0];
    return read_as_many(input, DATASET_FINAL, log->header.parameter_count, &log->ending.final) &&
           read_centre(input, log) && read_layout(input, &log->header);
}

// Only where a law had such times.
static bool read_measured_times(struct hdf5_input *input, const char *group,
                                struct provenance *provenance) {
    static const char name[] = "measured_times";
    provenance->measured_times[0] = 0;
    return H5Aexists_by_name(input->file, group, name, H5P_DEFAULT) == 0 ||
           hdf5_input_text_attribute(input, group, name, provenance->measured_times,
                                     PROVENANCE_TIMES_SIZE);
}

static bool read_provenance(struct hdf5_input *input, struct provenance *provenance) {
    static const char *const group = "/provenance";
    bool empty = false;
    bool good = hdf5_input_group(input, group, &empty);
    for (size_t i = 0; i < PROVENANCE_TEXT_COUNT && good; i++) {
        good = hdf5_input_text_attribute(input, group, runlog_provenance_attributes[i].name,
                                         provenance_text(provenance, i), PROVENANCE_TEXT_SIZE);
    }
    return good &&
           hdf5_input_number_attribute(input, group, "threads", H5T_STD_I32LE,
                                       &provenance->threads) &&
           read_measured_times(input, group, provenance) &&
           hdf5_input_number_attribute(input, group, "wall_seconds", H5T_IEEE_F64LE,
                                       &provenance->wall_seconds);
}

static bool read_front(struct hdf5_input *input, struct runlog *log) {
    log->altered = input->seal != FILE_SEAL_HOLDS;
    return read_format(input) && read_root_attributes(input, log) &&
           hdf5_input_text(input, runlog_datasets[DATASET_SCENARIO].path, SCENARIO_BYTES_MAX,
                           &log->header.scenario);
}

static bool read_behind_front(struct hdf5_input *input, struct runlog *log,
                              struct provenance *provenance) {
    return read_tables(input, ALL_TABLES, INT64_MAX, log) && read_samples(input, log) &&
           read_parameters(input, log) && read_gradient_values(input, log) &&
           (provenance == NULL || read_provenance(input, provenance));
}

bool runlog_contents_read(struct hdf5_input *input, struct runlog *log,
                          struct provenance *provenance) {
    return read_front(input, log) && read_behind_front(input, log, provenance);
}

bool runlog_contents_read_until(struct hdf5_input *input, int64_t until_ns, struct runlog *log) {
    return read_front(input, log) &&
           (runlog_is_read_whole(log, until_ns) ? read_behind_front(input, log, NULL)
                                                : read_tables(input, ALL_TABLES, until_ns, log));
}

bool runlog_contents_read_short(struct hdf5_input *input, struct runlog *log,
                                struct provenance *provenance) {
    return read_front(input, log) &&
           read_tables(input, ALL_TABLES & ~(unsigned)RUNLOG_LONG_TABLES, INT64_MAX, log) &&
           read_parameters(input, log) &&
           (provenance == NULL || read_provenance(input, provenance));
}

bool runlog_contents_read_long(struct hdf5_input *input, struct runlog *log) {
    return read_tables(input, RUNLOG_LONG_TABLES, INT64_MAX, log) && read_samples(input, log) &&
           read_gradient_values(input, log);
}

bool runlog_contents_read_table(struct hdf5_input *input, enum runlog_table_id id,
                                uint64_t rows_max, struct runlog *log) {
    REQUIRE(id < TABLE_COUNT);
    void *rows = NULL;
    size_t count = 0;
    input->rows_max = rows_max;
    bool good = read_front(input, log) && read_table(input, id, INT64_MAX, &rows, &count);
    runlog_put_table(log, id, rows, count);
    return good;
}

bool runlog_contents_of_another_kind(struct hdf5_input *input) {
    char format[64];
    return H5Aexists(input->file, "format") > 0 &&
           hdf5_input_text_attribute(input, "/", "format", format, sizeof format) &&
           strcmp(format, RUNLOG_FORMAT) != 0;
}
