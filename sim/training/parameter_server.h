// SPDX-License-Identifier: GPL-3.0-or-later
// The parameter server as a pure state machine: one FIFO queue; one service is receive, then update
// if the flush condition holds, then replies, uninterrupted. It does no arithmetic, keeps no clock
// and draws nothing: each call says that a span is over and returns what the server begins now; the
// caller knows how long that takes.
#ifndef DESGD_TRAINING_PARAMETER_SERVER_H
#define DESGD_TRAINING_PARAMETER_SERVER_H

#include <stddef.h>

#include "sim/training/aggregation.h"
#include "sim/training/gradient_stamp.h"

enum server_activity {
    SERVER_NOTHING,  // nothing new: it is idle, or goes on with what it does
    SERVER_RECEIVES, // begins to receive "gradient"
    SERVER_UPDATES,  // begins to apply the flush; "gradient" triggered it
    SERVER_REPLIES,  // begins to send the reply to "gradient"
};

struct server_effect {
    enum server_activity activity;
    struct gradient_stamp gradient;
};

struct parameter_server {
    const struct aggregation *aggregation;
    struct policy_options options;
    int32_t workers;
    enum server_activity activity; // what it is at; SERVER_NOTHING: idle
    struct gradient_stamp current; // the gradient in service
    int64_t gradients_received;    // n
    int64_t version;               // updates applied
    int64_t threshold;             // K at the last receipt; 0 before the first
    struct gradient_stamp *queue;  // ring of those that have arrived: queue_count from queue_head
    size_t queue_head, queue_count, queue_capacity;
    struct gradient_stamp *buffer; // received, not yet applied
    size_t buffer_count, buffer_capacity;
    struct gradient_stamp *flush; // being applied or replied to, in (worker, number) order
    size_t flush_count, flush_capacity;
    size_t replies_sent; // of this service; places of the flush that are owed no reply count, too
};

void parameter_server_init(struct parameter_server *server, const struct policy_options *options,
                           int32_t workers);
void parameter_server_reset(struct parameter_server *server); // releases the memory

// A gradient has come in at the door. An idle server begins to receive it; otherwise it queues.
struct server_effect parameter_server_arrive(struct parameter_server *server,
                                             struct gradient_stamp gradient);

// The receive span is over: n rises, then K(n) is evaluated, then the buffer is tested; nowhere
// else. If the server updates, server->flush is what the update applies: the whole buffer.
struct server_effect parameter_server_received(struct parameter_server *server);

// The update span is over: the version rises. The replies follow: one to every worker of the flush
// that is still owed one, in (worker, number) order. Whether a gradient's worker is owed a reply
// after its flush is decided at its receipt: it is, under "waits", and if it triggers the flush;
// under "continues" it is replied to at once, in the service that receives it, and then not again.
struct server_effect parameter_server_updated(struct parameter_server *server);

// One reply span is over.
struct server_effect parameter_server_replied(struct parameter_server *server);

bool parameter_server_pushed_worker_waits(const struct parameter_server *server);

// Workers of the flush that wait for a reply until it is applied.
int64_t parameter_server_replies_owed(const struct parameter_server *server);

// Another policy from now on. Everything is kept as it is: queue, service under way, buffer and the
// replies owed in it, n, version, and the K of the last receipt. The new policy is asked at the
// next receipt and nowhere else.
void parameter_server_change_policy(struct parameter_server *server,
                                    const struct policy_options *options);

#endif
