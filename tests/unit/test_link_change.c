// SPDX-License-Identifier: GPL-3.0-or-later
// link_change: what becomes of one message. Whole runs: test_property_links.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/sim_time.h"
#include "sim/cluster/link_change.h"

static struct rng_stream stream_of(uint32_t number) {
    struct rng_stream stream;
    rng_stream_init(&stream, 1, RNG_TEST, 0, number, 0);
    return stream;
}

// 100 of time-outs, 40 on the link, 10 and 20 at ports: 30 of latency. The ports are nobody's own.
static void change__of_latency_and_bandwidth__leaves_ports_and_time_outs(void **state) {
    (void)state;
    struct rng_stream stream = stream_of(0);
    const struct link_factors factors = {.bandwidth = .5, .latency = 3, .loss = 1};
    struct port_spans spans = {.push_ns = 200,
                               .reply_ns = 100,
                               .port_ns = 10,
                               .uplink_ns = 20,
                               .push_timeouts_ns = 100,
                               .transfer_ns = 40,
                               .loss = {.share = .5, .timeout_ns = 100, .backoff = 1}};
    link_change_push(&spans, &factors, &stream);
    assert_int_equal(spans.push_ns, 100 + 80 + 30 + 3 * 30);
    assert_int_equal(spans.push_timeouts_ns, 100);
    link_change_reply(&spans, &factors, &stream);
    assert_int_equal(spans.reply_ns, 80 + 30 + 3 * 30);
    assert_int_equal(spans.reply_timeouts_ns, 0);
}

// With a larger loss the same attempts are lost and more, with a smaller one fewer; what is never
// lost is not lost more often.
static void change__of_loss__loses_the_same_attempts_and_more(void **state) {
    (void)state;
    static const double factors[] = {.1, .5, 1, 1.5, 1.98, 100};
    int64_t more = 0;
    for (uint32_t number = 0; number < 200; number++) {
        int64_t before_ns = 0;
        for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
            struct rng_stream stream = stream_of(number);
            struct port_spans spans = {.push_ns = 7,
                                       .loss = {.share = .5, .timeout_ns = 100, .backoff = 1}};
            const struct link_factors of_loss = {1, 1, factors[i]};
            link_change_push(&spans, &of_loss, &stream);
            assert_int_equal(spans.push_ns, spans.push_timeouts_ns + 7);
            assert_true(factors[i] == 1 || spans.push_timeouts_ns >= before_ns);
            more += spans.push_timeouts_ns > before_ns;
            before_ns = factors[i] == 1 ? before_ns : spans.push_timeouts_ns;
        }
        struct rng_stream stream = stream_of(number);
        struct port_spans spans = {.push_ns = 7, .loss = {.timeout_ns = 100, .backoff = 1}};
        link_change_push(&spans, &(struct link_factors){1, 1, 50}, &stream);
        assert_true(spans.push_ns == 7 && spans.push_timeouts_ns == 0);
    }
    assert_true(more > 200);
}

// Shares stay below 1, bandwidths above 0, and what is unlimited stays so.
static void change__of_extremes__stays_within_what_is_allowed(void **state) {
    (void)state;
    const struct link_factors most = {1e6, 1e6, 1e6};
    const struct link_factors least = {1e-6, 1e-6, 1e-6};
    const struct loss_options loss = {.share = .2};
    assert_true(link_factors_loss(loss, &most).share == LOSS_MOST);
    assert_true(link_factors_loss(loss, &least).share == .2 * 1e-6);
    assert_int_equal(link_factors_bandwidth(0, &most), 0);
    assert_int_equal(link_factors_bandwidth(1000, &least), 1);
    assert_int_equal(link_factors_bandwidth(1000000000000000, &most), 1000000000000000000);
    assert_int_equal(link_factors_bandwidth(3000, &(struct link_factors){.5, 1, 1}), 1500);
    assert_false(link_factors_change(&(struct link_factors){1, 1, 1}));
    assert_true(link_factors_change(&(struct link_factors){1, 1, 2}));
}

// A stranger's log may have spans that are shorter than what is known of them, or endless.
static void change__of_a_strangers_span__breaks_no_contract(void **state) {
    (void)state;
    struct rng_stream stream = stream_of(0);
    const struct link_factors factors = {.bandwidth = 1e-6, .latency = 1e6, .loss = 1};
    struct port_spans shorter = {.push_ns = 3, .transfer_ns = 40, .port_ns = 10};
    struct port_spans endless = {.reply_ns = SIM_TIME_NEVER, .transfer_ns = 40};
    link_change_push(&shorter, &factors, &stream);
    assert_int_equal(shorter.push_ns, 40000010);
    link_change_reply(&endless, &factors, &stream);
    assert_true(endless.reply_ns >= SIM_SPAN_MAX_NS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(change__of_latency_and_bandwidth__leaves_ports_and_time_outs),
        cmocka_unit_test(change__of_loss__loses_the_same_attempts_and_more),
        cmocka_unit_test(change__of_extremes__stays_within_what_is_allowed),
        cmocka_unit_test(change__of_a_strangers_span__breaks_no_contract),
    };
    return cmocka_run_group_tests_name("link_change", tests, NULL, NULL);
}
