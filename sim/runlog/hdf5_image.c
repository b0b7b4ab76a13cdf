// SPDX-License-Identifier: GPL-3.0-or-later
// Failures are sticky: the first one is noted with HDF5's own words, the calls after it fail fast
// on invalid identifiers, and the end asks once. Times of objects are switched off everywhere, for
// equal contents must be equal files.
#include "sim/runlog/hdf5_image.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/runlog/file_seal.h"

enum {
    CHUNK_ROWS = 16384,
    CHUNK_BYTES = CHUNK_ROWS * 8, // of data sets with several columns
    SMALL_BYTES = 2048,           // below, a chunk's index would be larger than its data
    DEFLATE_LEVEL = 1,            // shuffled numbers: 4 took half as long again, for 5 % less
    IMAGE_STEP_BYTES = 1 << 22,
};

hid_t hdf5_image_checked(struct hdf5_image *image, hid_t result) {
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
    struct hdf5_image *image = context;
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

void hdf5_image_open(struct hdf5_image *image, const char *path) {
    H5FD_file_image_callbacks_t callbacks = {
        .image_realloc = resize_image,
        .image_free = free_image,
        .udata_copy = hdf5_same_context,
        .udata_free = hdf5_keep_context,
        .udata = image,
    };
    hid_t access = hdf5_image_checked(image, H5Pcreate(H5P_FILE_ACCESS));
    hdf5_image_checked(image, H5Pset_fapl_core(access, IMAGE_STEP_BYTES, 0));
    hdf5_image_checked(image, H5Pset_file_image_callbacks(access, &callbacks));
    hdf5_image_checked(image, H5Pset_fclose_degree(access, H5F_CLOSE_STRONG));
    hid_t creation = hdf5_image_checked(image, H5Pcreate(H5P_FILE_CREATE));
    hdf5_image_checked(image, H5Pset_obj_track_times(creation, 0));
    hdf5_image_checked(
        image, H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
    // HDF5 would look for a file of this name, and read it: below a file there is none.
    size_t size = strlen(path) + sizeof "/image";
    char *name = memory_allocate(size, 1);
    snprintf(name, size, "%s/image", path);
    image->file = hdf5_image_checked(image, H5Fcreate(name, H5F_ACC_TRUNC, creation, access));
    memory_free(name);
    hdf5_release(creation);
    hdf5_release(access);
}

void hdf5_image_attribute(struct hdf5_image *image, hid_t object, const char *name, hid_t type,
                          const void *value) {
    hid_t space = hdf5_image_checked(image, H5Screate(H5S_SCALAR));
    hid_t attribute =
        hdf5_image_checked(image, H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT));
    hdf5_image_checked(image, H5Awrite(attribute, type, value));
    hdf5_release(attribute);
    hdf5_release(space);
}

void hdf5_image_text_attribute(struct hdf5_image *image, hid_t object, const char *name,
                               const char *text) {
    size_t size = strlen(text) + (text[0] == 0); // HDF5 has no strings of no bytes
    hid_t type = hdf5_image_checked(image, hdf5_text_type(size));
    hdf5_image_attribute(image, object, name, type, text);
    hdf5_release(type);
}

size_t hdf5_extent_bytes(const struct hdf5_extent *extent) {
    size_t bytes = extent->value_bytes;
    for (int i = 0; i < extent->rank; i++) {
        bytes *= (size_t)extent->sizes[i];
    }
    return bytes;
}

// How a dataset is stored: in compressed, checked chunks unless it is tiny.
static hid_t storage(struct hdf5_image *image, const struct hdf5_extent *extent) {
    hid_t creation = hdf5_image_checked(image, H5Pcreate(H5P_DATASET_CREATE));
    hdf5_image_checked(image, H5Pset_obj_track_times(creation, 0));
    if (extent->rank == 0 || hdf5_extent_bytes(extent) < SMALL_BYTES) {
        return creation;
    }
    hsize_t rows = CHUNK_ROWS;
    if (extent->rank == 2) {
        hsize_t row_bytes = extent->sizes[1] * extent->value_bytes;
        rows = row_bytes < CHUNK_BYTES ? CHUNK_BYTES / row_bytes : 1;
    }
    hsize_t chunk[2] = {extent->sizes[0] < rows ? extent->sizes[0] : rows, extent->sizes[1]};
    hdf5_image_checked(image, H5Pset_chunk(creation, extent->rank, chunk));
    hdf5_image_checked(image, H5Pset_shuffle(creation));
    hdf5_image_checked(image, H5Pset_deflate(creation, DEFLATE_LEVEL));
    hdf5_image_checked(image, H5Pset_fletcher32(creation));
    return creation;
}

// ---- dimensions ----

// By hand: what libhdf5_hl writes has bytes of old memory between its fields, and no two files of
// it are equal. A user is a reference and, behind it, the number of the dimension.
enum { REFERENCE_BYTES = sizeof(hobj_ref_t), USER_BYTES = 12 };

// Of plain ASCII with a zero behind it, as the dimension scales of HDF5 want it.
static void plain_text_attribute(struct hdf5_image *image, hid_t object, const char *name,
                                 const char *text) {
    hid_t type = hdf5_image_checked(image, H5Tcopy(H5T_C_S1));
    hdf5_image_checked(image, H5Tset_size(type, strlen(text) + 1));
    hdf5_image_attribute(image, object, name, type, text);
    hdf5_release(type);
}

static hobj_ref_t reference_to(struct hdf5_image *image, const char *path) {
    hobj_ref_t reference = 0;
    hdf5_image_checked(image, H5Rcreate(&reference, image->file, path, H5R_OBJECT, -1));
    return reference;
}

static void make_scale(struct hdf5_image *image, struct hdf5_scale *scale, hsize_t size) {
    char name[96]; // the words by which netCDF knows it
    snprintf(name, sizeof name, "This is a netCDF dimension but not a netCDF variable.%10llu",
             (unsigned long long)size);
    // Zeroes, though the least of room is none at all: h5diff would call that "not comparable".
    const struct hdf5_extent extent = {.rank = 1, .sizes = {size}, .value_bytes = 1};
    unsigned char *zeroes = memory_allocate((size_t)size, 1);
    hid_t creation = storage(image, &extent);
    hid_t space = hdf5_image_checked(image, H5Screate_simple(1, &size, NULL));
    scale->dataset =
        hdf5_image_checked(image, H5Dcreate2(image->file, scale->path, H5T_STD_U8LE, space,
                                             H5P_DEFAULT, creation, H5P_DEFAULT));
    hdf5_image_checked(
        image, H5Dwrite(scale->dataset, H5T_STD_U8LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeroes));
    memory_free(zeroes);
    plain_text_attribute(image, scale->dataset, "CLASS", "DIMENSION_SCALE");
    plain_text_attribute(image, scale->dataset, "NAME", name);
    hdf5_image_text_attribute(image, scale->dataset, "units", "1");
    hdf5_image_text_attribute(image, scale->dataset, "long_name",
                              "a dimension; its values mean nothing");
    scale->reference = reference_to(image, scale->path);
    hdf5_release(space);
    hdf5_release(creation);
}

// The scale of this name beside the dataset; made if there is none.
static struct hdf5_scale *scale_beside(struct hdf5_image *image, const char *path, const char *name,
                                       hsize_t size) {
    struct hdf5_scale scale = {.users = NULL};
    int group = (int)(strrchr(path, '/') - path);
    snprintf(scale.path, sizeof scale.path, "%.*s/%s", group, path, name);
    for (size_t i = 0; i < image->scale_count; i++) {
        if (strcmp(image->scales[i].path, scale.path) == 0) {
            return &image->scales[i];
        }
    }
    make_scale(image, &scale, size);
    image->scales = memory_grow(image->scales, &image->scale_capacity, image->scale_count + 1,
                                sizeof *image->scales);
    image->scales[image->scale_count] = scale;
    return &image->scales[image->scale_count++];
}

static void use_scale(struct hdf5_scale *scale, hobj_ref_t user, uint32_t dimension) {
    scale->users = memory_grow(scale->users, &scale->capacity, scale->count + 1, USER_BYTES);
    memcpy(scale->users + scale->count * USER_BYTES, &user, REFERENCE_BYTES);
    memcpy(scale->users + scale->count * USER_BYTES + REFERENCE_BYTES, &dimension,
           sizeof dimension);
    scale->count++;
}

static void write_list(struct hdf5_image *image, hid_t object, const char *name, hid_t type,
                       hsize_t count, const void *values) {
    hid_t space = hdf5_image_checked(image, H5Screate_simple(1, &count, NULL));
    hid_t attribute =
        hdf5_image_checked(image, H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT));
    hdf5_image_checked(image, H5Awrite(attribute, type, values));
    hdf5_release(attribute);
    hdf5_release(space);
}

static void name_dimensions(struct hdf5_image *image, const char *path, hid_t dataset,
                            const struct hdf5_extent *extent) {
    hobj_ref_t scales[2] = {0};
    hvl_t lists[2];
    hobj_ref_t user = reference_to(image, path);
    for (int i = 0; i < extent->rank; i++) {
        REQUIRE(extent->dimensions[i] != NULL);
        struct hdf5_scale *scale =
            scale_beside(image, path, extent->dimensions[i], extent->sizes[i]);
        use_scale(scale, user, (uint32_t)i);
        scales[i] = scale->reference;
        lists[i] = (hvl_t){.len = 1, .p = &scales[i]};
    }
    hid_t type = hdf5_image_checked(image, H5Tvlen_create(H5T_STD_REF_OBJ));
    if (extent->rank > 0) {
        write_list(image, dataset, "DIMENSION_LIST", type, (hsize_t)extent->rank, lists);
    }
    hdf5_release(type);
}

void hdf5_image_end_scales(struct hdf5_image *image) {
    hid_t type = hdf5_image_checked(image, H5Tcreate(H5T_COMPOUND, USER_BYTES));
    hdf5_image_checked(image, H5Tinsert(type, "dataset", 0, H5T_STD_REF_OBJ));
    hdf5_image_checked(image, H5Tinsert(type, "dimension", REFERENCE_BYTES, H5T_STD_U32LE));
    for (size_t i = 0; i < image->scale_count; i++) {
        struct hdf5_scale *scale = &image->scales[i];
        write_list(image, scale->dataset, "REFERENCE_LIST", type, scale->count, scale->users);
        hdf5_release(scale->dataset);
        memory_free(scale->users);
    }
    hdf5_release(type);
    memory_free(image->scales);
    image->scales = NULL;
    image->scale_count = image->scale_capacity = 0;
}

// The dataset alone, to be released. access: how it will be written.
static hid_t create_dataset(struct hdf5_image *image, const char *path, hid_t type,
                            const struct hdf5_extent *extent, hid_t access) {
    hid_t creation = storage(image, extent);
    hid_t space = hdf5_image_checked(
        image, extent->rank == 0 ? H5Screate(H5S_SCALAR)
                                 : H5Screate_simple(extent->rank, extent->sizes, NULL));
    hid_t dataset = hdf5_image_checked(
        image, H5Dcreate2(image->file, path, type, space, H5P_DEFAULT, creation, access));
    hdf5_release(space);
    hdf5_release(creation);
    return dataset;
}

static void describe(struct hdf5_image *image, const char *path, hid_t dataset,
                     const struct hdf5_extent *extent, const char *units, const char *long_name) {
    hdf5_image_text_attribute(image, dataset, "units", units);
    hdf5_image_text_attribute(image, dataset, "long_name", long_name);
    name_dimensions(image, path, dataset, extent);
}

void hdf5_image_dataset(struct hdf5_image *image, const char *path, hid_t type,
                        const struct hdf5_extent *extent, const void *values, const char *units,
                        const char *long_name) {
    REQUIRE(extent->rank >= 0 && extent->rank <= 2);
    REQUIRE(values != NULL || hdf5_extent_bytes(extent) == 0);
    hid_t dataset = create_dataset(image, path, type, extent, H5P_DEFAULT);
    hdf5_image_checked(image, H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
    describe(image, path, dataset, extent, units, long_name);
    hdf5_release(dataset);
}

hid_t hdf5_image_group(struct hdf5_image *image, const char *path) {
    hid_t creation = hdf5_image_checked(image, H5Pcreate(H5P_GROUP_CREATE));
    hdf5_image_checked(image, H5Pset_obj_track_times(creation, 0));
    hdf5_image_checked(
        image, H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
    hid_t group = hdf5_image_checked(
        image, H5Gcreate2(image->file, path, H5P_DEFAULT, creation, H5P_DEFAULT));
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

// A table that is being written.
struct columns {
    struct hdf5_image *image;
    const struct runlog_table *table;
    hsize_t count;                      // of rows
    hid_t access;                       // of its datasets
    hid_t datasets[RUNLOG_COLUMNS_MAX]; // invalid: it has no such column
    unsigned char *values;              // of one column, room for CHUNK_ROWS
};

// Whole chunks are written, each once: to keep some of every column would only take memory.
static hid_t write_through(struct hdf5_image *image) {
    hid_t access = hdf5_image_checked(image, H5Pcreate(H5P_DATASET_ACCESS));
    hdf5_image_checked(image, H5Pset_chunk_cache(access, 1, 0, 1));
    return access;
}

static void write_part(const struct columns *columns, hid_t dataset, hid_t type, hsize_t first,
                       hsize_t count) {
    struct hdf5_image *image = columns->image;
    hid_t memory = hdf5_image_checked(image, H5Screate_simple(1, &count, NULL));
    hid_t space = hdf5_image_checked(image, H5Dget_space(dataset));
    hdf5_image_checked(image,
                       H5Sselect_hyperslab(space, H5S_SELECT_SET, &first, NULL, &count, NULL));
    hdf5_image_checked(image, H5Dwrite(dataset, type, memory, space, H5P_DEFAULT, columns->values));
    hdf5_release(space);
    hdf5_release(memory);
}

// Some rows of one column; the first make its dataset.
static void write_column(struct columns *columns, size_t index, const void *rows, hsize_t first,
                         hsize_t count) {
    const struct runlog_column *column = &columns->table->columns[index];
    struct hdf5_image *image = columns->image;
    char path[128];
    snprintf(path, sizeof path, "/%s/%s", columns->table->name, column->name);
    hid_t type = hdf5_image_checked(image, hdf5_column_type(column));
    struct hdf5_extent extent = {.rank = 1,
                                 .sizes = {columns->count},
                                 .value_bytes = hdf5_column_bytes(column),
                                 .dimensions = {"row"}};
    if (first == 0) {
        columns->datasets[index] = create_dataset(image, path, type, &extent, columns->access);
    }
    gather(column, rows, (size_t)count, columns->table->row_bytes, columns->values);
    write_part(columns, columns->datasets[index], type, first, count);
    if (first == 0) {
        describe(image, path, columns->datasets[index], &extent, column->units, column->long_name);
    }
    hdf5_release(type);
}

// Which columns the file has. Few rows at a time, for all columns while they are at hand.
static void find_wanted(const struct runlog_table *table, const unsigned char *rows, size_t count,
                        bool wanted[RUNLOG_COLUMNS_MAX]) {
    enum { AT_ONCE = 256 };
    for (size_t first = 0; first < count; first += AT_ONCE) {
        size_t left = count - first;
        for (size_t i = 0; i < table->column_count; i++) {
            wanted[i] = wanted[i] || runlog_column_is_needed(table, &table->columns[i],
                                                             rows + first * table->row_bytes,
                                                             left < AT_ONCE ? left : AT_ONCE);
        }
    }
}

// Chunk by chunk, and so all columns of some rows while the processor has these at hand: column by
// column the rows of a long table came from memory once for each.
void hdf5_image_table(struct hdf5_image *image, const struct runlog_table *table, const void *rows,
                      size_t count) {
    REQUIRE(count > 0 && rows != NULL && table->column_count <= RUNLOG_COLUMNS_MAX);
    struct columns columns = {.image = image, .table = table, .count = count};
    bool wanted[RUNLOG_COLUMNS_MAX] = {false};
    find_wanted(table, rows, count, wanted);
    for (size_t i = 0; i < table->column_count; i++) {
        columns.datasets[i] = H5I_INVALID_HID;
    }
    columns.access = count > CHUNK_ROWS ? write_through(image) : H5P_DEFAULT;
    columns.values = memory_allocate(CHUNK_ROWS, sizeof(int64_t));
    for (size_t first = 0; first < count; first += CHUNK_ROWS) {
        size_t left = count - first;
        const unsigned char *part = (const unsigned char *)rows + first * table->row_bytes;
        for (size_t i = 0; i < table->column_count; i++) {
            if (wanted[i]) {
                write_column(&columns, i, part, first, left < CHUNK_ROWS ? left : CHUNK_ROWS);
            }
        }
    }
    for (size_t i = 0; i < table->column_count; i++) {
        hdf5_release(columns.datasets[i]);
    }
    if (columns.access != H5P_DEFAULT) {
        hdf5_release(columns.access);
    }
    memory_free(columns.values);
}

enum status hdf5_image_write(struct hdf5_image *image, const char *path, struct error *error) {
    hdf5_image_end_scales(image);
    hdf5_image_checked(image, H5Fflush(image->file, H5F_SCOPE_GLOBAL));
    ssize_t size = (ssize_t)hdf5_image_checked(image, H5Fget_file_image(image->file, NULL, 0));
    if (image->failed) {
        return error_set(error, STATUS_IO, "%s: cannot write: HDF5: %s", path, image->cause);
    }
    unsigned char *bytes = memory_allocate((size_t)size + FILE_SEAL_BYTES, 1);
    enum status status = STATUS_OK;
    if (hdf5_image_checked(image, H5Fget_file_image(image->file, bytes, (size_t)size)) != size) {
        status = error_set(error, STATUS_IO, "%s: cannot write: HDF5: %s", path, image->cause);
    } else {
        file_seal_make(bytes, (size_t)size, bytes + size);
        size_t sealed = (size_t)size + FILE_SEAL_BYTES;
        status = image->shared ? atomic_file_write_shared(path, image->kind, bytes, sealed, error)
                               : atomic_file_write(path, image->kind, bytes, sealed, error);
    }
    memory_free(bytes);
    return status;
}
