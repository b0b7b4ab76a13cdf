// SPDX-License-Identifier: GPL-3.0-or-later
// A run in a screenful of numbers. Computed from the rows as they come, in constant memory, so that
// "desgd run" without -o can have it; a log read back goes through the same accumulator.
#pragma once

#include <stdio.h>

#include "sim/report/reply_rule.h"
#include "sim/report/run_metrics.h"
#include "sim/runlog/run_sink.h"
#include "sim/runlog/runlog_skim.h"

// Sums over gradients, updates and reductions, and the greatest of some.
struct summary_sums {
    __int128 staleness; // of the applied gradients; no file can make these three overflow
    __int128 staleness_gradients;
    __int128 service_ns; // of received gradients, updates and replies
    int64_t gradients;   // dispatched
    int64_t outcomes[OUTCOME_COUNT];
    int64_t updates;
    int64_t staleness_max; // in versions; 0 if no gradient was applied
    int64_t staleness_gradients_max;
    int64_t steps;             // gradients that were applied, or were ready where that makes a step
    int64_t reductions_of_all; // begun; 0 for all runs with a server, so below
    int64_t reductions_of_clusters;
    int64_t pushes;           // that arrived
    int64_t replies;          // as far as the rows tell of them
    double bytes_intra;       // moved by reductions within clusters
    double bytes_inter;       // and between
    double push_losses;       // attempts of pushes that were lost and sent again
    double reply_losses;      // likewise
    double push_port_wait_ns; // of all pushes together
    double reply_port_wait_ns;
    double reduction_losses; // messages of reductions, likewise
    double stalled_ns;       // by which incidents made the computing of all longer
};

struct summary {
    char policy[32];
    uint64_t seed;
    enum run_status status;
    int32_t workers;
    int64_t end_ns;               // cluster time
    int64_t stalled_since_ns;     // as in runlog_ending
    char reason[RUN_REASON_SIZE]; // likewise
    double loss_grown; // the last loss as a multiple of the first, if that is to be told, else 0
    struct summary_sums sums;
    double staleness_mean;           // of the applied gradients, in versions; NaN if there are none
    double staleness_gradients_mean; // in gradients applied between the read and this one
    double busy_share; // of all workers' time since the start-up span; NaN if that is empty
    double waiting_share;
    double communicating_share;
    double down_share; // of all the time; the others are of the time in which workers are up
    double
        server_load; // spans of received gradients, updates and replies, over that time; services
                     // cut off by the end are left out, replies to the last update are whole
    int64_t incidents[INCIDENT_KIND_COUNT]; // of the scenario's events
    int64_t
        counted_out; // how often workers were, so below; of a log alone: while a run goes on its
                     // rows do not come in the order of time
    double counted_out_ns; // for how long, all together
    int64_t evaluations;
    int64_t evaluations_in_mean;
    struct run_metric metrics[RUN_QUANTITY_COUNT];
    int64_t start_up_ns; // that the scenario gives the cluster
    bool untrained;      // untrained.h
    uint64_t timeline_fingerprint;
    uint64_t parameter_fingerprint; // 0: no parameters
};

// The state between rows. Plain data; nothing to release.
struct summary_accumulator {
    struct summary summary; // whole after the sink's "end"
    bool steps_locally;
    enum reply_rule replies;
    struct run_metrics_accumulator metrics;
};

// Borrows the accumulator, whose former content does not matter.
struct run_sink summary_sink(struct summary_accumulator *accumulator);

void summary_of_log(const struct runlog *log, struct summary *summary);

// The same of a log of any length in little memory: what is to be asked of runlog_skim, into this
// accumulator; then what it comes to. Where workers may have been counted out the log is read
// whole, for only its events tell of that.
struct runlog_skim summary_skim(struct summary_accumulator *accumulator);
void summary_of_skim(struct summary_accumulator *accumulator, const struct runlog_skim *skim,
                     const struct runlog *log, struct summary *summary);

// What the user should know of how it ended, "" if nothing: that it stalled, why it failed, that
// the loss has grown. Returns note.
enum { SUMMARY_NOTE_SIZE = 384 };
const char *summary_note(const struct summary *summary, char note[SUMMARY_NOTE_SIZE]);

// wall_seconds: how long it took on the host; 0: not known, then the line is left out.
void summary_print(FILE *out, const struct summary *summary, double wall_seconds);
void summary_print_json(FILE *out, const struct summary *summary, double wall_seconds);
// The same with the name of the log's file; NULL: without.
void summary_print_json_of(FILE *out, const char *file, const struct summary *summary,
                           double wall_seconds);
