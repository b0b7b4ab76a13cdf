// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cluster/message_loss.h"

#include <math.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"

struct message_losses message_loss_draw(const struct loss_options *loss,
                                        struct rng_stream *stream) {
    REQUIRE(loss->share >= 0 && loss->share < 1);
    REQUIRE(loss->timeout_ns >= 0 && loss->backoff >= 1);
    struct message_losses losses = {0};
    double timeout_ns = (double)loss->timeout_ns;
    while (rng_stream_uniform(stream) < loss->share) {
        bool endless = timeout_ns >= (double)SIM_SPAN_MAX_NS;
        int64_t wait_ns = endless ? SIM_SPAN_MAX_NS : (int64_t)nearbyint(timeout_ns);
        int64_t span_ns = sim_time_add(losses.span_ns, wait_ns);
        losses.span_ns = span_ns < SIM_SPAN_MAX_NS ? span_ns : SIM_SPAN_MAX_NS;
        losses.count++;
        timeout_ns = fmin(timeout_ns * loss->backoff, (double)SIM_SPAN_MAX_NS);
    }
    ENSURE(losses.span_ns >= 0 && losses.span_ns <= SIM_SPAN_MAX_NS);
    return losses;
}
