// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cluster/gradient_spans.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/cluster/all_reduce_racks.h"
#include "sim/cluster/message_loss.h"
#include "sim/cluster/worker_groups.h"

int64_t transfer_span_ns(int64_t bytes, int64_t bandwidth_bits_per_s) {
    REQUIRE(bytes >= 0 && bandwidth_bits_per_s >= 0);
    if (bandwidth_bits_per_s == 0) {
        return 0;
    }
    __int128 bit_ns = (__int128)bytes * 8 * NS_PER_S;
    __int128 span = (bit_ns + bandwidth_bits_per_s - 1) / bandwidth_bits_per_s;
    return span > SIM_SPAN_MAX_NS ? SIM_SPAN_MAX_NS : (int64_t)span;
}

// The messages of a group's workers, but for what is drawn; group NULL: of the others.
static struct port_spans port_of(const struct span_laws *laws, const struct worker_group *group) {
    REQUIRE(laws->message_bytes >= 0);
    struct port_spans port = {.port_ns = laws->port_ns,
                              .transfer_ns = laws->transfer_ns,
                              .loss = network_options_loss(&laws->options.network, group)};
    if (group != NULL && group->bandwidth.own) {
        port.transfer_ns = transfer_span_ns(laws->message_bytes, group->bandwidth.bits_per_s);
    }
    if (group != NULL && group->uplink_bandwidth_bits_per_s > 0) {
        port.uplink_ns = transfer_span_ns(laws->message_bytes, group->uplink_bandwidth_bits_per_s);
        port.uplink = fingerprint_bytes(group->name, strlen(group->name));
    }
    return port;
}

// What its workers draw from; NULL: the others.
static struct worker_laws laws_of_group(const struct span_laws *laws,
                                        const struct worker_group *group) {
    const struct cluster_options *o = &laws->options;
    const struct port_spans port = port_of(laws, group);
    REQUIRE(group == NULL || group->slowdown > 0);
    struct worker_laws own = {.compute = &o->compute,
                              .slowdown = 1,
                              .delay = &o->delay.law,
                              .latency = &o->network.latency,
                              .bandwidth_bits_per_s = o->network.bandwidth_bits_per_s,
                              .transfer_ns = port.transfer_ns,
                              .loss = port.loss,
                              .uplink_ns = port.uplink_ns,
                              .port = port};
    if (group == NULL) {
        return own;
    }
    own.compute = group->compute.own ? &group->compute.law : own.compute;
    own.slowdown = group->slowdown;
    if (group->delay.own) {
        own.delay = &group->delay.delay.law;
        own.is_always_delayed = group->delay.delay.present;
        own.is_never_delayed = !group->delay.delay.present;
    }
    own.latency = group->latency.own ? &group->latency.law : own.latency;
    if (group->bandwidth.own) {
        own.bandwidth_bits_per_s = group->bandwidth.bits_per_s;
    }
    own.uplink_latency = group->uplink_latency.own ? &group->uplink_latency.law : NULL;
    return own;
}

void span_laws_init(struct span_laws *laws, const struct cluster_options *options, uint64_t seed,
                    bool random_ties, int64_t message_bytes) {
    REQUIRE(options->workers >= 1 && message_bytes >= 0);
    const struct delay_options *delay = &options->delay;
    bool by_chance = delay->present && delay->who == DELAY_RANDOM;
    double share = delay->workers_is_count ? (double)delay->workers_count / options->workers
                                           : delay->workers_share;
    *laws = (struct span_laws){
        .options = *options,
        .seed = seed,
        .random_ties = random_ties,
        .delayed_workers = by_chance ? 0 : delay_options_fixed_workers(delay, options->workers),
        .delayed_share = by_chance ? share : 0.0,
        .transfer_ns = transfer_span_ns(message_bytes, options->network.bandwidth_bits_per_s),
        .port_ns = transfer_span_ns(message_bytes, options->server.bandwidth_bits_per_s),
        .message_bytes = message_bytes,
        .group_of = worker_groups_create(options, seed),
    };
    laws->of_groups[0] = laws_of_group(laws, NULL);
    for (int32_t i = 0; i < options->groups.count; i++) {
        laws->of_groups[1 + i] = laws_of_group(laws, &laws->options.groups.entries[i]);
    }
}

void span_laws_reset(struct span_laws *laws) {
    memory_free(laws->group_of);
    laws->group_of = NULL;
}

static const struct worker_group *group_of(const struct span_laws *laws, int32_t worker) {
    REQUIRE(worker >= 0 && worker < laws->options.workers);
    int16_t group = laws->group_of == NULL ? -1 : laws->group_of[worker];
    return group < 0 ? NULL : &laws->options.groups.entries[group];
}

const struct worker_laws *span_laws_of_worker(const struct span_laws *laws, int32_t worker) {
    REQUIRE(worker >= 0 && worker < laws->options.workers);
    return &laws->of_groups[laws->group_of == NULL ? 0 : 1 + laws->group_of[worker]];
}

static int64_t draw(const struct span_laws *laws, const struct distribution *law,
                    enum rng_purpose purpose, int32_t worker, int64_t number) {
    int64_t span_ns = 0;
    if (!distribution_is_constant(law, &span_ns)) {
        struct rng_stream stream;
        rng_stream_init(&stream, laws->seed, purpose, (uint32_t)worker, (uint32_t)number, 0);
        span_ns = distribution_sample(law, &stream);
    }
    ENSURE(span_ns >= 0 && span_ns <= SIM_SPAN_MAX_NS);
    return span_ns;
}

static bool is_delayed(const struct span_laws *laws, const struct worker_laws *own, int32_t worker,
                       int64_t number) {
    if (own->is_always_delayed || own->is_never_delayed) {
        return own->is_always_delayed;
    }
    if (worker < laws->delayed_workers) {
        return true;
    }
    if (laws->delayed_share == 0) {
        return false;
    }
    struct rng_stream stream;
    rng_stream_init(&stream, laws->seed, RNG_DELAYED, (uint32_t)worker, (uint32_t)number, 0);
    return rng_stream_uniform(&stream) < laws->delayed_share;
}

// Of local steps each is drawn by itself, as if it were a gradient with that number.
static void draw_computation(const struct span_laws *laws, const struct worker_laws *own,
                             int32_t worker, int64_t number, struct gradient_spans *spans) {
    int64_t steps = laws->local_steps > 1 ? laws->local_steps : 1;
    REQUIRE(number <= UINT32_MAX / steps);
    spans->compute_ns = 0;
    spans->delay_ns = 0;
    for (int64_t step = number * steps; step < (number + 1) * steps; step++) {
        int64_t delay_ns = is_delayed(laws, own, worker, step)
                               ? draw(laws, own->delay, RNG_DELAY, worker, step)
                               : 0;
        int64_t compute_ns =
            sim_time_add(draw(laws, own->compute, RNG_COMPUTE, worker, step), laws->batch_ns);
        spans->compute_ns =
            sim_time_add(spans->compute_ns, sim_time_scaled(compute_ns, own->slowdown));
        spans->delay_ns = sim_time_add(spans->delay_ns, delay_ns);
    }
}

// What the uplink of a group adds to a way, but for the waits.
static int64_t uplink_span(const struct span_laws *laws, const struct worker_laws *own,
                           enum rng_purpose purpose, int32_t worker, int64_t number) {
    REQUIRE(own->uplink_ns >= 0);
    int64_t latency_ns =
        own->uplink_latency == NULL ? 0 : draw(laws, own->uplink_latency, purpose, worker, number);
    return sim_time_add(latency_ns, own->uplink_ns);
}

// The way of a message is that of its last attempt.
static void draw_losses(const struct span_laws *laws, const struct loss_options *loss,
                        int32_t worker, int64_t number, struct gradient_spans *spans) {
    struct rng_stream stream;
    rng_stream_init(&stream, laws->seed, RNG_PUSH_LOSS, (uint32_t)worker, (uint32_t)number, 0);
    struct message_losses push = message_loss_draw(loss, &stream);
    rng_stream_init(&stream, laws->seed, RNG_REPLY_LOSS, (uint32_t)worker, (uint32_t)number, 0);
    struct message_losses reply = message_loss_draw(loss, &stream);
    spans->push_ns = sim_time_add(spans->push_ns, push.span_ns);
    spans->reply_travel_ns = sim_time_add(spans->reply_travel_ns, reply.span_ns);
    spans->push_losses = push.count;
    spans->reply_losses = reply.count;
}

void span_laws_gradient(const struct span_laws *laws, int32_t worker, int64_t number,
                        struct gradient_spans *spans) {
    REQUIRE(number >= 0 && number <= UINT32_MAX);
    const struct cluster_options *o = &laws->options;
    const struct worker_laws *own = span_laws_of_worker(laws, worker);
    draw_computation(laws, own, worker, number, spans);
    spans->push_ns =
        sim_time_add(draw(laws, own->latency, RNG_PUSH_LATENCY, worker, number), own->transfer_ns);
    spans->push_losses = 0;
    spans->reply_losses = 0;
    spans->receive_ns = draw(laws, &o->server.receive, RNG_RECEIVE, worker, number);
    spans->reply_ns = draw(laws, &o->server.reply, RNG_REPLY, worker, number);
    spans->reply_travel_ns =
        sim_time_add(draw(laws, own->latency, RNG_REPLY_LATENCY, worker, number), own->transfer_ns);
    if (laws->port_ns > 0) {
        spans->push_ns = sim_time_add(spans->push_ns, laws->port_ns);
        spans->reply_travel_ns = sim_time_add(spans->reply_travel_ns, laws->port_ns);
    }
    if (own->uplink_latency != NULL || own->uplink_ns > 0) {
        spans->push_ns =
            sim_time_add(spans->push_ns, uplink_span(laws, own, RNG_UPLINK_PUSH, worker, number));
        spans->reply_travel_ns = sim_time_add(
            spans->reply_travel_ns, uplink_span(laws, own, RNG_UPLINK_REPLY, worker, number));
    }
    if (own->loss.share > 0) {
        draw_losses(laws, &own->loss, worker, number, spans);
    }
    spans->tie = 0;
    if (laws->random_ties) {
        struct rng_stream stream;
        rng_stream_init(&stream, laws->seed, RNG_TIE, (uint32_t)worker, (uint32_t)number, 0);
        spans->tie = rng_stream_u64(&stream);
    }
}

void span_laws_port(const struct span_laws *laws, int32_t worker,
                    const struct gradient_spans *spans, struct port_spans *port) {
    REQUIRE(spans->push_losses >= 0 && spans->reply_losses >= 0);
    *port = span_laws_of_worker(laws, worker)->port;
    port->push_ns = spans->push_ns;
    port->reply_ns = spans->reply_travel_ns;
    if (spans->push_losses > 0 || spans->reply_losses > 0) {
        port->push_timeouts_ns = message_loss_span_ns(&port->loss, spans->push_losses);
        port->reply_timeouts_ns = message_loss_span_ns(&port->loss, spans->reply_losses);
    }
}

int64_t span_laws_update(const struct span_laws *laws, int64_t version) {
    return draw(laws, &laws->options.server.update, RNG_UPDATE, 0, version);
}

// The slowest link that the members have within their clusters, by the same draw for all: each has
// its group's latency and bandwidth, or else the cluster's, if these count.
static struct link slowest_member_link(const struct span_laws *laws, struct reduction_group group,
                                       bool clusters_count, int64_t number) {
    REQUIRE(group.first >= 0 && group.first <= laws->options.workers - group.members);
    const struct network_options *network = &laws->options.network;
    int32_t actor = group.all ? 0 : 1 + group.first;
    bool alike = laws->group_of == NULL && group.links == NULL;
    int32_t members = alike ? 1 : group.members; // all are like the first
    bool seen[GROUPS_MAX + 1] = {false};
    struct link slowest = {0};
    for (int32_t i = 0; i < members; i++) {
        int index = laws->group_of == NULL ? 0 : 1 + laws->group_of[group.first + i];
        const struct link_factors *factors = group.links == NULL ? NULL : &group.links[i];
        const struct worker_group *own = group_of(laws, group.first + i);
        struct link link = {0};
        if (seen[index] && factors == NULL) {
            continue;
        }
        seen[index] = true;
        if (own != NULL && own->latency.own) {
            link.latency_ns = draw(laws, &own->latency.law, RNG_INTRA_LATENCY, actor, number);
        } else if (clusters_count) {
            link.latency_ns = draw(laws, &network->latency, RNG_INTRA_LATENCY, actor, number);
        }
        if (own != NULL && own->bandwidth.own) {
            link.bandwidth_bits_per_s = own->bandwidth.bits_per_s;
        } else if (clusters_count) {
            link.bandwidth_bits_per_s = network->bandwidth_bits_per_s;
        }
        if (factors != NULL) {
            link.latency_ns = sim_time_scaled(link.latency_ns, factors->latency);
            link.bandwidth_bits_per_s = link_factors_bandwidth(link.bandwidth_bits_per_s, factors);
        }
        slowest = link_slowest(slowest, link);
    }
    return slowest;
}

// The slowest link among the members. A cluster of one worker has no links of its own.
static struct link slowest_link(const struct span_laws *laws, struct reduction_group group,
                                int64_t number) {
    const struct network_options *network = &laws->options.network;
    int32_t size = network_options_cluster_size(network, laws->options.workers);
    bool between = all_reduce_clusters(group.first, group.members, size) > 1;
    struct link inter = {0};
    if (between) {
        int32_t actor = group.all ? 0 : 1 + group.first;
        inter.latency_ns = draw(laws, &network->inter_latency, RNG_INTER_LATENCY, actor, number);
        inter.bandwidth_bits_per_s = network->inter_bandwidth_bits_per_s;
    }
    return link_slowest(inter, slowest_member_link(laws, group, size > 1 || !between, number));
}

static bool is_worse(struct loss_options a, struct loss_options b) {
    if (a.share != b.share) {
        return a.share > b.share;
    }
    return a.timeout_ns != b.timeout_ns ? a.timeout_ns > b.timeout_ns : a.backoff > b.backoff;
}

// That of the member whose messages get lost most, and of these whose time-out is longest, and then
// grows most: whatever their numbers are.
static struct loss_options worst_loss(const struct span_laws *laws, struct reduction_group group) {
    REQUIRE(group.first >= 0 && group.first <= laws->options.workers - group.members);
    const struct network_options *network = &laws->options.network;
    if (laws->group_of == NULL && group.links == NULL) {
        return network->loss;
    }
    struct loss_options worst = {0};
    for (int32_t i = 0; i < group.members; i++) {
        struct loss_options loss = network_options_loss(network, group_of(laws, group.first + i));
        loss = group.links == NULL ? loss : link_factors_loss(loss, &group.links[i]);
        worst = is_worse(loss, worst) ? loss : worst;
    }
    return worst;
}

static void draw_reduction_losses(const struct span_laws *laws, struct reduction_group group,
                                  int64_t number, struct reduction_spans *spans) {
    const struct network_options *network = &laws->options.network;
    const struct loss_options loss = worst_loss(laws, group);
    if (loss.share == 0) {
        return;
    }
    int64_t steps = all_reduce_steps(network->all_reduce, group.members);
    uint32_t actor = group.all ? 0 : 1 + (uint32_t)group.first;
    struct rng_stream stream;
    rng_stream_init(&stream, laws->seed, RNG_REDUCTION_LOSS, actor, (uint32_t)number, 0);
    for (int64_t step = 0; step < steps; step++) {
        struct message_losses lost = message_loss_draw(&loss, &stream);
        spans->span_ns = sim_time_add(spans->span_ns, lost.span_ns);
        spans->losses += lost.count;
    }
    ENSURE(spans->span_ns >= 0 && spans->losses >= 0);
}

// The uplink of each group, with its latency in this reduction, by the same draw for all; returns
// whether there is one.
static bool find_uplinks(const struct span_laws *laws, struct reduction_group group, int64_t number,
                         struct link uplinks[GROUPS_MAX]) {
    const struct worker_group_list *groups = &laws->options.groups;
    REQUIRE(groups->count <= GROUPS_MAX);
    int32_t actor = group.all ? 0 : 1 + group.first;
    bool found = false;
    for (int32_t i = 0; i < groups->count; i++) {
        const struct worker_group *own = &groups->entries[i];
        uplinks[i] = (struct link){.bandwidth_bits_per_s = own->uplink_bandwidth_bits_per_s};
        if (own->uplink_latency.own) {
            uplinks[i].latency_ns =
                draw(laws, &own->uplink_latency.law, RNG_UPLINK_REDUCE, actor, number);
        }
        found = found || own->uplink_latency.own || own->uplink_bandwidth_bits_per_s > 0;
    }
    return found;
}

// Without losses.
static int64_t all_reduce_span(const struct span_laws *laws, struct reduction_group group,
                               int64_t number) {
    enum all_reduce kind = laws->options.network.all_reduce;
    struct link link = slowest_link(laws, group, number);
    struct link uplinks[GROUPS_MAX];
    if (!find_uplinks(laws, group, number, uplinks)) {
        return all_reduce_span_ns(kind, group.members, laws->message_bytes, link);
    }
    INVARIANT(laws->group_of != NULL);
    const struct racks racks = {laws->options.groups.count, laws->group_of + group.first, uplinks};
    return all_reduce_racks_span_ns(kind, group.members, laws->message_bytes, link, &racks);
}

void span_laws_reduction(const struct span_laws *laws, struct reduction_group group, int64_t number,
                         struct reduction_spans *spans) {
    REQUIRE(number >= 0 && number <= UINT32_MAX);
    const struct network_options *network = &laws->options.network;
    int32_t size = network_options_cluster_size(network, laws->options.workers);
    struct all_reduce_bytes bytes = all_reduce_bytes(network->all_reduce, group.first,
                                                     group.members, size, laws->message_bytes);
    *spans = (struct reduction_spans){
        .span_ns = all_reduce_span(laws, group, number),
        .bytes_intra = bytes.intra,
        .bytes_inter = bytes.inter,
    };
    draw_reduction_losses(laws, group, number, spans);
    if (laws->random_ties) {
        struct rng_stream stream;
        uint32_t actor = group.all ? 0 : 1 + (uint32_t)group.first;
        rng_stream_init(&stream, laws->seed, RNG_REDUCTION_TIE, actor, (uint32_t)number, 0);
        spans->tie = rng_stream_u64(&stream);
    }
}
