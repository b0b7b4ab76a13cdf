// SPDX-License-Identifier: GPL-3.0-or-later
// message_loss: how often a message is sent, and what the time-outs come to.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/sim_time.h"
#include "sim/cluster/message_loss.h"

enum { MESSAGES = 2000 };

static struct message_losses draw(struct loss_options loss, uint32_t number) {
    struct rng_stream stream;
    rng_stream_init(&stream, 1, RNG_TEST, 7, number, 0);
    return message_loss_draw(&loss, &stream);
}

// The time-outs are timeout, timeout * backoff, timeout * backoff^2 ...: the sum by its formula.
static void loss__so_many_attempts__cost_their_time_outs(void **state) {
    (void)state;
    int64_t most = 0;
    for (uint32_t i = 0; i < MESSAGES; i++) {
        struct message_losses plain = draw((struct loss_options){.5, 200, 1}, i);
        struct message_losses doubled = draw((struct loss_options){.5, 200, 2}, i);
        assert_int_equal(plain.count, doubled.count);
        assert_int_equal(plain.span_ns, 200 * plain.count);
        assert_int_equal(doubled.span_ns, 200 * ((INT64_C(1) << doubled.count) - 1));
        most = plain.count > most ? plain.count : most;
    }
    assert_true(most >= 3);
}

// 3 ns, 4.5 ns, 6.75 ns, 10.125 ns: each is rounded by itself, halves to even.
static void loss__a_broken_time_out__is_rounded_half_to_even(void **state) {
    (void)state;
    static const int64_t sums[] = {0, 3, 3 + 4, 3 + 4 + 7, 3 + 4 + 7 + 10};
    for (uint32_t i = 0; i < MESSAGES; i++) {
        struct message_losses losses = draw((struct loss_options){.3, 3, 1.5}, i);
        if (losses.count < 5) {
            assert_int_equal(losses.span_ns, sums[losses.count]);
        }
    }
}

// A larger share loses what a smaller one loses, and more: so two runs that differ in it can be
// compared message by message.
static void loss__a_larger_share__loses_the_same_and_more(void **state) {
    (void)state;
    int64_t few = 0;
    int64_t many = 0;
    for (uint32_t i = 0; i < MESSAGES; i++) {
        struct message_losses small = draw((struct loss_options){.1, 200, 1}, i);
        struct message_losses large = draw((struct loss_options){.4, 200, 1}, i);
        assert_true(large.count >= small.count);
        assert_int_equal(draw((struct loss_options){0, 200, 1}, i).count, 0);
        few += small.count;
        many += large.count;
    }
    assert_true(few > 0 && many > few);
}

// A time-out that grows without bound ends at the longest span that there is, and does not turn
// negative.
static void loss__endless_time_outs__end_at_the_longest_span(void **state) {
    (void)state;
    int64_t longest = 0;
    for (uint32_t i = 0; i < MESSAGES; i++) {
        struct message_losses losses = draw((struct loss_options){.9, SIM_SPAN_MAX_NS / 2, 100}, i);
        assert_in_range(losses.span_ns, 0, SIM_SPAN_MAX_NS);
        longest = losses.span_ns > longest ? losses.span_ns : longest;
    }
    assert_int_equal(longest, SIM_SPAN_MAX_NS);
}

// A log that is wrong may say any number: the answer comes at once, also where no time-out is.
static void message_loss_span_ns__more_than_can_be_lost__is_endless(void **state) {
    (void)state;
    const struct loss_options none = {.timeout_ns = 0, .backoff = 1};
    const struct loss_options loss = {.share = .5, .timeout_ns = 200, .backoff = 1};
    assert_int_equal(message_loss_span_ns(&loss, 3), 600);
    assert_int_equal(message_loss_span_ns(&loss, MESSAGE_LOSSES_MAX), 200 * MESSAGE_LOSSES_MAX);
    assert_int_equal(message_loss_span_ns(&loss, MESSAGE_LOSSES_MAX + 1), SIM_SPAN_MAX_NS);
    assert_int_equal(message_loss_span_ns(&none, INT64_MAX), SIM_SPAN_MAX_NS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss__so_many_attempts__cost_their_time_outs),
        cmocka_unit_test(loss__a_broken_time_out__is_rounded_half_to_even),
        cmocka_unit_test(loss__a_larger_share__loses_the_same_and_more),
        cmocka_unit_test(loss__endless_time_outs__end_at_the_longest_span),
        cmocka_unit_test(message_loss_span_ns__more_than_can_be_lost__is_endless),
    };
    return cmocka_run_group_tests_name("message_loss", tests, NULL, NULL);
}
