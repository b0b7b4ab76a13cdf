// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/row_output.h"

#include "sim/base/check.h"

void row_output_init(struct row_output *output, const struct run_sink *sinks, size_t sink_count) {
    REQUIRE(sinks != NULL || sink_count == 0);
    output->sinks = sinks;
    output->sink_count = sink_count;
    output->tells_events = false;
    for (size_t i = 0; i < sink_count; i++) {
        output->tells_events = output->tells_events || sinks[i].event != NULL;
    }
    output->is_rerun = false;
    output->stage = OUTPUT_CLOSED;
    output->event_ns = 0;
    output->evaluation_ns = -1;
    timeline_fingerprint_init(&output->fingerprint);
}

void row_output_reset(struct row_output *output) {
    timeline_fingerprint_reset(&output->fingerprint);
}

static bool wants(const struct row_output *output, const struct run_sink *sink) {
    return !(output->is_rerun && sink->has_rerun);
}

void row_output_start(struct row_output *output, const struct runlog_header *header) {
    REQUIRE(output->stage == OUTPUT_CLOSED);
    output->stage = OUTPUT_OPEN;
    for (size_t i = 0; i < output->sink_count; i++) {
        const struct run_sink *sink = &output->sinks[i];
        if (sink->start != NULL) {
            sink->start(sink->context, header);
        }
    }
}

void row_output_tell_event(const struct row_output *output, const struct event_row *row) {
    REQUIRE(output->stage == OUTPUT_OPEN);
    for (size_t i = 0; i < output->sink_count; i++) {
        const struct run_sink *sink = &output->sinks[i];
        if (sink->event != NULL && wants(output, sink)) {
            sink->event(sink->context, row);
        }
    }
}

void row_output_gradient(struct row_output *output, int64_t index, const struct gradient_row *row,
                         const int32_t *samples) {
    REQUIRE(output->stage == OUTPUT_OPEN && index >= 0);
    REQUIRE(row->outcome < OUTCOME_COUNT);
    timeline_fingerprint_gradient(&output->fingerprint, index, row);
    for (size_t i = 0; i < output->sink_count; i++) {
        const struct run_sink *sink = &output->sinks[i];
        if (sink->gradient != NULL && wants(output, sink)) {
            sink->gradient(sink->context, index, row, samples);
        }
    }
}

void row_output_values(struct row_output *output, int64_t index, const float *values) {
    REQUIRE(output->stage == OUTPUT_OPEN && index >= 0 && values != NULL);
    for (size_t i = 0; i < output->sink_count; i++) {
        const struct run_sink *sink = &output->sinks[i];
        if (sink->values != NULL && wants(output, sink)) {
            sink->values(sink->context, index, values);
        }
    }
}

void row_output_update(struct row_output *output, const struct update_row *row) {
    REQUIRE(output->stage == OUTPUT_OPEN && row->version >= 1);
    timeline_fingerprint_update(&output->fingerprint, row);
    for (size_t i = 0; i < output->sink_count; i++) {
        const struct run_sink *sink = &output->sinks[i];
        if (sink->update != NULL && wants(output, sink)) {
            sink->update(sink->context, row);
        }
    }
}

void row_output_evaluation(struct row_output *output, const struct evaluation_row *row) {
    REQUIRE(output->stage == OUTPUT_OPEN && row->time_ns >= output->evaluation_ns);
    output->evaluation_ns = row->time_ns;
    for (size_t i = 0; i < output->sink_count; i++) {
        const struct run_sink *sink = &output->sinks[i];
        if (sink->evaluation != NULL && wants(output, sink)) {
            sink->evaluation(sink->context, row);
        }
    }
}

void row_output_reduction(struct row_output *output, const struct reduction_row *row) {
    REQUIRE(output->stage == OUTPUT_OPEN && row->began_ns >= output->event_ns);
    REQUIRE(row->span_ns >= 0 && row->members >= 1);
    timeline_fingerprint_reduction(&output->fingerprint, row);
    for (size_t i = 0; i < output->sink_count; i++) {
        const struct run_sink *sink = &output->sinks[i];
        if (sink->reduction != NULL && wants(output, sink)) {
            sink->reduction(sink->context, row);
        }
    }
}

void row_output_incident(struct row_output *output, const struct incident_row *row) {
    REQUIRE(output->stage == OUTPUT_OPEN && row->began_ns >= 0);
    timeline_fingerprint_incident(&output->fingerprint, row);
    for (size_t i = 0; i < output->sink_count; i++) {
        const struct run_sink *sink = &output->sinks[i];
        if (sink->incident != NULL && wants(output, sink)) {
            sink->incident(sink->context, row);
        }
    }
}

void row_output_probe(struct row_output *output, const struct probe_row *row) {
    REQUIRE(output->stage == OUTPUT_OPEN && row->gradient >= 0 && row->version >= 1);
    for (size_t i = 0; i < output->sink_count; i++) {
        const struct run_sink *sink = &output->sinks[i];
        if (sink->probe != NULL && wants(output, sink)) {
            sink->probe(sink->context, row);
        }
    }
}

void row_output_end(struct row_output *output, const struct runlog_ending *ending) {
    REQUIRE(output->stage == OUTPUT_OPEN && ending->end_ns >= output->event_ns);
    output->stage = OUTPUT_ENDED;
    for (size_t i = 0; i < output->sink_count; i++) {
        const struct run_sink *sink = &output->sinks[i];
        if (sink->end != NULL && wants(output, sink)) {
            sink->end(sink->context, ending);
        }
    }
}

void row_output_end_rerun(struct row_output *output) {
    REQUIRE(output->is_rerun);
    output->is_rerun = false;
    for (size_t i = 0; i < output->sink_count; i++) {
        const struct run_sink *sink = &output->sinks[i];
        if (sink->rerun_is_over != NULL) {
            sink->rerun_is_over(sink->context);
        }
    }
}

bool row_output_failed(const struct row_output *output) {
    for (size_t i = 0; i < output->sink_count; i++) {
        const struct run_sink *sink = &output->sinks[i];
        if (sink->failed != NULL && sink->failed(sink->context)) {
            return true;
        }
    }
    return false;
}

bool row_output_is_short_of_room(const struct row_output *output) {
    for (size_t i = 0; i < output->sink_count; i++) {
        const struct run_sink *sink = &output->sinks[i];
        if (sink->short_of_room != NULL && sink->short_of_room(sink->context)) {
            return true;
        }
    }
    return false;
}
