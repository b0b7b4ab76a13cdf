// SPDX-License-Identifier: GPL-3.0-or-later
// Sends each row of a run to every sink and into the timeline fingerprint.
#pragma once

#include "sim/base/check.h"

#include "sim/runlog/run_sink.h"
#include "sim/runlog/runlog_fingerprint.h"

enum output_stage { OUTPUT_CLOSED, OUTPUT_OPEN, OUTPUT_ENDED };

struct row_output {
    enum output_stage stage;
    int64_t event_ns;      // of the last event told; 0 before the first
    int64_t evaluation_ns; // likewise, -1 before the first
    const struct run_sink *sinks;
    size_t sink_count;
    bool tells_events; // a sink wants them
    struct timeline_fingerprint fingerprint;
    bool is_rerun; // the rows to come are those of the rerun: not for sinks that have them
};

void row_output_init(struct row_output *output, const struct run_sink *sinks, size_t sink_count);
void row_output_reset(struct row_output *output);

// Rows come between start and end, events and evaluations in the order of their times.
void row_output_start(struct row_output *output, const struct runlog_header *header);
void row_output_tell_event(const struct row_output *output, const struct event_row *row); // sinks
static inline void row_output_event(struct row_output *output, const struct event_row *row) {
    REQUIRE(output->stage == OUTPUT_OPEN && row->time_ns >= output->event_ns);
    output->event_ns = row->time_ns;
    timeline_fingerprint_event(&output->fingerprint, row);
    if (output->tells_events) {
        row_output_tell_event(output, row);
    }
}
void row_output_gradient(struct row_output *output, int64_t index, const struct gradient_row *row,
                         const int32_t *samples);
void row_output_values(struct row_output *output, int64_t index, const float *values);
void row_output_update(struct row_output *output, const struct update_row *row);
void row_output_evaluation(struct row_output *output, const struct evaluation_row *row);
void row_output_reduction(struct row_output *output, const struct reduction_row *row);
void row_output_incident(struct row_output *output, const struct incident_row *row);
void row_output_probe(struct row_output *output, const struct probe_row *row);
void row_output_end(struct row_output *output, const struct runlog_ending *ending);
void row_output_end_rerun(struct row_output *output); // the rows to come are new
bool row_output_failed(const struct row_output *output);
bool row_output_is_short_of_room(const struct row_output *output);
