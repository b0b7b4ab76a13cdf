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
    struct random_data_options options;
    bool streams; // samples are made when they are gathered
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

// The same of twelve bytes, with 3061 values: the sum has the mean 1530 and the variance 65535.
static double draw_gaussian_of_bytes(struct rng_stream *stream) {
    enum { WORDS = 3, BYTES_MEAN = 1530 };
    const double scale = 1 / 255.99804686754876; // sqrt(65535)
    uint32_t pairs = 0;                          // two sums of six bytes
    for (int i = 0; i < WORDS; i++) {
        uint32_t word = rng_stream_u32(stream);
        pairs += (word & 0x00ff00ffu) + (word >> 8 & 0x00ff00ffu);
    }
    return ((int32_t)(pairs & 0xffffu) + (int32_t)(pairs >> 16) - BYTES_MEAN) * scale;
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

static const char *check_design(const struct random_data_options *options) {
    if (count_informative(options->features, options->classes) > options->features) {
        return "this many classes need more features: each class needs two corners of the "
               "hypercube";
    }
    if (options->samples < 2) {
        return "there must be a sample to train on and one to test with";
    }
    return NULL;
}

const char *random_data_check(const struct random_data_options *options) {
    if (options->samples > RANDOM_SAMPLES_MAX) {
        return "random data have 10000000 samples at most; data: {name: stream} has more, and "
               "stores none";
    }
    if ((int64_t)options->features * options->samples > RANDOM_VALUES_MAX) {
        return "features times samples may be 1000000000 at most (4 GB)";
    }
    return check_design(options);
}

const char *random_stream_check(const struct random_data_options *options) {
    if (options->features > STREAM_FEATURES_MAX) {
        return "a stream makes each sample when it is used, and takes 1024 features at most";
    }
    return check_design(options);
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
    *design = (struct design){.options = *options,
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
}

static void design_release(struct design *design) {
    memory_free(design->corners);
    memory_free(design->matrices);
    memory_free(design->combination);
    memory_free(design->places);
    memory_free(design->order);
}

// ---- one sample ----

// products: (rows), of a matrix (rows, columns) with a vector. All rows go on side by side, for one
// sum alone waits for itself; each is summed in the order of the columns.
static void multiply(const double *matrix, size_t rows, size_t columns, const double *vector,
                     double *products) {
    for (size_t i = 0; i < rows; i++) {
        products[i] = 0;
    }
    for (size_t k = 0; k < columns; k++) {
        for (size_t i = 0; i < rows; i++) {
            products[i] += matrix[i * columns + k] * vector[k];
        }
    }
}

static double draw_normal(const struct design *design, struct rng_stream *stream) {
    return design->streams ? draw_gaussian_of_bytes(stream) : draw_gaussian(stream);
}

// Clusters in turn, so that all have the same number of samples; the order is random afterwards.
static uint8_t make_sample(const struct design *design, int32_t number, float *sample) {
    REQUIRE(number >= 0 && number < design->options.samples);
    int32_t classes = design->options.classes;
    int32_t cluster = number % design->clusters;
    size_t width = (size_t)design->informative;
    const double *matrix = design->matrices + (size_t)cluster * width * width;
    double drawn[RANDOM_INFORMATIVE_MAX] = {0};
    double values[RANDOM_INFORMATIVE_MAX];
    const int32_t *place = design->places;
    struct rng_stream stream;
    rng_stream_init(&stream, design->options.seed, RNG_DATA, DRAW_SAMPLE, (uint32_t)number, 0);
    for (size_t i = 0; i < width; i++) {
        drawn[i] = draw_normal(design, &stream);
    }
    multiply(matrix, width, width, drawn, values);
    for (size_t i = 0; i < width; i++) {
        values[i] += design->corners[cluster] >> i & 1 ? 1 : -1;
        sample[*place++] = (float)values[i];
    }
    multiply(design->combination, (size_t)design->combined, width, values, drawn);
    for (int32_t i = 0; i < design->combined; i++) {
        sample[*place++] = (float)drawn[i];
    }
    while (place < design->places + design->options.features) {
        sample[*place++] = (float)draw_normal(design, &stream);
    }
    bool is_random = draw_below(&stream, RANDOM_LABEL_ONE_IN) == 0;
    return (uint8_t)(is_random ? draw_below(&stream, classes) : cluster % classes);
}

static void make_split(const struct design *design, size_t first, struct split_arrays *split) {
    REQUIRE(first + split->count <= (size_t)design->options.samples);
    size_t features = (size_t)design->options.features;
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

static struct dataset_entry entry_of(const char *name, const struct random_data_options *options) {
    struct dataset_entry entry = *dataset_catalogue_find(name);
    REQUIRE(options->features >= 1);
    entry.train_count = random_data_train_count(options->samples);
    entry.test_count = (size_t)options->samples - entry.train_count;
    entry.channels = 1;
    entry.height = 1;
    entry.width = (size_t)options->features;
    entry.input_count = (size_t)options->features;
    entry.class_count = options->classes;
    return entry;
}

struct dataset *random_data_create(const struct random_data_options *options) {
    REQUIRE(random_data_check(options) == NULL);
    struct design design;
    design_make(&design, options);
    design.order = draw_order(options->seed, DRAW_SAMPLE_ORDER, options->samples);
    size_t train_count = random_data_train_count(options->samples);
    struct dataset_arrays arrays = {.entry = entry_of("random", options), .name = "random"};
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

// ---- a stream ----

// The numbers of the test set follow those of the training set.
static uint8_t make_streamed(const void *context, enum dataset_split split, size_t index,
                             real *inputs, size_t lanes) {
    const struct design *design = context;
    float sample[STREAM_FEATURES_MAX];
    memset(sample, 0, (size_t)design->options.features * sizeof *sample); // all are written below
    size_t first = split == SPLIT_TEST ? random_data_train_count(design->options.samples) : 0;
    uint8_t label = make_sample(design, (int32_t)(first + index), sample);
    for (int32_t i = 0; i < design->options.features; i++) {
        inputs[(size_t)i * lanes] = (real)sample[i];
    }
    return label;
}

static void release_stream(void *context) {
    REQUIRE(context != NULL);
    design_release(context);
    memory_free(context);
}

static uint64_t hash_of_design(const struct design *design) {
    size_t clusters = (size_t)design->clusters;
    size_t width = (size_t)design->informative;
    const struct random_data_options *options = &design->options;
    REQUIRE(design->corners != NULL);
    uint64_t hash = fingerprint_combine((uint64_t)options->samples, options->seed);
    hash = fingerprint_combine(hash, (uint64_t)options->classes);
    hash = fingerprint_combine(hash, fingerprint_bytes(design->corners, clusters * 4));
    hash = fingerprint_combine(
        hash, fingerprint_bytes(design->matrices, clusters * width * width * sizeof(double)));
    return fingerprint_combine(hash,
                               fingerprint_bytes(design->places, (size_t)options->features * 4));
}

struct dataset *random_stream_create(const struct random_data_options *options) {
    REQUIRE(random_stream_check(options) == NULL);
    struct design *design = memory_allocate(1, sizeof *design);
    design_make(design, options);
    design->streams = true;
    const struct sample_source source = {design, make_streamed, release_stream};
    struct dataset_entry entry = entry_of("stream", options);
    return dataset_create_drawn(&entry, hash_of_design(design), &source);
}
