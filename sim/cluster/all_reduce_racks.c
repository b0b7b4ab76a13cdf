// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cluster/all_reduce_racks.h"

#include "sim/base/check.h"
#include "sim/base/sim_time.h"

// Steps that are alike, and what each carries, in parts of a model: "per" of them are one.
struct stage {
    int64_t steps;
    int64_t per;
    int64_t parts;                // on the slowest of the members' links
    int64_t crossing[GROUPS_MAX]; // at the uplink of each rack, one way
};

static bool is_longer(int64_t parts, int64_t bits_per_s, int64_t others, int64_t other_bits_per_s) {
    if (bits_per_s == 0) {
        return false;
    }
    return other_bits_per_s == 0 ||
           (__int128)parts * other_bits_per_s > (__int128)others * bits_per_s;
}

static __int128 transfer_ns(const struct stage *stage, int64_t parts, int64_t bytes,
                            int64_t bits_per_s) {
    if (bits_per_s == 0) {
        return 0;
    }
    __int128 bit_ns = (__int128)stage->steps * parts * bytes * 8 * NS_PER_S;
    __int128 rate = (__int128)stage->per * bits_per_s;
    return (bit_ns + rate - 1) / rate;
}

// Adds what the stage takes, but for the transfers on the members' links: returns whether they are
// the longest.
static bool add_stage(const struct stage *stage, int64_t bytes, struct link link,
                      const struct racks *racks, __int128 *span) {
    REQUIRE(stage->steps >= 0 && stage->per >= 1);
    int64_t latency_ns = 0;
    int64_t parts = stage->parts;
    int64_t bits_per_s = link.bandwidth_bits_per_s;
    bool own = true;
    for (int32_t i = 0; i < racks->count; i++) {
        const struct link *uplink = &racks->uplinks[i];
        int64_t crossing = stage->crossing[i];
        if (crossing == 0) {
            continue;
        }
        latency_ns = uplink->latency_ns > latency_ns ? uplink->latency_ns : latency_ns;
        if (is_longer(crossing, uplink->bandwidth_bits_per_s, parts, bits_per_s)) {
            parts = crossing;
            bits_per_s = uplink->bandwidth_bits_per_s;
            own = false;
        }
    }
    *span += (__int128)stage->steps * ((__int128)link.latency_ns + latency_ns);
    *span += own ? 0 : transfer_ns(stage, parts, bytes, bits_per_s);
    return own;
}

static void count_members(const struct racks *racks, int32_t members, int64_t count[GROUPS_MAX]) {
    REQUIRE(racks->count >= 0 && racks->count <= GROUPS_MAX);
    for (int32_t i = 0; i < members; i++) {
        int16_t rack = racks->rack_of[i];
        REQUIRE(rack >= -1 && rack < racks->count);
        if (rack >= 0) {
            count[rack]++;
        }
    }
}

// Of a ring or of a server all steps are alike.
static __int128 even_span(bool ring, int32_t members, int64_t bytes, struct link link,
                          const struct racks *racks) {
    struct stage stage = {.steps = ring ? 2 * ((int64_t)members - 1) : 2,
                          .per = ring ? members : 1,
                          .parts = ring ? 1 : members};
    __int128 span = 0;
    count_members(racks, members, stage.crossing);
    for (int32_t i = 0; i < racks->count; i++) {
        if (stage.crossing[i] == members) {
            stage.crossing[i] = 0;
        } else if (ring && stage.crossing[i] > 0) {
            stage.crossing[i] = 1;
        }
    }
    bool own = add_stage(&stage, bytes, link, racks, &span);
    return span + (own ? transfer_ns(&stage, stage.parts, bytes, link.bandwidth_bits_per_s) : 0);
}

// At the level of this stride those at its odd multiples send to the even ones below them.
static void count_level(const struct racks *racks, int32_t members, int64_t stride,
                        struct stage *stage) {
    int64_t in[GROUPS_MAX] = {0};
    int64_t out[GROUPS_MAX] = {0};
    for (int64_t i = stride; i < members; i += 2 * stride) {
        int16_t from = racks->rack_of[i];
        int16_t to = racks->rack_of[i - stride];
        if (from != to && from >= 0) {
            out[from]++;
        }
        if (from != to && to >= 0) {
            in[to]++;
        }
    }
    for (int32_t i = 0; i < racks->count; i++) {
        stage->crossing[i] = in[i] > out[i] ? in[i] : out[i];
    }
}

static __int128 tree_span(int32_t members, int64_t bytes, struct link link,
                          const struct racks *racks) {
    struct stage own = {.per = 1};
    __int128 span = 0;
    for (int64_t stride = 1; stride < members; stride *= 2) {
        struct stage level = {.steps = 2, .per = 1, .parts = 1};
        count_level(racks, members, stride, &level);
        own.steps += add_stage(&level, bytes, link, racks, &span) ? level.steps : 0;
    }
    return span + transfer_ns(&own, 1, bytes, link.bandwidth_bits_per_s);
}

int64_t all_reduce_racks_span_ns(enum all_reduce kind, int32_t members, int64_t bytes,
                                 struct link link, const struct racks *racks) {
    REQUIRE(members >= 1 && bytes >= 0 && link.latency_ns >= 0 && racks->count <= GROUPS_MAX);
    REQUIRE(kind == ALL_REDUCE_RING || kind == ALL_REDUCE_TREE || kind == ALL_REDUCE_SERVER);
    __int128 span = kind == ALL_REDUCE_TREE
                        ? tree_span(members, bytes, link, racks)
                        : even_span(kind == ALL_REDUCE_RING, members, bytes, link, racks);
    ENSURE(span >= 0);
    return span > SIM_SPAN_MAX_NS ? SIM_SPAN_MAX_NS : (int64_t)span;
}
