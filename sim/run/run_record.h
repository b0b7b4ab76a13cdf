// SPDX-License-Identifier: GPL-3.0-or-later
// What a sweep remembers of a finished run beside its log: enough to know that it is done, and to
// put it into the table of the sweep, without opening the log again. A record says of which log it
// was made (size, time of change, checksum) and is made anew from the log whenever that does not
// hold: a log that was cut, damaged, replaced or made from another scenario does not count.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"
#include "sim/report/run_metrics.h"
#include "sim/runlog/runlog.h"

// All fields are 8 bytes wide: they are stored as they lie.
struct run_totals {
    uint64_t run; // the hash of the canonical scenario
    uint64_t seed;
    uint64_t data_hash;
    uint64_t timeline_fingerprint;
    uint64_t parameter_fingerprint;
    uint64_t log_checksum;
    int64_t log_bytes;
    int64_t log_modified_ns;
    int64_t log_altered; // 1: it is not as desgd wrote it
    int64_t status;      // enum run_status: complete, diverged or stalled
    int64_t workers;
    int64_t start_up_ns;
    int64_t end_ns;
    int64_t gradients; // dispatched
    int64_t outcomes[OUTCOME_COUNT];
    int64_t updates;
    int64_t staleness_max;
    int64_t pushes;            // that set out
    int64_t replies;           // that set out
    int64_t bytes;             // of these, and of all-reduces over all links; -1: not known
    int64_t reductions_of_all; // begun, where workers have models of their own
    int64_t reductions_of_clusters;
    int64_t bytes_intra; // moved by them within clusters
    int64_t bytes_inter; // and between
    double staleness_mean;
    double busy_share;
    double waiting_share;
    double communicating_share;
    double down_share;
    double server_load;
    double wall_seconds; // of the host
};

struct run_record {
    struct run_totals totals;
    struct evaluation_row *evaluations; // (evaluation_count)
    size_t evaluation_count;
    bool made_anew; // from the log: whoever made the log may have died before its end
};

// The files of a run in the folder of its sweep: FOLDER/HASH and the ending.
enum { RUN_PATH_SIZE = 4096 };
#define RUN_LOG_ENDING ".h5"
#define RUN_RECORD_ENDING ".record"
void run_path(const char *folder, uint64_t run, const char *ending, char path[RUN_PATH_SIZE]);

// Finds the record of a run that is done: the one that is there, if it is whole and of this log, or
// else one made from the log and put there (which may fail unnoticed: it is made again then).
// *done is false if the run is not done: no log, or one that was read and is not a whole one of
// this very run that came to its end. *record is released with run_record_reset. Errors: it cannot
// be told whether the run is done, for the log cannot be read: those of runlog_read, without
// STATUS_BAD_DATA. Then nothing may be done to the log, or said of it.
enum status run_record_find(const char *folder, uint64_t run, bool *done, struct run_record *record,
                            struct error *error);

// Whether there is anything under a name. Errors: it cannot be told (a folder that may not be
// searched): those of status_of_cause.
enum status run_file_is_there(const char *path, bool *is_there, struct error *error);

// Makes the record of a log that this process has just written. Errors: those of runlog_read;
// STATUS_BAD_DATA (a log of another run, or of one that did not come to its end).
enum status run_record_renew(const char *folder, uint64_t run, struct error *error);

// The numbers of a run: what "after start-up" means is its own start-up; target: an accuracy, or
// NaN.
struct run_metrics run_record_metrics(const struct run_record *record, double target);

// As run_metrics_diverged has it, and so every table and comparison.
bool run_record_diverged(const struct run_record *record);

void run_record_reset(struct run_record *record);
