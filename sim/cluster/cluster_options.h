// SPDX-License-Identifier: GPL-3.0-or-later
// What a scenario says under "cluster:": how many workers, and how long things take.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/distribution.h"
#include "sim/base/incident_kind.h"
#include "sim/cluster/worker_set.h"

enum { WORKERS_MAX = 1000000 };
#define COMPUTE_PER_SAMPLE_MAX_NS INT64_C(3600000000000) // an hour: a batch of 1e6 fits in a span

// Who suffers the extra delay: always the first workers, or each gradient by chance.
enum delay_who { DELAY_FIXED, DELAY_RANDOM, DELAY_WHO_COUNT };

struct delay_options {
    bool present; // false: no worker is ever delayed
    struct distribution law;
    enum delay_who who;
    bool workers_is_count; // "workers: 12" rather than "workers: 50 %"
    int32_t workers_count; // if a count
    double workers_share;  // if a share, 0..1; fixed: the first floor(share * P) workers
};

// How the workers average their models among themselves; see all_reduce.h.
enum all_reduce {
    ALL_REDUCE_RING,
    ALL_REDUCE_TREE,
    ALL_REDUCE_SERVER,
    ALL_REDUCE_NONE, // links to the parameter server alone
    ALL_REDUCE_COUNT,
};

#define LOSS_MOST 0.99

// Messages that get lost, and are sent again until they arrive.
struct loss_options {
    double share;       // of the attempts, 0..1: each is lost by itself; 0: none is
    int64_t timeout_ns; // from an attempt that is lost to the next one
    double backoff;     // by what this grows from attempt to attempt, at least 1
};

// Without a parameter server, latency and bandwidth are those of the links within a cluster, and
// each reduction draws its latency anew.
struct network_options {
    struct distribution latency;  // one way, drawn anew for each push and each reply
    int64_t bandwidth_bits_per_s; // 0: unlimited
    int64_t message_bytes;        // -1: 4 bytes a parameter of the model
    struct loss_options loss;
    enum all_reduce all_reduce;
    int32_t cluster_size;              // workers in a cluster; 0: all are in one
    struct distribution inter_latency; // of the links between clusters
    int64_t inter_bandwidth_bits_per_s;
};

// One row per kind, indexed by the enum.
struct all_reduce_entry {
    const char *name;
    const char *summary;
};
extern const struct all_reduce_entry all_reduce_table[ALL_REDUCE_COUNT];

struct server_options {
    struct distribution receive;  // per gradient received
    struct distribution update;   // per update applied
    struct distribution reply;    // per reply sent
    int64_t bandwidth_bits_per_s; // of its own link, each way, one message at a time; 0: unlimited
};

// What a group has of its own (what it has not is the cluster's), and what an event says, or not.
struct own_law {
    bool own;
    struct distribution law;
};
struct own_delay {
    bool own;
    struct delay_options delay; // of every gradient of the group's workers
};
struct own_bandwidth {
    bool own;
    int64_t bits_per_s; // 0: unlimited
};

struct own_share {
    bool own;
    double share;
};
struct own_time {
    bool own;
    int64_t span_ns;
};
struct own_number {
    bool own;
    double number;
};

// Some of the workers, which differ from the others. Plain data.
struct worker_group {
    char name[MAP_NAME_SIZE];
    struct worker_choice who;
    double slowdown; // multiplies each drawn compute span
    struct own_law compute;
    struct own_delay delay;
    struct own_law latency;
    struct own_bandwidth bandwidth;
    struct own_share loss;
    struct own_time timeout;
    struct own_number backoff;
    // Of the uplink that its workers share: what it adds to the way of each message, and how much
    // it carries each way, one message at a time; 0: unlimited.
    struct own_law uplink_latency;
    int64_t uplink_bandwidth_bits_per_s;
};

enum { GROUPS_MAX = 32 };

struct worker_group_list { // in the order of the scenario's text
    int32_t count;
    struct worker_group entries[GROUPS_MAX];
};

// What becomes of a worker's own link: so many times what it was.
struct link_factors {
    double bandwidth;
    double latency; // of a message's whole way, its group's uplink included
    double loss;    // at most LOSS_MOST comes of it
};

#define LINK_FACTOR_LEAST 1e-6
#define LINK_FACTOR_MOST 1e6

// One of "events:": what happens to some of the workers, or to the server, and when. Plain data.
struct incident_plan {
    char name[MAP_NAME_SIZE];
    enum incident_kind kind;
    struct worker_choice who;    // of all but a server_pause
    double slowdown;             // of a slowdown: speed 1 / slowdown
    struct own_number bandwidth; // of a link: so many times what it was
    struct own_number latency;
    struct own_number loss;
    struct own_time at; // when the first incident begins
    // Constant: from the beginning of one to that of the next. Any other law: from the end of one
    // to the beginning of the next.
    struct own_law every;
    struct own_law duration; // not own: to the end
    bool together;           // one draw for all members
    int64_t stagger_ns;      // each member is so much later than the one before
    int64_t notice_ns;       // of a crash: the worker is told so long before
};

enum { INCIDENT_PLANS_MAX = 16 };

#define INCIDENT_SLOWDOWN_LEAST 1e-3 // so many times longer may computing take
#define INCIDENT_SLOWDOWN_MOST 1e6

struct incident_plan_list { // in the order of the scenario's text
    int32_t count;
    struct incident_plan entries[INCIDENT_PLANS_MAX];
};

// Whether one of them is of this kind.
bool incident_plans_have(const struct incident_plan_list *plans, enum incident_kind kind);

struct cluster_options {
    int32_t workers;
    struct distribution compute;   // one minibatch gradient
    int64_t compute_per_sample_ns; // this times the batch is added to each draw of it
    struct delay_options delay;
    struct network_options network;
    struct server_options server;
    int64_t start_up_ns; // dead time before the first gradient
    struct worker_group_list groups;
    struct incident_plan_list events;
};

// All laws of a cluster, also of what it has not. Returns how many.
enum { CLUSTER_LAWS_MAX = 7 + 4 * GROUPS_MAX + 2 * INCIDENT_PLANS_MAX };
int32_t cluster_options_laws(struct cluster_options *cluster,
                             struct distribution *laws[CLUSTER_LAWS_MAX]);

// How many of the workers (DELAY_FIXED) are delayed: the first so many.
int32_t delay_options_fixed_workers(const struct delay_options *delay, int32_t workers);

// Of the messages of a group's workers; group NULL: of the others.
struct loss_options network_options_loss(const struct network_options *network,
                                         const struct worker_group *group);

// Whether anybody's messages get lost.
bool cluster_options_lose(const struct cluster_options *cluster);

// Workers in a cluster, at least 1.
int32_t network_options_cluster_size(const struct network_options *network, int32_t workers);

// Whether they change anything.
bool link_factors_change(const struct link_factors *factors);

// Messages that get lost so many times more often; the share is at most LOSS_MOST.
struct loss_options link_factors_loss(struct loss_options loss, const struct link_factors *factors);

// bits_per_s times the factor, at least 1; 0 (unlimited) stays 0.
int64_t link_factors_bandwidth(int64_t bits_per_s, const struct link_factors *factors);
