// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_groups.h"

#include "sim/base/check.h"
#include "sim/scenario/scenario_own_value.h"
#include "sim/scenario/scenario_value_plain.h"
#include "sim/scenario/scenario_value_quantity.h"
#include "sim/scenario/scenario_worker_choice.h"

// ---- what the canonical form has ----

static bool is_drawn(const void *entry) {
    return ((const struct worker_group *)entry)->who.who == WORKERS_DRAWN;
}

static bool has_compute(const void *entry) {
    return ((const struct worker_group *)entry)->compute.own;
}

static bool has_delay(const void *entry) {
    return ((const struct worker_group *)entry)->delay.own;
}

static bool has_latency(const void *entry) {
    return ((const struct worker_group *)entry)->latency.own;
}

static bool has_bandwidth(const void *entry) {
    return ((const struct worker_group *)entry)->bandwidth.own;
}

static bool has_loss(const void *entry) {
    return ((const struct worker_group *)entry)->loss.own;
}

static bool has_timeout(const void *entry) {
    return ((const struct worker_group *)entry)->timeout.own;
}

static bool has_backoff(const void *entry) {
    return ((const struct worker_group *)entry)->backoff.own;
}

static bool has_uplink_latency(const void *entry) {
    return ((const struct worker_group *)entry)->uplink_latency.own;
}

static bool has_uplink_bandwidth(const void *entry) {
    return ((const struct worker_group *)entry)->uplink_bandwidth_bits_per_s > 0;
}

// ---- the keys ----

static const struct named_key group_keys[] = {
    NAMED_KEY(worker_group, "workers", members, who, NO_NAMES, 0, WORKERS_MAX, "none", "worker",
              named_key_always,
              "Who is in the group called NAME, a word of your own. A count or a share: the lowest "
              "numbers that no earlier group has. `15..24` and `[3, 7]` are the workers with these "
              "numbers. Nobody is in two groups."),
    NAMED_KEY(worker_group, "worker", worker, who, NO_NAMES, 0, WORKERS_MAX, "none", "workers",
              named_key_never,
              "`worker: 3` is short for `workers: [3]`, the worker numbered 3; `workers: 3` is "
              "three workers."),
    NAMED_KEY(worker_group, "who", choice, who.who, NAMES(worker_draw_names), 0, 0, "fixed", NULL,
              is_drawn,
              "drawn: of a count or a share, the seed decides who, once for the whole run."),
    NAMED_KEY(worker_group, "slowdown", number, slowdown, NO_NAMES, 1e-6, 1e6, "1", NULL,
              named_key_always,
              "Multiplies each compute time that is drawn for these workers (rounded half to even, "
              "in ns), not their delay and not their messages."),
    NAMED_KEY(worker_group, "compute", own_law, compute, NO_NAMES, 1, 0, "inherited", NULL,
              has_compute, "The law of their compute times, in the place of `cluster.compute`."),
    NAMED_KEY(worker_group, "delay", own_delay, delay, NO_NAMES, 0, 0, "inherited", NULL, has_delay,
              "The extra time of each of their gradients, in the place of `cluster.delay`, "
              "whomever that delays. none: they are never delayed."),
    NAMED_KEY(worker_group, "network.latency", own_law, latency, NO_NAMES, 0, 0, "inherited", NULL,
              has_latency,
              "The latency of their links. A reduction takes the slowest member's link, with the "
              "same draw for all."),
    NAMED_KEY(worker_group, "network.bandwidth", own_bandwidth, bandwidth, NO_NAMES, 1e3, 1e15,
              "inherited", NULL, has_bandwidth, "The bandwidth of their links, each its own."),
    NAMED_KEY(worker_group, "network.loss", own_share, loss, NO_NAMES, 0, 0.99, "inherited", NULL,
              has_loss,
              "The probability that a message of theirs is lost. A reduction takes that of the "
              "member with the highest, and its time-out."),
    NAMED_KEY(worker_group, "network.timeout", own_time, timeout, NO_NAMES, 1, 4e18, "inherited",
              NULL, has_timeout, "After what time such a message is sent again."),
    NAMED_KEY(worker_group, "network.backoff", own_number, backoff, NO_NAMES, 1, 100, "inherited",
              NULL, has_backoff,
              "By what this time is multiplied after each attempt that is lost."),
    NAMED_KEY(worker_group, "uplink.latency", law_or_none, uplink_latency, NO_NAMES, 0, 0, "none",
              NULL, has_uplink_latency,
              "The latency of the link that all messages of these workers share, as those of a "
              "rack do: it is added to that of their own links, drawn anew for each message."),
    NAMED_KEY(worker_group, "uplink.bandwidth", bandwidth, uplink_bandwidth_bits_per_s, NO_NAMES,
              1e3, 1e15, "unlimited", NULL, has_uplink_bandwidth,
              "Its bandwidth, each way. It carries one message at a time, in the order in which "
              "they set out; those behind wait."),
};

static const struct worker_group group_defaults = {.slowdown = 1};

static const struct named_map group_map = {
    .what = "group",
    .example = "slow: {workers: 3, slowdown: 4}",
    .keys = group_keys,
    .key_count = sizeof group_keys / sizeof group_keys[0],
    .first_offset = offsetof(struct worker_group_list, entries),
    .entry_size = sizeof(struct worker_group),
    .most = GROUPS_MAX,
    .defaults = &group_defaults,
};

const struct value_type value_groups = {
    .takes = TAKES_MAP,
    .words = "none, or a map as in {slow: {workers: 3, slowdown: 4}}",
    .named = &group_map};
