// SPDX-License-Identifier: GPL-3.0-or-later
// byte_sums: by which bytes are normalised, and those that the catalogue keeps.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "models/data/byte_sums.h"
#include "models/data/dataset_files.h"
#include "sim/base/memory.h"

// (255, 255, ...) has the greatest squares: more than 32 bits hold, in blocks of any size.
static void byte_sums_add__any_count__is_the_sum_of_each(void **state) {
    (void)state;
    const size_t counts[] = {0, 1, 4095, 4096, 4097, 100000};
    uint8_t *bytes = memory_allocate(100000, 1);
    for (size_t i = 0; i < 100000; i++) {
        bytes[i] = (uint8_t)(i < 70000 ? 255 : i * 7);
    }
    for (size_t n = 0; n < sizeof counts / sizeof counts[0]; n++) {
        struct byte_sums sums = {1, 2};
        uint64_t sum = 1;
        uint64_t squares = 2;
        for (size_t i = 0; i < counts[n]; i++) {
            sum += bytes[i];
            squares += (uint64_t)bytes[i] * bytes[i];
        }
        byte_sums_add(&sums, bytes, counts[n]);
        assert_true(sums.sum == sum && sums.squares == squares);
    }
    memory_free(bytes);
}

static void expect_kept_sums(const struct dataset_recipe *recipe) {
    struct dataset *dataset = NULL;
    struct error error;
    if (dataset_open(recipe->entry.name, "data", &dataset, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    const struct dataset_entry *entry = dataset_describe(dataset);
    size_t plane = entry->height * entry->width;
    for (size_t c = 0; c < entry->channels; c++) {
        struct byte_sums sums = {0};
        for (size_t i = 0; i < entry->train_count; i++) {
            byte_sums_add(&sums, dataset_bytes(dataset, SPLIT_TRAIN, i) + c * plane, plane);
        }
        assert_true(recipe->sums[c].sum == sums.sum && recipe->sums[c].squares == sums.squares);
    }
    dataset_close(dataset);
}

// They stand in the catalogue so that no run needs to sum 150 million bytes; a wrong one would
// change every input.
static void dataset_catalogue__kept_sums__are_those_of_the_files(void **state) {
    (void)state;
    size_t checked = 0;
    for (size_t i = 0; i < dataset_catalogue_count(); i++) {
        const char *name = dataset_catalogue_entry(i)->name;
        const struct dataset_recipe *recipe = dataset_catalogue_recipe(name);
        if (recipe->format == DATASET_IDX || recipe->format == DATASET_CIFAR) {
            expect_kept_sums(recipe);
            checked++;
        }
    }
    assert_int_equal(checked, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(byte_sums_add__any_count__is_the_sum_of_each),
        cmocka_unit_test(dataset_catalogue__kept_sums__are_those_of_the_files),
    };
    return cmocka_run_group_tests_name("byte_sums", tests, NULL, NULL);
}
