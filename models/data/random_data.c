// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/random_data.h"

#include <stdbool.h>
#include <string.h>

#include "models/data/dataset_catalogue.h"
#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"

// Streams (seed, RNG_DATA, what, number): each thing that is drawn has its own.
enum {
    DRAW_CORNERS,       // number 0
    DRAW_MATRIX,        // of a cluster
    DRAW_COMBINATIONS,  // number 0
    DRAW_FEATURE_ORDER, // number 0
    DRAW_SAMPLE_ORDER,  // number 0
    DRAW_SAMPLE,        // of a sample
};

// One label in so many is drawn anew from all classes.
enum { RANDOM_LABEL_ONE_IN = 100 };

struct design {
    const struct random_data_options *options;
    int32_t clusters;
    int32_t informative;
    int32_t combined;    // linear combinations of the informative ones; the rest is noise
    uint32_t *corners;   // (clusters), all different: bit f is the side in informative feature f
    double *matrices;    // (clusters, informative, informative)
    double *combination; // (combined, informative)
    int32_t *places;     // (features): where each feature stands
    int32_t *order;      // (samples): which sample stands where
};

// ---- draws ----

// Uniform on [-1, 1).
static double draw_symmetric(struct rng_stream *stream) {
    return 2 * rng_stream_uniform(stream) - 1;
}

// Nearly Gaussian, mean 0, variance 1: the sum of twelve uniforms less 6, exact in integers.
static double draw_gaussian(struct rng_stream *stream) {
    int64_t sum = 0;
    for (int i = 0; i < 12; i++) {
        sum += rng_stream_u32(stream);
    }
    return (double)(sum - 6 * INT64_C(0xffffffff)) * 0x1p-32;
}

// 0 .. count - 1, each equally likely to 2^-32.
static int32_t draw_below(struct rng_stream *stream, int32_t count) {
    REQUIRE(count >= 1);
    return (int32_t)((uint64_t)rng_stream_u32(stream) * (uint64_t)count >> 32);
}

// ---- the design ----

static int32_t bits_for(int32_t corners) {
    REQUIRE(corners >= 1);
    int32_t bits = 0;
    while (INT64_C(1) << bits < corners) {
        bits++;
    }
    return bits;
}

// How many of the features say something by themselves: half of them, rounded up, at most
// RANDOM_INFORMATIVE_MAX, but as many as it takes to have a corner for every cluster.
static int32_t count_informative(int32_t features, int32_t classes) {
    REQUIRE(features >= 1 && classes >= 1);
    int32_t half = (features + 1) / 2;
    int32_t most = half < RANDOM_INFORMATIVE_MAX ? half : RANDOM_INFORMATIVE_MAX;
    int32_t needed = bits_for(classes * RANDOM_CLUSTERS_PER_CLASS);
    return most < needed ? needed : most;
}

size_t random_data_train_count(int32_t samples) {
    REQUIRE(samples >= 0);
    return (size_t)((int64_t)samples * 4 / 5);
}

const char *random_data_check(const struct random_data_options *options) {
    if (count_informative(options->features, options->classes) > options->features) {
        return "this many classes need more features: each class needs two corners of the "
               "hypercube";
    }
    if (options->samples < 2) {
        return "there must be a sample to train on and one to test with";
    }
    if ((int64_t)options->features * options->samples > RANDOM_VALUES_MAX) {
        return "features times samples may be 1000000000 at most (4 GB)";
    }
    return NULL;
}

static bool is_taken(const struct design *design, int32_t cluster, uint32_t corner) {
    for (int32_t k = 0; k < cluster; k++) {
        if (design->corners[k] == corner) {
            return true;
        }
    }
    return false;
}

static void draw_corners(struct design *design, uint64_t seed) {
    REQUIRE(design->informative <= RANDOM_INFORMATIVE_MAX);
    REQUIRE(design->clusters <= INT64_C(1) << design->informative); // or there is none for each
    struct rng_stream stream;
    rng_stream_init(&stream, seed, RNG_DATA, DRAW_CORNERS, 0, 0);
    uint32_t mask = (uint32_t)((UINT64_C(1) << design->informative) - 1);
    for (int32_t k = 0; k < design->clusters; k++) {
        do {
            design->corners[k] = rng_stream_u32(&stream) & mask;
        } while (is_taken(design, k, design->corners[k]));
    }
}

static void fill_symmetric(uint64_t seed, uint32_t what, uint32_t number, double *values,
                           size_t count) {
    struct rng_stream stream;
    rng_stream_init(&stream, seed, RNG_DATA, what, number, 0);
    for (size_t i = 0; i < count; i++) {
        values[i] = draw_symmetric(&stream);
    }
}

static int32_t *draw_order(uint64_t seed, uint32_t what, int32_t count) {
    REQUIRE(count >= 1);
    struct rng_stream stream;
    int32_t *order = memory_allocate((size_t)count, sizeof *order);
    for (int32_t i = 0; i < count; i++) {
        order[i] = i;
    }
    rng_stream_init(&stream, seed, RNG_DATA, what, 0, 0);
    rng_stream_shuffle(&stream, order, (size_t)count);
    return order;
}

static void design_make(struct design *design, const struct random_data_options *options) {
    size_t width = (size_t)count_informative(options->features, options->classes);
    int32_t rest = options->features - (int32_t)width;
    *design = (struct design){.options = options,
                              .clusters = options->classes * RANDOM_CLUSTERS_PER_CLASS,
                              .informative = (int32_t)width,
                              .combined = rest / 2 < (int32_t)width ? rest / 2 : (int32_t)width};
    size_t clusters = (size_t)design->clusters;
    size_t combined = (size_t)design->combined;
    design->corners = memory_allocate(clusters, sizeof *design->corners);
    design->matrices = memory_allocate(clusters * width * width, sizeof *design->matrices);
    design->combination = memory_allocate(combined * width, sizeof *design->combination);
    draw_corners(design, options->seed);
    for (uint32_t k = 0; k < clusters; k++) {
        fill_symmetric(options->seed, DRAW_MATRIX, k, design->matrices + k * width * width,
                       width * width);
    }
    fill_symmetric(options->seed, DRAW_COMBINATIONS, 0, design->combination, combined * width);
    design->places = draw_order(options->seed, DRAW_FEATURE_ORDER, options->features);
    design->order = draw_order(options->seed, DRAW_SAMPLE_ORDER, options->samples);
}

static void design_release(struct design *design) {
    memory_free(design->corners);
    memory_free(design->matrices);
    memory_free(design->combination);
    memory_free(design->places);
    memory_free(design->order);
}

// ---- one sample ----

static double product(const double *row, const double *values, int32_t count) {
    double sum = 0;
    for (int32_t i = 0; i < count; i++) {
        sum += row[i] * values[i];
    }
    return sum;
}

// Clusters in turn, so that all have the same number of samples; the order is random afterwards.
static uint8_t make_sample(const struct design *design, int32_t number, float *sample) {
    REQUIRE(number >= 0 && number < design->options->samples);
    int32_t classes = design->options->classes;
    int32_t cluster = number % design->clusters;
    size_t width = (size_t)design->informative;
    const double *matrix = design->matrices + (size_t)cluster * width * width;
    double drawn[RANDOM_INFORMATIVE_MAX];
    double values[RANDOM_INFORMATIVE_MAX];
    const int32_t *place = design->places;
    struct rng_stream stream;
    rng_stream_init(&stream, design->options->seed, RNG_DATA, DRAW_SAMPLE, (uint32_t)number, 0);
    for (size_t i = 0; i < width; i++) {
        drawn[i] = draw_gaussian(&stream);
    }
    for (size_t i = 0; i < width; i++) {
        double side = design->corners[cluster] >> i & 1 ? 1 : -1;
        values[i] = product(matrix + i * width, drawn, design->informative) + side;
        sample[*place++] = (float)values[i];
    }
    for (int32_t i = 0; i < design->combined; i++) {
        const double *row = design->combination + (size_t)i * width;
        sample[*place++] = (float)product(row, values, design->informative);
    }
    while (place < design->places + design->options->features) {
        sample[*place++] = (float)draw_gaussian(&stream);
    }
    bool is_random = draw_below(&stream, RANDOM_LABEL_ONE_IN) == 0;
    return (uint8_t)(is_random ? draw_below(&stream, classes) : cluster % classes);
}

static void make_split(const struct design *design, size_t first, struct split_arrays *split) {
    REQUIRE(first + split->count <= (size_t)design->options->samples);
    size_t features = (size_t)design->options->features;
    float *values = memory_allocate_aligned(split->count * features, sizeof *values);
    split->storage = values;
    split->values = values;
    split->stride = features;
    split->labels = memory_allocate(split->count, 1);
    for (size_t i = 0; i < split->count; i++) {
        split->labels[i] = make_sample(design, design->order[first + i], values + i * features);
    }
}

static uint64_t hash_split(uint64_t hash, const struct split_arrays *split) {
    REQUIRE(split->values != NULL && split->labels != NULL);
    hash = fingerprint_combine(hash, split->count);
    hash = fingerprint_combine(
        hash, fingerprint_bytes(split->values, split->count * split->stride * sizeof(float)));
    return fingerprint_combine(hash, fingerprint_bytes(split->labels, split->count));
}

struct dataset *random_data_create(const struct random_data_options *options) {
    REQUIRE(random_data_check(options) == NULL);
    struct design design;
    design_make(&design, options);
    size_t train_count = random_data_train_count(options->samples);
    struct dataset_arrays arrays = {.entry = *dataset_catalogue_find("random"), .name = "random"};
    arrays.entry.channels = 1;
    arrays.entry.height = 1;
    arrays.entry.width = (size_t)options->features;
    arrays.entry.input_count = (size_t)options->features;
    arrays.entry.class_count = options->classes;
    arrays.splits[SPLIT_TRAIN].count = train_count;
    arrays.splits[SPLIT_TEST].count = (size_t)options->samples - train_count;
    make_split(&design, 0, &arrays.splits[SPLIT_TRAIN]);
    make_split(&design, train_count, &arrays.splits[SPLIT_TEST]);
    for (int i = 0; i < SPLIT_COUNT; i++) {
        arrays.hash = hash_split(arrays.hash, &arrays.splits[i]);
    }
    design_release(&design);
    struct dataset *dataset = NULL;
    ENSURE(dataset_create(&arrays, &dataset, NULL) == STATUS_OK);
    return dataset;
}
