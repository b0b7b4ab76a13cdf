// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/dataset_catalogue.h"

#include <string.h>

#include "sim/base/check.h"

// The fingerprints were taken of files whose md5 had been compared.
static const struct dataset_recipe recipes[] = {
    {.entry = {.name = "mnist",
               .summary = "handwritten digits, 28 x 28 grey, 60,000 and 10,000 for testing",
               .train_count = 60000,
               .test_count = 10000,
               .input_count = 784,
               .class_count = 10},
     .splits = {[SPLIT_TRAIN] = {.images = {.name = "train-images-idx3-ubyte",
                                            .md5 = "6bbc9ace898e44ae57da46a324031adb",
                                            .fingerprint = 0x59bf22c057c52478,
                                            .dimension_count = 3,
                                            .dimensions = {60000, 28, 28}},
                                 .labels = {.name = "train-labels-idx1-ubyte",
                                            .md5 = "a25bea736e30d166cdddb491f175f624",
                                            .fingerprint = 0x8839fd1c4bb36825,
                                            .dimension_count = 1,
                                            .dimensions = {60000}}},
                [SPLIT_TEST] = {.images = {.name = "t10k-images-idx3-ubyte",
                                           .md5 = "2646ac647ad5339dbf082846283269ea",
                                           .fingerprint = 0x6aa8aa9c0102c17c,
                                           .dimension_count = 3,
                                           .dimensions = {10000, 28, 28}},
                                .labels = {.name = "t10k-labels-idx1-ubyte",
                                           .md5 = "27ae3e4e09519cfbb04c329615203637",
                                           .fingerprint = 0x63c4bd8be7e7204f,
                                           .dimension_count = 1,
                                           .dimensions = {10000}}}}},
};

enum { RECIPE_COUNT = sizeof recipes / sizeof recipes[0] };

size_t dataset_catalogue_count(void) {
    return RECIPE_COUNT;
}

const struct dataset_recipe *dataset_catalogue_recipe(size_t index) {
    REQUIRE(index < RECIPE_COUNT);
    return &recipes[index];
}

const struct dataset_entry *dataset_catalogue_entry(size_t index) {
    return &dataset_catalogue_recipe(index)->entry;
}

const struct dataset_entry *dataset_catalogue_find(const char *name) {
    for (size_t i = 0; i < RECIPE_COUNT; i++) {
        if (strcmp(recipes[i].entry.name, name) == 0) {
            return &recipes[i].entry;
        }
    }
    return NULL;
}
