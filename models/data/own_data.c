// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/own_data.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "models/data/data_file.h"
#include "models/data/dataset_catalogue.h"
#include "models/data/idx_file.h"
#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"

// The stream that divides the samples where the data have no test set: (0, RNG_DATA, DIVISION, 0),
// next to the streams of random data.
enum { DIVISION = 64 };

static const char *const split_names[SPLIT_COUNT] = {
    [SPLIT_TRAIN] = "training", [SPLIT_TEST] = "test"};

static void release(struct own_data *data) {
    for (int i = 0; i < SPLIT_COUNT; i++) {
        memory_free(data->splits[i].inputs.numbers);
        memory_free(data->splits[i].labels.numbers);
    }
    *data = (struct own_data){0};
}

// ---- checks ----

static enum status fail(const char *path, int split, struct error *error, const char *wrong) {
    return error_set(error, STATUS_BAD_DATA, "%s: the %s %s", path, split_names[split], wrong);
}

// Elements of one sample; 0 if there are none or too many.
static size_t sample_size(const struct own_array *inputs) {
    REQUIRE(inputs->rank <= OWN_RANK_MAX);
    size_t size = 1;
    for (size_t i = 1; i < inputs->rank; i++) {
        if (__builtin_mul_overflow(size, inputs->sizes[i], &size) || size > OWN_INPUTS_MAX) {
            return 0;
        }
    }
    return size;
}

static enum status check_split(const struct own_split *split, const char *path, int which,
                               struct error *error) {
    const struct own_array *inputs = &split->inputs;
    const struct own_array *labels = &split->labels;
    if (inputs->rank < 2 || inputs->rank > OWN_RANK_MAX) {
        return fail(path, which, error,
                    "inputs must have the shape (N, features), (N, H, W) or (N, C, H, W)");
    }
    if (labels->rank != 1 || labels->type != OWN_BYTES) {
        return fail(path, which, error, "labels must be N whole numbers, 0 to 255");
    }
    if (sample_size(inputs) == 0) {
        return fail(path, which, error, "inputs must have 1 to 16777216 numbers a sample");
    }
    if (inputs->sizes[0] == 0 || inputs->sizes[0] > INT32_MAX) {
        return fail(path, which, error, "samples must be 1 to 2147483647");
    }
    if (inputs->sizes[0] != labels->sizes[0]) {
        return error_set(error, STATUS_BAD_DATA, "%s: %zu %s inputs, but %zu labels", path,
                         inputs->sizes[0], split_names[which], labels->sizes[0]);
    }
    return STATUS_OK;
}

// The index of the first that is not finite; count if all are.
static size_t find_not_finite(const float *values, size_t count) {
    size_t i = 0;
    while (i < count && isfinite(values[i])) {
        i++;
    }
    return i;
}

// Samples are named as the user's file numbers them: before they are divided.
static enum status check_values(const struct own_array *inputs, const char *path,
                                struct error *error) {
    const float *values = inputs->numbers;
    size_t size = sample_size(inputs);
    for (size_t i = 0; i < inputs->sizes[0] && inputs->type == OWN_FLOATS; i++, values += size) {
        size_t wrong = find_not_finite(values, size);
        if (wrong < size) {
            return error_set(error, STATUS_BAD_DATA,
                             "%s: %s: sample %zu has an input that is no finite number: %g at %zu",
                             path, inputs->name, i, (double)values[wrong], wrong);
        }
    }
    return STATUS_OK;
}

static enum status check_likeness(const struct own_data *data, const char *path,
                                  struct error *error) {
    REQUIRE(data->has_test);
    const struct own_array *train = &data->splits[SPLIT_TRAIN].inputs;
    const struct own_array *test = &data->splits[SPLIT_TEST].inputs;
    size_t bytes = (train->rank - 1) * sizeof train->sizes[0];
    if (train->rank != test->rank || train->type != test->type ||
        memcmp(&train->sizes[1], &test->sizes[1], bytes) != 0) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: training and test inputs differ in their shape or type", path);
    }
    return STATUS_OK;
}

static enum status check_data(const struct own_data *data, const char *path, struct error *error) {
    int count = data->has_test ? SPLIT_COUNT : 1;
    enum status status = STATUS_OK;
    for (int i = 0; i < count && status == STATUS_OK; i++) {
        status = check_split(&data->splits[i], path, i, error);
    }
    if (status == STATUS_OK && data->has_test) {
        status = check_likeness(data, path, error);
    } else if (status == STATUS_OK && data->splits[SPLIT_TRAIN].inputs.sizes[0] < 2) {
        status = error_set(error, STATUS_BAD_DATA, "%s: one sample cannot be divided", path);
    }
    for (int i = 0; i < count && status == STATUS_OK; i++) {
        status = check_values(&data->splits[i].inputs, path, error);
    }
    return status;
}

// ---- making ----

static size_t number_bytes(enum own_type type) {
    return type == OWN_BYTES ? 1 : sizeof(float);
}

// Copies some samples into a split of their own.
static void take_samples(const struct own_split *from, const int32_t *indices, size_t count,
                         struct own_split *to) {
    REQUIRE(count >= 1 && count < from->inputs.sizes[0]);
    size_t bytes = sample_size(&from->inputs) * number_bytes(from->inputs.type);
    const uint8_t *labels = from->labels.numbers;
    uint8_t *taken_labels = memory_allocate(count, 1);
    uint8_t *taken = memory_allocate_aligned(count, bytes);
    for (size_t i = 0; i < count; i++) {
        size_t index = (size_t)indices[i];
        memcpy(taken + i * bytes, (const uint8_t *)from->inputs.numbers + index * bytes, bytes);
        taken_labels[i] = labels[index];
    }
    *to = *from;
    to->inputs.sizes[0] = count;
    to->inputs.numbers = taken;
    to->labels.sizes[0] = count;
    to->labels.numbers = taken_labels;
}

// The training set is what is left, in another order.
static void divide(struct own_data *data, double test_share) {
    REQUIRE(!data->has_test && data->splits[SPLIT_TRAIN].inputs.sizes[0] >= 2);
    REQUIRE(test_share >= 0 && test_share <= 1);
    struct own_split all = data->splits[SPLIT_TRAIN];
    size_t count = all.inputs.sizes[0];
    double wanted = (double)count * test_share + 0.5;
    size_t test_count = wanted < 1 ? 1 : (size_t)wanted;
    test_count = test_count > count - 1 ? count - 1 : test_count;
    int32_t *order = memory_allocate(count, sizeof *order);
    for (size_t i = 0; i < count; i++) {
        order[i] = (int32_t)i;
    }
    struct rng_stream stream;
    rng_stream_init(&stream, 0, RNG_DATA, DIVISION, 0, 0);
    rng_stream_shuffle(&stream, order, count);
    take_samples(&all, order, test_count, &data->splits[SPLIT_TEST]);
    take_samples(&all, order + test_count, count - test_count, &data->splits[SPLIT_TRAIN]);
    memory_free(order);
    memory_free(all.inputs.numbers);
    memory_free(all.labels.numbers);
    data->has_test = true;
}

static void shape_entry(const struct own_array *inputs, struct dataset_entry *entry) {
    REQUIRE(inputs->rank >= 2 && inputs->rank <= OWN_RANK_MAX);
    const size_t *sizes = inputs->sizes;
    entry->channels = inputs->rank == 4 ? sizes[1] : 1;
    entry->height = inputs->rank == 2 ? 1 : sizes[inputs->rank - 2];
    entry->width = sizes[inputs->rank - 1];
    entry->input_count = sample_size(inputs);
}

static int32_t count_classes(const struct own_data *data) {
    REQUIRE(data->has_test);
    uint8_t largest = 0;
    for (int i = 0; i < SPLIT_COUNT; i++) {
        const uint8_t *labels = data->splits[i].labels.numbers;
        for (size_t n = 0; n < data->splits[i].labels.sizes[0]; n++) {
            largest = labels[n] > largest ? labels[n] : largest;
        }
    }
    return largest + 1;
}

static uint64_t hash_data(const struct own_data *data, const struct dataset_entry *entry) {
    REQUIRE(data->has_test && entry->input_count >= 1);
    uint64_t hash = fingerprint_combine(data->splits[SPLIT_TRAIN].inputs.type, entry->channels);
    hash = fingerprint_combine(fingerprint_combine(hash, entry->height), entry->width);
    for (int i = 0; i < SPLIT_COUNT; i++) {
        const struct own_split *split = &data->splits[i];
        size_t count = split->inputs.sizes[0];
        size_t bytes = count * entry->input_count * number_bytes(split->inputs.type);
        hash = fingerprint_combine(hash, count);
        hash = fingerprint_combine(hash, fingerprint_bytes(split->inputs.numbers, bytes));
        hash = fingerprint_combine(hash, fingerprint_bytes(split->labels.numbers, count));
    }
    return hash;
}

static void hand_over(struct own_split *from, size_t stride, struct split_arrays *to) {
    REQUIRE(from->inputs.numbers != NULL && from->labels.numbers != NULL);
    REQUIRE(from->inputs.sizes[0] == from->labels.sizes[0] && stride >= 1);
    bool bytes = from->inputs.type == OWN_BYTES;
    *to = (struct split_arrays){.storage = from->inputs.numbers,
                                .bytes = bytes ? from->inputs.numbers : NULL,
                                .values = bytes ? NULL : from->inputs.numbers,
                                .stride = stride,
                                .labels = from->labels.numbers,
                                .count = from->inputs.sizes[0]};
    from->inputs.numbers = NULL;
    from->labels.numbers = NULL;
}

enum status own_data_create(struct own_data *data, const char *path, double test_share,
                            struct dataset **dataset, struct error *error) {
    enum status status = check_data(data, path, error);
    if (status != STATUS_OK) {
        release(data);
        return status;
    }
    if (!data->has_test) {
        divide(data, test_share);
    }
    struct dataset_arrays arrays = {.entry = *dataset_catalogue_find("file"), .name = path};
    shape_entry(&data->splits[SPLIT_TRAIN].inputs, &arrays.entry);
    arrays.entry.class_count = count_classes(data);
    if (arrays.entry.class_count < 2) {
        release(data);
        return error_set(error, STATUS_BAD_DATA, "%s: all labels are 0: there is one class", path);
    }
    arrays.hash = hash_data(data, &arrays.entry);
    for (int i = 0; i < SPLIT_COUNT; i++) {
        hand_over(&data->splits[i], arrays.entry.input_count, &arrays.splits[i]);
    }
    release(data);
    return dataset_create(&arrays, dataset, error);
}

// ---- IDX ----

enum { NAMES = 2 };

// How the files of a split may be called, the first of them that is there being read.
struct split_files {
    const char *inputs[NAMES];
    const char *labels[NAMES];
};

static const struct split_files files[SPLIT_COUNT] = {
    [SPLIT_TRAIN] = {.inputs = {"train-images-idx3-ubyte", "train-inputs.idx"},
                     .labels = {"train-labels-idx1-ubyte", "train-labels.idx"}},
    [SPLIT_TEST] = {.inputs = {"t10k-images-idx3-ubyte", "test-inputs.idx"},
                    .labels = {"t10k-labels-idx1-ubyte", "test-labels.idx"}}};

// Which of the names is there; NULL if none is.
static const char *find_name(const char *folder, const char *const names[NAMES]) {
    char path[DATA_FILE_PATH_SIZE];
    for (int i = 0; i < NAMES; i++) {
        if (data_file_join(folder, names[i], path, NULL) == STATUS_OK && data_file_is_there(path)) {
            return names[i];
        }
    }
    return NULL;
}

static enum status read_array(const char *folder, const char *const names[NAMES],
                              struct own_array *array, struct error *error) {
    char path[DATA_FILE_PATH_SIZE];
    struct idx_array found = {0};
    const char *name = find_name(folder, names);
    if (name == NULL) {
        return error_set(error, STATUS_NO_INPUT,
                         "%s: there is neither %s nor %s (nor either with .gz)", folder, names[0],
                         names[1]);
    }
    enum status status = data_file_join(folder, name, path, error);
    if (status == STATUS_OK) {
        status = idx_array_read(path, &found, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    *array = (struct own_array){.type = found.type == IDX_BYTES ? OWN_BYTES : OWN_FLOATS,
                                .rank = found.rank,
                                .numbers = found.numbers,
                                .name = name};
    for (size_t i = 0; i < found.rank; i++) {
        array->sizes[i] = found.dimensions[i];
    }
    return STATUS_OK;
}

// Half a test set would be passed over without a word, and other samples tested on.
static enum status find_test_set(const char *folder, bool *has_test, struct error *error) {
    const struct split_files *names = &files[SPLIT_TEST];
    const char *inputs = find_name(folder, names->inputs);
    const char *labels = find_name(folder, names->labels);
    *has_test = inputs != NULL && labels != NULL;
    if ((inputs == NULL) == (labels == NULL)) {
        return STATUS_OK;
    }
    const char *const *missing = inputs == NULL ? names->inputs : names->labels;
    return error_set(error, STATUS_BAD_DATA,
                     "%s: half a test set: there is %s, but neither %s nor %s (nor either with "
                     ".gz)",
                     folder, inputs == NULL ? labels : inputs, missing[0], missing[1]);
}

enum status own_data_read_idx(const char *folder, struct own_data *data, struct error *error) {
    struct own_data found = {0};
    enum status status = find_test_set(folder, &found.has_test, error);
    for (int i = 0; i < (found.has_test ? SPLIT_COUNT : 1) && status == STATUS_OK; i++) {
        status = read_array(folder, files[i].inputs, &found.splits[i].inputs, error);
        if (status == STATUS_OK) {
            status = read_array(folder, files[i].labels, &found.splits[i].labels, error);
        }
    }
    if (status == STATUS_OK) {
        *data = found;
    } else {
        release(&found);
    }
    return status;
}
