// SPDX-License-Identifier: GPL-3.0-or-later
// The parameter server as a pure state machine: one FIFO queue; one service is receive, then update
// if the flush condition holds, then replies, uninterrupted. It does no arithmetic, keeps no clock
// and draws nothing: each call says that a span is over and returns what the server begins now; the
// caller knows how long that takes.
#pragma once

#include <stddef.h>

#include "sim/training/aggregation.h"
#include "sim/training/attendance.h"
#include "sim/training/loss_estimate.h"

enum server_activity {
    SERVER_NOTHING,  // nothing new: it is idle, or goes on with what it does
    SERVER_RECEIVES, // begins to receive "gradient"
    SERVER_UPDATES,  // begins to apply the flush; "gradient" triggered it
    SERVER_REPLIES,  // begins to send the reply to "gradient"
};

struct server_effect {
    enum server_activity activity;
    struct gradient_stamp gradient;
    bool dropped; // the gradient just received is not kept
};

struct parameter_server {
    const struct aggregation *aggregation;
    struct policy_options options;
    int32_t workers;
    enum server_activity activity; // what it is at; SERVER_NOTHING: idle
    struct gradient_stamp current; // the gradient in service
    int64_t gradients_received;    // n
    int64_t version;               // updates applied
    int64_t threshold;             // K at the last test of the buffer; 0 before the first
    struct gradient_stamp *queue;  // ring of those that have arrived: queue_count from queue_head
    size_t queue_head, queue_count, queue_capacity;
    struct gradient_stamp *buffer; // received, not yet applied
    size_t buffer_count, buffer_capacity;
    size_t buffer_repeats;        // of these, of workers that have an earlier one there
    struct gradient_stamp *flush; // being applied or replied to, in (worker, number) order
    size_t flush_count, flush_capacity;
    struct gradient_stamp *answers; // whose workers are replied to in this service, in worker order
    size_t answer_count, answer_capacity;
    size_t replies_sent;    // of this service
    int64_t clock_answered; // the slowest worker's clock when these answers were decided upon
    struct attendance attendance;
    bool looks_again; // fewer are present, and the buffer has not been tested since
    struct loss_estimate loss;
    struct threshold_memory threshold_memory;
    int64_t recorded_threshold; // K of the next test, whatever the policy would say; 0: it says
    int64_t batch;              // samples in a gradient
    int64_t train_count;        // samples in an epoch; 0: there are no data
};

void parameter_server_init(struct parameter_server *server, const struct policy_options *options,
                           int32_t workers);
void parameter_server_reset(struct parameter_server *server); // releases the memory

// How long an epoch is, for a schedule that counts them.
void parameter_server_set_epoch(struct parameter_server *server, int64_t batch,
                                int64_t train_count);

// The minibatch loss of an applied gradient, in the order in which the update takes them.
void parameter_server_add_loss(struct parameter_server *server, double loss);

// The worker starts this gradient. To be said of every gradient, before it arrives.
void parameter_server_started(struct parameter_server *server, struct gradient_stamp gradient);

// The worker has given this gradient up. To be said of every one that is cancelled.
void parameter_server_cancelled(struct parameter_server *server, struct gradient_stamp gradient);

// This gradient is lost with its worker. To be said of every one before it arrives.
void parameter_server_lost(struct parameter_server *server, struct gradient_stamp gradient);

// The worker begins anew after a crash: what of it is here is kept, and not replied to any more.
void parameter_server_returned(struct parameter_server *server, int32_t worker);

// Does the worker of a gradient that sets out for the server go on at once, at the same version?
// clock_read: clock_answered when that version was sent to it.
bool parameter_server_goes_on(const struct parameter_server *server,
                              const struct gradient_stamp *gradient, int64_t clock_read);

// A gradient has come in at the door. An idle server begins to receive it; otherwise it queues.
// silent: its worker has fallen silent since it set out (parameter_server_count_out).
struct server_effect parameter_server_arrive(struct parameter_server *server,
                                             struct gradient_stamp gradient, bool silent);

// The receive span is over: n rises. A gradient that its policy does not want any more, because of
// the updates since it was read, is dropped here; its worker is replied to at once, unless it has
// been since. Of any other, K(n) is evaluated and then the buffer is tested, and nowhere else but
// in parameter_server_look_again: where workers wait, by the workers in it, for one that has
// crashed may have two gradients there. If the
// server updates, server->flush is what the update applies: the whole buffer, and server->answers
// who will be replied to; those of them who still compute are cancelled now.
struct server_effect parameter_server_received(struct parameter_server *server, int64_t now_ns);

// The update span is over: the version rises. The replies follow, in worker order: to the workers
// of the flush, as far as they have not been replied to at once ("continues") and are not held
// back; to everybody who waits for one, if the policy cancels; and to those who are held back no
// longer.
struct server_effect parameter_server_updated(struct parameter_server *server);

// One reply span is over.
struct server_effect parameter_server_replied(struct parameter_server *server);

// Nothing has been heard of the worker for too long: until a gradient of it comes in that it has
// sent since, nobody waits for it. Wherever its policy counts workers, only those count who are
// present: counted in, or with a gradient at the server, which has nothing to wait for in them. The
// caller asks parameter_server_look_again then.
void parameter_server_count_out(struct parameter_server *server, int32_t worker);

// To be asked when somebody has been counted out, or the last gradient here of one who is has been
// dropped, and again whenever the server has become idle: the second place at which the buffer is
// tested. An idle server updates if there are K gradients now, and else replies to those who are
// held back no longer; a busy one does nothing.
struct server_effect parameter_server_look_again(struct parameter_server *server, int64_t now_ns);

// Whether that would be of use now.
static inline bool parameter_server_looks_again(const struct parameter_server *server) {
    return server->looks_again && server->activity == SERVER_NOTHING;
}

// True if a gradient that a worker starts may never be applied: dropped, or cancelled.
bool parameter_server_discards(const struct parameter_server *server);

// Another policy from now on. Everything is kept as it is: queue, service under way, buffer and the
// replies owed, n, version, and the K of the last receipt. The new policy is asked at the next
// receipt and nowhere else. An estimate of the training loss over another window starts anew, and
// so does what another schedule remembers.
void parameter_server_change_policy(struct parameter_server *server,
                                    const struct policy_options *options);
