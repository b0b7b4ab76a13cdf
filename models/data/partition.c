// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/partition.h"

#include <stdbool.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"

enum { CLASSES_MAX = 256 };

// What has been dealt of each class, as a list of workers.
struct urns {
    struct rng_stream streams[CLASSES_MAX]; // (seed, RNG_SHARDS, 1 + class, 0)
    size_t first[CLASSES_MAX];              // of the class in drawn
    size_t count[CLASSES_MAX];
    int32_t *drawn; // (samples), class by class
};

static void urns_init(struct urns *urns, const struct partition_options *options) {
    REQUIRE(options->labels != NULL && options->sample_count >= 1);
    size_t sizes[CLASSES_MAX] = {0};
    size_t first = 0;
    for (size_t i = 0; i < options->sample_count; i++) {
        sizes[options->labels[i]]++;
    }
    urns->drawn = memory_allocate(options->sample_count, sizeof *urns->drawn);
    for (uint32_t c = 0; c < CLASSES_MAX; c++) {
        rng_stream_init(&urns->streams[c], options->seed, RNG_SHARDS, 1 + c, 0, 0);
        urns->first[c] = first;
        urns->count[c] = 0;
        first += sizes[c];
    }
}

// The worker of the next sample of a class.
static int32_t urns_draw(struct urns *urns, const struct partition_options *options,
                         uint8_t class_number) {
    REQUIRE(urns->first[class_number] + urns->count[class_number] < options->sample_count);
    struct rng_stream *stream = &urns->streams[class_number];
    int32_t *drawn = urns->drawn + urns->first[class_number];
    size_t count = urns->count[class_number]++;
    double fresh = options->alpha * options->workers;
    double place = rng_stream_uniform(stream) * (fresh + (double)count);
    bool anybody = place < fresh || count == 0;
    uint64_t among = anybody ? (uint64_t)options->workers : count;
    uint64_t chosen = (uint64_t)rng_stream_u32(stream) * among >> 32;
    drawn[count] = anybody ? (int32_t)chosen : drawn[chosen];
    return drawn[count];
}

// ---- the least ----

// What the workers have above a level, together.
static size_t count_above(const size_t *counts, int32_t workers, size_t level) {
    size_t above = 0;
    for (int32_t w = 0; w < workers; w++) {
        above += counts[w] > level ? counts[w] - level : 0;
    }
    return above;
}

// The highest level above which the workers together have as many as are needed.
static size_t find_level(const size_t *counts, int32_t workers, size_t needed, size_t most) {
    size_t low = 0;
    size_t high = most;
    while (low < high) {
        size_t middle = low + (high - low + 1) / 2;
        if (count_above(counts, workers, middle) >= needed) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
}

// What each worker is to have in the end, given what was dealt.
static void level_counts(const struct partition_options *options, const size_t *dealt,
                         size_t *wanted) {
    REQUIRE(options->sample_count / (size_t)options->workers >= options->least);
    size_t needed = 0;
    for (int32_t w = 0; w < options->workers; w++) {
        needed += dealt[w] < options->least ? options->least - dealt[w] : 0;
    }
    size_t level = find_level(dealt, options->workers, needed, options->sample_count);
    size_t spare = count_above(dealt, options->workers, level) - needed;
    for (int32_t w = 0; w < options->workers; w++) {
        wanted[w] = dealt[w] < options->least ? options->least : dealt[w];
        if (dealt[w] > level) {
            wanted[w] = level + (spare > 0);
            spare -= spare > 0;
        }
    }
}

// Hands the last samples of those who have too many to those who have too few, in order.
static void hand_over(const struct partition_options *options, int32_t *owners,
                      const int32_t *order, size_t *dealt, const size_t *wanted) {
    int32_t taker = 0;
    for (size_t i = options->sample_count; i > 0; i--) {
        int32_t *owner = &owners[order[i - 1]];
        if (dealt[*owner] <= wanted[*owner]) {
            continue;
        }
        while (taker < options->workers && dealt[taker] >= wanted[taker]) {
            taker++;
        }
        INVARIANT(taker < options->workers);
        dealt[*owner]--;
        dealt[taker]++;
        *owner = taker;
    }
}

// ---- all of it ----

// Sorts the order by owner; within a worker the order stays.
static void gather_owners(const struct partition_options *options, const int32_t *owners,
                          int32_t *order, size_t *begins) {
    size_t count = options->sample_count;
    int32_t *sorted = memory_allocate(count, sizeof *sorted);
    size_t *next = memory_allocate((size_t)options->workers, sizeof *next);
    memcpy(next, begins, (size_t)options->workers * sizeof *next);
    for (size_t i = 0; i < count; i++) {
        sorted[next[owners[order[i]]]++] = order[i];
    }
    memcpy(order, sorted, count * sizeof *order);
    memory_free(sorted);
    memory_free(next);
}

void partition_deal(const struct partition_options *options, int32_t *order, size_t *begins) {
    REQUIRE(options->alpha > 0 && options->workers >= 1);
    REQUIRE(options->sample_count / (size_t)options->workers >= options->least);
    size_t workers = (size_t)options->workers;
    struct urns *urns = memory_allocate(1, sizeof *urns);
    int32_t *owners = memory_allocate(options->sample_count, sizeof *owners);
    size_t *dealt = memory_allocate(workers, sizeof *dealt);
    size_t *wanted = memory_allocate(workers, sizeof *wanted);
    urns_init(urns, options);
    for (size_t i = 0; i < options->sample_count; i++) {
        int32_t sample = order[i];
        owners[sample] = urns_draw(urns, options, options->labels[sample]);
        dealt[owners[sample]]++;
    }
    level_counts(options, dealt, wanted);
    hand_over(options, owners, order, dealt, wanted);
    begins[0] = 0;
    for (size_t w = 0; w < workers; w++) {
        begins[w + 1] = begins[w] + wanted[w];
    }
    ENSURE(begins[workers] == options->sample_count); // every sample is dealt once
    gather_owners(options, owners, order, begins);
    memory_free(urns->drawn);
    memory_free(urns);
    memory_free(owners);
    memory_free(dealt);
    memory_free(wanted);
}
