// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cluster/link_change.h"

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/cluster/message_loss.h"

// What is no time-out and on no port or link, is latency; the span may be a stranger's.
static void change(const struct port_spans *spans, const struct link_factors *factors,
                   struct rng_stream *stream, int64_t *span_ns, int64_t *timeouts_ns) {
    REQUIRE(*span_ns >= 0 && *timeouts_ns >= 0 && spans->transfer_ns >= 0);
    int64_t ports_ns = sim_time_add(spans->port_ns, spans->uplink_ns);
    int64_t known_ns = sim_time_add(sim_time_add(*timeouts_ns, spans->transfer_ns), ports_ns);
    int64_t latency_ns = *span_ns > known_ns ? *span_ns - known_ns : 0;
    if (factors->loss != 1 && spans->loss.share > 0) {
        struct loss_options loss = link_factors_loss(spans->loss, factors);
        *timeouts_ns = message_loss_draw(&loss, stream).span_ns;
    }
    int64_t way_ns = sim_time_add(sim_time_scaled(latency_ns, factors->latency),
                                  sim_time_scaled(spans->transfer_ns, 1 / factors->bandwidth));
    *span_ns = sim_time_add(sim_time_add(*timeouts_ns, way_ns), ports_ns);
    ENSURE(*span_ns >= *timeouts_ns);
}

void link_change_push(struct port_spans *spans, const struct link_factors *factors,
                      struct rng_stream *stream) {
    change(spans, factors, stream, &spans->push_ns, &spans->push_timeouts_ns);
}

void link_change_reply(struct port_spans *spans, const struct link_factors *factors,
                       struct rng_stream *stream) {
    change(spans, factors, stream, &spans->reply_ns, &spans->reply_timeouts_ns);
}
