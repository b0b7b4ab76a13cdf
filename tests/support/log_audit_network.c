// SPDX-License-Identifier: GPL-3.0-or-later
// What the network does to a message.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/cluster/gradient_spans.h"
#include "sim/cluster/worker_groups.h"
#include "sim/run/run_inputs.h"
#include "tests/support/log_audit_parts.h"

// ---- a way ----

static int64_t timeouts_ns(const struct loss_options *loss, int64_t count) {
    double sum = 0;
    if (loss->backoff == 1 || loss->timeout_ns == 0) {
        return (int64_t)fmin((double)count * (double)loss->timeout_ns, 4e18);
    }
    for (int64_t i = 0; i < count && sum < 4e18; i++) {
        sum += nearbyint((double)loss->timeout_ns * pow(loss->backoff, (double)i));
    }
    return (int64_t)fmin(sum, 4e18);
}

// Attempts that are lost of those drawn from this purpose.
static int64_t lost_of(const struct scenario *scenario, enum rng_purpose purpose,
                       const struct gradient_row *row, double share) {
    struct rng_stream stream;
    int64_t count = 0;
    rng_stream_init(&stream, scenario->seed, purpose, (uint32_t)row->worker, (uint32_t)row->number,
                    0);
    while (rng_stream_uniform(&stream) < share) {
        count++;
    }
    return count;
}

// Of the worker's gradient that began then. NULL: it is in none.
static const struct worker_group *group_of(const struct audit *audit,
                                           const struct gradient_row *row) {
    size_t phase = audit_phase_at(audit, row->dispatched_ns);
    const int16_t *groups = audit->group_of[phase];
    int32_t group = groups == NULL ? -1 : groups[row->worker];
    return group < 0 ? NULL : &audit_phase_scenario(audit, phase)->cluster.groups.entries[group];
}

void audit_find_groups(struct audit *audit) {
    audit->group_of = memory_allocate(audit->past_count + 1, sizeof *audit->group_of);
    for (size_t phase = 0; phase <= audit->past_count; phase++) {
        const struct scenario *scenario = audit_phase_scenario(audit, phase);
        audit->group_of[phase] = worker_groups_create(&scenario->cluster, scenario->seed);
    }
}

void audit_drop_groups(struct audit *audit) {
    for (size_t phase = 0; phase <= audit->past_count; phase++) {
        memory_free(audit->group_of[phase]);
    }
    memory_free(audit->group_of);
}

bool audit_attempts_fit(const struct audit *audit, const struct gradient_row *row) {
    const struct scenario *scenario = audit_scenario_at(audit, row->dispatched_ns);
    int64_t pushes = row->push_attempts - 1;
    int64_t replies = row->reply_attempts - 1;
    if (pushes < 0 || replies < 0 || !cluster_options_lose(&scenario->cluster)) {
        return pushes == 0 && replies == 0;
    }
    struct loss_options loss =
        network_options_loss(&scenario->cluster.network, group_of(audit, row));
    return loss.share == 0 ? pushes == 0 && replies == 0
                           : row->push_ns >= timeouts_ns(&loss, pushes) &&
                                 row->reply_travel_ns >= timeouts_ns(&loss, replies);
}

// What is no time-out, and neither on the worker's link nor at a port, is latency.
static void change_way(const struct audit *audit, const struct gradient_row *row,
                       enum rng_purpose purpose, const struct link_factors *factors,
                       struct audit_way *way) {
    const struct scenario *scenario = audit_scenario_at(audit, row->dispatched_ns);
    const struct cluster_options *cluster = &scenario->cluster;
    int64_t bytes = run_message_bytes(scenario, (int64_t)audit->log->header.parameter_count);
    const struct worker_group *group = group_of(audit, row);
    struct loss_options loss = network_options_loss(&cluster->network, group);
    int64_t link_ns = transfer_span_ns(bytes, group != NULL && group->bandwidth.own
                                                  ? group->bandwidth.bits_per_s
                                                  : cluster->network.bandwidth_bits_per_s);
    int64_t ports_ns = transfer_span_ns(bytes, cluster->server.bandwidth_bits_per_s);
    ports_ns += group == NULL ? 0 : transfer_span_ns(bytes, group->uplink_bandwidth_bits_per_s);
    int64_t latency_ns = way->span_ns - way->timeouts_ns - link_ns - ports_ns;
    if (loss.share > 0) {
        way->timeouts_ns = timeouts_ns(
            &loss, lost_of(scenario, purpose, row, fmin(loss.share * factors->loss, .99)));
    }
    way->span_ns = way->timeouts_ns + ports_ns +
                   (int64_t)nearbyint((double)latency_ns * factors->latency) +
                   (int64_t)nearbyint((double)link_ns * (1 / factors->bandwidth));
}

static struct audit_way way_of(const struct audit *audit, const struct gradient_row *row,
                               enum rng_purpose purpose, int64_t span_ns, int64_t attempts,
                               int64_t sets_out_ns) {
    const struct scenario *scenario = audit_scenario_at(audit, row->dispatched_ns);
    struct loss_options loss =
        network_options_loss(&scenario->cluster.network, group_of(audit, row));
    struct audit_way way = {span_ns, timeouts_ns(&loss, attempts - 1)};
    if (sets_out_ns != SIM_TIME_NEVER) {
        const struct link_factors factors =
            audit_history_link(audit->history, row->worker, sets_out_ns);
        if (factors.bandwidth != 1 || factors.latency != 1 || factors.loss != 1) {
            change_way(audit, row, purpose, &factors, &way);
        }
    }
    return way;
}

struct audit_way audit_way_of_push(const struct audit *audit, const struct gradient_row *row,
                                   int64_t sets_out_ns) {
    return way_of(audit, row, RNG_PUSH_LOSS, row->push_ns, row->push_attempts, sets_out_ns);
}

struct audit_way audit_way_of_reply(const struct audit *audit, const struct gradient_row *row,
                                    int64_t sets_out_ns) {
    return way_of(audit, row, RNG_REPLY_LOSS, row->reply_travel_ns, row->reply_attempts,
                  sets_out_ns);
}

int64_t audit_push_end_ns(const struct audit *audit, const struct gradient_row *row) {
    return audit_pushed(audit, row, row->ready_ns);
}

// ---- ports ----

static bool has_uplink(const struct cluster_options *cluster) {
    bool has = false;
    for (int32_t i = 0; i < cluster->groups.count; i++) {
        has = has || cluster->groups.entries[i].uplink_bandwidth_bits_per_s > 0;
    }
    return has;
}

bool audit_has_port(const struct audit *audit) {
    const struct cluster_options *cluster = &audit->scenario->cluster;
    return cluster->server.bandwidth_bits_per_s > 0 || has_uplink(cluster) || audit->past_count > 0;
}

// A message at the port.
struct passage {
    int64_t came_ns;
    int64_t begins_ns;
    int64_t lost_ns; // from then on it comes to no port
};

static int by_beginning(const void *left, const void *right) {
    const struct passage *a = left;
    const struct passage *b = right;
    return (a->begins_ns > b->begins_ns) - (a->begins_ns < b->begins_ns);
}

static void expect_one_at_a_time(struct audit *audit, struct passage *passages, size_t count,
                                 int64_t port_ns, bool whole) {
    qsort(passages, count, sizeof *passages, by_beginning);
    for (size_t i = 1; i < count; i++) {
        int64_t free_ns = passages[i - 1].begins_ns + port_ns;
        int64_t waited_ns = passages[i].begins_ns - passages[i].came_ns;
        if (passages[i].begins_ns < free_ns || passages[i].came_ns < passages[i - 1].came_ns ||
            (whole && waited_ns > 0 && passages[i].begins_ns != free_ns)) {
            audit_complain(audit,
                           "the port carries a message from %" PRId64 " on, another from %" PRId64
                           " on, which came at %" PRId64,
                           passages[i - 1].begins_ns, passages[i].begins_ns, passages[i].came_ns);
        }
    }
}

// Without a port nobody waits for it, and a worker's first gradient is started by no reply.
static void expect_no_wait(struct audit *audit) {
    bool has_port = audit_has_port(audit);
    for (size_t i = 0; i < audit->log->gradient_count; i++) {
        const struct gradient_row *row = &audit->log->gradients[i];
        bool waits = row->reply_port_wait_ns != 0 && (!has_port || row->number == 0);
        if (waits || (!has_port && row->push_port_wait_ns != 0)) {
            audit_complain(audit, "gradient %zu waits at a port where there is none", i);
        }
    }
}

// Those whose messages pass a port; group_of NULL: everybody's.
struct port {
    const int16_t *group_of;
    int32_t group;
    int64_t port_ns;
};

static bool passes(const struct port *port, int32_t worker) {
    return port->group_of == NULL || port->group_of[worker] == port->group;
}

// When the gradient is lost on its way; SIM_TIME_NEVER: it is not.
static int64_t lost_ns(const struct audit *audit, const struct gradient_row *row) {
    return row->outcome == OUTCOME_LOST ? audit_crash_of(audit, row) : SIM_TIME_NEVER;
}

// When a push comes to its first port; -1: it does not before the end.
static int64_t push_came_ns(const struct audit *audit, const struct gradient_row *row) {
    if (row->ready_ns < 0) {
        return -1;
    }
    int64_t sets_out_ns = audit_connected(audit, row->worker, row->ready_ns);
    int64_t came_ns =
        sim_time_add(sets_out_ns, audit_way_of_push(audit, row, sets_out_ns).timeouts_ns);
    bool is_lost_before = lost_ns(audit, row) <= came_ns;
    return came_ns < audit->log->ending.end_ns && !is_lost_before ? came_ns : -1;
}

// The only port on the way of those who pass it.
static void audit_only_port(struct audit *audit, const struct port *port) {
    const struct runlog *log = audit->log;
    struct passage *passages = memory_allocate(log->gradient_count, sizeof *passages);
    size_t pushes = 0;
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        int64_t came_ns = push_came_ns(audit, row);
        if (came_ns >= 0 && passes(port, row->worker)) {
            passages[pushes++] =
                (struct passage){came_ns, came_ns + row->push_port_wait_ns, SIM_TIME_NEVER};
        }
    }
    expect_one_at_a_time(audit, passages, pushes, port->port_ns, true);
    size_t replies = 0;
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        const struct gradient_row *next = audit_next_of_worker(audit, row);
        if (audit->reply_end_ns[i] >= 0 && next != NULL && !audit_starts_anew(audit, next) &&
            passes(port, row->worker)) {
            int64_t sets_out_ns = audit_connected(audit, row->worker, audit->reply_end_ns[i]);
            int64_t came_ns =
                sim_time_add(sets_out_ns, audit_way_of_reply(audit, row, sets_out_ns).timeouts_ns);
            passages[replies++] =
                (struct passage){came_ns, came_ns + next->reply_port_wait_ns, SIM_TIME_NEVER};
        }
    }
    expect_one_at_a_time(audit, passages, replies, port->port_ns, false);
    memory_free(passages);
}

// ---- two ports, one behind the other ----

static int by_coming(const void *left, const void *right) {
    const struct passage *a = left;
    const struct passage *b = right;
    return (a->came_ns > b->came_ns) - (a->came_ns < b->came_ns);
}

// All messages take as long at a port: when it begins with one of them does not depend on whose it
// is. Adds the waits of those that come before the end, and, at the most, at the end, and sends
// them on.
static void pass_in_turn(struct passage *passages, size_t count, int64_t port_ns, int64_t end_ns,
                         int64_t waits_ns[2]) {
    int64_t free_ns = 0;
    qsort(passages, count, sizeof *passages, by_coming);
    for (size_t i = 0; i < count; i++) {
        if (passages[i].lost_ns <= passages[i].came_ns) {
            continue;
        }
        int64_t begins_ns = passages[i].came_ns > free_ns ? passages[i].came_ns : free_ns;
        free_ns = sim_time_add(begins_ns, port_ns);
        int64_t wait_ns = begins_ns - passages[i].came_ns;
        waits_ns[0] += passages[i].came_ns < end_ns ? wait_ns : 0;
        waits_ns[1] += passages[i].came_ns <= end_ns ? wait_ns : 0;
        passages[i].came_ns = free_ns;
    }
}

// The pushes pass the uplinks and then the server's port. Their waits add up to what they would if
// each port took them in turn, whoever is first at the same moment.
static void audit_two_ports(struct audit *audit, const int16_t *group_of, int64_t bytes) {
    const struct runlog *log = audit->log;
    const struct cluster_options *cluster = &audit->scenario->cluster;
    struct passage *passages = memory_allocate(log->gradient_count, sizeof *passages);
    size_t count = 0;
    int64_t waits_ns[2] = {0};
    int64_t logged_ns = 0;
    for (int32_t group = -1; group < cluster->groups.count; group++) {
        const struct port port = {.group_of = group_of, .group = group};
        size_t first = count;
        for (size_t i = 0; i < log->gradient_count; i++) {
            int64_t came_ns = push_came_ns(audit, &log->gradients[i]);
            if (came_ns >= 0 && passes(&port, log->gradients[i].worker)) {
                passages[count++] = (struct passage){.came_ns = came_ns,
                                                     .lost_ns = lost_ns(audit, &log->gradients[i])};
                logged_ns += log->gradients[i].push_port_wait_ns;
            }
        }
        int64_t bandwidth =
            group < 0 ? 0 : cluster->groups.entries[group].uplink_bandwidth_bits_per_s;
        if (bandwidth > 0) {
            pass_in_turn(passages + first, count - first, transfer_span_ns(bytes, bandwidth),
                         log->ending.end_ns, waits_ns);
        }
    }
    int64_t port_ns = transfer_span_ns(bytes, cluster->server.bandwidth_bits_per_s);
    pass_in_turn(passages, count, port_ns, log->ending.end_ns, waits_ns);
    if (logged_ns < waits_ns[0] || logged_ns > waits_ns[1]) {
        audit_complain(audit, "the pushes wait %" PRId64 " ns at ports, should be %" PRId64,
                       logged_ns, waits_ns[0]);
    }
    memory_free(passages);
}

static void audit_uplinks(struct audit *audit, int64_t bytes) {
    const struct cluster_options *cluster = &audit->scenario->cluster;
    const int16_t *groups = audit->group_of[audit->past_count];
    bool crashes = audit->absence_count > 0; // no row tells at which port a push was lost
    if (transfer_span_ns(bytes, cluster->server.bandwidth_bits_per_s) > 0 && !crashes) {
        audit_two_ports(audit, groups, bytes);
    }
    for (int32_t i = -1; i < cluster->groups.count; i++) {
        int64_t bandwidth = i < 0 ? 0 : cluster->groups.entries[i].uplink_bandwidth_bits_per_s;
        struct port uplink = {groups, i, transfer_span_ns(bytes, bandwidth)};
        if (cluster->server.bandwidth_bits_per_s == 0) {
            audit_only_port(audit, &uplink);
        }
    }
}

void audit_port(struct audit *audit) {
    expect_no_wait(audit);
    const struct cluster_options *cluster = &audit->scenario->cluster;
    int64_t bytes = run_message_bytes(audit->scenario, (int64_t)audit->log->header.parameter_count);
    if (audit->past_count > 0) {
        return;
    }
    const struct port server = {.port_ns =
                                    transfer_span_ns(bytes, cluster->server.bandwidth_bits_per_s)};
    if (has_uplink(cluster)) {
        audit_uplinks(audit, bytes);
    } else if (server.port_ns > 0) {
        audit_only_port(audit, &server);
    }
}
