// SPDX-License-Identifier: GPL-3.0-or-later
// How long each all-reduce takes, from a list of its messages: in each step every link, and the
// uplink of every rack each way, carries what passes it, and the slowest ends the step.
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/cluster/worker_groups.h"
#include "sim/run/run_inputs.h"
#include "tests/support/log_audit_parts.h"

enum { OUTSIDE = -1 };

struct reduction_walk {
    const struct cluster_options *cluster;
    const int16_t *group_of; // (workers); NULL: no groups
    long double bits;        // of a model
    // Of the step: messages that enter and leave each rack.
    int64_t in[GROUPS_MAX];
    int64_t out[GROUPS_MAX];
};

static int group_of(const struct reduction_walk *walk, int32_t worker) {
    return walk->group_of == NULL ? OUTSIDE : walk->group_of[worker];
}

static bool is_constant(const struct distribution *law) {
    int64_t ignored_ns;
    return distribution_is_constant(law, &ignored_ns);
}

// Without chance, and without clusters of the network.
static bool is_certain(const struct cluster_options *cluster) {
    bool certain = is_constant(&cluster->network.latency) && cluster->network.cluster_size == 0 &&
                   !cluster_options_lose(cluster);
    for (int32_t i = 0; i < cluster->groups.count; i++) {
        const struct worker_group *group = &cluster->groups.entries[i];
        certain = certain && (!group->latency.own || is_constant(&group->latency.law)) &&
                  (!group->uplink_latency.own || is_constant(&group->uplink_latency.law));
    }
    for (int32_t i = 0; i < cluster->events.count; i++) {
        certain = certain && cluster->events.entries[i].kind != INCIDENT_LINK;
    }
    return certain;
}

static long double seconds(const struct distribution *law) {
    int64_t span_ns = 0;
    distribution_is_constant(law, &span_ns);
    return (long double)span_ns / 1e9L;
}

// The members' own links: the longest latency, and the time of the longest transfer of a model.
static void own_links(const struct reduction_walk *walk, const struct reduction_row *row,
                      long double *latency_s, long double *transfer_s) {
    *latency_s = 0;
    *transfer_s = 0;
    for (int32_t i = 0; i < row->members; i++) {
        int group = group_of(walk, row->worker + i);
        const struct worker_group *own =
            group == OUTSIDE ? NULL : &walk->cluster->groups.entries[group];
        bool latency = own != NULL && own->latency.own;
        bool bandwidth = own != NULL && own->bandwidth.own;
        int64_t bits_per_s =
            bandwidth ? own->bandwidth.bits_per_s : walk->cluster->network.bandwidth_bits_per_s;
        *latency_s = fmaxl(*latency_s,
                           seconds(latency ? &own->latency.law : &walk->cluster->network.latency));
        *transfer_s =
            fmaxl(*transfer_s, bits_per_s == 0 ? 0 : walk->bits / (long double)bits_per_s);
    }
}

// A message between two racks, or none.
static void send(struct reduction_walk *walk, int from, int to) {
    if (from != to && from != OUTSIDE) {
        walk->out[from]++;
    }
    if (from != to && to != OUTSIDE) {
        walk->in[to]++;
    }
}

// The step takes the longest transfer and the longest latency; then come the next one's messages.
static long double step(struct reduction_walk *walk, long double latency_s, long double transfer_s,
                        long double size) {
    long double more_s = 0;
    for (int32_t i = 0; i < walk->cluster->groups.count; i++) {
        const struct worker_group *group = &walk->cluster->groups.entries[i];
        int64_t messages = walk->in[i] > walk->out[i] ? walk->in[i] : walk->out[i];
        if (messages > 0 && group->uplink_latency.own) {
            more_s = fmaxl(more_s, seconds(&group->uplink_latency.law));
        }
        if (messages > 0 && group->uplink_bandwidth_bits_per_s > 0) {
            transfer_s = fmaxl(transfer_s, (long double)messages * size * walk->bits /
                                               (long double)group->uplink_bandwidth_bits_per_s);
        }
    }
    memset(walk->in, 0, sizeof walk->in);
    memset(walk->out, 0, sizeof walk->out);
    return latency_s + more_s + transfer_s;
}

// A ring that goes through the racks one after the other, those of no rack behind.
static void send_around(struct reduction_walk *walk, const struct reduction_row *row) {
    int first = OUTSIDE;
    int last = OUTSIDE;
    bool begun = false;
    for (int32_t rack = 0; rack <= walk->cluster->groups.count; rack++) {
        for (int32_t i = 0; i < row->members; i++) {
            int group = group_of(walk, row->worker + i);
            if (group != (rack == walk->cluster->groups.count ? OUTSIDE : rack)) {
                continue;
            }
            if (begun) {
                send(walk, last, group);
            }
            first = begun ? first : group;
            last = group;
            begun = true;
        }
    }
    send(walk, last, first);
}

// A server in the rack in which all are, or else in none.
static void send_to_server(struct reduction_walk *walk, const struct reduction_row *row) {
    int server = group_of(walk, row->worker);
    for (int32_t i = 0; i < row->members; i++) {
        server = group_of(walk, row->worker + i) == server ? server : OUTSIDE;
    }
    for (int32_t i = 0; i < row->members; i++) {
        send(walk, group_of(walk, row->worker + i), server);
    }
}

static long double span_s(struct reduction_walk *walk, const struct reduction_row *row) {
    long double latency_s;
    long double transfer_s;
    long double sum_s = 0;
    long double members = (long double)row->members;
    own_links(walk, row, &latency_s, &transfer_s);
    switch (walk->cluster->network.all_reduce) {
    case ALL_REDUCE_RING:
        send_around(walk, row);
        return 2 * (members - 1) * step(walk, latency_s, transfer_s / members, 1 / members);
    case ALL_REDUCE_SERVER:
        send_to_server(walk, row);
        return 2 * step(walk, latency_s, members * transfer_s, 1);
    default:
        for (int64_t stride = 1; stride < row->members; stride *= 2) {
            for (int64_t i = 0; i + stride < row->members; i += 2 * stride) {
                send(walk, group_of(walk, row->worker + (int32_t)(i + stride)),
                     group_of(walk, row->worker + (int32_t)i));
            }
            sum_s += 2 * step(walk, latency_s, transfer_s, 1);
        }
        return sum_s;
    }
}

void audit_reduction_spans(struct audit *audit) {
    const struct cluster_options *cluster = &audit->scenario->cluster;
    if (audit->past_count > 0 || !is_certain(cluster)) {
        return;
    }
    int64_t bytes = run_message_bytes(audit->scenario, (int64_t)audit->log->header.parameter_count);
    int16_t *groups = worker_groups_create(cluster, audit->scenario->seed);
    for (size_t i = 0; i < audit->log->reduction_count; i++) {
        const struct reduction_row *row = &audit->log->reductions[i];
        struct reduction_walk walk = {cluster, groups, (long double)bytes * 8, {0}, {0}};
        long double span_ns = span_s(&walk, row) * 1e9L;
        if (fabsl((long double)row->span_ns - span_ns) > 64 + span_ns * 1e-12L) { // rounded up
            audit_complain(audit, "reduction %zu takes %" PRId64 " ns, should take %.0Lf", i,
                           row->span_ns, span_ns);
        }
    }
    memory_free(groups);
}
