// SPDX-License-Identifier: GPL-3.0-or-later
// How long it takes to average the models of some workers without a parameter server, and how many
// bytes that moves over which links. The workers stand in clusters of cluster_size, in order; two
// of one cluster are joined by intra-cluster links, all others by inter-cluster links. With m
// members, a model of n bytes, and a, b the latency and bandwidth of the slowest link among them:
//
//   ring    2 (m-1) a + 2 (m-1)/m n/b    reduce-scatter, then all-gather: m-1 steps each, in which
//                                        every member sends the m-th part of the model (Patarasuk
//                                        and Yuan, J. Parallel Distrib. Comput. 69, 2009)
//   tree    2 ceil(log2 m) (a + n/b)     the binomial tree: reduce, then broadcast, of whole models
//                                        (Thakur, Rabenseifner, Gropp, IJHPCA 19, 2005)
//   server  2 a + 2 m n/b                all send to one server, which answers all: its own link
//                                        carries m models each way
//
// Each is rounded up to a nanosecond once. The bytes are those of all members together, both ways:
// 2 (m-1) n, 2 (m-1) n and 2 m n. Of a ring in worker order, one link leads out of each cluster
// where there are several; of the tree, those edges (r, r without its lowest bit) that leave a
// cluster; a server stands in the members' cluster, or outside of all where there are several.
#pragma once

#include "sim/cluster/cluster_options.h"

struct link {
    int64_t latency_ns;
    int64_t bandwidth_bits_per_s; // 0: unlimited
};

struct all_reduce_bytes {
    int64_t intra; // over links within clusters
    int64_t inter; // over links between them
};

// Requires: members >= 1, bytes >= 0, and not ALL_REDUCE_NONE. At most SIM_SPAN_MAX_NS.
int64_t all_reduce_span_ns(enum all_reduce kind, int32_t members, int64_t bytes, struct link link);

// Steps that follow each other, each of which waits for messages of the one before: 2 (m-1),
// 2 ceil(log2 m) and 2. Requires: members >= 1, and not ALL_REDUCE_NONE.
int64_t all_reduce_steps(enum all_reduce kind, int32_t members);

// Members: the workers first .. first + members - 1. Requires: cluster_size >= 1.
struct all_reduce_bytes all_reduce_bytes(enum all_reduce kind, int32_t first, int32_t members,
                                         int32_t cluster_size, int64_t bytes);

// How many clusters the members belong to.
int32_t all_reduce_clusters(int32_t first, int32_t members, int32_t cluster_size);

// The slower of both in latency and in bandwidth.
struct link link_slowest(struct link a, struct link b);
