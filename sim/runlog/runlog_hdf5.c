// SPDX-License-Identifier: GPL-3.0-or-later
// Failures are sticky: the first one is noted with HDF5's own words, the calls after it fail fast
// on invalid identifiers, and the end asks once. Times of objects are switched off everywhere, for
// equal logs must be equal files.
#include "sim/runlog/runlog_hdf5.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/runlog/hdf5_door.h"
#include "sim/runlog/runlog_check.h"

enum {
    CHUNK_ROWS = 16384,
    CHUNK_BYTES = CHUNK_ROWS * 8, // of data sets with several columns
    SMALL_BYTES = 2048,           // below, a chunk's index would be larger than its data
    DEFLATE_LEVEL = 4,
    IMAGE_STEP_BYTES = 1 << 22,
};

struct image {
    hid_t file;
    size_t bytes_held; // of the image in memory
    bool failed;
    char cause[HDF5_TEXT_SIZE];
};

static hid_t checked(struct image *image, hid_t result) {
    if (result < 0 && !image->failed) {
        image->failed = true;
        hdf5_innermost(image->cause);
    }
    return result;
}

// HDF5 never writes the gaps between its blocks: without zeroes they would show old memory.
static void *resize_image(void *memory, size_t size, H5FD_file_image_op_t operation,
                          void *context) {
    (void)operation;
    struct image *image = context;
    unsigned char *resized = memory_resize(memory, size, 1);
    if (size > image->bytes_held) {
        memset(resized + image->bytes_held, 0, size - image->bytes_held);
    }
    image->bytes_held = size;
    return resized;
}

static herr_t free_image(void *memory, H5FD_file_image_op_t operation, void *context) {
    (void)operation;
    (void)context;
    memory_free(memory);
    return 0;
}

static void *same_context(void *context) {
    return context;
}

static herr_t keep_context(void *context) {
    (void)context;
    return 0;
}

static void open_image(struct image *image, const char *path) {
    H5FD_file_image_callbacks_t callbacks = {
        .image_realloc = resize_image,
        .image_free = free_image,
        .udata_copy = same_context,
        .udata_free = keep_context,
        .udata = image,
    };
    hid_t access = checked(image, H5Pcreate(H5P_FILE_ACCESS));
    checked(image, H5Pset_fapl_core(access, IMAGE_STEP_BYTES, 0));
    checked(image, H5Pset_file_image_callbacks(access, &callbacks));
    checked(image, H5Pset_fclose_degree(access, H5F_CLOSE_STRONG));
    hid_t creation = checked(image, H5Pcreate(H5P_FILE_CREATE));
    checked(image, H5Pset_obj_track_times(creation, 0));
    checked(image,
            H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
    image->file = checked(image, H5Fcreate(path, H5F_ACC_TRUNC, creation, access));
    hdf5_release(creation);
    hdf5_release(access);
}

static void write_attribute(struct image *image, hid_t object, const char *name, hid_t type,
                            const void *value) {
    hid_t space = checked(image, H5Screate(H5S_SCALAR));
    hid_t attribute =
        checked(image, H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT));
    checked(image, H5Awrite(attribute, type, value));
    hdf5_release(attribute);
    hdf5_release(space);
}

static void write_text_attribute(struct image *image, hid_t object, const char *name,
                                 const char *text) {
    size_t size = strlen(text) + (text[0] == 0); // HDF5 has no strings of no bytes
    hid_t type = checked(image, hdf5_text_type(size));
    write_attribute(image, object, name, type, text);
    hdf5_release(type);
}

static void write_hash_attribute(struct image *image, const char *name, uint64_t hash) {
    char text[FINGERPRINT_TEXT_SIZE];
    write_text_attribute(image, image->file, name, fingerprint_format(hash, text));
}

struct extent {
    int rank; // 0: a scalar
    hsize_t sizes[2];
    size_t value_bytes;
};

static size_t extent_bytes(const struct extent *extent) {
    size_t bytes = extent->value_bytes;
    for (int i = 0; i < extent->rank; i++) {
        bytes *= (size_t)extent->sizes[i];
    }
    return bytes;
}

// How a dataset is stored: in compressed, checked chunks unless it is tiny.
static hid_t storage(struct image *image, const struct extent *extent) {
    hid_t creation = checked(image, H5Pcreate(H5P_DATASET_CREATE));
    checked(image, H5Pset_obj_track_times(creation, 0));
    if (extent->rank == 0 || extent_bytes(extent) < SMALL_BYTES) {
        return creation;
    }
    hsize_t rows = CHUNK_ROWS;
    if (extent->rank == 2) {
        hsize_t row_bytes = extent->sizes[1] * extent->value_bytes;
        rows = row_bytes < CHUNK_BYTES ? CHUNK_BYTES / row_bytes : 1;
    }
    hsize_t chunk[2] = {extent->sizes[0] < rows ? extent->sizes[0] : rows, extent->sizes[1]};
    checked(image, H5Pset_chunk(creation, extent->rank, chunk));
    checked(image, H5Pset_shuffle(creation));
    checked(image, H5Pset_deflate(creation, DEFLATE_LEVEL));
    checked(image, H5Pset_fletcher32(creation));
    return creation;
}

static void write_dataset(struct image *image, const char *path, hid_t type,
                          const struct extent *extent, const void *values, const char *units,
                          const char *long_name) {
    hid_t creation = storage(image, extent);
    hid_t space =
        checked(image, extent->rank == 0 ? H5Screate(H5S_SCALAR)
                                         : H5Screate_simple(extent->rank, extent->sizes, NULL));
    hid_t dataset = checked(
        image, H5Dcreate2(image->file, path, type, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    checked(image, H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
    write_text_attribute(image, dataset, "units", units);
    write_text_attribute(image, dataset, "long_name", long_name);
    hdf5_release(dataset);
    hdf5_release(space);
    hdf5_release(creation);
}

static hid_t create_group(struct image *image, const char *path) {
    hid_t creation = checked(image, H5Pcreate(H5P_GROUP_CREATE));
    checked(image, H5Pset_obj_track_times(creation, 0));
    checked(image,
            H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
    hid_t group = checked(image, H5Gcreate2(image->file, path, H5P_DEFAULT, creation, H5P_DEFAULT));
    hdf5_release(creation);
    return group;
}

// Takes one column out of the rows; enums shrink to the byte that the file gives them.
static void gather(const struct runlog_column *column, const unsigned char *rows, size_t count,
                   size_t row_bytes, unsigned char *values) {
    const unsigned char *field = rows + column->offset;
    if (column->type == COLUMN_ENUM) {
        for (size_t i = 0; i < count; i++) {
            values[i] = field[i * row_bytes]; // the lowest byte
        }
    } else if (column->type == COLUMN_WORKER) {
        for (size_t i = 0; i < count; i++) {
            memcpy(values + i * sizeof(int32_t), field + i * row_bytes, sizeof(int32_t));
        }
    } else {
        for (size_t i = 0; i < count; i++) {
            memcpy(values + i * sizeof(int64_t), field + i * row_bytes, sizeof(int64_t));
        }
    }
}

static void write_column(struct image *image, const struct runlog_table *table,
                         const struct runlog_column *column, const void *rows, size_t count) {
    char path[128];
    snprintf(path, sizeof path, "/%s/%s", table->name, column->name);
    size_t value_bytes = hdf5_column_bytes(column);
    unsigned char *values = memory_allocate(count, value_bytes);
    gather(column, rows, count, table->row_bytes, values);
    hid_t type = checked(image, hdf5_column_type(column));
    write_dataset(image, path, type,
                  &(struct extent){.rank = 1, .sizes = {count}, .value_bytes = value_bytes}, values,
                  column->units, column->long_name);
    hdf5_release(type);
    memory_free(values);
}

// h5diff calls data sets without values "not comparable", so there are none: an empty table is an
// empty group.
static void write_table(struct image *image, const struct runlog *log, enum runlog_table_id id) {
    const struct runlog_table *table = &runlog_tables[id];
    size_t count = 0;
    const void *rows = runlog_table_rows(log, id, &count);
    hid_t group = create_group(image, table->name);
    for (size_t i = 0; i < table->column_count && count > 0; i++) {
        write_column(image, table, &table->columns[i], rows, count);
    }
    hdf5_release(group);
}

static void write_other(struct image *image, enum runlog_dataset_id id, hid_t type,
                        struct extent extent, const void *values) {
    const struct runlog_dataset *dataset = &runlog_datasets[id];
    if (extent_bytes(&extent) > 0) {
        write_dataset(image, dataset->path, type, &extent, values, dataset->units,
                      dataset->long_name);
    }
}

static void write_scenario(struct image *image, const char *scenario) {
    size_t size = strlen(scenario) + (scenario[0] == 0);
    hid_t type = checked(image, hdf5_text_type(size));
    write_other(image, DATASET_SCENARIO, type, (struct extent){.value_bytes = size}, scenario);
    hdf5_release(type);
}

static void write_samples(struct image *image, const struct runlog *log) {
    struct extent extent = {
        .rank = 2,
        .sizes = {log->gradient_count, (hsize_t)log->header.sample_columns},
        .value_bytes = sizeof *log->samples,
    };
    write_other(image, DATASET_SAMPLES, H5T_STD_I32LE, extent, log->samples);
}

static void write_values(struct image *image, const struct runlog *log) {
    struct extent extent = {
        .rank = 2,
        .sizes = {log->gradient_count, log->header.parameter_count},
        .value_bytes = sizeof *log->values,
    };
    if (log->header.gradient_values) {
        write_other(image, DATASET_VALUES, H5T_IEEE_F32LE, extent, log->values);
    }
}

static void write_parameters(struct image *image, const struct runlog *log) {
    const struct runlog_header *header = &log->header;
    hid_t group = create_group(image, "parameters");
    struct extent extent = {
        .rank = 1, .sizes = {header->parameter_count}, .value_bytes = sizeof *header->initial};
    write_other(image, DATASET_INITIAL, H5T_IEEE_F32LE, extent, header->initial);
    write_other(image, DATASET_FINAL, H5T_IEEE_F32LE, extent, log->ending.final);
    hid_t type = checked(image, hdf5_layout_type());
    extent.sizes[0] = header->layout_count;
    extent.value_bytes = sizeof *header->layout;
    write_other(image, DATASET_LAYOUT, type, extent, header->layout);
    hdf5_release(type);
    hdf5_release(group);
}

static void write_root_attributes(struct image *image, const struct runlog *log) {
    const struct runlog_header *header = &log->header;
    const struct runlog_ending *ending = &log->ending;
    int32_t version = RUNLOG_FORMAT_VERSION;
    int32_t events = header->events;
    hid_t root = image->file;
    write_text_attribute(image, root, "format", RUNLOG_FORMAT);
    write_attribute(image, root, "format_version", H5T_STD_I32LE, &version);
    write_text_attribute(image, root, "Conventions", "CF-1.8");
    write_text_attribute(image, root, "status", run_status_names[ending->status]);
    write_text_attribute(image, root, "policy", header->policy);
    write_attribute(image, root, "seed", H5T_STD_U64LE, &header->seed);
    write_attribute(image, root, "workers", H5T_STD_I32LE, &header->workers);
    write_attribute(image, root, "events_logged", H5T_STD_I32LE, &events);
    write_attribute(image, root, "end_ns", H5T_STD_I64LE, &ending->end_ns);
    write_attribute(image, root, "event_count", H5T_STD_I64LE, &ending->event_count);
    write_hash_attribute(image, "data_hash", header->data_hash);
    write_hash_attribute(image, "timeline_fingerprint", ending->timeline_fingerprint);
    write_hash_attribute(image, "parameter_fingerprint", ending->parameter_fingerprint);
    write_attribute(image, root, "sample_columns", H5T_STD_I32LE, &header->sample_columns);
}

static void write_provenance(struct image *image, const struct provenance *provenance) {
    hid_t group = create_group(image, "provenance");
    write_text_attribute(image, group, "program_version", provenance->program_version);
    write_text_attribute(image, group, "commit", provenance->commit);
    write_text_attribute(image, group, "compiler", provenance->compiler);
    write_text_attribute(image, group, "libraries", provenance->libraries);
    write_text_attribute(image, group, "blas", provenance->blas);
    write_text_attribute(image, group, "blas_core", provenance->blas_core);
    write_text_attribute(image, group, "isa", provenance->isa);
    write_text_attribute(image, group, "cpu", provenance->cpu);
    write_text_attribute(image, group, "date", provenance->date);
    write_attribute(image, group, "threads", H5T_STD_I32LE, &provenance->threads);
    write_attribute(image, group, "wall_seconds", H5T_IEEE_F64LE, &provenance->wall_seconds);
    hdf5_release(group);
}

// Provenance comes last, so that its lengths move nothing else.
static void write_contents(struct image *image, const struct runlog *log,
                           const struct provenance *provenance) {
    write_root_attributes(image, log);
    write_scenario(image, log->header.scenario);
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        write_table(image, log, (enum runlog_table_id)i);
    }
    write_samples(image, log);
    write_values(image, log);
    write_parameters(image, log);
    write_provenance(image, provenance);
    checked(image, H5Fflush(image->file, H5F_SCOPE_GLOBAL));
}

static enum status write_file(struct image *image, const char *path, struct error *error) {
    ssize_t size = (ssize_t)checked(image, H5Fget_file_image(image->file, NULL, 0));
    if (image->failed) {
        return error_set(error, STATUS_IO, "%s: cannot write: HDF5: %s", path, image->cause);
    }
    void *bytes = memory_allocate((size_t)size, 1);
    enum status status = STATUS_OK;
    if (checked(image, H5Fget_file_image(image->file, bytes, (size_t)size)) != size) {
        status = error_set(error, STATUS_IO, "%s: cannot write: HDF5: %s", path, image->cause);
    } else {
        status = atomic_file_write(path, bytes, (size_t)size, error);
    }
    memory_free(bytes);
    return status;
}

enum status runlog_hdf5_write(const char *path, const struct runlog *log,
                              const struct provenance *provenance, struct error *error) {
    REQUIRE(log->ending.worker_count == log->header.workers);
    enum status status = runlog_check(log, path, STATUS_INTERNAL, error);
    if (status != STATUS_OK) {
        return status;
    }
    hdf5_quiet();
    struct image image = {.file = H5I_INVALID_HID};
    open_image(&image, path);
    write_contents(&image, log, provenance);
    status = write_file(&image, path, error);
    hdf5_release(image.file);
    return status;
}
