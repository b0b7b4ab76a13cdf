// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/recorded_spans.h"

#include "sim/base/check.h"
#include "sim/base/sim_time.h"

static int64_t not_negative(int64_t span_ns) {
    return span_ns < 0 ? 0 : span_ns; // the file may be anybody's
}

static int64_t losses_of(int64_t attempts) {
    return attempts < 1 ? 0 : attempts - 1;
}

// What the log does not say, because the run ended before, does not happen at all: were it only far
// away, a repetition that has left the recorded path would first evaluate its way there.
static const int64_t beyond_the_end_ns = SIM_TIME_NEVER;

static bool is_recorded(const struct recorded_spans *recorded, int64_t began_ns) {
    return recorded->until_ns == SIM_TIME_NEVER || began_ns < recorded->until_ns;
}

static void gradient_of(const void *context, int64_t index, int32_t worker, int64_t number,
                        struct gradient_spans *spans) {
    const struct recorded_spans *recorded = context;
    bool has_row = (size_t)index < recorded->log->gradient_count;
    REQUIRE(index >= 0);
    if (!is_recorded(recorded, has_row ? recorded->log->gradients[index].dispatched_ns
                                       : recorded->until_ns)) {
        recorded->later.gradient(recorded->later.context, index, worker, number, spans);
        return;
    }
    *spans = (struct gradient_spans){.compute_ns = beyond_the_end_ns};
    if (has_row) { // else the repetition has left the recorded path; the comparison will say where
        const struct gradient_row *row = &recorded->log->gradients[index];
        *spans = (struct gradient_spans){.compute_ns = not_negative(row->compute_ns),
                                         .delay_ns = not_negative(row->delay_ns),
                                         .push_ns = not_negative(row->push_ns),
                                         .receive_ns = not_negative(row->receive_ns),
                                         .reply_ns = not_negative(row->reply_ns),
                                         .reply_travel_ns = not_negative(row->reply_travel_ns),
                                         .push_losses = losses_of(row->push_attempts),
                                         .reply_losses = losses_of(row->reply_attempts),
                                         .tie = row->tie};
    }
}

// What the log has not was not started.
static bool knows_start(const void *context, int64_t index, const struct gradient_start *start,
                        bool *starts) {
    const struct recorded_spans *recorded = context;
    REQUIRE(index >= 0);
    if (!is_recorded(recorded, start->time_ns)) {
        return false;
    }
    const struct gradient_row *row =
        (size_t)index < recorded->log->gradient_count ? &recorded->log->gradients[index] : NULL;
    *starts = row != NULL && row->worker == start->worker && row->number == start->number &&
              row->dispatched_ns == start->time_ns;
    return true;
}

// No span that is drawn: of the scenario alone.
static void find_port(const void *context, int32_t worker, const struct gradient_spans *spans,
                      struct port_spans *port) {
    const struct span_source *later = &((const struct recorded_spans *)context)->later;
    REQUIRE(spans->push_losses >= 0 && spans->reply_losses >= 0);
    if (later->port == NULL) {
        *port = (struct port_spans){.push_ns = spans->push_ns, .reply_ns = spans->reply_travel_ns};
    } else {
        later->port(later->context, worker, spans, port);
    }
}

static int64_t update_of(const void *context, int64_t version) {
    const struct recorded_spans *recorded = context;
    size_t index = (size_t)version - 1; // versions count from 1
    REQUIRE(version >= 1);
    if (index < recorded->log->update_count) {
        const struct update_row *row = &recorded->log->updates[index];
        int64_t began_ns = recorded->updates_began_ns != NULL ? recorded->updates_began_ns[index]
                                                              : row->time_ns - row->update_ns;
        if (is_recorded(recorded, began_ns)) {
            return not_negative(row->update_ns);
        }
    }
    return recorded->updates_unknown ? beyond_the_end_ns
                                     : recorded->later.update(recorded->later.context, version);
}

static void reduction_of(const void *context, int64_t index, struct reduction_group group,
                         int64_t number, struct reduction_spans *spans) {
    const struct recorded_spans *recorded = context;
    bool has_row = (size_t)index < recorded->log->reduction_count;
    REQUIRE(index >= 0);
    if (!is_recorded(recorded,
                     has_row ? recorded->log->reductions[index].began_ns : recorded->until_ns)) {
        recorded->later.reduction(recorded->later.context, index, group, number, spans);
        return;
    }
    *spans = (struct reduction_spans){.span_ns = beyond_the_end_ns};
    if (has_row) {
        const struct reduction_row *row = &recorded->log->reductions[index];
        *spans = (struct reduction_spans){.span_ns = not_negative(row->span_ns),
                                          .bytes_intra = row->bytes_intra,
                                          .bytes_inter = row->bytes_inter,
                                          .losses = row->retries,
                                          .tie = row->tie};
    }
}

struct span_source span_source_from_record(const struct recorded_spans *recorded) {
    REQUIRE(recorded->log != NULL && recorded->until_ns >= 0);
    REQUIRE(recorded->later.update != NULL);
    return (struct span_source){.context = recorded,
                                .gradient = gradient_of,
                                .knows_start = knows_start,
                                .port = find_port,
                                .update = update_of,
                                .reduction = reduction_of};
}
