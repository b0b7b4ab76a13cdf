// SPDX-License-Identifier: GPL-3.0-or-later
// The messages of a run, as its log tells of them.
#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/report/curve.h"
#include "sim/report/reply_rule.h"

struct messages {
    const struct runlog *log;
    const struct curve_scenario *scenario;
    void (*take)(void *context, int64_t time_ns, double bytes);
    void *context;
};

static void send(const struct messages *messages, int64_t time_ns, double bytes) {
    if (time_ns >= 0 && time_ns <= messages->log->ending.end_ns) {
        messages->take(messages->context, time_ns, bytes);
    }
}

// Of models that are local only some are pushed: those that arrive at the server, if there is one.
static void send_pushes(const struct messages *messages) {
    const struct runlog *log = messages->log;
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        if (!messages->scenario->steps_locally || row->arrived_ns >= 0) {
            send(messages, row->ready_ns, messages->scenario->message_bytes);
        }
    }
}

// The first update that ended at that time or later; -1: none.
static int64_t update_from(const struct runlog *log, int64_t time_ns) {
    size_t at = TIMES_BEFORE(log->updates, log->update_count, time_ns, time_ns);
    return at < log->update_count ? log->updates[at].time_ns : -1;
}

// When what a gradient is replied to for was over.
static int64_t reply_cause_ns(const struct runlog *log, const struct gradient_row *row,
                              enum reply_rule rule) {
    if (!reply_rule_holds(rule, row)) {
        return -1;
    }
    if (rule == REPLY_TO_RECEIVED || row->outcome == OUTCOME_DROPPED) {
        return row->received_ns;
    }
    return row->outcome == OUTCOME_APPLIED ? row->applied_ns : update_from(log, row->dispatched_ns);
}

static void send_replies(const struct messages *messages) {
    const struct runlog *log = messages->log;
    const double bytes = messages->scenario->message_bytes;
    if (log->header.events) {
        for (size_t i = 0; i < log->event_count; i++) {
            if (log->events[i].kind == EVENT_REPLIED) {
                send(messages, log->events[i].time_ns, bytes);
            }
        }
    } else if (messages->scenario->steps_locally) {
        for (size_t i = 0; i < log->update_count; i++) {
            send(messages, log->updates[i].time_ns, bytes);
        }
    } else {
        const char *text = log->header.scenario;
        enum reply_rule rule = reply_rule_of(text == NULL ? "" : text);
        for (size_t i = 0; i < log->gradient_count; i++) {
            send(messages, reply_cause_ns(log, &log->gradients[i], rule), bytes);
        }
    }
}

void curve_messages_each(const struct runlog *log, const struct curve_scenario *scenario,
                         void (*take)(void *context, int64_t time_ns, double bytes),
                         void *context) {
    REQUIRE(take != NULL);
    const struct messages messages = {log, scenario, take, context};
    if (scenario->has_server) {
        send_pushes(&messages);
        send_replies(&messages);
    }
    for (size_t i = 0; i < log->reduction_count; i++) {
        const struct reduction_row *row = &log->reductions[i];
        send(&messages, row->began_ns, (double)row->bytes_intra + (double)row->bytes_inter);
    }
}
