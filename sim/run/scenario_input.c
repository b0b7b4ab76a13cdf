// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/scenario_input.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/scenario/scenario_past.h"
#include "sim/scenario/scenario_times.h"

// Where the run of the log found its measured times: in what is behind the rows.
static enum status find_times(const char *path, struct scenario *scenario, struct error *error) {
    struct runlog log = {0};
    struct provenance provenance;
    enum status status = runlog_read(path, &log, &provenance, error);
    if (status == STATUS_OK) {
        times_files_read(provenance.measured_times, &scenario->times_files);
    }
    runlog_reset(&log);
    return status;
}

static enum status read_log(const char *path, const struct scenario_setting *settings,
                            size_t setting_count, struct scenario *scenario,
                            struct scenario_notes *notes, struct error *error) {
    struct runlog log = {0};
    enum status status = runlog_read_evaluations(path, &log, error); // and what is before its rows
    if (status == STATUS_OK) {
        const char *text = log.header.scenario;
        if (notes != NULL) {
            notes->settings_only = true;
        }
        status = scenario_parse_noting(path, text, strlen(text), settings, setting_count, scenario,
                                       notes, error);
    }
    runlog_reset(&log);
    return status == STATUS_OK && scenario_past_lacks_times(scenario)
               ? find_times(path, scenario, error)
               : status;
}

enum status scenario_input_read(const char *path, const struct scenario_setting *settings,
                                size_t setting_count, struct scenario *scenario,
                                struct scenario_notes *notes, struct error *error) {
    REQUIRE(path != NULL && scenario != NULL);
    return runlog_is_hdf5(path)
               ? read_log(path, settings, setting_count, scenario, notes, error)
               : scenario_read_noting(path, settings, setting_count, scenario, notes, error);
}
