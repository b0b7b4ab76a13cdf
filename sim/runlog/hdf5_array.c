// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/hdf5_array.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/runlog/crash_guard.h"
#include "sim/runlog/hdf5_input.h"

// Reading takes far less: some 100 MB/s at the least.
enum { SECONDS_MAX = 30, BYTES_PER_SECOND_MIN = 1 << 20, LABEL_MAX = 255 };

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
    bool exists = false;
    if (!hdf5_input_exists(input, array->object, &exists)) {
        return false;
    }
    if (!exists) {
        return hdf5_input_fail(input, array->object, "is missing");
    }
    if (!hdf5_input_open_dataset(input, array->object, &dataset)) {
        return false;
    }
    hid_t type = H5Dget_type(dataset);
    bool good = type >= 0 && read_numbers(input, array, dataset, type);
    hdf5_release(type);
    hdf5_release(dataset);
    return good;
}

// ---- all of them ----

struct job {
    const char *path;
    struct hdf5_array *arrays;
    size_t count;
};

static void release_numbers(const struct job *job) {
    for (size_t i = 0; i < job->count; i++) {
        memory_free(job->arrays[i].numbers);
        job->arrays[i].numbers = NULL;
    }
}

static enum status read_all(void *context, struct error *error) {
    struct job *job = context;
    struct hdf5_input input;
    enum status status = hdf5_input_open(&input, job->path, error);
    bool good = status == STATUS_OK;
    for (size_t i = 0; i < job->count && good; i++) {
        good = read_array(&input, &job->arrays[i]);
    }
    if (status == STATUS_OK) {
        hdf5_input_close(&input);
        status = good ? STATUS_OK : STATUS_BAD_DATA;
    }
    if (status != STATUS_OK) {
        release_numbers(job);
    }
    return status;
}

static unsigned seconds_for(uint64_t file_bytes) {
    uint64_t seconds = SECONDS_MAX + file_bytes / BYTES_PER_SECOND_MIN;
    return seconds > UINT16_MAX ? UINT16_MAX : (unsigned)seconds;
}

enum status hdf5_array_read(const char *path, struct hdf5_array *arrays, size_t count,
                            struct error *error) {
    struct job job = {.path = path, .arrays = arrays, .count = count};
    uint64_t file_bytes = 0;
    struct error local;
    struct error *told = error == NULL ? &local : error;
    enum status status = hdf5_input_look(path, &file_bytes, told);
    if (status == STATUS_OK) {
        status = crash_guard_try(read_all, &job, path, seconds_for(file_bytes), told);
    }
    return status == STATUS_OK ? read_all(&job, told) : status;
}

// ---- what there is ----

struct question {
    const char *path;
    const char *object;
};

static enum status find_object(const struct question *question, bool *exists, struct error *error) {
    struct hdf5_input input;
    enum status status = hdf5_input_open(&input, question->path, error);
    if (status == STATUS_OK) {
        status = hdf5_input_exists(&input, question->object, exists) ? STATUS_OK : STATUS_BAD_DATA;
        hdf5_input_close(&input);
    }
    return status;
}

static enum status rehearse_question(void *context, struct error *error) {
    bool exists = false;
    return find_object(context, &exists, error);
}

enum status hdf5_array_exists(const char *path, const char *object, bool *exists,
                              struct error *error) {
    struct question question = {.path = path, .object = object};
    uint64_t file_bytes = 0;
    struct error local;
    struct error *told = error == NULL ? &local : error;
    enum status status = hdf5_input_look(path, &file_bytes, told);
    if (status == STATUS_OK) {
        status = crash_guard_try(rehearse_question, &question, path, SECONDS_MAX, told);
    }
    return status == STATUS_OK ? find_object(&question, exists, told) : status;
}
