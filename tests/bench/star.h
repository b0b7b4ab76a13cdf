// SPDX-License-Identifier: GPL-3.0-or-later
// The star that every engine of this folder simulates: workers compute for exponential times of
// mean 200 ms and push; the push and the reply take latency_ns each; one server with a FIFO queue
// serves a gradient in service_ns and replies. Three events a gradient: it comes in, it is served,
// the reply is there. C and C++.
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct star {
    uint32_t workers;
    int64_t until; // gradients
    int64_t latency_ns;
    int64_t service_ns;
    int64_t gradients;   // served
    uint64_t state;      // of the random numbers
    uint32_t *queue;     // (workers), a ring
    uint32_t head, size; // of the queue
    uint32_t in_service; // if the server is busy
    bool busy;
};

// PROGRAM WORKERS GRADIENTS LATENCY_NS SERVICE_NS
static inline void star_init(struct star *star, int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: %s WORKERS GRADIENTS LATENCY_NS SERVICE_NS\n", argv[0]);
        exit(64);
    }
    star->workers = (uint32_t)strtoul(argv[1], NULL, 10);
    star->until = strtoll(argv[2], NULL, 10);
    star->latency_ns = strtoll(argv[3], NULL, 10);
    star->service_ns = strtoll(argv[4], NULL, 10);
    star->queue = (uint32_t *)calloc(star->workers, sizeof *star->queue);
}

// By SplitMix64: the cheapest that will do, so that the engine counts.
static inline int64_t star_compute_ns(struct star *star) {
    uint64_t word = star->state += UINT64_C(0x9E3779B97F4A7C15);
    word = (word ^ word >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    word = (word ^ word >> 27) * UINT64_C(0x94D049BB133111EB);
    word ^= word >> 31;
    return llrint(-200e6 * log((double)((word >> 11) + 1) * 0x1p-53));
}

// A push comes in. Returns whether it is served at once.
static inline bool star_arrives(struct star *star, uint32_t worker) {
    if (!star->busy) {
        star->busy = true;
        star->in_service = worker;
        return true;
    }
    star->queue[(star->head + star->size++) % star->workers] = worker;
    return false;
}

// It has been served. Returns whether another one is, now.
static inline bool star_served(struct star *star) {
    star->gradients++;
    star->busy = star->size > 0;
    if (star->busy) {
        star->in_service = star->queue[star->head];
        star->head = (star->head + 1) % star->workers;
        star->size--;
    }
    return star->busy;
}

// How long all of it took in the cluster, so that it can be held against the others'.
static inline void star_end(const struct star *star, int64_t now_ns) {
    printf("%lld gradients %.9f\n", (long long)star->gradients, (double)now_ns / 1e9);
}
