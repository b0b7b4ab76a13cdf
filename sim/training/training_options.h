// SPDX-License-Identifier: GPL-3.0-or-later
// What a scenario says under "training:" and "policy:".
#ifndef DESGD_TRAINING_TRAINING_OPTIONS_H
#define DESGD_TRAINING_TRAINING_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/training/optimizer_options.h"

enum policy {
    POLICY_SYNC,
    POLICY_ASYNC,
    POLICY_HYBRID,
    POLICY_K_SYNC,
    POLICY_K_BATCH_SYNC,
    POLICY_K_ASYNC,
    POLICY_K_BATCH_ASYNC,
    POLICY_BACKUP,
    POLICY_N_SOFTSYNC,
    POLICY_SSP,
    POLICY_DC_ASGD,
    POLICY_GAP_AWARE,
    POLICY_COUNT
};

enum threshold_schedule {
    SCHEDULE_CONSTANT, // K = start
    SCHEDULE_STEP,     // K(n) = start + increment * floor(n / every), kept within 1..P
    SCHEDULE_COUNT,
};

enum threshold_counts { COUNTS_GRADIENTS, COUNTS_UPDATES, COUNTS_COUNT }; // what n is
enum combine { COMBINE_SUM, COMBINE_MEAN, COMBINE_COUNT };
enum pushed_worker { PUSHED_WAITS, PUSHED_CONTINUES, PUSHED_COUNT };

// What becomes of those who are late for an update that did not wait for them.
enum late_workers { LATE_WORKERS_CANCEL, LATE_WORKERS_FINISH, LATE_WORKERS_COUNT };

// What a worker reads when it starts: the newest version, or the one that it has while that is not
// too old.
enum read_rule { READ_NEWEST, READ_CACHED, READ_COUNT };

// What a gradient of staleness tau is multiplied with: 1; 1/tau, but 1 for tau = 0; 1/sqrt(1 +
// tau).
enum stale_weight {
    STALE_WEIGHT_ONE,
    STALE_WEIGHT_INVERSE,
    STALE_WEIGHT_INVERSE_ROOT,
    STALE_WEIGHT_COUNT
};

struct threshold_options {
    enum threshold_schedule schedule;
    int64_t every;
    int64_t start;
    int64_t increment;
    enum threshold_counts counts;
};

#define SLACK_UNLIMITED INT64_MAX

struct policy_options {
    enum policy policy;
    struct threshold_options threshold; // of policies that have one
    enum combine combine;
    enum pushed_worker pushed_worker; // hybrid
    int32_t backup_workers;           // backup: b of the N + b workers
    enum late_workers late_workers;   // backup
    int32_t splits;                   // n_softsync: its n
    enum stale_weight stale_weight;
    int64_t slack;       // ssp; SLACK_UNLIMITED: none is too far ahead
    enum read_rule read; // ssp
    struct correction_options correction;
};

struct training_options {
    int32_t batch;
    double learning_rate;
    struct optimizer_options optimizer;
    struct policy_options policy;
};

// One row per policy, indexed by enum policy: for the parser, the documentation and "desgd list
// policies".
struct policy_entry {
    const char *name;
    const char *summary;
    const char *paper;      // where it is defined
    bool has_threshold;     // the keys under policy.threshold apply
    bool has_pushed_worker; // policy.pushed_worker applies
    bool has_stale_weight;  // policy.stale_weight is part of its definition, one or not
    bool waits;             // otherwise: at most one gradient of each worker is in the buffer
    enum combine combine;   // unless the scenario says otherwise
    enum threshold_schedule schedule; // likewise
    enum stale_correction correction; // of a stale gradient, before it is applied
    // A run may change from it and to it midway: of all that happened before, it needs no more than
    // parameter_server_change_policy keeps.
    bool may_change_midway;
};

// One row per schedule, for "desgd list schedules".
struct schedule_entry {
    const char *name;
    const char *summary;
    bool has_every; // every and increment apply
};

extern const struct policy_entry policy_table[POLICY_COUNT];
extern const struct schedule_entry schedule_table[SCHEDULE_COUNT];
// At most one gradient of each worker is ever in the buffer, so that a constant K above the number
// of workers would never be reached.
bool policy_waits(const struct policy_options *options);

// The factor of a gradient of this staleness in the update's sum.
float stale_weight_of(const struct policy_options *options, int64_t staleness);

extern const char *const late_workers_names[LATE_WORKERS_COUNT];
extern const char *const read_rule_names[READ_COUNT];
extern const char *const stale_weight_names[STALE_WEIGHT_COUNT];
extern const char *const combine_names[COMBINE_COUNT];
extern const char *const pushed_worker_names[PUSHED_COUNT];
extern const char *const threshold_counts_names[COUNTS_COUNT];

#endif
