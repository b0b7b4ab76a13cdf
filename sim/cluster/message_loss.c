// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cluster/message_loss.h"

#include <math.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"

// Of the attempt before which the time-out was timeout_ns.
static double next_timeout(const struct loss_options *loss, double timeout_ns) {
    REQUIRE(loss->timeout_ns >= 0 && loss->backoff >= 1);
    return fmin(timeout_ns * loss->backoff, (double)SIM_SPAN_MAX_NS);
}

static int64_t add_timeout(int64_t span_ns, double timeout_ns) {
    REQUIRE(span_ns >= 0 && timeout_ns >= 0);
    bool endless = timeout_ns >= (double)SIM_SPAN_MAX_NS;
    int64_t wait_ns = endless ? SIM_SPAN_MAX_NS : (int64_t)nearbyint(timeout_ns);
    int64_t sum_ns = sim_time_add(span_ns, wait_ns);
    return sum_ns < SIM_SPAN_MAX_NS ? sum_ns : SIM_SPAN_MAX_NS;
}

int64_t message_loss_span_ns(const struct loss_options *loss, int64_t count) {
    REQUIRE(count >= 0);
    int64_t span_ns = count > MESSAGE_LOSSES_MAX ? SIM_SPAN_MAX_NS : 0;
    double timeout_ns = (double)loss->timeout_ns;
    for (int64_t i = 0; i < count && span_ns < SIM_SPAN_MAX_NS; i++) {
        span_ns = add_timeout(span_ns, timeout_ns);
        timeout_ns = next_timeout(loss, timeout_ns);
    }
    return span_ns;
}

struct message_losses message_loss_draw(const struct loss_options *loss,
                                        struct rng_stream *stream) {
    REQUIRE(loss->share >= 0 && loss->share < 1);
    struct message_losses losses = {0};
    double timeout_ns = (double)loss->timeout_ns;
    while (rng_stream_uniform(stream) < loss->share) {
        losses.span_ns = add_timeout(losses.span_ns, timeout_ns);
        losses.count++;
        timeout_ns = next_timeout(loss, timeout_ns);
    }
    ENSURE(losses.span_ns >= 0 && losses.span_ns <= SIM_SPAN_MAX_NS);
    return losses;
}
