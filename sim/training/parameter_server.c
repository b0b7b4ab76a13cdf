// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/parameter_server.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/training/threshold_schedule.h"

static int64_t window_of(const struct policy_options *options, int32_t workers) {
    int64_t window = options->threshold.window;
    REQUIRE(window >= 0);
    return window == THRESHOLD_WORKERS ? workers : window;
}

void parameter_server_init(struct parameter_server *server, const struct policy_options *options,
                           int32_t workers) {
    REQUIRE(workers >= 1);
    *server = (struct parameter_server){
        .aggregation = aggregation_of(options->policy), .options = *options, .workers = workers};
    server->queue_capacity = (size_t)workers;
    server->queue = memory_allocate(server->queue_capacity, sizeof *server->queue);
    attendance_init(&server->attendance, workers);
    loss_estimate_init(&server->loss, window_of(options, workers));
}

void parameter_server_reset(struct parameter_server *server) {
    REQUIRE(server->queue_count <= server->queue_capacity);
    memory_free(server->queue);
    memory_free(server->buffer);
    memory_free(server->flush);
    memory_free(server->answers);
    attendance_reset(&server->attendance);
    loss_estimate_reset(&server->loss);
    *server = (struct parameter_server){0};
}

void parameter_server_set_epoch(struct parameter_server *server, int64_t batch,
                                int64_t train_count) {
    REQUIRE(batch >= 1 && train_count >= 0);
    server->batch = batch;
    server->train_count = train_count;
}

void parameter_server_add_loss(struct parameter_server *server, double loss) {
    REQUIRE(!isnan(loss));
    loss_estimate_add(&server->loss, loss);
}

bool parameter_server_discards(const struct parameter_server *server) {
    return aggregation_discards(&server->options);
}

void parameter_server_started(struct parameter_server *server, struct gradient_stamp gradient) {
    REQUIRE(gradient.version >= 0 && gradient.version <= server->version);
    attendance_started(&server->attendance, &gradient);
}

void parameter_server_cancelled(struct parameter_server *server, struct gradient_stamp gradient) {
    REQUIRE(gradient.version >= 0 && gradient.version <= server->version);
    attendance_cancelled(&server->attendance, &gradient);
    server->clock_answered = server->attendance.clock_least;
}

void parameter_server_lost(struct parameter_server *server, struct gradient_stamp gradient) {
    REQUIRE(gradient.version >= 0 && gradient.version <= server->version);
    attendance_lost(&server->attendance, &gradient);
}

void parameter_server_returned(struct parameter_server *server, int32_t worker) {
    REQUIRE(server->aggregation != NULL);
    attendance_returned(&server->attendance, worker);
}

bool parameter_server_goes_on(const struct parameter_server *server,
                              const struct gradient_stamp *gradient, int64_t clock_read) {
    const struct aggregation *aggregation = server->aggregation;
    REQUIRE(clock_read >= 0 && clock_read <= server->attendance.clock_least);
    return aggregation->goes_on != NULL &&
           aggregation->goes_on(&server->options,
                                server->attendance.workers[gradient->worker].started, clock_read);
}

static struct server_effect begin(struct parameter_server *server, enum server_activity activity,
                                  struct gradient_stamp gradient) {
    server->activity = activity;
    return (struct server_effect){.activity = activity, .gradient = gradient};
}

static struct server_effect begin_service(struct parameter_server *server,
                                          struct gradient_stamp gradient) {
    INVARIANT(server->replies_sent == server->answer_count);
    server->current = gradient;
    server->answer_count = 0;
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

// Most policies have at most one gradient of each worker here, and P places are enough for them.
static void grow_queue(struct parameter_server *server) {
    size_t old = server->queue_capacity;
    INVARIANT(server->queue_count == old);
    server->queue = memory_resize(server->queue, 2 * old, sizeof *server->queue);
    // What has wrapped around goes on behind the old end.
    memcpy(server->queue + old, server->queue, server->queue_head * sizeof *server->queue);
    server->queue_capacity = 2 * old;
}

struct server_effect parameter_server_arrive(struct parameter_server *server,
                                             struct gradient_stamp gradient, bool silent) {
    REQUIRE(gradient.version >= 0 && gradient.version <= server->version);
    attendance_arrived(&server->attendance, gradient.worker, silent);
    if (server->activity == SERVER_NOTHING) {
        INVARIANT(server->queue_count == 0);
        return begin_service(server, gradient);
    }
    if (server->queue_count == server->queue_capacity) {
        grow_queue(server);
    }
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
    INVARIANT(server->buffer_count >= 1 && server->flush_count == 0);
    struct gradient_stamp *stamps = server->flush;
    size_t capacity = server->flush_capacity;
    server->flush = server->buffer;
    server->flush_count = server->buffer_count;
    server->flush_capacity = server->buffer_capacity;
    server->buffer = stamps;
    server->buffer_count = 0;
    server->buffer_repeats = 0;
    server->buffer_capacity = capacity;
    for (size_t i = 0; i < server->flush_count; i++) {
        attendance_left(&server->attendance, server->flush[i].worker);
    }
    if (server->flush_count > 1) {
        qsort(server->flush, server->flush_count, sizeof *server->flush, by_worker_then_number);
    }
}

// ---- who is replied to ----

static void add_answer(struct parameter_server *server, const struct gradient_stamp *gradient) {
    size_t before = server->answer_count;
    INVARIANT(before < (size_t)server->workers);
    INVARIANT(before == 0 || server->answers[before - 1].worker < gradient->worker);
    server->answers =
        memory_grow(server->answers, &server->answer_capacity, before + 1, sizeof *server->answers);
    server->answers[server->answer_count++] = *gradient;
    attendance_answer(&server->attendance, gradient->worker);
}

static void answer_or_hold(struct parameter_server *server, int32_t worker) {
    const struct attendance *attendance = &server->attendance;
    const struct attendee *attendee = &attendance->workers[worker];
    const struct aggregation *aggregation = server->aggregation;
    INVARIANT(attendee->owed);
    if (aggregation->holds_back != NULL &&
        aggregation->holds_back(&server->options, attendee->started, attendance->clock_least)) {
        attendance_hold(&server->attendance, worker);
    } else {
        add_answer(server, &attendee->latest);
    }
}

// Who is replied to in this service, in worker order: the workers of these gradients, which stand
// in it, as far as they still wait for the reply to them and may go on; those who were held back
// and no longer are; and everybody who waits, if all start anew.
static void collect_answers(struct parameter_server *server, const struct gradient_stamp *due,
                            size_t count, bool everybody) {
    struct attendance *attendance = &server->attendance;
    INVARIANT(server->answer_count == 0);
    server->clock_answered = attendance->clock_least;
    bool others = everybody || attendance->held > 0;
    for (size_t i = 0; i < count; i++) {
        if (!attendance_is_owed(attendance, &due[i])) {
            continue;
        }
        if (others) { // its turn comes below, among the others
            attendance_hold(attendance, due[i].worker);
        } else {
            answer_or_hold(server, due[i].worker);
        }
    }
    for (int32_t worker = 0; others && worker < server->workers; worker++) {
        const struct attendee *attendee = &attendance->workers[worker];
        if (attendee->held || (everybody && attendee->owed)) {
            answer_or_hold(server, worker);
        }
    }
}

static struct server_effect next_reply(struct parameter_server *server) {
    INVARIANT(server->replies_sent <= server->answer_count);
    if (server->replies_sent == server->answer_count) {
        return next_service(server);
    }
    ENSURE(server->answers[server->replies_sent].worker < server->workers);
    return begin(server, SERVER_REPLIES, server->answers[server->replies_sent]);
}

void parameter_server_change_policy(struct parameter_server *server,
                                    const struct policy_options *options) {
    REQUIRE((aggregation_of(options->policy) == NULL) == (server->aggregation == NULL));
    const struct threshold_options *before = &server->options.threshold;
    const struct threshold_options *now = &options->threshold;
    int64_t window = window_of(options, server->workers);
    if (window != server->loss.window) {
        loss_estimate_reset(&server->loss);
        loss_estimate_init(&server->loss, window);
    }
    if (options->policy != server->options.policy || now->schedule != before->schedule ||
        now->start != before->start || now->every != before->every ||
        now->counts != before->counts) {
        server->threshold_memory = (struct threshold_memory){0};
    }
    server->aggregation = aggregation_of(options->policy);
    server->options = *options;
}

static struct server_effect drop(struct parameter_server *server) {
    const struct gradient_stamp current = server->current;
    INVARIANT(current.version < server->version);
    int32_t absent = server->attendance.absent;
    attendance_left(&server->attendance, current.worker);
    server->looks_again = server->looks_again || server->attendance.absent > absent;
    collect_answers(server, &current, 1, false);
    struct server_effect effect = next_reply(server);
    effect.dropped = true;
    return effect;
}

static int64_t ask_threshold(struct parameter_server *server, int64_t now_ns) {
    bool reads_loss = threshold_reads_loss(&server->options);
    INVARIANT(server->attendance.absent >= 0 && server->attendance.absent <= server->workers);
    struct aggregation_view view = {
        .workers = server->workers,
        .present = server->workers - server->attendance.absent,
        .gradients_received = server->gradients_received,
        .version = server->version,
        .now_ns = now_ns,
        .batch = server->batch,
        .train_count = server->train_count,
        .loss = reads_loss ? loss_estimate_mean(&server->loss) : (double)NAN,
        .first_loss = server->loss.first,
        .waits = aggregation_waits(&server->options),
        .memory = &server->threshold_memory,
    };
    int64_t threshold = server->aggregation->threshold(&server->options, &view);
    INVARIANT(threshold >= 1);
    return threshold;
}

// Where workers wait, only who has been back from a crash brings a second one; where a worker went
// on under the policy of before, each counts.
static bool is_in_buffer(const struct parameter_server *server, int32_t worker) {
    bool found = false;
    if (server->attendance.workers[worker].returned) {
        for (size_t i = 0; i < server->buffer_count && !found; i++) {
            found = server->buffer[i].worker == worker;
        }
    }
    return found;
}

// What the buffer comes to: workers where they wait, else gradients.
static int64_t buffered_for_threshold(const struct parameter_server *server) {
    INVARIANT(server->buffer_repeats <= server->buffer_count);
    bool repeats = server->buffer_repeats > 0 && aggregation_waits(&server->options);
    return (int64_t)(server->buffer_count - (repeats ? server->buffer_repeats : 0));
}

// K of now, and whether the buffer has come to it.
static bool is_full(struct parameter_server *server, int64_t now_ns) {
    server->threshold =
        server->recorded_threshold > 0 ? server->recorded_threshold : ask_threshold(server, now_ns);
    server->recorded_threshold = 0;
    server->looks_again = false;
    return server->buffer_count > 0 && buffered_for_threshold(server) >= server->threshold;
}

static struct server_effect begin_update(struct parameter_server *server) {
    const struct aggregation *aggregation = server->aggregation;
    REQUIRE(server->activity == SERVER_RECEIVES || server->activity == SERVER_NOTHING);
    move_buffer_to_flush(server);
    collect_answers(server, server->flush, server->flush_count,
                    aggregation->cancels != NULL && aggregation->cancels(&server->options));
    return begin(server, SERVER_UPDATES, server->current);
}

void parameter_server_count_out(struct parameter_server *server, int32_t worker) {
    REQUIRE(server->aggregation != NULL);
    attendance_count_out(&server->attendance, worker);
    server->looks_again = true;
}

struct server_effect parameter_server_look_again(struct parameter_server *server, int64_t now_ns) {
    if (!parameter_server_looks_again(server)) {
        return (struct server_effect){.activity = SERVER_NOTHING};
    }
    INVARIANT(server->queue_count == 0 && server->replies_sent == server->answer_count);
    server->flush_count = 0;
    server->answer_count = 0;
    server->replies_sent = 0;
    if (is_full(server, now_ns)) {
        server->current = server->buffer[server->buffer_count - 1];
        return begin_update(server);
    }
    collect_answers(server, NULL, 0, false);
    return next_reply(server);
}

struct server_effect parameter_server_received(struct parameter_server *server, int64_t now_ns) {
    REQUIRE(server->activity == SERVER_RECEIVES);
    const struct gradient_stamp current = server->current;
    const struct aggregation *aggregation = server->aggregation;
    const struct policy_options *options = &server->options;
    INVARIANT(current.version <= server->version);
    INVARIANT(server->answer_count == 0 && server->replies_sent == 0);
    server->flush_count = 0; // not before: who has updated looks at it, though no reply follows
    server->gradients_received++;
    attendance_received(&server->attendance, &current);
    if (aggregation->drops != NULL &&
        aggregation->drops(options, server->version - current.version)) {
        return drop(server);
    }
    server->buffer = memory_grow(server->buffer, &server->buffer_capacity, server->buffer_count + 1,
                                 sizeof *server->buffer);
    server->buffer_repeats += is_in_buffer(server, current.worker);
    server->buffer[server->buffer_count++] = current;
    if (is_full(server, now_ns)) {
        return begin_update(server);
    }
    collect_answers(server, &current, aggregation->pushed_worker_waits(options) ? 0 : 1, false);
    return next_reply(server);
}

struct server_effect parameter_server_updated(struct parameter_server *server) {
    REQUIRE(server->activity == SERVER_UPDATES);
    INVARIANT(server->flush_count >= 1 && server->replies_sent == 0);
    server->version++;
    return next_reply(server);
}

struct server_effect parameter_server_replied(struct parameter_server *server) {
    REQUIRE(server->activity == SERVER_REPLIES);
    INVARIANT(server->replies_sent < server->answer_count);
    server->replies_sent++;
    return next_reply(server);
}
