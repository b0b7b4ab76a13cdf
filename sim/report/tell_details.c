// SPDX-License-Identifier: GPL-3.0-or-later
// What a teller adds to the events if details are asked for: what the rows say and no event does.
#include "sim/report/tell_details.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"

const char *tell_delay(const struct teller *teller, const struct gradient_row *row,
                       char text[TELL_DETAIL_SIZE]) {
    char span[SIM_TIME_TEXT_SIZE];
    text[0] = 0;
    if (teller->options->details && row != NULL && row->delay_ns > 0) {
        snprintf(text, TELL_DETAIL_SIZE, ", delayed by %s",
                 sim_time_format_seconds(row->delay_ns, span));
    }
    return text;
}

const char *tell_wait(const struct teller *teller, const struct gradient_row *row,
                      char text[TELL_DETAIL_SIZE]) {
    char span[SIM_TIME_TEXT_SIZE];
    text[0] = 0;
    if (teller->options->details && !teller->server_pauses && row != NULL &&
        row->received_ns >= 0 && row->arrived_ns >= 0) {
        int64_t begun_ns = row->received_ns - row->receive_ns; // its service
        if (begun_ns > row->arrived_ns) {
            snprintf(text, TELL_DETAIL_SIZE, ", after %s in the queue",
                     sim_time_format_seconds(begun_ns - row->arrived_ns, span));
        }
    }
    return text;
}

const char *tell_attempts(int64_t attempts, char text[TELL_DETAIL_SIZE]) {
    text[0] = 0;
    if (attempts > 1) {
        snprintf(text, TELL_DETAIL_SIZE, "; it arrives at attempt %" PRId64, attempts);
    }
    return text;
}

const char *tell_stalled(int64_t stalled_ns, char text[TELL_DETAIL_SIZE]) {
    char span[SIM_TIME_TEXT_SIZE];
    text[0] = 0;
    if (stalled_ns > 0) {
        snprintf(text, TELL_DETAIL_SIZE, "; incidents held it up for %s",
                 sim_time_format_seconds(stalled_ns, span));
    }
    return text;
}

const char *tell_port(int64_t wait_ns, char text[TELL_DETAIL_SIZE]) {
    char span[SIM_TIME_TEXT_SIZE];
    text[0] = 0;
    if (wait_ns > 0) {
        snprintf(text, TELL_DETAIL_SIZE, " after %s at the port",
                 sim_time_format_seconds(wait_ns, span));
    }
    return text;
}

void tell_threshold(struct teller *teller, int64_t time_ns, int64_t threshold) {
    bool wanted = teller->options->details && teller->options->worker < 0 && !teller->local;
    if (wanted && threshold >= 0 && teller->state.threshold >= 0 &&
        threshold != teller->state.threshold) {
        tell_say(teller, time_ns, "K changes from %" PRId64 " to %" PRId64, teller->state.threshold,
                 threshold);
    }
    teller->state.threshold = threshold >= 0 ? threshold : teller->state.threshold;
}

// ---- evaluations ----

// ", test loss 2.3012, accuracy 11.20 %"; nothing where no samples were asked for.
static void add_results(FILE *text, const char *set, double loss, double accuracy,
                        const char **separator) {
    if (!isnan(loss)) {
        fprintf(text, "%s%s loss %.4f", *separator, set, loss);
        *separator = ", ";
    }
    if (!isnan(accuracy)) {
        fprintf(text, "%s%s accuracy %.2f %%", *separator, set, 100 * accuracy);
        *separator = ", ";
    }
}

static void tell_evaluation(struct teller *teller, const struct evaluation_row *row) {
    char text[160] = "";
    const char *separator = ": ";
    FILE *stream = fmemopen(text, sizeof text, "w");
    if (stream != NULL) {
        add_results(stream, "test", row->test_loss, row->test_accuracy, &separator);
        add_results(stream, "training", row->train_loss, row->train_accuracy, &separator);
        fclose(stream);
    }
    tell_say(teller, row->time_ns, "evaluation of version %" PRId64 "%s", row->version, text);
}

void tell_evaluations(struct teller *teller, int64_t before_ns) {
    INVARIANT(teller->state.evaluations_told <= teller->log->evaluation_count);
    const struct runlog *log = teller->log;
    if (!teller->options->details || teller->options->worker >= 0) {
        return;
    }
    for (; teller->state.evaluations_told < log->evaluation_count &&
           log->evaluations[teller->state.evaluations_told].time_ns < before_ns;
         teller->state.evaluations_told++) {
        tell_evaluation(teller, &log->evaluations[teller->state.evaluations_told]);
    }
}

// ---- changes of the scenario ----

static void tell_change(struct teller *teller, size_t index) {
    REQUIRE(index < teller->past.count);
    const struct past_changes *past = &teller->past;
    const char *before = past->changes[index].before;
    int64_t time_ns = past->changes[index].time_ns;
    if (!teller->options->details) {
        tell_say(teller, time_ns, "the scenario changes%s%s",
                 before[0] == 0 ? "" : "; until now it had ", before);
        return;
    }
    char text[PAST_TEXT_SIZE];
    past_changes_describe(past, teller->log->header.scenario, index, text, sizeof text);
    tell_say(teller, time_ns, "the scenario changes%s%s", text[0] == 0 ? "" : ": ", text);
}

void tell_changes(struct teller *teller, int64_t time_ns) {
    INVARIANT(teller->state.changes_told <= teller->past.count);
    const struct past_changes *past = &teller->past;
    for (; teller->state.changes_told < past->count &&
           past->changes[teller->state.changes_told].time_ns <= time_ns;
         teller->state.changes_told++) {
        tell_evaluations(teller, past->changes[teller->state.changes_told].time_ns);
        tell_change(teller, teller->state.changes_told);
    }
}
