// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/parameter_server.h"

#include <stdlib.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

void parameter_server_init(struct parameter_server *server, const struct policy_options *options,
                           int32_t workers) {
    REQUIRE(workers >= 1);
    *server = (struct parameter_server){
        .aggregation = aggregation_of(options->policy), .options = *options, .workers = workers};
    server->queue_capacity = (size_t)workers;
    server->queue = memory_allocate(server->queue_capacity, sizeof *server->queue);
}

void parameter_server_reset(struct parameter_server *server) {
    memory_free(server->queue);
    memory_free(server->buffer);
    memory_free(server->flush);
    *server = (struct parameter_server){0};
}

bool parameter_server_pushed_worker_waits(const struct parameter_server *server) {
    return server->aggregation->pushed_worker_waits(&server->options);
}

static struct server_effect begin(struct parameter_server *server, enum server_activity activity,
                                  struct gradient_stamp gradient) {
    server->activity = activity;
    return (struct server_effect){activity, gradient};
}

static struct server_effect begin_service(struct parameter_server *server,
                                          struct gradient_stamp gradient) {
    server->current = gradient;
    server->flush_count = 0;
    server->replies_sent = 0;
    return begin(server, SERVER_RECEIVES, gradient);
}

// The service is over: the next in the queue, if any.
static struct server_effect next_service(struct parameter_server *server) {
    if (server->queue_count == 0) {
        return begin(server, SERVER_NOTHING, (struct gradient_stamp){0});
    }
    struct gradient_stamp gradient = server->queue[server->queue_head];
    server->queue_head = (server->queue_head + 1) % server->queue_capacity;
    server->queue_count--;
    return begin_service(server, gradient);
}

struct server_effect parameter_server_arrive(struct parameter_server *server,
                                             struct gradient_stamp gradient) {
    if (server->activity == SERVER_NOTHING) {
        return begin_service(server, gradient);
    }
    // Every worker has at most one gradient between its push and its reply, so a ring of P places
    // is enough.
    INVARIANT(server->queue_count < server->queue_capacity);
    server->queue[(server->queue_head + server->queue_count) % server->queue_capacity] = gradient;
    server->queue_count++;
    return (struct server_effect){.activity = SERVER_NOTHING};
}

// Sums run in (worker, gradient number) order, so that the order of arrival does not change a bit.
static int by_worker_then_number(const void *left, const void *right) {
    const struct gradient_stamp *a = left;
    const struct gradient_stamp *b = right;
    if (a->worker != b->worker) {
        return a->worker < b->worker ? -1 : 1;
    }
    return (a->number > b->number) - (a->number < b->number);
}

static void move_buffer_to_flush(struct parameter_server *server) {
    struct gradient_stamp *stamps = server->flush;
    size_t capacity = server->flush_capacity;
    server->flush = server->buffer;
    server->flush_count = server->buffer_count;
    server->flush_capacity = server->buffer_capacity;
    server->buffer = stamps;
    server->buffer_count = 0;
    server->buffer_capacity = capacity;
    if (server->flush_count > 1) {
        qsort(server->flush, server->flush_count, sizeof *server->flush, by_worker_then_number);
    }
}

// Replies of a service: to those of the flush that are owed one; without a flush, to a pusher that
// need not wait for it.
static struct server_effect next_reply(struct parameter_server *server) {
    while (server->replies_sent < server->flush_count &&
           !server->flush[server->replies_sent].reply_owed) {
        server->replies_sent++;
    }
    if (server->replies_sent < server->flush_count) {
        return begin(server, SERVER_REPLIES, server->flush[server->replies_sent]);
    }
    bool at_once = server->flush_count == 0 && !server->current.reply_owed;
    if (at_once && server->replies_sent == 0) {
        return begin(server, SERVER_REPLIES, server->current);
    }
    return next_service(server);
}

int64_t parameter_server_replies_owed(const struct parameter_server *server) {
    int64_t owed = 0;
    for (size_t i = 0; i < server->flush_count; i++) {
        owed += server->flush[i].reply_owed;
    }
    return owed;
}

void parameter_server_change_policy(struct parameter_server *server,
                                    const struct policy_options *options) {
    server->aggregation = aggregation_of(options->policy);
    server->options = *options;
}

struct server_effect parameter_server_received(struct parameter_server *server) {
    REQUIRE(server->activity == SERVER_RECEIVES);
    server->gradients_received++;
    struct aggregation_view view = {.workers = server->workers,
                                    .gradients_received = server->gradients_received,
                                    .version = server->version};
    server->threshold = server->aggregation->threshold(&server->options, &view);
    INVARIANT(server->threshold >= 1);
    server->buffer = memory_grow(server->buffer, &server->buffer_capacity, server->buffer_count + 1,
                                 sizeof *server->buffer);
    bool applies = (int64_t)server->buffer_count + 1 >= server->threshold;
    server->current.reply_owed = applies || parameter_server_pushed_worker_waits(server);
    server->buffer[server->buffer_count++] = server->current;
    if (!applies) {
        return next_reply(server);
    }
    move_buffer_to_flush(server);
    return begin(server, SERVER_UPDATES, server->current);
}

struct server_effect parameter_server_updated(struct parameter_server *server) {
    REQUIRE(server->activity == SERVER_UPDATES);
    server->version++;
    return next_reply(server);
}

struct server_effect parameter_server_replied(struct parameter_server *server) {
    REQUIRE(server->activity == SERVER_REPLIES);
    server->replies_sent++;
    return next_reply(server);
}
