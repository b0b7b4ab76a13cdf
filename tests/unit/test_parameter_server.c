// SPDX-License-Identifier: GPL-3.0-or-later
// parameter_server: a state machine, told as tables: what is said to it, and what it begins then.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/status.h"
#include "sim/training/parameter_server.h"
#include "tests/support/child.h"

enum call { CALL_END, ARRIVE, RECEIVED, UPDATED, REPLIED, BECOMES, MISSED, LOOKS };

// One call and what it must lead to. Gradients are written worker * 100 + number.
struct line {
    enum call call;
    int gradient; // that arrives; BECOMES: the policy from now on; MISSED: the worker
    enum server_activity activity;
    int about;         // the gradient of the effect
    int64_t version;   // after the call
    int64_t threshold; // after the call
    int buffered;      // after the call
};

static struct gradient_stamp stamp_of(int gradient) {
    return (struct gradient_stamp){
        .worker = gradient / 100, .number = gradient % 100, .reference = (uint32_t)gradient + 5000};
}

static struct server_effect start_and_arrive(struct parameter_server *server,
                                             struct gradient_stamp stamp) {
    parameter_server_started(server, stamp);
    return parameter_server_arrive(server, stamp, false);
}

static struct server_effect make_call(struct parameter_server *server, const struct line *line) {
    switch (line->call) {
    case ARRIVE:
        return start_and_arrive(server, stamp_of(line->gradient));
    case RECEIVED:
        return parameter_server_received(server, 0);
    case UPDATED:
        return parameter_server_updated(server);
    case BECOMES:
        parameter_server_change_policy(
            server,
            &(struct policy_options){.policy = (enum policy)line->gradient,
                                     .threshold = {.schedule = SCHEDULE_CONSTANT, .start = 3},
                                     .pushed_worker = PUSHED_CONTINUES});
        return (struct server_effect){.activity = SERVER_NOTHING};
    case MISSED:
        parameter_server_count_out(server, line->gradient);
        return parameter_server_look_again(server, 0);
    case LOOKS:
        return parameter_server_look_again(server, 0);
    case REPLIED:
    case CALL_END:
        break;
    }
    return parameter_server_replied(server);
}

static void expect_story(const struct policy_options *options, int32_t workers,
                         const struct line *lines) {
    struct parameter_server server;
    parameter_server_init(&server, options, workers);
    for (int i = 0; lines[i].call != CALL_END; i++) {
        const struct line *line = &lines[i];
        struct server_effect effect = make_call(&server, line);
        bool about = effect.activity == SERVER_NOTHING ||
                     (effect.gradient.worker == line->about / 100 &&
                      effect.gradient.number == line->about % 100 &&
                      effect.gradient.reference == (uint32_t)line->about + 5000);
        if (effect.activity != line->activity || !about || server.version != line->version ||
            server.threshold != line->threshold || (int)server.buffer_count != line->buffered) {
            fail_msg("line %d: activity %d about %d/%lld, version %lld, K %lld, buffer %zu", i,
                     (int)effect.activity, (int)effect.gradient.worker,
                     (long long)effect.gradient.number, (long long)server.version,
                     (long long)server.threshold, server.buffer_count);
        }
    }
    parameter_server_reset(&server);
}

// Asynchronous SGD: each gradient is received, applied, and answered with its own update, before
// the next in the queue is touched.
static void parameter_server__async__serves_each_gradient_by_itself(void **state) {
    (void)state;
    struct policy_options options = {.policy = POLICY_ASYNC};
    static const struct line lines[] = {
        {ARRIVE, 200, SERVER_RECEIVES, 200, 0, 0, 0}, {ARRIVE, 0, SERVER_NOTHING, 0, 0, 0, 0},
        {ARRIVE, 100, SERVER_NOTHING, 0, 0, 0, 0},    {RECEIVED, 0, SERVER_UPDATES, 200, 0, 1, 0},
        {UPDATED, 0, SERVER_REPLIES, 200, 1, 1, 0},   {REPLIED, 0, SERVER_RECEIVES, 0, 1, 1, 0},
        {RECEIVED, 0, SERVER_UPDATES, 0, 1, 1, 0},    {UPDATED, 0, SERVER_REPLIES, 0, 2, 1, 0},
        {REPLIED, 0, SERVER_RECEIVES, 100, 2, 1, 0},  {ARRIVE, 201, SERVER_NOTHING, 0, 2, 1, 0},
        {RECEIVED, 0, SERVER_UPDATES, 100, 2, 1, 0},  {UPDATED, 0, SERVER_REPLIES, 100, 3, 1, 0},
        {REPLIED, 0, SERVER_RECEIVES, 201, 3, 1, 0},  {RECEIVED, 0, SERVER_UPDATES, 201, 3, 1, 0},
        {UPDATED, 0, SERVER_REPLIES, 201, 4, 1, 0},   {REPLIED, 0, SERVER_NOTHING, 0, 4, 1, 0},
        {ARRIVE, 1, SERVER_RECEIVES, 1, 4, 1, 0},     {.call = CALL_END}};
    expect_story(&options, 3, lines);
}

// Synchronous SGD: nobody is answered before everybody's gradient is there, and then all are, in
// worker order, whatever the order of arrival.
static void parameter_server__sync__answers_all_after_the_last(void **state) {
    (void)state;
    struct policy_options options = {.policy = POLICY_SYNC};
    static const struct line lines[] = {{ARRIVE, 200, SERVER_RECEIVES, 200, 0, 0, 0},
                                        {RECEIVED, 0, SERVER_NOTHING, 0, 0, 3, 1},
                                        {ARRIVE, 0, SERVER_RECEIVES, 0, 0, 3, 1},
                                        {ARRIVE, 100, SERVER_NOTHING, 0, 0, 3, 1},
                                        {RECEIVED, 0, SERVER_RECEIVES, 100, 0, 3, 2},
                                        {RECEIVED, 0, SERVER_UPDATES, 100, 0, 3, 0},
                                        {UPDATED, 0, SERVER_REPLIES, 0, 1, 3, 0},
                                        {REPLIED, 0, SERVER_REPLIES, 100, 1, 3, 0},
                                        {REPLIED, 0, SERVER_REPLIES, 200, 1, 3, 0},
                                        {ARRIVE, 1, SERVER_NOTHING, 0, 1, 3, 0},
                                        {REPLIED, 0, SERVER_RECEIVES, 1, 1, 3, 0},
                                        {RECEIVED, 0, SERVER_NOTHING, 0, 1, 3, 1},
                                        {.call = CALL_END}};
    expect_story(&options, 3, lines);
}

// Hybrid, "waits": K = 1, then 2 from the second gradient on, then 3 from the fourth: K is that of
// the gradient just received, and is looked at nowhere else.
static void parameter_server__hybrid_waits__tests_the_buffer_at_each_receipt(void **state) {
    (void)state;
    struct policy_options options = {.policy = POLICY_HYBRID,
                                     .threshold = {.schedule = SCHEDULE_STEP,
                                                   .every = 2,
                                                   .start = 1,
                                                   .increment = 1,
                                                   .counts = COUNTS_GRADIENTS},
                                     .pushed_worker = PUSHED_WAITS};
    static const struct line lines[] = {
        {ARRIVE, 100, SERVER_RECEIVES, 100, 0, 0, 0}, {RECEIVED, 0, SERVER_UPDATES, 100, 0, 1, 0},
        {UPDATED, 0, SERVER_REPLIES, 100, 1, 1, 0},   {REPLIED, 0, SERVER_NOTHING, 0, 1, 1, 0},
        {ARRIVE, 0, SERVER_RECEIVES, 0, 1, 1, 0},     {RECEIVED, 0, SERVER_NOTHING, 0, 1, 2, 1},
        {ARRIVE, 200, SERVER_RECEIVES, 200, 1, 2, 1}, {RECEIVED, 0, SERVER_UPDATES, 200, 1, 2, 0},
        {UPDATED, 0, SERVER_REPLIES, 0, 2, 2, 0},     {REPLIED, 0, SERVER_REPLIES, 200, 2, 2, 0},
        {REPLIED, 0, SERVER_NOTHING, 0, 2, 2, 0},     {ARRIVE, 101, SERVER_RECEIVES, 101, 2, 2, 0},
        {RECEIVED, 0, SERVER_NOTHING, 0, 2, 3, 1},    {.call = CALL_END}};
    expect_story(&options, 3, lines);
}

// "continues": the reply goes at once to the one that pushed, with the version after the update
// that its own gradient triggered, if it did; a worker may be in one flush twice.
static void parameter_server__hybrid_continues__answers_the_pusher_at_once(void **state) {
    (void)state;
    struct policy_options options = {.policy = POLICY_HYBRID,
                                     .threshold = {.schedule = SCHEDULE_CONSTANT, .start = 3},
                                     .pushed_worker = PUSHED_CONTINUES};
    static const struct line lines[] = {{ARRIVE, 100, SERVER_RECEIVES, 100, 0, 0, 0},
                                        {RECEIVED, 0, SERVER_REPLIES, 100, 0, 3, 1},
                                        {REPLIED, 0, SERVER_NOTHING, 0, 0, 3, 1},
                                        {ARRIVE, 101, SERVER_RECEIVES, 101, 0, 3, 1},
                                        {ARRIVE, 0, SERVER_NOTHING, 0, 0, 3, 1},
                                        {RECEIVED, 0, SERVER_REPLIES, 101, 0, 3, 2},
                                        {REPLIED, 0, SERVER_RECEIVES, 0, 0, 3, 2},
                                        {RECEIVED, 0, SERVER_UPDATES, 0, 0, 3, 0},
                                        {UPDATED, 0, SERVER_REPLIES, 0, 1, 3, 0},
                                        {REPLIED, 0, SERVER_NOTHING, 0, 1, 3, 0},
                                        {.call = CALL_END}};
    expect_story(&options, 2, lines);
}

// Sums run in (worker, number) order; the numbers of one worker come in theirs.
static void parameter_server__a_flush__is_in_worker_then_number_order(void **state) {
    (void)state;
    struct policy_options options = {.policy = POLICY_HYBRID,
                                     .threshold = {.schedule = SCHEDULE_CONSTANT, .start = 6},
                                     .pushed_worker = PUSHED_CONTINUES};
    static const int arrivals[] = {209, 3, 104, 210, 4, 0};
    static const int expected[] = {0, 3, 4, 104, 209, 210};
    struct parameter_server server;
    parameter_server_init(&server, &options, 3);
    for (int i = 0; i < 6; i++) {
        start_and_arrive(&server, stamp_of(arrivals[i]));
        parameter_server_received(&server, 0);
        if (i < 5) {
            parameter_server_replied(&server);
        }
    }
    assert_int_equal(server.activity, SERVER_UPDATES);
    assert_int_equal(server.flush_count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(server.flush[i].reference, expected[i] + 5000);
    }
    parameter_server_reset(&server);
}

// Where K falls below what is already in the buffer, the next receipt takes all of it.
static void parameter_server__a_falling_threshold__flushes_the_whole_buffer(void **state) {
    (void)state;
    struct policy_options options = {.policy = POLICY_HYBRID,
                                     .threshold = {.schedule = SCHEDULE_STEP,
                                                   .every = 3,
                                                   .start = 4,
                                                   .increment = -3,
                                                   .counts = COUNTS_GRADIENTS},
                                     .pushed_worker = PUSHED_CONTINUES};
    static const struct line lines[] = {{ARRIVE, 0, SERVER_RECEIVES, 0, 0, 0, 0},
                                        {RECEIVED, 0, SERVER_REPLIES, 0, 0, 4, 1},
                                        {REPLIED, 0, SERVER_NOTHING, 0, 0, 4, 1},
                                        {ARRIVE, 100, SERVER_RECEIVES, 100, 0, 4, 1},
                                        {RECEIVED, 0, SERVER_REPLIES, 100, 0, 4, 2},
                                        {REPLIED, 0, SERVER_NOTHING, 0, 0, 4, 2},
                                        {ARRIVE, 200, SERVER_RECEIVES, 200, 0, 4, 2},
                                        {RECEIVED, 0, SERVER_UPDATES, 200, 0, 1, 0},
                                        {.call = CALL_END}};
    expect_story(&options, 4, lines);
}

// Sync becomes async while two workers wait: nothing happens until the third is received; then the
// whole buffer is applied and all three are replied to, not only the one that pushed.
static void parameter_server__waits_becomes_continues__nobody_is_forgotten(void **state) {
    (void)state;
    struct policy_options options = {.policy = POLICY_SYNC};
    static const struct line lines[] = {{ARRIVE, 200, SERVER_RECEIVES, 200, 0, 0, 0},
                                        {RECEIVED, 0, SERVER_NOTHING, 0, 0, 4, 1},
                                        {ARRIVE, 0, SERVER_RECEIVES, 0, 0, 4, 1},
                                        {RECEIVED, 0, SERVER_NOTHING, 0, 0, 4, 2},
                                        {BECOMES, POLICY_HYBRID, SERVER_NOTHING, 0, 0, 4, 2},
                                        {ARRIVE, 100, SERVER_RECEIVES, 100, 0, 4, 2},
                                        {RECEIVED, 0, SERVER_UPDATES, 100, 0, 3, 0},
                                        {UPDATED, 0, SERVER_REPLIES, 0, 1, 3, 0},
                                        {REPLIED, 0, SERVER_REPLIES, 100, 1, 3, 0},
                                        {REPLIED, 0, SERVER_REPLIES, 200, 1, 3, 0},
                                        {REPLIED, 0, SERVER_NOTHING, 0, 1, 3, 0},
                                        {ARRIVE, 101, SERVER_RECEIVES, 101, 1, 3, 0},
                                        {RECEIVED, 0, SERVER_REPLIES, 101, 1, 3, 1},
                                        {REPLIED, 0, SERVER_NOTHING, 0, 1, 3, 1},
                                        {.call = CALL_END}};
    expect_story(&options, 4, lines);
}

// "continues" becomes sync with gradients in the buffer whose workers have long gone on: these are
// applied with the others, but only who waits is replied to, and nobody twice. The change falls
// into a service, whose reply still goes out.
static void parameter_server__continues_becomes_waits__nobody_is_answered_twice(void **state) {
    (void)state;
    struct policy_options options = {.policy = POLICY_HYBRID,
                                     .threshold = {.schedule = SCHEDULE_CONSTANT, .start = 9},
                                     .pushed_worker = PUSHED_CONTINUES};
    static const struct line lines[] = {{ARRIVE, 0, SERVER_RECEIVES, 0, 0, 0, 0},
                                        {RECEIVED, 0, SERVER_REPLIES, 0, 0, 9, 1},
                                        {BECOMES, POLICY_SYNC, SERVER_NOTHING, 0, 0, 9, 1},
                                        {REPLIED, 0, SERVER_NOTHING, 0, 0, 9, 1},
                                        {ARRIVE, 200, SERVER_RECEIVES, 200, 0, 9, 1},
                                        {RECEIVED, 0, SERVER_NOTHING, 0, 0, 3, 2},
                                        {ARRIVE, 1, SERVER_RECEIVES, 1, 0, 3, 2},
                                        {RECEIVED, 0, SERVER_UPDATES, 1, 0, 3, 0},
                                        {UPDATED, 0, SERVER_REPLIES, 1, 1, 3, 0},
                                        {REPLIED, 0, SERVER_REPLIES, 200, 1, 3, 0},
                                        {REPLIED, 0, SERVER_NOTHING, 0, 1, 3, 0},
                                        {.call = CALL_END}};
    expect_story(&options, 3, lines);
}

// The queue is first come, first served, over and over around its ring.
static void parameter_server__a_long_queue__is_first_come_first_served(void **state) {
    (void)state;
    struct policy_options options = {.policy = POLICY_ASYNC};
    struct parameter_server server;
    enum { WORKERS = 5 };
    parameter_server_init(&server, &options, WORKERS);
    start_and_arrive(&server, stamp_of(0));
    int next_in = 1;
    int next_out = 0;
    for (int round = 0; round < 99; round++) {
        while (next_in - next_out <= WORKERS - 1) { // one in service, the others in the queue
            struct gradient_stamp stamp = {.number = next_in, .worker = next_in % WORKERS};
            assert_int_equal(start_and_arrive(&server, stamp).activity, SERVER_NOTHING);
            next_in++;
        }
        assert_true(server.current.number == next_out);
        parameter_server_received(&server, 0);
        parameter_server_updated(&server);
        parameter_server_replied(&server);
        next_out++;
    }
    parameter_server_reset(&server);
}

static void update_unasked(void *context) {
    parameter_server_updated(context);
}

static void reply_unasked(void *context) {
    parameter_server_replied(context);
}

static void receive_unasked(void *context) {
    parameter_server_received(context, 0);
}

// A span that ends although it never began is a bug of the caller.
static void parameter_server__calls_out_of_turn__are_broken_contracts(void **state) {
    (void)state;
    struct policy_options options = {.policy = POLICY_ASYNC};
    struct parameter_server server;
    char text[256];
    parameter_server_init(&server, &options, 2);
    assert_int_equal(child_exit_status(receive_unasked, &server, text, sizeof text),
                     STATUS_INTERNAL);
    parameter_server_arrive(&server, stamp_of(0), false);
    assert_int_equal(child_exit_status(update_unasked, &server, text, sizeof text),
                     STATUS_INTERNAL);
    assert_int_equal(child_exit_status(reply_unasked, &server, text, sizeof text), STATUS_INTERNAL);
    parameter_server_reset(&server);
}

// The second place at which the buffer is tested: with two of three in it and the third silent,
// nobody would come any more. What the silent one brings is the first of the next barrier.
static void parameter_server__counted_out__the_buffer_is_tested_without_a_receipt(void **state) {
    (void)state;
    struct policy_options options = {.policy = POLICY_SYNC};
    static const struct line lines[] = {
        {ARRIVE, 200, SERVER_RECEIVES, 200, 0, 0, 0}, {RECEIVED, 0, SERVER_NOTHING, 0, 0, 3, 1},
        {ARRIVE, 0, SERVER_RECEIVES, 0, 0, 3, 1},     {RECEIVED, 0, SERVER_NOTHING, 0, 0, 3, 2},
        {LOOKS, 0, SERVER_NOTHING, 0, 0, 3, 2},       {MISSED, 1, SERVER_UPDATES, 0, 0, 2, 0},
        {UPDATED, 0, SERVER_REPLIES, 0, 1, 2, 0},     {REPLIED, 0, SERVER_REPLIES, 200, 1, 2, 0},
        {REPLIED, 0, SERVER_NOTHING, 0, 1, 2, 0},     {ARRIVE, 100, SERVER_RECEIVES, 100, 1, 2, 0},
        {RECEIVED, 0, SERVER_NOTHING, 0, 1, 3, 1},    {.call = CALL_END}};
    expect_story(&options, 3, lines);
}

// A service is not interrupted, and the receipt that comes first tests the buffer anyway; after a
// service without one the server looks again.
static void parameter_server__counted_out_in_a_service__counts_from_the_next_test(void **state) {
    (void)state;
    struct policy_options options = {.policy = POLICY_SYNC};
    static const struct line receipt[] = {
        {ARRIVE, 200, SERVER_RECEIVES, 200, 0, 0, 0}, {ARRIVE, 0, SERVER_NOTHING, 0, 0, 0, 0},
        {MISSED, 1, SERVER_NOTHING, 0, 0, 0, 0},      {RECEIVED, 0, SERVER_RECEIVES, 0, 0, 2, 1},
        {RECEIVED, 0, SERVER_UPDATES, 0, 0, 2, 0},    {.call = CALL_END}};
    static const struct line silence[] = {{ARRIVE, 200, SERVER_RECEIVES, 200, 0, 0, 0},
                                          {RECEIVED, 0, SERVER_NOTHING, 0, 0, 3, 1},
                                          {MISSED, 0, SERVER_NOTHING, 0, 0, 2, 1},
                                          {MISSED, 1, SERVER_UPDATES, 200, 0, 1, 0},
                                          {MISSED, 2, SERVER_NOTHING, 0, 0, 1, 0},
                                          {UPDATED, 0, SERVER_REPLIES, 200, 1, 1, 0},
                                          {REPLIED, 0, SERVER_NOTHING, 0, 1, 1, 0},
                                          {LOOKS, 0, SERVER_NOTHING, 0, 1, 1, 0},
                                          {.call = CALL_END}};
    expect_story(&options, 3, receipt);
    expect_story(&options, 3, silence);
}

// Whoever ssp has held back for the sake of the slowest is replied to when that one is counted out.
static void
parameter_server__the_slowest_counted_out__lets_those_go_who_are_held_back(void **state) {
    (void)state;
    struct policy_options options = {.policy = POLICY_SSP, .slack = 0};
    static const struct line lines[] = {
        {ARRIVE, 0, SERVER_RECEIVES, 0, 0, 0, 0}, {RECEIVED, 0, SERVER_UPDATES, 0, 0, 1, 0},
        {UPDATED, 0, SERVER_NOTHING, 0, 1, 1, 0}, {MISSED, 1, SERVER_REPLIES, 0, 1, 1, 0},
        {REPLIED, 0, SERVER_NOTHING, 0, 1, 1, 0}, {.call = CALL_END}};
    expect_story(&options, 2, lines);
}

// What adasync has decided holds for its policy and its schedule alone: a phase with another of any
// of these decides anew, one that differs in something else goes on.
static void parameter_server__another_schedule__forgets_what_adasync_decided(void **state) {
    (void)state;
    const struct policy_options options = {
        .policy = POLICY_K_ASYNC,
        .threshold = {.schedule = SCHEDULE_ADASYNC, .start = 2, .every = 5, .window = 8}};
    enum { CHANGES = 7 };
    for (int change = 0; change < CHANGES; change++) {
        struct parameter_server server;
        struct policy_options other = options;
        parameter_server_init(&server, &options, 8);
        server.threshold_memory = (struct threshold_memory){.threshold = 7, .decision = 3};
        other.slack += change == 0;
        other.threshold.window += change == 1;
        other.policy = change == 2 ? POLICY_K_SYNC : other.policy;
        other.threshold.schedule = change == 3 ? SCHEDULE_STEP : other.threshold.schedule;
        other.threshold.start += change == 4;
        other.threshold.every += change == 5;
        other.threshold.counts = change == 6 ? COUNTS_UPDATES : other.threshold.counts;
        parameter_server_change_policy(&server, &other);
        assert_int_equal(server.threshold_memory.threshold, change < 2 ? 7 : 0);
        assert_int_equal(server.threshold_memory.decision, change < 2 ? 3 : 0);
        assert_int_equal(server.loss.window, change == 1 ? 9 : 8);
        parameter_server_reset(&server);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameter_server__async__serves_each_gradient_by_itself),
        cmocka_unit_test(parameter_server__sync__answers_all_after_the_last),
        cmocka_unit_test(parameter_server__hybrid_waits__tests_the_buffer_at_each_receipt),
        cmocka_unit_test(parameter_server__hybrid_continues__answers_the_pusher_at_once),
        cmocka_unit_test(parameter_server__a_flush__is_in_worker_then_number_order),
        cmocka_unit_test(parameter_server__a_falling_threshold__flushes_the_whole_buffer),
        cmocka_unit_test(parameter_server__waits_becomes_continues__nobody_is_forgotten),
        cmocka_unit_test(parameter_server__continues_becomes_waits__nobody_is_answered_twice),
        cmocka_unit_test(parameter_server__a_long_queue__is_first_come_first_served),
        cmocka_unit_test(parameter_server__calls_out_of_turn__are_broken_contracts),
        cmocka_unit_test(parameter_server__counted_out__the_buffer_is_tested_without_a_receipt),
        cmocka_unit_test(parameter_server__counted_out_in_a_service__counts_from_the_next_test),
        cmocka_unit_test(
            parameter_server__the_slowest_counted_out__lets_those_go_who_are_held_back),
        cmocka_unit_test(parameter_server__another_schedule__forgets_what_adasync_decided),
    };
    return cmocka_run_group_tests_name("parameter_server", tests, NULL, NULL);
}
