// SPDX-License-Identifier: GPL-3.0-or-later
// How long each stage of one gradient takes. All spans of a gradient are drawn at its dispatch,
// each from a stream keyed (seed, purpose, worker, number): a pure function, the same under every
// policy.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/cluster/cluster_options.h"

struct gradient_spans {
    int64_t compute_ns;      // one minibatch gradient
    int64_t delay_ns;        // the extra execution delay
    int64_t push_ns;         // worker to server: time-outs + latency + bytes / bandwidth, of the
                             // link, of its group's uplink and of the server's port; but not what
                             // it waits at these two
    int64_t receive_ns;      // the server's span to receive it
    int64_t reply_ns;        // the server's span to send the reply
    int64_t reply_travel_ns; // server to worker, likewise
    int64_t push_losses;     // attempts that were lost
    int64_t reply_losses;
    uint64_t tie; // key of the tie rule: 0 under fifo
};

// Of the messages of a gradient, what must be known on their way.
struct port_spans {
    int64_t push_ns;          // from when it sets out to its end, but for waiting at ports
    int64_t reply_ns;         // likewise, of its way back
    int64_t port_ns;          // at the server's port, each way; 0: there is none
    int64_t uplink_ns;        // likewise, at the uplink of the worker's group
    uint64_t uplink;          // which uplink: equal for those who share it
    int64_t push_timeouts_ns; // until the attempt that arrives sets out
    int64_t reply_timeouts_ns;
    int64_t transfer_ns;      // on the worker's own link, each way
    struct loss_options loss; // of each
};

// A group of workers that average their models.
struct reduction_group {
    int32_t first;                    // worker
    int32_t members;                  // first, first + 1, ...
    bool all;                         // all workers, rather than a cluster
    const struct link_factors *links; // (members): what incidents make of each one's own link when
                                      // it begins; NULL: nothing
};

struct reduction_spans {
    int64_t span_ns; // of the all-reduce (all_reduce.h, all_reduce_racks.h), and the time-outs
    int64_t bytes_intra;
    int64_t bytes_inter;
    int64_t losses; // messages that were lost and sent again
    uint64_t tie;   // key of the tie rule: 0 under fifo
};

// What the spans of one worker are drawn from: the cluster's laws, or its group's.
struct worker_laws {
    const struct distribution *compute;
    double slowdown; // multiplies each compute time that is drawn
    const struct distribution *delay;
    bool is_always_delayed; // else as the cluster says, unless it is never
    bool is_never_delayed;
    const struct distribution *latency;
    int64_t bandwidth_bits_per_s; // 0: unlimited
    int64_t transfer_ns;          // bytes / bandwidth, rounded up
    struct loss_options loss;
    const struct distribution *uplink_latency; // NULL: none
    int64_t uplink_ns;                         // bytes / bandwidth of the uplink, rounded up
    struct port_spans port;                    // of its messages, but for what is drawn
};

// The laws of a scenario, made ready for sampling.
struct span_laws {
    struct cluster_options options;
    uint64_t seed;
    bool random_ties;
    int32_t delayed_workers; // the first so many are delayed (DELAY_FIXED)
    double delayed_share;    // chance of each gradient (DELAY_RANDOM)
    int64_t transfer_ns;     // bytes / bandwidth, rounded up
    int64_t port_ns;         // likewise, at the server's port
    int64_t message_bytes;
    int64_t local_steps; // minibatches of one gradient: their times add up; 0 stands for 1
    int64_t batch_ns;    // added to the compute time of each minibatch
    int16_t *group_of;   // (workers): the index of each one's group, -1 for none; NULL: no groups
    struct worker_laws of_groups[1 + GROUPS_MAX]; // those of no group, and of each group; they
                                                  // borrow the options above
};

// message_bytes: what one push or one reply carries. Release with span_laws_reset. Not to be moved.
void span_laws_init(struct span_laws *laws, const struct cluster_options *options, uint64_t seed,
                    bool random_ties, int64_t message_bytes);
void span_laws_reset(struct span_laws *laws);

// What a worker draws from; borrowed from the laws. Requires: it is one of the cluster's.
const struct worker_laws *span_laws_of_worker(const struct span_laws *laws, int32_t worker);

// The spans of gradient "number" of the worker. Requires: 0 <= number < 2^32.
void span_laws_gradient(const struct span_laws *laws, int32_t worker, int64_t number,
                        struct gradient_spans *spans);

// Of a gradient of the worker with these spans; its losses are not negative.
void span_laws_port(const struct span_laws *laws, int32_t worker,
                    const struct gradient_spans *spans, struct port_spans *port);

// The span of the update that makes "version".
int64_t span_laws_update(const struct span_laws *laws, int64_t version);

// The group's reduction "number" (each group counts its own). One latency is drawn for it from each
// kind of link that it uses, keyed (seed, purpose, group, number), a group being 0 for all workers
// and 1 + first otherwise. A member has its group's latency and bandwidth in place of the
// cluster's; the same draw gives the latency of each, and the slowest counts. What crosses the
// border of a group with an uplink passes that, too (all_reduce_racks.h); one more draw gives the
// latency of each uplink. Of its steps, which follow each other (all_reduce_steps), each is one
// message that may be lost.
// Requires: 0 <= number < 2^32.
void span_laws_reduction(const struct span_laws *laws, struct reduction_group group, int64_t number,
                         struct reduction_spans *spans);

// bytes / (bits_per_s / 8) in ns, rounded up; 0 where the bandwidth is unlimited (0).
int64_t transfer_span_ns(int64_t bytes, int64_t bandwidth_bits_per_s);
