// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/runlog_diff_files.h"

#include "sim/base/check.h"
#include "sim/runlog/row_hashes.h"
#include "sim/runlog/runlog_reader.h"

// Whether their fronts say the same of the rows: of other logs no row need be hashed. What cannot
// be read is for the reading of the rows to say.
static bool may_agree(const char *const paths[2]) {
    struct runlog fronts[2] = {0};
    bool known = runlog_read_evaluations(paths[0], &fronts[0], NULL) == STATUS_OK &&
                 runlog_read_evaluations(paths[1], &fronts[1], NULL) == STATUS_OK;
    const struct runlog_ending *a = &fronts[0].ending;
    const struct runlog_ending *b = &fronts[1].ending;
    bool same = a->timeline_fingerprint == b->timeline_fingerprint &&
                a->parameter_fingerprint == b->parameter_fingerprint &&
                a->event_count == b->event_count;
    runlog_reset(&fronts[0]);
    runlog_reset(&fronts[1]);
    return !known || same;
}

// With rows only where the two need not be the same.
static enum status read_both(const char *const paths[2], struct runlog_skim skims[2],
                             struct runlog logs[2], struct error *error) {
    struct row_hashes hashes[2];
    enum status status = STATUS_OK;
    bool hashed = may_agree(paths);
    for (int i = 0; i < 2; i++) {
        skims[i] = row_hashes_skim(&hashes[i]);
    }
    for (int i = 0; i < 2 && status == STATUS_OK && hashed; i++) {
        status = runlog_skim(paths[i], &skims[i], &logs[i], NULL, error);
    }
    if (status != STATUS_OK || (hashed && !skims[0].is_whole && !skims[1].is_whole &&
                                row_hashes_agree(&hashes[0], &hashes[1]))) {
        return status;
    }
    for (int i = 0; i < 2 && status == STATUS_OK; i++) {
        if (!skims[i].is_whole) {
            runlog_reset(&logs[i]);
            status = runlog_read(paths[i], &logs[i], NULL, error);
        }
    }
    return status;
}

enum status runlog_diff_files(const char *const paths[2], struct runlog_files_difference *found,
                              struct error *error) {
    REQUIRE(paths[0] != NULL && paths[1] != NULL);
    REQUIRE(found != NULL);
    struct runlog logs[2] = {0};
    struct runlog_skim skims[2];
    enum status status = read_both(paths, skims, logs, error);
    if (status == STATUS_OK) {
        runlog_diff(&logs[0], &logs[1], paths, &found->difference);
        found->altered[0] = logs[0].altered;
        found->altered[1] = logs[1].altered;
        found->events = skims[0].counts[TABLE_EVENTS];
        found->gradients = skims[0].counts[TABLE_GRADIENTS];
        found->updates = skims[0].counts[TABLE_UPDATES];
    }
    runlog_reset(&logs[0]);
    runlog_reset(&logs[1]);
    return status;
}
