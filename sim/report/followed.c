// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/followed.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"

// Of each worker so many events are kept, on average: some twelve gradients.
enum { EVENTS_OF_WORKER = 72, EVENTS_LEAST = 4096, EVENTS_MOST = 1 << 20 };

static int64_t end_of(const char *scenario) {
    char value[64];
    int64_t end_ns = 0;
    bool is_time = canonical_text_value(scenario, "end", value, sizeof value) &&
                   sim_time_parse(value, &end_ns) == NULL && end_ns > 0;
    return is_time ? end_ns : SIM_TIME_NEVER;
}

static void take_start(void *context, const struct runlog_header *header) {
    struct followed *followed = context;
    REQUIRE(header->workers >= 0);
    struct event_row *recent = followed->recent;
    size_t kept = EVENTS_LEAST + EVENTS_OF_WORKER * (size_t)header->workers;
    *followed = (struct followed){.started = true,
                                  .workers = header->workers,
                                  .has_events = header->events,
                                  .end_ns = end_of(header->scenario),
                                  .now_ns = -1,
                                  .kept = kept < EVENTS_MOST ? kept : EVENTS_MOST};
    memcpy(followed->policy, header->policy, sizeof followed->policy);
    followed->policy[sizeof followed->policy - 1] = 0;
    followed->recent = memory_resize(recent, followed->kept, sizeof *recent);
}

static void see(struct followed *followed, int64_t time_ns) {
    REQUIRE(followed->started);
    followed->now_ns = time_ns > followed->now_ns ? time_ns : followed->now_ns;
}

static void take_event(void *context, const struct event_row *row) {
    struct followed *followed = context;
    REQUIRE(followed->kept > 0);
    see(followed, row->time_ns);
    followed->recent[followed->event_count++ % followed->kept] = *row;
}

static void take_update(void *context, const struct update_row *row) {
    struct followed *followed = context;
    see(followed, row->time_ns);
    followed->update = *row;
    followed->gradients += row->gradients;
}

static void take_evaluation(void *context, const struct evaluation_row *row) {
    struct followed *followed = context;
    see(followed, row->time_ns);
    followed->evaluation = *row;
    followed->evaluated = true;
}

static void take_end(void *context, const struct runlog_ending *ending) {
    struct followed *followed = context;
    see(followed, ending->end_ns);
    followed->ended = true;
    followed->status = ending->status;
}

static void pass_gradient(void *context, int64_t index, const struct gradient_row *row,
                          const int32_t *samples) {
    (void)context, (void)index, (void)row, (void)samples;
}

static void pass_values(void *context, int64_t index, const float *values) {
    (void)context, (void)index, (void)values;
}

static void pass_reduction(void *context, const struct reduction_row *row) {
    see(context, row->began_ns);
}

static void pass_incident(void *context, const struct incident_row *row) {
    see(context, row->began_ns);
}

static void pass_probe(void *context, const struct probe_row *row) {
    (void)context, (void)row;
}

struct run_sink followed_sink(struct followed *followed) {
    REQUIRE(followed != NULL);
    return (struct run_sink){.context = followed,
                             .start = take_start,
                             .event = take_event,
                             .gradient = pass_gradient,
                             .values = pass_values,
                             .update = take_update,
                             .evaluation = take_evaluation,
                             .reduction = pass_reduction,
                             .incident = pass_incident,
                             .probe = pass_probe,
                             .end = take_end};
}

void followed_reset(struct followed *followed) {
    memory_free(followed->recent);
    *followed = (struct followed){0};
}

size_t followed_recent_count(const struct followed *followed) {
    return followed->event_count < followed->kept ? followed->event_count : followed->kept;
}

const struct event_row *followed_recent(const struct followed *followed, size_t index) {
    size_t count = followed_recent_count(followed);
    REQUIRE(index < count);
    return &followed->recent[(followed->event_count - count + index) % followed->kept];
}

static void print_evaluation(FILE *out, const struct evaluation_row *row) {
    double accuracy = isnan(row->test_accuracy) ? row->train_accuracy : row->test_accuracy;
    double loss = isnan(row->test_loss) ? row->train_loss : row->test_loss;
    if (!isnan(accuracy)) {
        fprintf(out, "   accuracy %.2f %%", 100 * accuracy);
    }
    if (!isnan(loss)) {
        fprintf(out, "   loss %.4g", loss);
    }
}

// Three digits, or all before the point.
static void print_rate(FILE *out, const char *before, double per_second, const char *behind) {
    fprintf(out, per_second < 1000 ? "%s%.3g/s%s" : "%s%.0f/s%s", before, per_second, behind);
}

void followed_print(FILE *out, const struct followed *followed, double per_second) {
    if (!followed->started || followed->now_ns < 0) {
        fputs("nothing has been written yet", out);
        return;
    }
    double seconds = sim_time_to_seconds(followed->now_ns);
    fprintf(out, "%.1f s", seconds);
    if (followed->end_ns != SIM_TIME_NEVER) {
        fprintf(out, " of %.6g s", sim_time_to_seconds(followed->end_ns));
    }
    fprintf(out, "   version %" PRId64, followed->update.version);
    if (followed->update.threshold > 0) {
        fprintf(out, "   K %" PRId64, followed->update.threshold);
    }
    if (followed->evaluated) {
        print_evaluation(out, &followed->evaluation);
    }
    fprintf(out, "   %" PRId64 " gradient%s", followed->gradients,
            followed->gradients == 1 ? "" : "s");
    if (followed->gradients > 0 && seconds > 0) {
        print_rate(out, ", ", (double)followed->gradients / seconds, "");
        if (!isnan(per_second)) {
            print_rate(out, " (here ", per_second, ")");
        }
    }
}
