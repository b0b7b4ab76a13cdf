// SPDX-License-Identifier: GPL-3.0-or-later
// gradient_spans: how long each stage of a gradient takes, as a pure function of (seed, worker,
// number).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "sim/base/sim_time.h"
#include "sim/base/status.h"
#include "sim/cluster/gradient_spans.h"
#include "tests/support/child.h"
#include "tests/support/expect.h"

#define MS INT64_C(1000000)

static const struct distribution some_law = {.law = LAW_UNIFORM, .parameters = {1e6, 9e6}};
static const struct distribution other_law = {.law = LAW_EXPONENTIAL, .parameters = {5e6}};

// Every span by chance.
static struct cluster_options random_cluster(void) {
    return (struct cluster_options){
        .workers = 25,
        .compute = some_law,
        .delay = {.present = true,
                  .law = some_law,
                  .who = DELAY_FIXED,
                  .workers_is_count = true,
                  .workers_count = 12},
        .network = {.latency = some_law, .bandwidth_bits_per_s = 0},
        .server = {.receive = some_law, .update = some_law, .reply = some_law},
    };
}

static struct gradient_spans spans_of(const struct cluster_options *options, uint64_t seed,
                                      int32_t worker, int64_t number) {
    struct span_laws laws;
    struct gradient_spans spans;
    span_laws_init(&laws, options, seed, true, 8000);
    span_laws_gradient(&laws, worker, number, &spans);
    return spans;
}

static bool equal(struct gradient_spans a, struct gradient_spans b) {
    return a.compute_ns == b.compute_ns && a.delay_ns == b.delay_ns && a.push_ns == b.push_ns &&
           a.receive_ns == b.receive_ns && a.reply_ns == b.reply_ns &&
           a.reply_travel_ns == b.reply_travel_ns && a.tie == b.tie;
}

// Bytes on a line take bits over bandwidth, and not a nanosecond less.
static void transfer_span_ns__any_size__is_exact_and_rounded_up(void **state) {
    (void)state;
    assert_true(transfer_span_ns(1000, 0) == 0);          // unlimited
    assert_true(transfer_span_ns(0, 1000000) == 0);       // nothing to send
    assert_true(transfer_span_ns(125, 1000) == NS_PER_S); // 1000 bits at 1 kbit/s
    assert_true(transfer_span_ns(1, 8000000000) == 1);
    assert_true(transfer_span_ns(1, 8000000001) == 1); // 0.9999.. ns
    assert_true(transfer_span_ns(1, 7999999999) == 2); // 1.0000.. ns
    assert_true(transfer_span_ns(1, 1000000000000000) == 1);
    assert_true(transfer_span_ns(87360, 10000000000) == 69888); // mnist_lenet at 10 Gbit/s
    assert_true(transfer_span_ns(3, 7) == 3428571429);          // 24/7 s = 3.4285714285..
}

// 1 TB at 1 kbit/s is 8e18 ns: longer than any span, and its product with 8e9 has 75 bits.
static void transfer_span_ns__endless_transfers__stop_at_the_longest_span(void **state) {
    (void)state;
    assert_true(transfer_span_ns(INT64_C(1000000000000), 1000) == SIM_SPAN_MAX_NS);
    assert_true(transfer_span_ns(INT64_MAX, 1) == SIM_SPAN_MAX_NS);
    assert_true(transfer_span_ns(INT64_C(500000000000), 1000) == SIM_SPAN_MAX_NS); // 4e18, just so
    assert_true(transfer_span_ns(INT64_C(499999999999), 1000) == SIM_SPAN_MAX_NS - 8 * MS);
}

// A replay of a scenario by its seed would give another timeline.
static void span_laws_gradient__the_same_key__gives_the_same_spans(void **state) {
    (void)state;
    struct cluster_options options = random_cluster();
    struct gradient_spans spans = spans_of(&options, 1, 3, 41);
    assert_true(equal(spans, spans_of(&options, 1, 3, 41)));
    assert_false(equal(spans, spans_of(&options, 2, 3, 41)));
    assert_false(equal(spans, spans_of(&options, 1, 4, 41)));
    assert_false(equal(spans, spans_of(&options, 1, 3, 42)));
    spans = spans_of(&options, 1, 3, 4);
    assert_false(equal(spans, spans_of(&options, 1, 4, 3)));
}

// One uniform law for all: purposes that shared a stream would give equal spans.
static void span_laws_gradient__one_law_for_all_purposes__gives_different_spans(void **state) {
    (void)state;
    struct cluster_options options = random_cluster();
    struct gradient_spans s = spans_of(&options, 1, 3, 41);
    const int64_t all[] = {s.compute_ns, s.delay_ns, s.push_ns,
                           s.receive_ns, s.reply_ns, s.reply_travel_ns};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_true(all[i] >= MS && all[i] <= 9 * MS);
        for (size_t j = 0; j < i; j++) {
            assert_true(all[i] != all[j]);
        }
    }
}

// A batch's own time is added behind the draw, once for each local step, and moves nothing else.
static void span_laws_gradient__time_of_a_batch__is_added_to_each_computation(void **state) {
    (void)state;
    struct cluster_options options = random_cluster();
    struct span_laws laws;
    struct gradient_spans with;
    for (int64_t steps = 1; steps <= 3; steps++) {
        struct gradient_spans without;
        span_laws_init(&laws, &options, 1, true, 8000);
        laws.local_steps = steps;
        span_laws_gradient(&laws, 3, 41, &without);
        laws.batch_ns = 160 * MS;
        span_laws_gradient(&laws, 3, 41, &with);
        without.compute_ns += steps * 160 * MS;
        assert_true(equal(with, without));
    }
    laws.batch_ns = SIM_SPAN_MAX_NS; // past the end of the clock
    span_laws_gradient(&laws, 3, 41, &with);
    assert_true(with.compute_ns == SIM_TIME_NEVER);
}

// The span that a change of one law may move: nothing else.
enum moved { COMPUTE, DELAY, LATENCY, RECEIVE, UPDATE, REPLY, MOVED_COUNT };

static struct cluster_options change_law(enum moved what) {
    struct cluster_options options = random_cluster();
    struct distribution *const laws[MOVED_COUNT] = {
        &options.compute,        &options.delay.law,     &options.network.latency,
        &options.server.receive, &options.server.update, &options.server.reply};
    *laws[what] = other_law;
    return options;
}

// Comparisons under common random numbers: who asks "what if the network were slower" must meet the
// same compute times.
static void span_laws_gradient__another_law_for_one_purpose__leaves_the_others(void **state) {
    (void)state;
    struct cluster_options options = random_cluster();
    for (enum moved what = 0; what < MOVED_COUNT; what++) {
        struct cluster_options changed = change_law(what);
        for (int64_t number = 0; number < 20; number++) {
            struct gradient_spans before = spans_of(&options, 1, 5, number);
            struct gradient_spans after = spans_of(&changed, 1, 5, number);
            assert_int_equal(before.compute_ns != after.compute_ns, what == COMPUTE);
            assert_int_equal(before.delay_ns != after.delay_ns, what == DELAY);
            assert_int_equal(before.push_ns != after.push_ns, what == LATENCY);
            assert_int_equal(before.reply_travel_ns != after.reply_travel_ns, what == LATENCY);
            assert_int_equal(before.receive_ns != after.receive_ns, what == RECEIVE);
            assert_int_equal(before.reply_ns != after.reply_ns, what == REPLY);
            assert_true(before.tie == after.tie);
        }
    }
}

// With the number of delayed workers given as a count, a 26th worker must shift nobody's spans.
static void span_laws_gradient__one_more_worker__changes_nobody_else(void **state) {
    (void)state;
    struct cluster_options options = random_cluster();
    struct cluster_options larger = random_cluster();
    larger.workers = 26;
    for (int32_t worker = 0; worker < 25; worker++) {
        for (int64_t number = 0; number < 40; number++) {
            assert_true(
                equal(spans_of(&options, 9, worker, number), spans_of(&larger, 9, worker, number)));
        }
    }
}

// "fixed": the first so many, always, and no one else ever.
static void span_laws_gradient__fixed_delays__befall_the_first_workers(void **state) {
    (void)state;
    struct cluster_options options = random_cluster();
    for (int32_t worker = 0; worker < 25; worker++) {
        for (int64_t number = 0; number < 20; number++) {
            assert_int_equal(spans_of(&options, 1, worker, number).delay_ns > 0, worker < 12);
        }
    }
    options.delay.present = false;
    assert_true(spans_of(&options, 1, 0, 0).delay_ns == 0);
}

static double delayed_fraction(const struct cluster_options *options, int32_t worker) {
    int delayed = 0;
    for (int64_t number = 0; number < 10000; number++) {
        delayed += spans_of(options, 1, worker, number).delay_ns > 0;
    }
    return delayed / 10000.0;
}

// "random": each gradient of each worker by chance, with the same mean number. 4 standard errors of
// a share p of 10,000 are 0.04 sqrt(p (1 - p)).
static void span_laws_gradient__random_delays__befall_the_share_of_gradients(void **state) {
    (void)state;
    struct cluster_options options = random_cluster();
    options.delay.who = DELAY_RANDOM;
    expect_within(delayed_fraction(&options, 0), 12.0 / 25, 0.04 * sqrt(0.48 * 0.52));
    expect_within(delayed_fraction(&options, 24), 12.0 / 25, 0.04 * sqrt(0.48 * 0.52));
    options.delay.workers_is_count = false;
    options.delay.workers_share = 0.1;
    expect_within(delayed_fraction(&options, 7), 0.1, 0.04 * sqrt(0.1 * 0.9));
    options.delay.workers_share = 1;
    expect_within(delayed_fraction(&options, 7), 1, 0);
    options.delay.workers_share = 0;
    expect_within(delayed_fraction(&options, 7), 0, 0);
}

// Who is delayed must not change how long the delay is: the two have streams of their own.
static void span_laws_gradient__random_or_fixed__give_equal_delays(void **state) {
    (void)state;
    struct cluster_options fixed = random_cluster();
    struct cluster_options random = random_cluster();
    random.delay.who = DELAY_RANDOM;
    for (int64_t number = 0; number < 200; number++) {
        int64_t delay_ns = spans_of(&random, 1, 0, number).delay_ns;
        assert_true(delay_ns == 0 || delay_ns == spans_of(&fixed, 1, 0, number).delay_ns);
    }
}

// Constants, with a message that takes time on the line.
static void span_laws_gradient__constants__are_taken_as_they_are(void **state) {
    (void)state;
    struct cluster_options options = {
        .workers = 2,
        .compute = distribution_constant(200 * MS),
        .network = {.latency = distribution_constant(3 * MS), .bandwidth_bits_per_s = 64000000},
        .server = {.receive = distribution_constant(10 * MS),
                   .update = distribution_constant(5 * MS),
                   .reply = distribution_constant(2 * MS)}};
    struct gradient_spans spans = spans_of(&options, 1, 1, 0);
    assert_true(spans.compute_ns == 200 * MS && spans.delay_ns == 0);
    assert_true(spans.push_ns == 4 * MS && spans.reply_travel_ns == 4 * MS); // 8000 bytes: 1 ms
    assert_true(spans.receive_ns == 10 * MS && spans.reply_ns == 2 * MS);
    struct span_laws laws;
    span_laws_init(&laws, &options, 1, false, 8000);
    assert_true(span_laws_update(&laws, 1) == 5 * MS);
}

// Keys of the tie rule: none under "fifo", one for each gradient under "random".
static void span_laws_gradient__tie_keys__are_zero_under_fifo_alone(void **state) {
    (void)state;
    struct cluster_options options = random_cluster();
    struct span_laws laws;
    struct gradient_spans spans;
    span_laws_init(&laws, &options, 1, false, 0);
    span_laws_gradient(&laws, 3, 4, &spans);
    assert_true(spans.tie == 0);
    assert_true(spans_of(&options, 1, 3, 4).tie != 0);
    assert_true(spans_of(&options, 1, 3, 4).tie != spans_of(&options, 1, 3, 5).tie);
    assert_true(spans_of(&options, 1, 3, 4).tie != spans_of(&options, 1, 4, 4).tie);
}

// Update spans depend on the version alone, so every policy meets the same.
static void span_laws_update__each_version__has_a_span_of_its_own(void **state) {
    (void)state;
    struct cluster_options options = random_cluster();
    struct span_laws laws;
    span_laws_init(&laws, &options, 1, false, 0);
    assert_true(span_laws_update(&laws, 7) == span_laws_update(&laws, 7));
    assert_true(span_laws_update(&laws, 7) != span_laws_update(&laws, 8));
    options.workers = 4;
    struct span_laws smaller;
    span_laws_init(&smaller, &options, 1, true, 99);
    assert_true(span_laws_update(&laws, 7) == span_laws_update(&smaller, 7));
}

static void draw_number_without_key(void *context) {
    struct gradient_spans spans;
    span_laws_gradient(context, 0, INT64_C(1) << 32, &spans);
}

// Keys hold 32 bits of the number: beyond them spans would repeat in silence.
static void span_laws_gradient__number_beyond_the_key__is_a_broken_contract(void **state) {
    (void)state;
    struct cluster_options options = random_cluster();
    struct span_laws laws;
    struct gradient_spans spans;
    char text[256];
    span_laws_init(&laws, &options, 1, false, 0);
    span_laws_gradient(&laws, 0, UINT32_MAX, &spans);
    assert_int_equal(child_exit_status(draw_number_without_key, &laws, text, sizeof text),
                     STATUS_INTERNAL);
}

// Of a gradient of several local steps each takes the time of the gradient with its number, so that
// the same minibatches take the same time however they are bundled.
static void spans__of_local_steps__add_up(void **state) {
    (void)state;
    struct cluster_options options = {
        .workers = 4,
        .compute = {.law = LAW_EXPONENTIAL, .parameters = {5e7}},
        .delay = {.present = true,
                  .law = {.law = LAW_EXPONENTIAL, .parameters = {2e7}},
                  .workers_is_count = true,
                  .workers_count = 4}};
    struct span_laws plain;
    struct span_laws bundled;
    span_laws_init(&plain, &options, 7, false, 0);
    bundled = plain;
    bundled.local_steps = 3;
    for (int64_t number = 0; number < 20; number++) {
        struct gradient_spans one;
        struct gradient_spans all;
        int64_t compute_ns = 0;
        int64_t delay_ns = 0;
        for (int64_t step = 3 * number; step < 3 * number + 3; step++) {
            span_laws_gradient(&plain, 2, step, &one);
            compute_ns += one.compute_ns;
            delay_ns += one.delay_ns;
        }
        span_laws_gradient(&bundled, 2, number, &all);
        assert_true(all.compute_ns == compute_ns && all.delay_ns == delay_ns && compute_ns > 0);
    }
}

// Who is delayed by chance is drawn for each local step, not once for all of a gradient's: the same
// minibatches would else be late or not by how they are bundled.
static void spans__of_local_steps__are_delayed_step_by_step(void **state) {
    (void)state;
    struct cluster_options options = {.workers = 4,
                                      .delay = {.present = true,
                                                .law = {.law = LAW_CONSTANT, .parameters = {2e7}},
                                                .who = DELAY_RANDOM,
                                                .workers_share = 0.5}};
    struct span_laws plain;
    span_laws_init(&plain, &options, 7, false, 0);
    struct span_laws bundled = plain;
    bundled.local_steps = 3;
    bool partly = false;
    for (int64_t number = 0; number < 20; number++) {
        struct gradient_spans all;
        int64_t delay_ns = 0;
        for (int64_t step = 3 * number; step < 3 * number + 3; step++) {
            struct gradient_spans one;
            span_laws_gradient(&plain, 2, step, &one);
            delay_ns += one.delay_ns;
        }
        span_laws_gradient(&bundled, 2, number, &all);
        assert_true(all.delay_ns == delay_ns);
        partly = partly || (delay_ns > 0 && delay_ns < 60 * MS);
    }
    assert_true(partly);
}

// A push that is lost says nothing of its reply, nor of another worker's: with one stream for both,
// half of all round trips would lose both or neither.
static void spans__losses_of_push_and_reply__are_drawn_apart(void **state) {
    (void)state;
    struct cluster_options options = {
        .workers = 2, .network = {.loss = {.share = 0.5, .timeout_ns = MS, .backoff = 1}}};
    struct span_laws laws;
    size_t push_alone = 0;
    size_t reply_alone = 0;
    size_t both = 0;
    span_laws_init(&laws, &options, 3, false, 0);
    for (int64_t number = 0; number < 400; number++) {
        struct gradient_spans spans;
        span_laws_gradient(&laws, 0, number, &spans);
        push_alone += spans.push_losses > 0 && spans.reply_losses == 0;
        reply_alone += spans.push_losses == 0 && spans.reply_losses > 0;
        both += spans.push_losses > 0 && spans.reply_losses > 0;
        assert_true(spans.push_ns == spans.push_losses * MS);
        assert_true(spans.reply_travel_ns == spans.reply_losses * MS);
    }
    assert_in_range(push_alone, 60, 140); // a quarter each: 100, and five standard deviations of 8
    assert_in_range(reply_alone, 60, 140);
    assert_in_range(both, 60, 140);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans__of_local_steps__add_up),
        cmocka_unit_test(transfer_span_ns__any_size__is_exact_and_rounded_up),
        cmocka_unit_test(transfer_span_ns__endless_transfers__stop_at_the_longest_span),
        cmocka_unit_test(span_laws_gradient__the_same_key__gives_the_same_spans),
        cmocka_unit_test(span_laws_gradient__time_of_a_batch__is_added_to_each_computation),
        cmocka_unit_test(span_laws_gradient__one_law_for_all_purposes__gives_different_spans),
        cmocka_unit_test(span_laws_gradient__another_law_for_one_purpose__leaves_the_others),
        cmocka_unit_test(span_laws_gradient__one_more_worker__changes_nobody_else),
        cmocka_unit_test(span_laws_gradient__fixed_delays__befall_the_first_workers),
        cmocka_unit_test(span_laws_gradient__random_delays__befall_the_share_of_gradients),
        cmocka_unit_test(span_laws_gradient__random_or_fixed__give_equal_delays),
        cmocka_unit_test(span_laws_gradient__constants__are_taken_as_they_are),
        cmocka_unit_test(span_laws_gradient__tie_keys__are_zero_under_fifo_alone),
        cmocka_unit_test(span_laws_update__each_version__has_a_span_of_its_own),
        cmocka_unit_test(span_laws_gradient__number_beyond_the_key__is_a_broken_contract),
        cmocka_unit_test(spans__of_local_steps__are_delayed_step_by_step),
        cmocka_unit_test(spans__losses_of_push_and_reply__are_drawn_apart),
    };
    return cmocka_run_group_tests_name("gradient_spans", tests, NULL, NULL);
}
