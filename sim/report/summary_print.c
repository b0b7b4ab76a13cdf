// SPDX-License-Identifier: GPL-3.0-or-later
// The two forms of a summary: aligned text for people, JSON for machines.
#include <inttypes.h>
#include <jansson.h>
#include <math.h>

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/sim_time.h"
#include "sim/report/json_value.h"
#include "sim/report/summary.h"

static const struct {
    const char *label;
    const char *key;
    bool is_share; // printed in %
} metric_table[RUN_QUANTITY_COUNT] = {
    [RUN_TEST_ACCURACY] = {"test accuracy", "test_accuracy", true},
    [RUN_TEST_LOSS] = {"test loss", "test_loss", false},
    [RUN_TRAIN_ACCURACY] = {"train accuracy", "train_accuracy", true},
    [RUN_TRAIN_LOSS] = {"train loss", "train_loss", false},
};

static void print_value(FILE *out, double value, bool is_share) {
    if (isnan(value)) {
        fprintf(out, "  %8s  ", "-");
    } else if (is_share) {
        fprintf(out, "  %8.2f %%", 100 * value);
    } else {
        // A diverging run's losses have more digits than a column.
        fprintf(out, value < 1e4 ? "  %8.4f  " : "  %8.2e  ", value);
    }
}

static bool measured(const struct summary *summary) {
    for (int i = 0; i < RUN_QUANTITY_COUNT; i++) {
        if (!isnan(summary->metrics[i].final) || !isnan(summary->metrics[i].best)) {
            return true;
        }
    }
    return false;
}

static void print_metrics(FILE *out, const struct summary *summary) {
    char time[SIM_TIME_TEXT_SIZE];
    if (!measured(summary)) {
        return;
    }
    fprintf(out, "%-16s    %8s    %8s    %8s\n", "", "final", "mean", "best");
    for (int i = 0; i < RUN_QUANTITY_COUNT; i++) {
        const struct run_metric *metric = &summary->metrics[i];
        bool is_share = metric_table[i].is_share;
        fprintf(out, "%-16s", metric_table[i].label);
        print_value(out, metric->final, is_share);
        print_value(out, metric->mean, is_share);
        print_value(out, metric->best, is_share);
        if (metric->best_ns >= 0) {
            fprintf(out, "  at %s", sim_time_format_seconds(metric->best_ns, time));
        }
        fputc('\n', out);
    }
    fprintf(out, "%-16s  mean: over the %" PRId64 " evaluations before the end\n", "",
            summary->evaluations_in_mean);
}

// "run" says the same beside the results, where no file is.
const char *summary_note(const struct summary *summary, char note[SUMMARY_NOTE_SIZE]) {
    char time[SIM_TIME_TEXT_SIZE];
    note[0] = 0;
    if (summary->status == RUN_STALLED) {
        snprintf(note, SUMMARY_NOTE_SIZE, "stalled since %s, waiting for %s",
                 sim_time_format_seconds(summary->stalled_since_ns, time), summary->reason);
    } else if (summary->status == RUN_FAILED && summary->reason[0] != 0) {
        snprintf(note, SUMMARY_NOTE_SIZE, "%s", summary->reason);
    } else if (summary->loss_grown > 0) {
        snprintf(note, SUMMARY_NOTE_SIZE, "the loss has grown %.2g-fold since the first evaluation",
                 summary->loss_grown);
    }
    return note;
}

static void print_note(FILE *out, const struct summary *summary) {
    char note[SUMMARY_NOTE_SIZE];
    if (summary_note(summary, note)[0] != 0) {
        fprintf(out, "%-16s  %s\n", "", note);
    }
}

static void print_gradients(FILE *out, const struct summary *summary) {
    const struct summary_sums *sums = &summary->sums;
    fprintf(out,
            "%-16s  %" PRId64 " started: %" PRId64 " applied, %" PRId64 " dropped, %" PRId64
            " pending",
            "gradients", sums->gradients, sums->outcomes[OUTCOME_APPLIED],
            sums->outcomes[OUTCOME_DROPPED], sums->outcomes[OUTCOME_PENDING]);
    if (sums->outcomes[OUTCOME_CANCELLED] > 0) {
        fprintf(out, ", %" PRId64 " cancelled", sums->outcomes[OUTCOME_CANCELLED]);
    }
    if (sums->outcomes[OUTCOME_LOST] > 0) {
        fprintf(out, ", %" PRId64 " lost", sums->outcomes[OUTCOME_LOST]);
    }
    fprintf(out, "\n%-16s  %" PRId64 "\n", "updates", sums->updates);
}

static void print_staleness(FILE *out, const struct summary *summary) {
    if (isnan(summary->staleness_mean)) {
        fprintf(out, "%-16s  -\n", "staleness");
        return;
    }
    fprintf(out,
            "%-16s  mean %.3f, most %" PRId64 " versions; mean %.3f, most %" PRId64 " gradients\n",
            "staleness", summary->staleness_mean, summary->sums.staleness_max,
            summary->staleness_gradients_mean, summary->sums.staleness_gradients_max);
}

static void print_shares(FILE *out, const struct summary *summary) {
    const struct summary_sums *sums = &summary->sums;
    if (!isnan(summary->busy_share)) {
        fprintf(out, "%-16s  idle %.1f %%: waiting %.1f %%, communicating %.1f %%; busy %.1f %%",
                "workers", 100 * (1 - summary->busy_share), 100 * summary->waiting_share,
                100 * summary->communicating_share, 100 * summary->busy_share);
        if (summary->down_share > 0) {
            fprintf(out, "; down %.1f %% of the time", 100 * summary->down_share);
        }
        fputc('\n', out);
    } else if (summary->down_share > 0) { // to the end, and nobody has computed before
        fprintf(out, "%-16s  down %.1f %% of the time\n", "workers", 100 * summary->down_share);
    }
    if (sums->reductions_of_all > 0) {
        fprintf(out,
                "%-16s  %" PRId64 " of all, %" PRId64 " of clusters; %.4g MB within clusters, %.4g "
                "MB between\n",
                "averages", sums->reductions_of_all, sums->reductions_of_clusters,
                sums->bytes_intra / 1e6, sums->bytes_inter / 1e6);
    } else if (!isnan(summary->server_load)) {
        fprintf(out, "%-16s  busy %.1f %%\n", "server", 100 * summary->server_load);
    }
}

// Attempts of a message, on average.
static double mean_attempts(double losses, int64_t messages) {
    REQUIRE(losses >= 0 && messages >= 0);
    return messages == 0 ? 1 : 1 + losses / (double)messages;
}

static double mean_wait_s(double wait_ns, int64_t messages) {
    REQUIRE(wait_ns >= 0 && messages >= 0);
    return messages == 0 ? 0 : wait_ns / (double)messages / (double)NS_PER_S;
}

// Only of runs in which something was lost or waited.
static void print_messages(FILE *out, const struct summary *summary) {
    const struct summary_sums *sums = &summary->sums;
    if (sums->push_losses > 0 || sums->reply_losses > 0) {
        fprintf(out, "%-16s  %.0f of pushes, %.0f of replies; mean attempts %.4f and %.4f\n",
                "retransmissions", sums->push_losses, sums->reply_losses,
                mean_attempts(sums->push_losses, sums->pushes),
                mean_attempts(sums->reply_losses, sums->replies));
    }
    if (sums->push_port_wait_ns > 0 || sums->reply_port_wait_ns > 0) {
        fprintf(out, "%-16s  mean wait %.6f s of pushes, %.6f s of replies\n", "ports",
                mean_wait_s(sums->push_port_wait_ns, sums->pushes),
                mean_wait_s(sums->reply_port_wait_ns, sums->replies));
    }
    if (sums->reduction_losses > 0) {
        fprintf(out, "%-16s  %.0f in reductions\n", "retransmissions", sums->reduction_losses);
    }
}

// "12 slowdowns, 1 pause, 2 crashes"; a run without any has no such line.
static void print_incidents(FILE *out, const struct summary *summary) {
    const char *before = "incidents       ";
    for (int i = 0; i < INCIDENT_KIND_COUNT; i++) {
        int64_t count = summary->incidents[i];
        if (count > 0) {
            fprintf(out, "%s%s%" PRId64 " %s%s", before, before[0] == ',' ? " " : "  ", count,
                    incident_kind_names[i],
                    count == 1            ? ""
                    : i == INCIDENT_CRASH ? "es"
                                          : "s");
            before = ",";
        }
    }
    if (before[0] == ',' && summary->sums.stalled_ns != 0) {
        fprintf(out, "; computing held up for %.6f s in all", summary->sums.stalled_ns / NS_PER_S);
    }
    fputs(before[0] == ',' ? "\n" : "", out);
    if (summary->counted_out > 0) {
        fprintf(out, "%-16s  %" PRId64 " time%s, for %.6f s in all\n", "counted out",
                summary->counted_out, summary->counted_out == 1 ? "" : "s",
                summary->counted_out_ns / NS_PER_S);
    }
}

static void print_speed(FILE *out, const struct summary *summary, double wall_seconds) {
    if (wall_seconds > 0) {
        fprintf(out, "%-16s  %.2f s; %.1f cluster seconds a second\n", "wall time", wall_seconds,
                sim_time_to_seconds(summary->end_ns) / wall_seconds);
    }
}

void summary_print(FILE *out, const struct summary *summary, double wall_seconds) {
    char time[SIM_TIME_TEXT_SIZE];
    char hash[FINGERPRINT_TEXT_SIZE];
    REQUIRE(summary->status < RUN_STATUS_COUNT);
    fprintf(out, "%-16s  %s, seed %" PRIu64 ", %" PRId32 " worker%s\n", "policy", summary->policy,
            summary->seed, summary->workers, summary->workers == 1 ? "" : "s");
    fprintf(out, "%-16s  %s at %s of cluster time\n", "status", run_status_names[summary->status],
            sim_time_format_seconds(summary->end_ns, time));
    print_note(out, summary);
    print_gradients(out, summary);
    print_staleness(out, summary);
    print_shares(out, summary);
    print_messages(out, summary);
    print_incidents(out, summary);
    print_metrics(out, summary);
    print_speed(out, summary, wall_seconds);
    fprintf(out, "%-16s  timeline %s", "fingerprints",
            fingerprint_format(summary->timeline_fingerprint, hash));
    if (summary->parameter_fingerprint != 0) {
        fprintf(out, ", parameters %s", fingerprint_format(summary->parameter_fingerprint, hash));
    }
    fputc('\n', out);
}

// A seed may exceed what JSON readers hold in a number: then it is a string.
static json_t *json_seed(uint64_t seed) {
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, seed);
    return seed <= INT64_C(9007199254740992) ? json_integer((json_int_t)seed) : json_string(text);
}

static json_t *json_gradients(const struct summary *summary) {
    json_t *object = json_object();
    json_object_set_new(object, "dispatched", json_integer(summary->sums.gradients));
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        json_object_set_new(object, gradient_outcome_names[i],
                            json_integer(summary->sums.outcomes[i]));
    }
    return object;
}

// NULL: there were none.
static json_t *json_incidents(const struct summary *summary) {
    json_t *object = NULL;
    for (int i = 0; i < INCIDENT_KIND_COUNT; i++) {
        if (summary->incidents[i] > 0) {
            object = object == NULL ? json_object() : object;
            json_object_set_new(object, incident_kind_names[i],
                                json_integer(summary->incidents[i]));
        }
    }
    return object;
}

static json_t *json_metric(const struct run_metric *metric) {
    return json_pack("{s:o, s:o, s:o, s:o}", "final", json_number(metric->final), "mean",
                     json_number(metric->mean), "best", json_number(metric->best), "best_ns",
                     metric->best_ns >= 0 ? json_integer(metric->best_ns) : json_null());
}

static json_t *json_staleness(double mean, int64_t most) {
    return json_pack("{s:o, s:I}", "mean", json_number(mean), "max", (json_int_t)most);
}

static void add_messages(json_t *object, const struct summary *summary) {
    const struct summary_sums *sums = &summary->sums;
    double losses = sums->push_losses + sums->reply_losses + sums->reduction_losses;
    REQUIRE(losses >= 0);
    if (losses > 0) {
        json_t *counts =
            json_pack("{s:f, s:f, s:f, s:f, s:f}", "pushes", sums->push_losses, "replies",
                      sums->reply_losses, "reductions", sums->reduction_losses,
                      "push_attempts_mean", mean_attempts(sums->push_losses, sums->pushes),
                      "reply_attempts_mean", mean_attempts(sums->reply_losses, sums->replies));
        json_object_set_new(object, "retransmissions", counts);
    }
    if (sums->push_port_wait_ns > 0 || sums->reply_port_wait_ns > 0) {
        json_t *waits = json_pack(
            "{s:f, s:f}", "push_seconds_mean", mean_wait_s(sums->push_port_wait_ns, sums->pushes),
            "reply_seconds_mean", mean_wait_s(sums->reply_port_wait_ns, sums->replies));
        json_object_set_new(object, "port_waits", waits);
    }
}

static void add_speed(json_t *object, const struct summary *summary, double wall_seconds) {
    if (wall_seconds > 0) {
        json_object_set_new(object, "wall_seconds", json_real(wall_seconds));
        json_object_set_new(object, "cluster_seconds_per_wall_second",
                            json_real(sim_time_to_seconds(summary->end_ns) / wall_seconds));
    }
}

void summary_print_json_of(FILE *out, const char *file, const struct summary *summary,
                           double wall_seconds) {
    const struct summary_sums *sums = &summary->sums;
    REQUIRE(summary->status < RUN_STATUS_COUNT);
    json_t *object = json_object();
    if (file != NULL) {
        json_object_set_new(object, "file", json_string(file));
    }
    json_object_set_new(object, "policy", json_string(summary->policy));
    json_object_set_new(object, "seed", json_seed(summary->seed));
    json_object_set_new(object, "status", json_string(run_status_names[summary->status]));
    json_object_set_new(object, "workers", json_integer(summary->workers));
    json_object_set_new(object, "end_ns", json_integer(summary->end_ns));
    if (summary->status == RUN_STALLED) {
        json_object_set_new(object, "stalled_since_ns", json_integer(summary->stalled_since_ns));
        json_object_set_new(object, "stalled_waiting_for", json_string(summary->reason));
    } else if (summary->status == RUN_FAILED) {
        json_object_set_new(object, "failure", json_string(summary->reason));
    }
    if (summary->loss_grown > 0) {
        json_object_set_new(object, "loss_grown", json_number(summary->loss_grown));
    }
    json_object_set_new(object, "gradients", json_gradients(summary));
    json_object_set_new(object, "updates", json_integer(sums->updates));
    json_object_set_new(object, "staleness",
                        json_staleness(summary->staleness_mean, sums->staleness_max));
    json_object_set_new(
        object, "staleness_gradients",
        json_staleness(summary->staleness_gradients_mean, sums->staleness_gradients_max));
    json_object_set_new(object, "busy_share", json_number(summary->busy_share));
    json_object_set_new(object, "waiting_share", json_number(summary->waiting_share));
    json_object_set_new(object, "communicating_share", json_number(summary->communicating_share));
    if (summary->down_share > 0) {
        json_object_set_new(object, "down_share", json_number(summary->down_share));
    }
    json_object_set_new(object, "server_load", json_number(summary->server_load));
    json_object_set_new(object, "reductions_of_all", json_integer(sums->reductions_of_all));
    json_object_set_new(object, "reductions_of_clusters",
                        json_integer(sums->reductions_of_clusters));
    json_object_set_new(object, "bytes_intra", json_number(sums->bytes_intra));
    json_object_set_new(object, "bytes_inter", json_number(sums->bytes_inter));
    add_messages(object, summary);
    json_t *incidents = json_incidents(summary);
    if (incidents != NULL) {
        json_object_set_new(object, "incidents", incidents);
        json_object_set_new(object, "stalled_ns", json_number(sums->stalled_ns));
    }
    if (summary->counted_out > 0) {
        json_object_set_new(object, "counted_out", json_integer(summary->counted_out));
        json_object_set_new(object, "counted_out_ns", json_number(summary->counted_out_ns));
    }
    json_object_set_new(object, "evaluations", json_integer(summary->evaluations));
    for (int i = 0; i < RUN_QUANTITY_COUNT; i++) {
        json_object_set_new(object, metric_table[i].key, json_metric(&summary->metrics[i]));
    }
    add_speed(object, summary, wall_seconds);
    json_object_set_new(object, "timeline_fingerprint", json_hash(summary->timeline_fingerprint));
    json_object_set_new(object, "parameter_fingerprint", json_hash(summary->parameter_fingerprint));
    json_dumpf(object, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(object);
}

void summary_print_json(FILE *out, const struct summary *summary, double wall_seconds) {
    summary_print_json_of(out, NULL, summary, wall_seconds);
}
