// SPDX-License-Identifier: GPL-3.0-or-later
// What the network does to a message.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/cluster/gradient_spans.h"
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

bool audit_has_port(const struct audit *audit) {
    return audit->scenario->cluster.server.bandwidth_bits_per_s > 0 || audit->past_count > 0;
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

void audit_port(struct audit *audit) {
    expect_no_wait(audit);
    const struct runlog *log = audit->log;
    const struct cluster_options *cluster = &audit->scenario->cluster;
    int64_t bytes = run_message_bytes(audit->scenario, (int64_t)log->header.parameter_count);
    int64_t port_ns = transfer_span_ns(bytes, cluster->server.bandwidth_bits_per_s);
    bool differ = cluster->groups.count > 0 && cluster_options_lose(cluster);
    if (port_ns == 0 || audit->past_count > 0 || differ) {
        return;
    }
    struct passage *passages = memory_allocate(log->gradient_count, sizeof *passages);
    size_t pushes = 0;
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        double lost_ns = timeouts_ns(&cluster->network.loss, row->push_attempts - 1);
        int64_t sets_out_ns = incident_calendar_connected(audit->calendar, row->worker,
                                                          row->ready_ns < 0 ? 0 : row->ready_ns);
        int64_t came_ns = sim_time_add(sets_out_ns, (int64_t)fmin(lost_ns, 4e18));
        if (row->ready_ns >= 0 && came_ns < log->ending.end_ns) {
            passages[pushes++] = (struct passage){came_ns, came_ns + row->push_port_wait_ns};
        }
    }
    expect_one_at_a_time(audit, passages, pushes, port_ns, true);
    size_t replies = 0;
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        const struct gradient_row *next = audit_next_of_worker(audit, row);
        if (audit->reply_end_ns[i] >= 0 && next != NULL) {
            double lost_ns = timeouts_ns(&cluster->network.loss, row->reply_attempts - 1);
            int64_t sets_out_ns =
                incident_calendar_connected(audit->calendar, row->worker, audit->reply_end_ns[i]);
            int64_t came_ns = sim_time_add(sets_out_ns, (int64_t)lost_ns);
            passages[replies++] = (struct passage){came_ns, came_ns + next->reply_port_wait_ns};
        }
    }
    expect_one_at_a_time(audit, passages, replies, port_ns, false);
    memory_free(passages);
}
