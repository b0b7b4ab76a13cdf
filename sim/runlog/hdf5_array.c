// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/hdf5_array.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/runlog/confinement.h"
#include "sim/runlog/hdf5_input.h"

enum { LABEL_MAX = 255 };

// ---- one array ----

static bool is_type(hid_t type, H5T_class_t wanted, size_t bytes) {
    return H5Tget_class(type) == wanted && H5Tget_size(type) == bytes;
}

// What the numbers are in memory; invalid, with the error set, if they may not be.
static hid_t memory_type(struct hdf5_input *input, struct hdf5_array *array, hid_t type) {
    if (array->kind == HDF5_ARRAY_LABELS) {
        if (H5Tget_class(type) == H5T_INTEGER && H5Tget_size(type) <= sizeof(int64_t)) {
            return H5T_NATIVE_INT64;
        }
        hdf5_input_fail(input, array->object, "must hold whole numbers");
        return H5I_INVALID_HID;
    }
    array->floats = is_type(type, H5T_FLOAT, sizeof(float));
    if (array->floats) {
        return H5T_NATIVE_FLOAT;
    }
    if (is_type(type, H5T_INTEGER, 1) && H5Tget_sign(type) == H5T_SGN_NONE) {
        return H5T_NATIVE_UINT8;
    }
    hdf5_input_fail(input, array->object, "must hold unsigned bytes or floats of 32 bits");
    return H5I_INVALID_HID;
}

static bool find_shape(struct hdf5_input *input, struct hdf5_array *array, hid_t dataset,
                       hsize_t sizes[HDF5_ARRAY_RANK_MAX]) {
    hid_t space = H5Dget_space(dataset);
    int rank = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
    bool fits = rank >= 1 && rank <= HDF5_ARRAY_RANK_MAX &&
                H5Sget_simple_extent_type(space) == H5S_SIMPLE &&
                H5Sget_simple_extent_dims(space, sizes, NULL) == rank;
    hdf5_release(space);
    if (!fits) {
        return hdf5_input_fail(input, array->object, "must have 1 to 4 dimensions");
    }
    array->rank = (size_t)rank;
    for (size_t i = 0; i < array->rank; i++) {
        array->sizes[i] = (size_t)sizes[i];
    }
    return true;
}

static size_t element_count(const struct hdf5_array *array) {
    size_t count = 1;
    for (size_t i = 0; i < array->rank; i++) {
        count *= array->sizes[i]; // no overflow: the claim was checked
    }
    return count;
}

// Labels of 64 bits to bytes, in their place.
static bool narrow_labels(struct hdf5_input *input, struct hdf5_array *array) {
    uint8_t *bytes = array->numbers;
    size_t count = element_count(array);
    for (size_t i = 0; i < count; i++) {
        int64_t label = 0;
        memcpy(&label, bytes + i * sizeof label, sizeof label);
        if (label < 0 || label > LABEL_MAX) {
            error_set(input->error, STATUS_BAD_DATA,
                      "%s: %s: label %zu: expected 0..%d, found %" PRId64, input->path,
                      array->object, i, LABEL_MAX, label);
            return false;
        }
        bytes[i] = (uint8_t)label;
    }
    return true;
}

static bool read_numbers(struct hdf5_input *input, struct hdf5_array *array, hid_t dataset,
                         hid_t type) {
    hsize_t sizes[HDF5_ARRAY_RANK_MAX];
    hid_t memory = memory_type(input, array, type);
    if (memory < 0 || !find_shape(input, array, dataset, sizes) ||
        !hdf5_input_claim(input, array->object, dataset, (int)array->rank, sizes,
                          H5Tget_size(type))) {
        return false;
    }
    array->numbers = memory_allocate_aligned(element_count(array), H5Tget_size(memory));
    return hdf5_input_read(input, array->object, dataset, memory, array->numbers) &&
           (array->kind != HDF5_ARRAY_LABELS || narrow_labels(input, array));
}

static bool read_array(struct hdf5_input *input, struct hdf5_array *array) {
    hid_t dataset = H5I_INVALID_HID;
    enum hdf5_object found = HDF5_OBJECT_NONE;
    if (!hdf5_input_find(input, array->object, &found)) {
        return false;
    }
    if (found == HDF5_OBJECT_NONE) {
        return hdf5_input_fail(input, array->object, "is missing");
    }
    if (!hdf5_input_open_dataset(input, array->object, &dataset)) {
        return false;
    }
    hid_t type = H5Dget_type(dataset);
    bool good = type < 0 ? hdf5_input_fail(input, array->object, "has a type that cannot be read")
                         : read_numbers(input, array, dataset, type);
    hdf5_release(type);
    hdf5_release(dataset);
    return good;
}

// ---- all of them ----

struct job {
    const struct hdf5_source *source;
    struct hdf5_array *arrays;
    size_t count;
};

static enum status read_all(void *context, struct error *error) {
    struct job *job = context;
    struct hdf5_input input;
    enum status status = hdf5_input_open_source(&input, job->source, error);
    bool good = status == STATUS_OK;
    for (size_t i = 0; i < job->count && good; i++) {
        good = read_array(&input, &job->arrays[i]);
    }
    hdf5_input_close(&input);
    return status != STATUS_OK || good ? status : input.failure;
}

static size_t number_bytes(const struct hdf5_array *array) {
    return array->kind == HDF5_ARRAY_INPUTS && array->floats ? sizeof(float) : sizeof(uint8_t);
}

// Whether the sizes are those of so many numbers.
static bool shape_fits(const struct hdf5_array *array, size_t count) {
    size_t expected = 1;
    if (array->rank < 1 || array->rank > HDF5_ARRAY_RANK_MAX) {
        return false;
    }
    for (size_t i = 0; i < array->rank; i++) {
        if (__builtin_mul_overflow(expected, array->sizes[i], &expected)) {
            return false;
        }
    }
    return expected == count;
}

static bool pass_array(struct hdf5_array *array, struct passage *passage) {
    uint32_t floats = array->floats;
    uint64_t rank = array->rank;
    bool good = passage_value(passage, &floats, sizeof floats) && floats < 2 &&
                passage_value(passage, &rank, sizeof rank) &&
                passage_value(passage, array->sizes, sizeof array->sizes);
    array->floats = good && floats == 1;
    array->rank = (size_t)rank;
    size_t count = good && !passage_receives(passage) ? element_count(array) : 0;
    return good && passage_array(passage, &array->numbers, &count, number_bytes(array)) &&
           (!passage_receives(passage) || shape_fits(array, count));
}

static bool pass_all(void *context, struct passage *passage) {
    struct job *job = context;
    bool good = true;
    for (size_t i = 0; i < job->count && good; i++) {
        good = pass_array(&job->arrays[i], passage);
    }
    return good;
}

static void release_numbers(const struct job *job) {
    for (size_t i = 0; i < job->count; i++) {
        memory_free(job->arrays[i].numbers);
        job->arrays[i].numbers = NULL;
    }
}

enum status hdf5_array_read(const char *path, struct hdf5_array *arrays, size_t count,
                            struct error *error) {
    struct hdf5_source source;
    struct job job = {.source = &source, .arrays = arrays, .count = count};
    const struct confined_task task = {.context = &job, .work = read_all, .pass = pass_all};
    enum status status = hdf5_source_work(path, &source, task, error);
    if (status != STATUS_OK) {
        release_numbers(&job);
    }
    return status;
}

// ---- what there is ----

struct question {
    const struct hdf5_source *source;
    const char *const *objects;
    enum hdf5_object *found;
    size_t count;
};

static enum status find_objects(void *context, struct error *error) {
    struct question *question = context;
    struct hdf5_input input;
    enum status status = hdf5_input_open_source(&input, question->source, error);
    bool good = status == STATUS_OK;
    for (size_t i = 0; i < question->count && good; i++) {
        good = hdf5_input_find(&input, question->objects[i], &question->found[i]);
    }
    hdf5_input_close(&input);
    return status != STATUS_OK || good ? status : input.failure;
}

static bool pass_answers(void *context, struct passage *passage) {
    struct question *question = context;
    bool good = true;
    for (size_t i = 0; i < question->count && good; i++) {
        uint32_t found = question->found[i];
        good = passage_value(passage, &found, sizeof found) && found <= HDF5_OBJECT_OTHER;
        question->found[i] = good ? (enum hdf5_object)found : HDF5_OBJECT_NONE;
    }
    return good;
}

enum status hdf5_array_find(const char *path, const char *const *objects, size_t count,
                            enum hdf5_object *found, struct error *error) {
    struct hdf5_source source;
    struct question question = {
        .source = &source, .objects = objects, .found = found, .count = count};
    const struct confined_task task = {
        .context = &question, .work = find_objects, .pass = pass_answers};
    for (size_t i = 0; i < count; i++) {
        found[i] = HDF5_OBJECT_NONE;
    }
    return hdf5_source_work(path, &source, task, error);
}
