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

bool audit_attempts_fit(const struct audit *audit, const struct gradient_row *row) {
    const struct cluster_options *cluster = &audit_scenario_at(audit, row->dispatched_ns)->cluster;
    const struct loss_options *loss = &cluster->network.loss;
    double pushes = (double)row->push_attempts - 1;
    double replies = (double)row->reply_attempts - 1;
    if (cluster->groups.count > 0 && cluster_options_lose(cluster)) {
        return pushes >= 0 && replies >= 0; // who is in which group is not looked at
    }
    if (loss->share == 0 || pushes < 0 || replies < 0) {
        return pushes == 0 && replies == 0;
    }
    return (double)row->push_ns >= pushes * (double)loss->timeout_ns &&
           (double)row->reply_travel_ns >= replies * (double)loss->timeout_ns;
}

int64_t audit_push_end_ns(const struct audit *audit, const struct gradient_row *row) {
    return audit_pushed(audit, row->worker, row->ready_ns,
                        sim_time_add(row->push_ns, row->push_port_wait_ns));
}

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
};

static int by_beginning(const void *left, const void *right) {
    const struct passage *a = left;
    const struct passage *b = right;
    return (a->begins_ns > b->begins_ns) - (a->begins_ns < b->begins_ns);
}

static double timeouts_ns(const struct loss_options *loss, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        sum += nearbyint((double)loss->timeout_ns * pow(loss->backoff, (double)i));
    }
    return sum;
}

static void expect_one_at_a_time(struct audit *audit, struct passage *passages, size_t count,
                                 int64_t port_ns, bool whole) {
    qsort(passages, count, sizeof *passages, by_beginning);
    for (size_t i = 1; i < count; i++) {
        int64_t free_ns = passages[i - 1].begins_ns + port_ns;
        int64_t waited_ns = passages[i].begins_ns - passages[i].came_ns;
        if (passages[i].begins_ns < free_ns ||
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

// When a push comes to its first port; -1: it does not before the end.
static int64_t push_came_ns(const struct audit *audit, const struct gradient_row *row) {
    if (row->ready_ns < 0) {
        return -1;
    }
    const struct loss_options *loss = &audit->scenario->cluster.network.loss;
    double lost_ns = timeouts_ns(loss, row->push_attempts - 1);
    int64_t sets_out_ns = incident_calendar_connected(audit->calendar, row->worker, row->ready_ns);
    int64_t came_ns = sim_time_add(sets_out_ns, (int64_t)fmin(lost_ns, 4e18));
    int64_t crash_ns = audit_crash_after(audit, row->worker, row->dispatched_ns);
    bool is_lost_before = row->outcome == OUTCOME_LOST && crash_ns <= came_ns;
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
            passages[pushes++] = (struct passage){came_ns, came_ns + row->push_port_wait_ns};
        }
    }
    expect_one_at_a_time(audit, passages, pushes, port->port_ns, true);
    size_t replies = 0;
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        const struct gradient_row *next = audit_next_of_worker(audit, row);
        if (audit->reply_end_ns[i] >= 0 && next != NULL && !audit_starts_anew(audit, next) &&
            passes(port, row->worker)) {
            const struct loss_options *loss = &audit->scenario->cluster.network.loss;
            double lost_ns = timeouts_ns(loss, row->reply_attempts - 1);
            int64_t sets_out_ns =
                incident_calendar_connected(audit->calendar, row->worker, audit->reply_end_ns[i]);
            int64_t came_ns = sim_time_add(sets_out_ns, (int64_t)lost_ns);
            passages[replies++] = (struct passage){came_ns, came_ns + next->reply_port_wait_ns};
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
                passages[count++] = (struct passage){.came_ns = came_ns};
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
    int16_t *group_of = worker_groups_create(cluster, audit->scenario->seed);
    bool crashes = audit->absence_count > 0; // no row tells at which port a push was lost
    if (transfer_span_ns(bytes, cluster->server.bandwidth_bits_per_s) > 0 && !crashes) {
        audit_two_ports(audit, group_of, bytes);
    }
    for (int32_t i = -1; i < cluster->groups.count; i++) {
        int64_t bandwidth = i < 0 ? 0 : cluster->groups.entries[i].uplink_bandwidth_bits_per_s;
        struct port uplink = {group_of, i, transfer_span_ns(bytes, bandwidth)};
        if (cluster->server.bandwidth_bits_per_s == 0) {
            audit_only_port(audit, &uplink);
        }
    }
    memory_free(group_of);
}

void audit_port(struct audit *audit) {
    expect_no_wait(audit);
    const struct cluster_options *cluster = &audit->scenario->cluster;
    int64_t bytes = run_message_bytes(audit->scenario, (int64_t)audit->log->header.parameter_count);
    bool differ = cluster->groups.count > 0 && cluster_options_lose(cluster);
    if (audit->past_count > 0 || differ) {
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
