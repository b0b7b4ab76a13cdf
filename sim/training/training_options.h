// SPDX-License-Identifier: GPL-3.0-or-later
// What a scenario says under "training:" and "policy:".
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/expression.h"
#include "sim/training/optimizer_options.h"

struct aggregation;

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
    POLICY_FEDBUFF,
    POLICY_DC_ASGD,
    POLICY_GAP_AWARE,
    POLICY_K_AVG,
    POLICY_POST_LOCAL,
    POLICY_ADACOMM,
    POLICY_HIER_AVG,
    POLICY_HPSGD,
    POLICY_COCOD,
    POLICY_OVERLAP,
    POLICY_EASGD,
    POLICY_COUNT
};

enum threshold_schedule { // what they are: threshold_schedule.h
    SCHEDULE_CONSTANT,
    SCHEDULE_STEP,
    SCHEDULE_LINEAR,
    SCHEDULE_EXPONENTIAL,
    SCHEDULE_COSINE,
    SCHEDULE_SIGMOID,
    SCHEDULE_TABLE,
    SCHEDULE_EXPRESSION,
    SCHEDULE_ADASYNC,
    SCHEDULE_COUNT,
};

// What a schedule runs over: gradients received, updates applied, cluster time, epochs of received
// gradients.
enum threshold_counts {
    COUNTS_GRADIENTS,
    COUNTS_UPDATES,
    COUNTS_TIME,
    COUNTS_EPOCHS,
    COUNTS_COUNT
};

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

// Of a threshold: as many as there are workers; of its end, too: as many as are present.
#define THRESHOLD_WORKERS 0
#define THRESHOLD_PRESENT (-1)

// Extents of a schedule (every, over, when) are whole numbers of what it counts: gradients,
// updates, ns, or so many parts of an epoch:
#define THRESHOLD_EPOCH 1000000000

enum { THRESHOLD_TABLE_MAX = 64 };

struct threshold_table {
    int32_t count;
    struct {
        int64_t when;
        int64_t threshold;
    } rows[THRESHOLD_TABLE_MAX]; // "when" rises
};

// The variables of a formula, in the order of threshold_variable_names.
enum threshold_variable {
    THRESHOLD_VARIABLE_N,       // gradients received
    THRESHOLD_VARIABLE_UPDATES, // updates applied
    THRESHOLD_VARIABLE_TIME,    // of the cluster, in seconds
    THRESHOLD_VARIABLE_EPOCH,   // n in epochs
    THRESHOLD_VARIABLE_LOSS,    // estimate of the training loss
    THRESHOLD_VARIABLE_P,       // workers
    THRESHOLD_VARIABLE_COUNT
};

struct threshold_options {
    enum threshold_schedule schedule;
    int64_t every; // extents: see THRESHOLD_EPOCH
    int64_t start; // a K, or THRESHOLD_WORKERS
    int64_t increment;
    enum threshold_counts counts;
    int64_t end; // a K, THRESHOLD_WORKERS or THRESHOLD_PRESENT
    int64_t over;
    double steepness;
    struct threshold_table table;
    struct expression formula;
    int64_t window; // losses in the estimate of the training loss; 0: as many as there are workers
};

// Whether the steps of "step" lead to an end where K stops before it is 1 or all workers: the end
// is said, and not behind the start.
bool threshold_is_capped(const struct threshold_options *options, int64_t workers);

#define SLACK_UNLIMITED INT64_MAX

#define MISSING_WAITS INT64_MAX

// Easgd: the gradient that a worker takes around its pull towards the centre is computed at the
// model before the pull, as in the paper, or after it.
enum elastic_gradient { ELASTIC_BEFORE, ELASTIC_AFTER, ELASTIC_COUNT };

// What is evaluated, and left behind, where there is a centre.
enum elastic_subject { ELASTIC_MEAN, ELASTIC_CENTRE, ELASTIC_SUBJECT_COUNT };

// How much a worker's model counts in an average: all alike, or by the samples that it owns.
enum average_weights { WEIGHTS_EQUAL, WEIGHTS_SAMPLES, WEIGHTS_COUNT };

// Of schemes with a model in each worker; see averaging.h.
struct averaging_options {
    int64_t steps;                  // local steps in a period: K, K2
    int64_t cluster_steps;          // between averages of a cluster: K1
    int32_t cluster_size;           // workers in one: S
    int64_t after;                  // post_local: versions made with one step each
    int64_t adapt_every_ns;         // adacomm
    double pull;                    // overlap_local_sgd, easgd: alpha
    enum elastic_gradient gradient; // easgd
    enum elastic_subject evaluate;  // easgd
    enum average_weights weights;   // but easgd
};

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
    int64_t local_steps; // fedbuff: minibatches of one gradient
    double server_rate;  // fedbuff: what an update's step is multiplied with
    int64_t missing_ns;  // after so long a silence a worker is counted out; MISSING_WAITS: never
    struct correction_options correction;
    struct averaging_options averaging;
};

struct training_options {
    int32_t batch;
    double learning_rate;
    struct optimizer_options optimizer;
    struct policy_options policy;
};

// How a policy with a model in each worker averages them.
enum averaging_family {
    AVERAGING_FAMILY_NONE,     // there is a parameter server
    AVERAGING_FAMILY_PERIODIC, // all wait for the average
    AVERAGING_FAMILY_WINDOWS,  // a barrier at each gradient, sums of windows one window late
    AVERAGING_FAMILY_OVERLAP,  // the average travels beside the next steps
    AVERAGING_FAMILY_EXCHANGE, // no averages: each worker exchanges with a centre at the server
};

// Which of its keys apply.
struct averaging_entry {
    enum averaging_family family;
    bool has_steps;
    bool has_clusters;
    bool has_after;
    bool has_adapt_every;
    bool has_pull;
    bool has_gradient;
};

// One row per policy, indexed by enum policy: for the parser, the documentation and "desgd list
// policies".
struct policy_entry {
    const char *name;
    const char *summary;
    const char *paper;                     // where it is defined
    const struct aggregation *aggregation; // what its server does (aggregation.h); NULL: there is
                                           // none
    bool has_threshold;                    // the keys under policy.threshold apply
    bool has_pushed_worker;                // policy.pushed_worker applies
    bool has_stale_weight;            // policy.stale_weight is part of its definition, one or not
    bool has_local_steps;             // policy.local_steps and policy.server_rate apply
    enum combine combine;             // unless the scenario says otherwise
    enum threshold_schedule schedule; // likewise
    enum stale_correction correction; // of a stale gradient, before it is applied
    // A run may change from it and to it midway: of all that happened before, it needs no more than
    // parameter_server_change_policy keeps.
    bool may_change_midway;
    struct averaging_entry averaging;
};

extern const char *const elastic_gradient_names[ELASTIC_COUNT];
extern const char *const elastic_subject_names[ELASTIC_SUBJECT_COUNT];
extern const char *const average_weights_names[WEIGHTS_COUNT];

extern const struct policy_entry policy_table[POLICY_COUNT];

// Whether policy.missing says anything: somebody waits for others. With a centre nobody does.
bool policy_misses(enum policy policy);

// Minibatches of one gradient.
int64_t policy_local_steps(const struct policy_options *options);

// What the step of an update is multiplied with, besides the learning rate.
double policy_server_rate(const struct policy_options *options);

// The factor of a gradient of this staleness in the update's sum.
float stale_weight_of(const struct policy_options *options, int64_t staleness);

extern const char *const late_workers_names[LATE_WORKERS_COUNT];
extern const char *const read_rule_names[READ_COUNT];
extern const char *const stale_weight_names[STALE_WEIGHT_COUNT];
extern const char *const combine_names[COMBINE_COUNT];
extern const char *const pushed_worker_names[PUSHED_COUNT];
extern const char *const threshold_variable_names[THRESHOLD_VARIABLE_COUNT];
extern const char *const threshold_counts_names[COUNTS_COUNT];
