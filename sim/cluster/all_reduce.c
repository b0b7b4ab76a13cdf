// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cluster/all_reduce.h"

#include "sim/base/check.h"
#include "sim/base/sim_time.h"

// Steps that follow each other, and models that the slowest link carries: models / per of them.
struct course {
    int64_t steps;
    int64_t models;
    int64_t per;
};

static int64_t ceil_log2(int32_t members) {
    REQUIRE(members >= 1);
    int64_t levels = 0;
    while ((INT64_C(1) << levels) < members) {
        levels++;
    }
    return levels;
}

static struct course course_of(enum all_reduce kind, int32_t members) {
    int64_t others = (int64_t)members - 1;
    switch (kind) {
    case ALL_REDUCE_RING:
        return (struct course){2 * others, 2 * others, members};
    case ALL_REDUCE_TREE:
        return (struct course){2 * ceil_log2(members), 2 * ceil_log2(members), 1};
    case ALL_REDUCE_SERVER:
        return (struct course){2, 2 * (int64_t)members, 1};
    case ALL_REDUCE_NONE:
    case ALL_REDUCE_COUNT:
        break;
    }
    check_failed("requirement", "a network that can reduce", __FILE__, __LINE__);
}

int64_t all_reduce_steps(enum all_reduce kind, int32_t members) {
    REQUIRE(members >= 1);
    return course_of(kind, members).steps;
}

int64_t all_reduce_span_ns(enum all_reduce kind, int32_t members, int64_t bytes, struct link link) {
    REQUIRE(members >= 1 && bytes >= 0 && link.latency_ns >= 0);
    struct course course = course_of(kind, members);
    __int128 span = (__int128)course.steps * link.latency_ns;
    if (link.bandwidth_bits_per_s > 0) {
        __int128 bit_ns = (__int128)course.models * bytes * 8 * NS_PER_S;
        __int128 rate = (__int128)course.per * link.bandwidth_bits_per_s;
        span += (bit_ns + rate - 1) / rate;
    }
    ENSURE(span >= 0);
    return span > SIM_SPAN_MAX_NS ? SIM_SPAN_MAX_NS : (int64_t)span;
}

int32_t all_reduce_clusters(int32_t first, int32_t members, int32_t cluster_size) {
    REQUIRE(first >= 0 && members >= 1 && cluster_size >= 1);
    int64_t last = (int64_t)first + members - 1;
    return (int32_t)(last / cluster_size) - first / cluster_size + 1;
}

// Edges of the binomial tree that leave a cluster.
static int64_t edges_between(int32_t first, int32_t members, int32_t cluster_size) {
    int64_t count = 0;
    for (int32_t rank = 1; rank < members; rank++) {
        int32_t parent = rank & (rank - 1);
        count += (first + rank) / cluster_size != (first + parent) / cluster_size;
    }
    return count;
}

struct all_reduce_bytes all_reduce_bytes(enum all_reduce kind, int32_t first, int32_t members,
                                         int32_t cluster_size, int64_t bytes) {
    int32_t clusters = all_reduce_clusters(first, members, cluster_size);
    int64_t models = kind == ALL_REDUCE_SERVER ? 2 * (int64_t)members : 2 * ((int64_t)members - 1);
    int64_t total = models * bytes;
    int64_t inter = 0;
    if (clusters > 1 && kind == ALL_REDUCE_RING) {
        inter = (int64_t)(((__int128)total * clusters + members - 1) / members);
    } else if (clusters > 1 && kind == ALL_REDUCE_TREE) {
        inter = 2 * edges_between(first, members, cluster_size) * bytes;
    } else if (clusters > 1) {
        inter = total;
    }
    ENSURE(inter >= 0 && inter <= total);
    return (struct all_reduce_bytes){.intra = total - inter, .inter = inter};
}

struct link link_slowest(struct link a, struct link b) {
    struct link slowest = {.latency_ns = a.latency_ns > b.latency_ns ? a.latency_ns : b.latency_ns,
                           .bandwidth_bits_per_s = a.bandwidth_bits_per_s};
    bool b_is_slower =
        b.bandwidth_bits_per_s != 0 &&
        (a.bandwidth_bits_per_s == 0 || b.bandwidth_bits_per_s < a.bandwidth_bits_per_s);
    if (b_is_slower) {
        slowest.bandwidth_bits_per_s = b.bandwidth_bits_per_s;
    }
    return slowest;
}
