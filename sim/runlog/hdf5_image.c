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
    CHUNK_BYTES = HDF5_CHUNK_ROWS * 8, // of data sets with several columns
    SMALL_BYTES = 2048,                // below, a chunk's index would be larger than its data
    DEFLATE_LEVEL = 1,                 // shuffled numbers: 4 took half as long again, for 5 % less
};

hid_t hdf5_image_checked(struct hdf5_image *image, hid_t result) {
    if (result < 0 && !image->failed) {
        image->failed = true;
        hdf5_innermost(image->cause);
    }
    return result;
}

void hdf5_image_open(struct hdf5_image *image, const char *path, int file) {
    *image = (struct hdf5_image){.space = {.file = file}, .chunk = hdf5_chunk_create()};
    hid_t creation = hdf5_image_checked(image, H5Pcreate(H5P_FILE_CREATE));
    hdf5_image_checked(image, H5Pset_obj_track_times(creation, 0));
    hdf5_image_checked(
        image, H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
    image->file = hdf5_image_checked(image, hdf5_space_create(&image->space, path, creation));
    hdf5_release(creation);
}

void hdf5_image_flush(struct hdf5_image *image) {
    hdf5_image_checked(image, H5Fflush(image->file, H5F_SCOPE_GLOBAL));
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

size_t hdf5_extent_rows_at_once(const struct hdf5_extent *extent) {
    hsize_t rows = HDF5_CHUNK_ROWS;
    if (extent->rank == 0) {
        return 1;
    }
    if (extent->rank == 2) {
        hsize_t row_bytes = extent->sizes[1] * extent->value_bytes;
        rows = row_bytes < CHUNK_BYTES ? CHUNK_BYTES / row_bytes : 1;
    }
    return (size_t)(extent->sizes[0] < rows ? extent->sizes[0] : rows);
}

static bool is_chunked(const struct hdf5_extent *extent) {
    return extent->rank > 0 && hdf5_extent_bytes(extent) >= SMALL_BYTES;
}

// How a dataset is stored: in compressed, checked chunks unless it is tiny.
static hid_t storage(struct hdf5_image *image, const struct hdf5_extent *extent) {
    hid_t creation = hdf5_image_checked(image, H5Pcreate(H5P_DATASET_CREATE));
    hdf5_image_checked(image, H5Pset_obj_track_times(creation, 0));
    if (!is_chunked(extent)) {
        return creation;
    }
    hsize_t chunk[2] = {hdf5_extent_rows_at_once(extent), extent->sizes[1]};
    hdf5_image_checked(image, H5Pset_chunk(creation, extent->rank, chunk));
    hdf5_image_checked(image, H5Pset_shuffle(creation));
    hdf5_image_checked(image, H5Pset_deflate(creation, DEFLATE_LEVEL));
    hdf5_image_checked(image, H5Pset_fletcher32(creation));
    return creation;
}

// ---- datasets ----

// Without attributes.
static struct hdf5_dataset create_dataset(struct hdf5_image *image, const char *path, hid_t type,
                                          const struct hdf5_extent *extent) {
    hid_t creation = storage(image, extent);
    hid_t space = hdf5_image_checked(
        image, extent->rank == 0 ? H5Screate(H5S_SCALAR)
                                 : H5Screate_simple(extent->rank, extent->sizes, NULL));
    struct hdf5_dataset dataset = {.image = image, .extent = *extent, .columns = 1, .rows_left = 1};
    if (extent->rank > 0) {
        dataset.columns = extent->rank == 2 ? (size_t)extent->sizes[1] : 1;
        dataset.rows_left = (size_t)extent->sizes[0];
    }
    dataset.type = hdf5_image_checked(image, H5Tcopy(type));
    dataset.id = hdf5_image_checked(
        image, H5Dcreate2(image->file, path, type, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    if (is_chunked(extent)) {
        hdf5_planes_init(&dataset.planes, extent->value_bytes,
                         hdf5_extent_rows_at_once(extent) * dataset.columns);
    } else {
        dataset.plain = memory_allocate(hdf5_extent_bytes(extent), 1);
    }
    hdf5_release(space);
    hdf5_release(creation);
    return dataset;
}

// Returns how many rows it has taken.
static size_t add_to_chunk(struct hdf5_dataset *dataset, const unsigned char *values, size_t stride,
                           size_t rows) {
    struct hdf5_image *image = dataset->image;
    struct hdf5_planes *planes = &dataset->planes;
    size_t room = (planes->room - planes->count) / dataset->columns;
    size_t taken = rows < room ? rows : room;
    hdf5_planes_add(planes, values, stride, taken * dataset->columns);
    if (planes->count == planes->room || taken == dataset->rows_left) {
        const hsize_t first[2] = {dataset->written, 0};
        size_t size = 0;
        dataset->written += planes->count / dataset->columns;
        const void *chunk = hdf5_chunk_make(image->chunk, planes, &size);
        hdf5_image_checked(image, H5Dwrite_chunk(dataset->id, H5P_DEFAULT, 0, first, size, chunk));
    }
    return taken;
}

static size_t add_plain(struct hdf5_dataset *dataset, const unsigned char *values, size_t stride,
                        size_t rows) {
    size_t value_bytes = dataset->extent.value_bytes;
    size_t count = rows * dataset->columns;
    for (size_t i = 0; i < count; i++) {
        memcpy(dataset->plain + (dataset->written * dataset->columns + i) * value_bytes,
               values + i * stride, value_bytes);
    }
    dataset->written += rows;
    if (rows == dataset->rows_left) {
        hdf5_image_checked(dataset->image, H5Dwrite(dataset->id, dataset->type, H5S_ALL, H5S_ALL,
                                                    H5P_DEFAULT, dataset->plain));
    }
    return rows;
}

void hdf5_dataset_add(struct hdf5_dataset *dataset, const void *values, size_t stride,
                      size_t rows) {
    const unsigned char *place = values;
    REQUIRE(rows <= dataset->rows_left);
    while (rows > 0) {
        size_t taken = dataset->plain == NULL ? add_to_chunk(dataset, place, stride, rows)
                                              : add_plain(dataset, place, stride, rows);
        INVARIANT(taken > 0);
        place += taken * dataset->columns * stride;
        rows -= taken;
        dataset->rows_left -= taken;
    }
}

static void release_buffers(struct hdf5_dataset *dataset) {
    hdf5_release(dataset->type);
    hdf5_planes_reset(&dataset->planes);
    memory_free(dataset->plain);
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
    struct hdf5_dataset dataset = create_dataset(image, scale->path, H5T_STD_U8LE, &extent);
    unsigned char *zeroes = memory_allocate(HDF5_CHUNK_ROWS, 1);
    for (hsize_t left = size; left > 0; left -= left < HDF5_CHUNK_ROWS ? left : HDF5_CHUNK_ROWS) {
        hdf5_dataset_add(&dataset, zeroes, 1, left < HDF5_CHUNK_ROWS ? left : HDF5_CHUNK_ROWS);
    }
    memory_free(zeroes);
    release_buffers(&dataset);
    scale->dataset = dataset.id;
    plain_text_attribute(image, scale->dataset, "CLASS", "DIMENSION_SCALE");
    plain_text_attribute(image, scale->dataset, "NAME", name);
    hdf5_image_text_attribute(image, scale->dataset, "units", "1");
    hdf5_image_text_attribute(image, scale->dataset, "long_name",
                              "a dimension; its values mean nothing");
    scale->reference = reference_to(image, scale->path);
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

struct hdf5_dataset hdf5_dataset_begin(struct hdf5_image *image, const char *path, hid_t type,
                                       const struct hdf5_extent *extent, const char *units,
                                       const char *long_name) {
    REQUIRE(extent->rank >= 0 && extent->rank <= 2);
    struct hdf5_dataset dataset = create_dataset(image, path, type, extent);
    hdf5_image_text_attribute(image, dataset.id, "units", units);
    hdf5_image_text_attribute(image, dataset.id, "long_name", long_name);
    name_dimensions(image, path, dataset.id, extent);
    return dataset;
}

void hdf5_dataset_end(struct hdf5_dataset *dataset) {
    release_buffers(dataset);
    hdf5_release(dataset->id);
}

void hdf5_image_dataset(struct hdf5_image *image, const char *path, hid_t type,
                        const struct hdf5_extent *extent, const void *values, const char *units,
                        const char *long_name) {
    REQUIRE(values != NULL);
    struct hdf5_dataset dataset = hdf5_dataset_begin(image, path, type, extent, units, long_name);
    hdf5_dataset_add(&dataset, values, extent->value_bytes, dataset.rows_left);
    hdf5_dataset_end(&dataset);
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

// All bytes, sealed.
static enum status seal(struct hdf5_image *image, const char *path, struct error *error) {
    hdf5_image_end_scales(image);
    hdf5_image_flush(image);
    hdf5_space_is_whole(&image->space);
    if (image->failed && image->space.cause == 0) {
        return error_set(error, STATUS_IO, "%s: cannot write: HDF5: %s", path, image->cause);
    }
    unsigned char made[FILE_SEAL_BYTES];
    uint64_t size = hdf5_space_bytes(&image->space);
    file_seal_make(size, hdf5_space_fingerprint(&image->space), made);
    hdf5_space_append(&image->space, made, sizeof made);
    return STATUS_OK;
}

enum status hdf5_image_finish(struct hdf5_image *image, const char *path, struct error *error) {
    REQUIRE(image->space.file >= 0);
    enum status status = seal(image, path, error);
    return status == STATUS_OK && !hdf5_space_write_out(&image->space)
               ? error_set(error, STATUS_IO, "%s: cannot write: %s", path,
                           strerror(image->space.cause))
               : status;
}

enum status hdf5_image_write_shared(struct hdf5_image *image, const char *path,
                                    const struct own_file_kind *kind, struct error *error) {
    REQUIRE(image->space.file < 0);
    enum status status = seal(image, path, error);
    return status == STATUS_OK
               ? atomic_file_write_shared(path, kind, image->space.tail, image->space.used, error)
               : status;
}

void hdf5_image_release(struct hdf5_image *image) {
    hdf5_release(image->file);
    hdf5_space_release(&image->space);
    hdf5_chunk_destroy(image->chunk);
}
