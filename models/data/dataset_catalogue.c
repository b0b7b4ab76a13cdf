// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/dataset_catalogue.h"

#include <string.h>

#include "sim/base/check.h"

// The fingerprints were taken of files whose md5 are those of the sets' publishers (of CIFAR-10:
// of the files in cifar-10-binary.tar.gz).
static const struct dataset_recipe recipes[] = {
    {.entry = {.name = "mnist",
               .summary = "handwritten digits, 28 x 28 grey",
               .train_count = 60000,
               .test_count = 10000,
               .channels = 1,
               .height = 28,
               .width = 28,
               .input_count = 784,
               .class_count = 10},
     .format = DATASET_IDX,
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
    {.entry = {.name = "fashion_mnist",
               .summary = "pieces of clothing, 28 x 28 grey",
               .train_count = 60000,
               .test_count = 10000,
               .channels = 1,
               .height = 28,
               .width = 28,
               .input_count = 784,
               .class_count = 10},
     .format = DATASET_IDX,
     .splits = {[SPLIT_TRAIN] = {.images = {.name = "train-images-idx3-ubyte",
                                            .md5 = "f4a8712d7a061bf5bd6d2ca38dc4d50a",
                                            .fingerprint = 0xca72265d7c26283b,
                                            .dimension_count = 3,
                                            .dimensions = {60000, 28, 28}},
                                 .labels = {.name = "train-labels-idx1-ubyte",
                                            .md5 = "9018921c3c673c538a1fc5bad174d6f9",
                                            .fingerprint = 0x775518db990ebf87,
                                            .dimension_count = 1,
                                            .dimensions = {60000}}},
                [SPLIT_TEST] = {.images = {.name = "t10k-images-idx3-ubyte",
                                           .md5 = "8181f5470baa50b63fa0f6fddb340f0a",
                                           .fingerprint = 0xa60baf710224b311,
                                           .dimension_count = 3,
                                           .dimensions = {10000, 28, 28}},
                                .labels = {.name = "t10k-labels-idx1-ubyte",
                                           .md5 = "15d484375f8d13e6eb1aabb0c3f46965",
                                           .fingerprint = 0x20515cb4512a5b03,
                                           .dimension_count = 1,
                                           .dimensions = {10000}}}}},
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
     .splits = {[SPLIT_TRAIN] = {.records = {{.name = "data_batch_1.bin",
                                              .md5 = "5dd7e06a14cb22eb9f671a540d1b7c25",
                                              .fingerprint = 0x41ac9bacc0b7f4a7,
                                              .records = 10000},
                                             {.name = "data_batch_2.bin",
                                              .md5 = "5ea93a67294ea407fff1d09f752e9692",
                                              .fingerprint = 0xfe2060fa6cda726a,
                                              .records = 10000},
                                             {.name = "data_batch_3.bin",
                                              .md5 = "942cd6a4bcdd0dd3c604fbe906cb4421",
                                              .fingerprint = 0xb4bded95a257863a,
                                              .records = 10000},
                                             {.name = "data_batch_4.bin",
                                              .md5 = "ae636b3ba5c66a11e91e8cb52e771fcb",
                                              .fingerprint = 0xc1de03fe2464dfde,
                                              .records = 10000},
                                             {.name = "data_batch_5.bin",
                                              .md5 = "53f37980c15c3d472c316c40844f3f0d",
                                              .fingerprint = 0xd237593ed2319c8c,
                                              .records = 10000}}},
                [SPLIT_TEST] = {.records = {{.name = "test_batch.bin",
                                             .md5 = "803d5f7f4d78ea53de84dbe85f74fb6d",
                                             .fingerprint = 0x437077c166f279d4,
                                             .records = 10000}}}}},
    {.entry = {.name = "random",
               .summary =
                   "drawn anew: clusters at corners of a hypercube, as by make_classification"},
     .format = DATASET_RANDOM},
    {.entry = {.name = "file",
               .summary = "your own, HDF5 or IDX (see data.path); bytes, here as in the sets "
                          "above, are standardised to mean 0 and variance 1 per channel of the "
                          "training set, floats go in as they are"},
     .format = DATASET_OWN},
};

enum { RECIPE_COUNT = sizeof recipes / sizeof recipes[0] };

size_t dataset_catalogue_count(void) {
    return RECIPE_COUNT;
}

const struct dataset_recipe *dataset_catalogue_recipe(size_t index) {
    REQUIRE(index < RECIPE_COUNT);
    return &recipes[index];
}

enum dataset_format dataset_catalogue_format(const char *name) {
    size_t index = 0;
    while (index < RECIPE_COUNT && strcmp(recipes[index].entry.name, name) != 0) {
        index++;
    }
    return dataset_catalogue_recipe(index)->format;
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
