// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog_reader.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/runlog/hdf5_input.h"
#include "sim/runlog/runlog_check.h"
#include "sim/runlog/runlog_contents.h"
#include "sim/runlog/runlog_fingerprint.h"
#include "sim/runlog/runlog_passage.h"

// What is wanted of a file, and what came of it.
struct reading {
    const struct hdf5_source *source;
    enum runlog_table_id only; // this table and what is before the rows; TABLE_COUNT: everything
    size_t rows_max;           // of it; 0: any number
    int64_t until_ns;          // INT64_MAX: everything
    bool provenance_wanted;
    struct runlog log;
    struct provenance provenance;
};

static bool read_contents(struct hdf5_input *input, struct reading *reading) {
    if (reading->until_ns < INT64_MAX) {
        return runlog_contents_read_until(input, reading->until_ns, &reading->log);
    }
    return reading->only != TABLE_COUNT
               ? runlog_contents_read_table(input, reading->only, reading->rows_max, &reading->log)
               : runlog_contents_read(input, &reading->log,
                                      reading->provenance_wanted ? &reading->provenance : NULL);
}

static enum status read_source(void *context, struct error *error) {
    struct reading *reading = context;
    struct hdf5_input input;
    enum status status = hdf5_input_open_source(&input, reading->source, error);
    if (status == STATUS_OK && !read_contents(&input, reading)) {
        status = input.failure;
    }
    hdf5_input_close(&input);
    return status;
}

static bool pass(void *context, struct passage *passage) {
    struct reading *reading = context;
    return runlog_pass(&reading->log, passage) &&
           (!reading->provenance_wanted || runlog_pass_provenance(&reading->provenance, passage));
}

static enum status check_times(const char *path, const struct runlog *log, struct error *error) {
    for (size_t i = 1; i < log->evaluation_count; i++) {
        if (log->evaluations[i].time_ns < log->evaluations[i - 1].time_ns) {
            return error_set(error, STATUS_BAD_DATA, "%s: /evaluations/time_ns goes back in time",
                             path);
        }
    }
    return STATUS_OK;
}

// In the parent: what has come is plain, and may be anything.
static enum status check(const char *path, const struct reading *reading, struct error *error) {
    const struct runlog *log = &reading->log;
    bool whole = reading->only == TABLE_COUNT && runlog_is_read_whole(log, reading->until_ns);
    if (whole && !runlog_counts_fit(log)) {
        return error_set(error, STATUS_BAD_DATA, "%s: damaged: its tables do not fit each other",
                         path);
    }
    enum status status = runlog_check(log, path, STATUS_BAD_DATA, error);
    return status == STATUS_OK && reading->only == TABLE_EVALUATIONS ? check_times(path, log, error)
                                                                     : status;
}

static enum status read_confined(struct reading *reading, struct error *error) {
    const struct confined_task task = {.context = reading, .work = read_source, .pass = pass};
    return hdf5_source_confine(reading->source, task, error);
}

typedef enum status reading_way(struct reading *reading, struct error *error);

static enum status read_here(struct reading *reading, struct error *error) {
    enum status status = read_source(reading, error);
    return status == STATUS_NO_MEMORY
               ? error_set(error, status, "%s: there is no memory to read it",
                           reading->source->path)
               : status;
}

static enum status read_by(reading_way *way, struct reading *reading, const char *path,
                           struct runlog *log, struct provenance *provenance, struct error *error) {
    struct hdf5_source source;
    enum status status = hdf5_source_open(&source, path, error);
    if (status != STATUS_OK) {
        return status;
    }
    reading->source = &source;
    reading->provenance_wanted = provenance != NULL;
    status = way(reading, error);
    if (status == STATUS_OK) {
        status = check(path, reading, error);
    }
    status = hdf5_source_judge(&source, status, error);
    hdf5_source_close(&source);
    reading->source = NULL;
    if (status != STATUS_OK) {
        runlog_reset(&reading->log);
        return status;
    }
    *log = reading->log;
    if (provenance != NULL) {
        *provenance = reading->provenance;
    }
    return STATUS_OK;
}

enum status runlog_read(const char *path, struct runlog *log, struct provenance *provenance,
                        struct error *error) {
    struct reading reading = {.only = TABLE_COUNT, .until_ns = INT64_MAX};
    return read_by(read_confined, &reading, path, log, provenance, error);
}

enum status runlog_read_until(const char *path, int64_t until_ns, struct runlog *log,
                              struct error *error) {
    struct reading reading = {.only = TABLE_COUNT, .until_ns = until_ns};
    return read_by(read_confined, &reading, path, log, NULL, error);
}

enum status runlog_read_evaluations(const char *path, struct runlog *log, struct error *error) {
    struct reading reading = {.only = TABLE_EVALUATIONS, .until_ns = INT64_MAX};
    return read_by(read_confined, &reading, path, log, NULL, error);
}

enum status runlog_read_table(const char *path, enum runlog_table_id id, size_t rows_max,
                              struct runlog *log, struct error *error) {
    REQUIRE(id < TABLE_COUNT);
    struct reading reading = {.only = id, .rows_max = rows_max, .until_ns = INT64_MAX};
    return read_by(read_confined, &reading, path, log, NULL, error);
}

enum status runlog_read_own(const char *path, struct runlog *log, struct provenance *provenance,
                            struct error *error) {
    struct reading reading = {.only = TABLE_COUNT, .until_ns = INT64_MAX};
    return read_by(read_here, &reading, path, log, provenance, error);
}

// ---- other kinds of files ----

bool runlog_is_hdf5(const char *path) {
    REQUIRE(path != NULL);
    static const char signature[8] = "\x89HDF\r\n\x1a\n";
    char bytes[sizeof signature] = "";
    struct stat state;
    if (stat(path, &state) != 0 || !S_ISREG(state.st_mode)) {
        return false;
    }
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    ssize_t got = read(file, bytes, sizeof bytes);
    close(file);
    return got == (ssize_t)sizeof bytes && memcmp(bytes, signature, sizeof bytes) == 0;
}

struct question {
    const struct hdf5_source *source;
    uint32_t another_kind;
};

static enum status look_at_format(void *context, struct error *error) {
    struct question *question = context;
    struct hdf5_input input;
    enum status status = hdf5_input_open_source(&input, question->source, error);
    if (status == STATUS_OK) {
        question->another_kind = runlog_contents_of_another_kind(&input);
        status = question->another_kind == 0 && input.failure == STATUS_NO_MEMORY ? STATUS_NO_MEMORY
                                                                                  : STATUS_OK;
    }
    hdf5_input_close(&input);
    return status;
}

static bool pass_answer(void *context, struct passage *passage) {
    struct question *question = context;
    return passage_value(passage, &question->another_kind, sizeof question->another_kind);
}

enum status runlog_is_of_another_kind(const char *path, bool *another_kind, struct error *error) {
    struct hdf5_source source;
    struct question question = {.source = &source};
    const struct confined_task task = {
        .context = &question, .work = look_at_format, .pass = pass_answer};
    enum status status = hdf5_source_work(path, &source, task, error);
    *another_kind = status == STATUS_OK && question.another_kind != 0;
    return status == STATUS_BAD_DATA ? STATUS_OK : status;
}

bool runlog_fingerprints_hold(const struct runlog *log) {
    if (!log->header.events) {
        return true;
    }
    struct timeline_fingerprint fingerprint;
    timeline_fingerprint_init(&fingerprint);
    for (size_t i = 0; i < log->event_count; i++) {
        timeline_fingerprint_event(&fingerprint, &log->events[i]);
    }
    for (size_t i = 0; i < log->gradient_count; i++) {
        timeline_fingerprint_gradient(&fingerprint, (int64_t)i, &log->gradients[i]);
    }
    for (size_t i = 0; i < log->update_count; i++) {
        timeline_fingerprint_update(&fingerprint, &log->updates[i]);
    }
    for (size_t i = 0; i < log->reduction_count; i++) {
        timeline_fingerprint_reduction(&fingerprint, &log->reductions[i]);
    }
    for (size_t i = 0; i < log->incident_count; i++) {
        timeline_fingerprint_incident(&fingerprint, &log->incidents[i]);
    }
    uint64_t value = timeline_fingerprint_value(&fingerprint);
    timeline_fingerprint_reset(&fingerprint);
    return value == log->ending.timeline_fingerprint;
}
