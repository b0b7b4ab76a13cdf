// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/dataset_catalogue.h"

#include <string.h>

#include "sim/base/check.h"

// The fingerprints were taken of files whose md5 are those of the sets' publishers, as in fetch.sh.

#define IMAGES(split, items, print)                                                                \
    .name = split "-images-idx3-ubyte", .fingerprint = (print), .dimension_count = 3,              \
    .dimensions = {(items), 28, 28}
#define LABELS(split, items, print)                                                                \
    .name = split "-labels-idx1-ubyte", .fingerprint = (print), .dimension_count = 1,              \
    .dimensions = {(items)}

// What sets of the shape of MNIST have in common.
#define LIKE_MNIST                                                                                 \
    .train_count = 60000, .test_count = 10000, .channels = 1, .height = 28, .width = 28,           \
    .input_count = 784, .class_count = 10

static const struct dataset_recipe recipes[] = {
    {.entry = {.name = "mnist", .summary = "handwritten digits, 28 x 28 grey", LIKE_MNIST},
     .format = DATASET_IDX,
     .sums = {{1567298545, 342590800147}},
     .splits = {[SPLIT_TRAIN] = {.images = {IMAGES("train", 60000, 0x59bf22c057c52478)},
                                 .labels = {LABELS("train", 60000, 0x8839fd1c4bb36825)}},
                [SPLIT_TEST] = {.images = {IMAGES("t10k", 10000, 0x6aa8aa9c0102c17c)},
                                .labels = {LABELS("t10k", 10000, 0x63c4bd8be7e7204f)}}}},
    {.entry = {.name = "fashion_mnist", .summary = "pieces of clothing, 28 x 28 grey", LIKE_MNIST},
     .format = DATASET_IDX,
     .sums = {{3431114169, 631470052347}},
     .splits = {[SPLIT_TRAIN] = {.images = {IMAGES("train", 60000, 0xca72265d7c26283b)},
                                 .labels = {LABELS("train", 60000, 0x775518db990ebf87)}},
                [SPLIT_TEST] = {.images = {IMAGES("t10k", 10000, 0xa60baf710224b311)},
                                .labels = {LABELS("t10k", 10000, 0x20515cb4512a5b03)}}}},
    {.entry = {.name = "cifar10",
               .summary = "photographs of vehicles and animals, 32 x 32 colour",
               .train_count = 50000,
               .test_count = 10000,
               .channels = 3,
               .height = 32,
               .width = 32,
               .input_count = 3072,
               .class_count = 10},
     .format = DATASET_CIFAR,
     .sums = {{6415714204, 1007102432534}, {6295060180, 971356520230}, {5829907619, 891641299129}},
     .splits = {[SPLIT_TRAIN] = {.records = {{"data_batch_1.bin", 0x41ac9bacc0b7f4a7, 10000},
                                             {"data_batch_2.bin", 0xfe2060fa6cda726a, 10000},
                                             {"data_batch_3.bin", 0xb4bded95a257863a, 10000},
                                             {"data_batch_4.bin", 0xc1de03fe2464dfde, 10000},
                                             {"data_batch_5.bin", 0xd237593ed2319c8c, 10000}}},
                [SPLIT_TEST] = {.records = {{"test_batch.bin", 0x437077c166f279d4, 10000}}}}},
    {.entry = {.name = "random",
               .summary = "drawn from the seed: clusters at the corners of a hypercube, as "
                          "scikit-learn's make_classification draws them"},
     .format = DATASET_RANDOM},
    {.entry = {.name = "stream",
               .summary = "as random, but every sample is made when a gradient takes it, and none "
                          "is stored: no epochs, no shards"},
     .format = DATASET_STREAM},
    {.entry = {.name = "file",
               .summary = "data of your own, HDF5 or IDX (see data.path); bytes are standardised "
                          "to mean 0 and variance 1 per channel of the training set, as in the "
                          "sets above; floats are used as they are"},
     .format = DATASET_OWN},
};

enum { RECIPE_COUNT = sizeof recipes / sizeof recipes[0] };

size_t dataset_catalogue_count(void) {
    return RECIPE_COUNT;
}

const struct dataset_entry *dataset_catalogue_entry(size_t index) {
    REQUIRE(index < RECIPE_COUNT);
    return &recipes[index].entry;
}

const struct dataset_recipe *dataset_catalogue_recipe(const char *name) {
    REQUIRE(name != NULL);
    for (size_t i = 0; i < RECIPE_COUNT; i++) {
        if (strcmp(recipes[i].entry.name, name) == 0) {
            return &recipes[i];
        }
    }
    return NULL;
}

const struct dataset_entry *dataset_catalogue_find(const char *name) {
    const struct dataset_recipe *recipe = dataset_catalogue_recipe(name);
    return recipe == NULL ? NULL : &recipe->entry;
}

enum dataset_format dataset_catalogue_format(const char *name) {
    const struct dataset_recipe *recipe = dataset_catalogue_recipe(name);
    REQUIRE(recipe != NULL);
    return recipe->format;
}
