// SPDX-License-Identifier: GPL-3.0-or-later
// The language of the input: changes to a small good log, four bytes each: what is done, to which
// object (an index into the paths of the schema), and two to choose how. libhdf5 carries them out
// in memory, so that the file is well-formed and our checks, not the library's, meet what is odd.
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <hdf5.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/runlog/runlog_check.h"
#include "sim/runlog/runlog_contents.h"
#include "sim/runlog/runlog_passage.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/runlog/runlog_schema.h"
#include "tests/support/fuzz_folder.h"
#include "tests/support/fuzz_target.h"
#include "tests/support/log_in_memory.h"
#include "tests/support/random_log.h"

enum {
    IMAGE_BYTES_MAX = 1 << 20,
    PATHS_MAX = 160,
    PATH_SIZE = 96,
    CHANGES_MAX = 12,
    POINTS_MAX = 4096
};

struct change {
    uint8_t what, object, how, more;
};

// ---- the good log ----

struct good {
    unsigned char *bytes;
    size_t size;
    char paths[PATHS_MAX][PATH_SIZE]; // of groups, columns and other datasets
    size_t path_count;
};

static void add_path(struct good *good, const char *group, const char *name) {
    INVARIANT(good->path_count < PATHS_MAX);
    int length = snprintf(good->paths[good->path_count++], PATH_SIZE, "%s%s%s",
                          group[0] == '/' ? "" : "/", group, name);
    INVARIANT(length > 0 && length < PATH_SIZE);
}

static void list_paths(struct good *good) {
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        add_path(good, runlog_tables[i].name, "");
        for (size_t j = 0; j < runlog_tables[i].column_count; j++) {
            char name[PATH_SIZE];
            snprintf(name, sizeof name, "/%s", runlog_tables[i].columns[j].name);
            add_path(good, runlog_tables[i].name, name);
        }
    }
    for (size_t i = 0; i < DATASET_COUNT; i++) {
        add_path(good, runlog_datasets[i].path, "");
    }
    add_path(good, "parameters", "");
    add_path(good, "provenance", "");
}

static void make_good(struct good *good) {
    static const struct random_log_options options = {.seed = 3,
                                                      .events = 12,
                                                      .gradients = 6,
                                                      .updates = 3,
                                                      .evaluations = 2,
                                                      .workers = 3,
                                                      .sample_columns = 2,
                                                      .parameters = 40,
                                                      .events_logged = true,
                                                      .values_logged = true};
    char path[FUZZ_PATH_SIZE];
    struct runlog log = {0};
    struct provenance provenance = {.cpu = "a cpu"};
    struct fuzz_folder folder = fuzz_folder_create();
    fuzz_folder_write(&folder, "good.h5", "", 0, path);
    random_log_make(&options, &log);
    INVARIANT(log_in_memory_write(path, &log, &provenance, NULL) == STATUS_OK);
    runlog_reset(&log);
    FILE *file = fopen(path, "rb");
    INVARIANT(file != NULL);
    good->bytes = memory_allocate(IMAGE_BYTES_MAX, 1);
    good->size = fread(good->bytes, 1, IMAGE_BYTES_MAX, file);
    INVARIANT(good->size < IMAGE_BYTES_MAX);
    fclose(file);
    fuzz_folder_remove(&folder);
    list_paths(good);
}

static const struct good *good_log(void) {
    static struct good good;
    if (good.path_count == 0) {
        make_good(&good);
    }
    return &good;
}

// ---- the changes ----

static hsize_t odd_size(uint8_t byte) {
    static const hsize_t sizes[] = {
        0, 1, 2, 3, 6, 12, 40, 1000, (hsize_t)1 << 32, (hsize_t)1 << 60, INT64_MAX};
    return sizes[byte % (sizeof sizes / sizeof sizes[0])];
}

static int64_t odd_number(uint8_t byte) {
    static const int64_t numbers[] = {0,         1,         -1,        2,         4,         7,
                                      INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, 1000000007};
    return numbers[byte % (sizeof numbers / sizeof numbers[0])];
}

// Whether all of them can be written; the library's own count overflows.
static bool are_few(hid_t space) {
    hsize_t sizes[4];
    hsize_t points = 1;
    int rank = H5Sget_simple_extent_dims(space, sizes, NULL);
    for (int i = 0; i < rank; i++) {
        if (sizes[i] > POINTS_MAX || points * sizes[i] > POINTS_MAX) {
            return false;
        }
        points *= sizes[i];
    }
    return rank >= 0;
}

// A type that a column does not have, mostly; to be released.
static hid_t odd_type(uint8_t byte) {
    const hid_t plain[] = {H5T_STD_I64LE,  H5T_STD_I64BE,   H5T_STD_U64LE,      H5T_STD_I32LE,
                           H5T_STD_U8LE,   H5T_IEEE_F64LE,  H5T_IEEE_F32LE,     H5T_STD_B8LE,
                           H5T_UNIX_D32LE, H5T_STD_REF_OBJ, H5T_STD_REF_DSETREG};
    const size_t plain_count = sizeof plain / sizeof plain[0];
    const hsize_t four = 4;
    hid_t type = H5I_INVALID_HID;
    switch (byte % (plain_count + 5)) {
    case 0:
        return hdf5_text_type((size_t)byte + 1);
    case 1:
        type = H5Tcopy(H5T_C_S1);
        H5Tset_size(type, H5T_VARIABLE);
        return type;
    case 2:
        return H5Tvlen_create(H5T_STD_I64LE);
    case 3:
        return H5Tarray_create2(H5T_STD_I32LE, 1, &four);
    case 4:
        return H5Tcreate(H5T_OPAQUE, (size_t)byte + 1);
    default:
        return H5Tcopy(plain[byte % plain_count]);
    }
}

static hid_t odd_creation(uint8_t byte, int rank, const hsize_t *sizes) {
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t chunk[4] = {1, 1, 1, 1};
    for (int i = 0; i < rank; i++) {
        chunk[i] = sizes[i] == 0 ? 1 : sizes[i] < 4096 ? sizes[i] : 4096;
    }
    switch (byte % 8) {
    case 0:
        H5Pset_layout(creation, H5D_COMPACT);
        break;
    case 1:
        H5Pset_external(creation, "/etc/passwd", 0, H5F_UNLIMITED);
        break;
    case 2:
    case 3:
    case 4:
        H5Pset_chunk(creation, rank == 0 ? 1 : rank, chunk);
        byte & 8 ? H5Pset_shuffle(creation) : H5Pset_scaleoffset(creation, H5Z_SO_INT, 0);
        byte & 16 ? H5Pset_deflate(creation, 1) : H5Pset_fletcher32(creation);
        break;
    default:
        break;
    }
    return creation;
}

static void replace_dataset(hid_t file, const char *path, const struct change *change) {
    int rank = change->more % 5;
    hsize_t sizes[4];
    for (int i = 0; i < 4; i++) {
        sizes[i] = odd_size((uint8_t)(change->how / 3 + i * (change->more & 7)));
    }
    hid_t type = odd_type(change->how);
    hid_t space = rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, sizes, NULL);
    hid_t creation = odd_creation(change->more, rank, sizes);
    H5Ldelete(file, path, H5P_DEFAULT);
    hid_t dataset = H5Dcreate2(file, path, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    if (dataset >= 0 && are_few(space)) {
        static const unsigned char zeroes[POINTS_MAX * 256];
        H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeroes);
    }
    hdf5_release(dataset);
    hdf5_release(creation);
    hdf5_release(space);
    hdf5_release(type);
}

// Of the same type and rank, other sizes: the first is often one that fits.
static void resize_dataset(hid_t file, const char *path, const struct change *change) {
    static const unsigned char zeroes[POINTS_MAX * 256];
    hid_t old = H5Dopen2(file, path, H5P_DEFAULT);
    hid_t type = old < 0 ? H5I_INVALID_HID : H5Dget_type(old);
    hid_t space = old < 0 ? H5I_INVALID_HID : H5Dget_space(old);
    int rank = space < 0 ? 0 : H5Sget_simple_extent_ndims(space);
    hdf5_release(old);
    if (rank >= 1 && rank <= 2) {
        const hsize_t sizes[2] = {odd_size(change->how), odd_size(change->more)};
        hid_t resized = H5Screate_simple(rank, sizes, NULL);
        hid_t creation = odd_creation((uint8_t)(change->more >> 4), rank, sizes);
        H5Ldelete(file, path, H5P_DEFAULT);
        hid_t dataset = H5Dcreate2(file, path, type, resized, H5P_DEFAULT, creation, H5P_DEFAULT);
        if (dataset >= 0 && are_few(resized)) {
            H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeroes);
        }
        hdf5_release(dataset);
        hdf5_release(creation);
        hdf5_release(resized);
    }
    hdf5_release(space);
    hdf5_release(type);
}

// Whether the library takes the bytes of a value for what they are and not for a pointer.
static bool is_plain(hid_t type) {
    return type >= 0 && H5Tget_size(type) <= sizeof(int64_t) &&
           H5Tdetect_class(type, H5T_VLEN) == 0 && H5Tis_variable_str(type) == 0;
}

// Whether a value of that row can be written: the library would follow a row behind the end of an
// empty dataset into memory it does not have, and would give all its storage to a large one.
static bool has_row(hid_t space, hsize_t row) {
    hsize_t rows = 0;
    return space >= 0 && H5Sget_simple_extent_ndims(space) == 1 && are_few(space) &&
           H5Sget_simple_extent_dims(space, &rows, NULL) == 1 && row < rows;
}

static void change_value(hid_t file, const char *path, const struct change *change) {
    hsize_t row = change->more % 16;
    hsize_t one = 1;
    int64_t number = odd_number(change->how);
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    hid_t space = dataset < 0 ? H5I_INVALID_HID : H5Dget_space(dataset);
    hid_t type = dataset < 0 ? H5I_INVALID_HID : H5Dget_type(dataset);
    if (has_row(space, row) && is_plain(type)) {
        hid_t memory = H5Screate_simple(1, &one, NULL);
        H5Sselect_elements(space, H5S_SELECT_SET, 1, &row);
        H5Dwrite(dataset, type, memory, space, H5P_DEFAULT, &number);
        hdf5_release(memory);
    }
    hdf5_release(type);
    hdf5_release(space);
    hdf5_release(dataset);
}

static void change_link(hid_t file, const char *path, const struct change *change,
                        const char *other) {
    H5Ldelete(file, path, H5P_DEFAULT);
    switch (change->how % 5) {
    case 0:
        return;
    case 1:
        H5Lcreate_soft(other, file, path, H5P_DEFAULT, H5P_DEFAULT);
        return;
    case 2:
        H5Lcreate_external("other.h5", other, file, path, H5P_DEFAULT, H5P_DEFAULT);
        return;
    case 3:
        H5Lcreate_hard(file, other, file, path, H5P_DEFAULT, H5P_DEFAULT);
        return;
    default:
        H5Lcreate_hard(file, "/", file, path, H5P_DEFAULT, H5P_DEFAULT);
    }
}

static void change_attribute(hid_t file, const struct change *change) {
    const size_t count = ROOT_ATTRIBUTE_COUNT + PROVENANCE_ATTRIBUTE_COUNT;
    size_t index = change->object % count;
    bool of_root = index < ROOT_ATTRIBUTE_COUNT;
    const char *object = of_root ? "/" : "/provenance";
    const char *name = of_root ? runlog_root_attributes[index].name
                               : runlog_provenance_attributes[index - ROOT_ATTRIBUTE_COUNT].name;
    static const unsigned char zeroes[4096];
    int64_t number = odd_number(change->more);
    hid_t old = H5Aopen_by_name(file, object, name, H5P_DEFAULT, H5P_DEFAULT);
    hid_t type = change->how % 2 == 0 && old >= 0 ? H5Aget_type(old) : odd_type(change->how);
    hsize_t size = odd_size((uint8_t)(change->how >> 4));
    hid_t space = change->how % 3 != 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &size, NULL);
    hdf5_release(old);
    H5Adelete_by_name(file, object, name, H5P_DEFAULT);
    if (change->how % 8 != 7 && H5Sget_simple_extent_npoints(space) <= 16) {
        hid_t attribute = H5Acreate_by_name(file, object, name, type, space, H5P_DEFAULT,
                                            H5P_DEFAULT, H5P_DEFAULT);
        bool is_number = H5Tget_class(type) == H5T_INTEGER && H5Tget_size(type) <= sizeof number &&
                         H5Sget_simple_extent_npoints(space) == 1;
        if (attribute >= 0) {
            H5Awrite(attribute, type, is_number ? (const void *)&number : zeroes);
        }
        hdf5_release(attribute);
    }
    hdf5_release(space);
    hdf5_release(type);
}

static void apply(hid_t file, const struct good *good, const struct change *change) {
    const char *path = good->paths[change->object % good->path_count];
    switch (change->what % 5) {
    case 0:
        replace_dataset(file, path, change);
        return;
    case 1:
        resize_dataset(file, path, change);
        return;
    case 2:
        change_value(file, path, change);
        return;
    case 3:
        change_link(file, path, change, good->paths[change->more % good->path_count]);
        return;
    default:
        change_attribute(file, change);
    }
}

// ---- the file ----

static hid_t open_copy(const struct good *good) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    H5Pset_fapl_core(access, 1 << 16, 0);
    H5Pset_file_image(access, good->bytes, good->size);
    hid_t file = H5Fopen("/dev/null/copy", H5F_ACC_RDWR, access);
    hdf5_release(access);
    INVARIANT(file >= 0);
    return file;
}

static void *changed_file(const uint8_t *bytes, size_t size, size_t *changed_size) {
    const struct good *good = good_log();
    hid_t file = open_copy(good);
    for (size_t i = 0; i < CHANGES_MAX && (i + 1) * sizeof(struct change) <= size; i++) {
        struct change change;
        memcpy(&change, bytes + i * sizeof change, sizeof change);
        apply(file, good, &change);
    }
    H5Fflush(file, H5F_SCOPE_GLOBAL);
    ssize_t needed = H5Fget_file_image(file, NULL, 0);
    void *image = memory_allocate(needed > 0 ? (size_t)needed : 0, 1);
    *changed_size = 0;
    if (needed > 0 && H5Fget_file_image(file, image, (size_t)needed) == needed) {
        *changed_size = (size_t)needed;
    }
    H5Fclose(file);
    return image;
}

// As the reader does it, but for the child process.
static enum status read_image(void *image, size_t size, struct runlog *log, struct error *error) {
    struct hdf5_input input;
    struct provenance provenance;
    enum status status = hdf5_input_open(&input, "a.h5", image, size, 1 << 26, error);
    if (status == STATUS_OK && !runlog_contents_read(&input, log, &provenance)) {
        status = input.failure;
    }
    hdf5_input_close(&input);
    if (status == STATUS_OK && !runlog_counts_fit(log)) {
        return error_set(error, STATUS_BAD_DATA, "a.h5: tables that do not fit each other");
    }
    return status == STATUS_OK ? runlog_check(log, "a.h5", STATUS_BAD_DATA, error) : status;
}

void fuzz_log(const uint8_t *bytes, size_t size) {
    struct runlog log = {0};
    struct error error = {0};
    size_t changed_size = 0;
    hdf5_quiet();
    void *image = changed_file(bytes, size, &changed_size);
    enum status status = read_image(image, changed_size, &log, &error);
    if (status == STATUS_OK) {
        (void)runlog_fingerprints_hold(&log);
    } else {
        INVARIANT(status == STATUS_BAD_DATA || status == STATUS_NO_MEMORY);
        INVARIANT(strncmp(error.message, "a.h5: ", 6) == 0);
    }
    runlog_reset(&log);
    memory_free(image);
}
