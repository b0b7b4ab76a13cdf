// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/hdf5_input.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

// deflate cannot shrink data to less than one part in so many.
static const uint64_t DEFLATE_RATIO_MAX = 1032;
static const uint64_t CHUNK_BYTES_MAX = UINT64_C(64) << 20;

// A library without memory finds all sorts of things missing or wrong.
static enum status failure_now(void) {
    return hdf5_lacked_memory() ? STATUS_NO_MEMORY : STATUS_BAD_DATA;
}

bool hdf5_input_fail(struct hdf5_input *input, const char *object, const char *wrong) {
    input->failure =
        error_set(input->error, failure_now(), "%s: %s %s", input->path, object, wrong);
    return false;
}

// An HDF5 call on the object has just failed: the file says one thing here and another there.
static bool damaged(struct hdf5_input *input, const char *object) {
    char text[HDF5_TEXT_SIZE];
    enum status failure = failure_now();
    hdf5_innermost(text);
    input->failure = error_set(input->error, failure, "%s: truncated or damaged HDF5 file: %s: %s",
                               input->path, object, text);
    return false;
}

static enum status open_bytes(struct hdf5_input *input, const char *name, void *bytes, size_t size,
                              bool mapped, uint64_t bytes_max, struct error *error) {
    *input = (struct hdf5_input){.path = name,
                                 .file = H5I_INVALID_HID,
                                 .image = {.bytes = bytes, .size = size},
                                 .mapped = mapped,
                                 .bytes_left = bytes_max,
                                 .failure = STATUS_BAD_DATA,
                                 .error = error};
    input->seal = mapped ? file_seal_find_mapped(bytes, size) : file_seal_find(bytes, size);
    if (input->seal == FILE_SEAL_BROKEN) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: damaged: its checksum is not that of its bytes, so they have changed "
                         "since desgd wrote them",
                         name);
    }
    struct hdf5_refusal refusal;
    errno = 0; // see hdf5_lacked_memory
    hdf5_quiet();
    input->file = hdf5_bytes_open(&input->image, &refusal);
    if (input->file < 0) {
        return error_set(error, refusal.lacked_memory ? STATUS_NO_MEMORY : STATUS_BAD_DATA,
                         "%s: truncated or damaged HDF5 file: %s", name, refusal.words);
    }
    return STATUS_OK;
}

enum status hdf5_input_open(struct hdf5_input *input, const char *name, void *bytes, size_t size,
                            uint64_t bytes_max, struct error *error) {
    return open_bytes(input, name, bytes, size, false, bytes_max, error);
}

enum status hdf5_input_open_source(struct hdf5_input *input, const struct hdf5_source *source,
                                   struct error *error) {
    size_t size = (size_t)source->bytes;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, source->file, 0);
    if (bytes == MAP_FAILED) {
        *input = (struct hdf5_input){.file = H5I_INVALID_HID};
        return error_set(error, status_of_cause(errno), "%s: cannot read: %s", source->path,
                         strerror(errno));
    }
    return open_bytes(input, source->path, bytes, size, true, source->bytes_max, error);
}

void hdf5_input_close(struct hdf5_input *input) {
    hdf5_release(input->file);
    input->file = H5I_INVALID_HID;
    if (input->mapped) {
        munmap(input->image.bytes, input->image.size);
        input->mapped = false;
    }
}

void hdf5_input_let_go(struct hdf5_input *input) {
    if (input->mapped) {
        madvise(input->image.bytes, input->image.size, MADV_DONTNEED);
    }
}

// ---- objects ----

// One link of a path, all before it being known to be good.
static bool check_link(struct hdf5_input *input, const char *path) {
    H5L_info_t link;
    htri_t exists = H5Lexists(input->file, path, H5P_DEFAULT);
    if (exists < 0) {
        return damaged(input, path);
    }
    if (exists == 0) {
        return hdf5_input_fail(input, path, "is missing");
    }
    if (H5Lget_info(input->file, path, &link, H5P_DEFAULT) < 0) {
        return damaged(input, path);
    }
    return link.type == H5L_TYPE_HARD || hdf5_input_fail(input, path, "is not a hard link");
}

static bool check_object(struct hdf5_input *input, const char *path, H5O_type_t type) {
    H5O_info_t object;
    if (!check_link(input, path)) {
        return false;
    }
    if (H5Oget_info_by_name2(input->file, path, &object, H5O_INFO_BASIC, H5P_DEFAULT) < 0) {
        return damaged(input, path);
    }
    return object.type == type ||
           hdf5_input_fail(input, path,
                           type == H5O_TYPE_GROUP ? "is not a group" : "is not a dataset");
}

bool hdf5_input_group(struct hdf5_input *input, const char *path, bool *empty) {
    H5G_info_t group;
    if (!check_object(input, path, H5O_TYPE_GROUP)) {
        return false;
    }
    if (H5Gget_info_by_name(input->file, path, &group, H5P_DEFAULT) < 0) {
        return damaged(input, path);
    }
    *empty = group.nlinks == 0;
    return true;
}

static bool filters_known(hid_t creation) {
    int count = H5Pget_nfilters(creation);
    for (int i = 0; i < count; i++) {
        unsigned flags = 0;
        unsigned settings = 0;
        size_t values = 0;
        H5Z_filter_t filter =
            H5Pget_filter2(creation, (unsigned)i, &flags, &values, NULL, 0, NULL, &settings);
        if (filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_DEFLATE &&
            filter != H5Z_FILTER_FLETCHER32) {
            return false;
        }
    }
    return count >= 0 && count <= 3;
}

static bool chunks_small(hid_t creation, size_t value_bytes) {
    hsize_t sizes[H5S_MAX_RANK];
    uint64_t bytes = value_bytes;
    int rank = H5Pget_chunk(creation, H5S_MAX_RANK, sizes);
    for (int i = 0; i < rank; i++) {
        if (__builtin_mul_overflow(bytes, sizes[i], &bytes)) {
            return false;
        }
    }
    return rank > 0 && bytes <= CHUNK_BYTES_MAX;
}

// Stored in this file, by known filters, in chunks of sane size.
static bool check_storage(struct hdf5_input *input, const char *path, hid_t dataset,
                          size_t value_bytes) {
    hid_t creation = H5Dget_create_plist(dataset);
    if (creation < 0) {
        return damaged(input, path);
    }
    H5D_layout_t layout = H5Pget_layout(creation);
    const char *wrong = NULL;
    if (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED) {
        wrong = "is stored in another file";
    } else if (H5Pget_external_count(creation) != 0) {
        wrong = "is stored in another file";
    } else if (!filters_known(creation)) {
        wrong = "has filters other than shuffle, deflate and fletcher32";
    } else if (layout == H5D_CHUNKED && !chunks_small(creation, value_bytes)) {
        wrong = "has chunks of more than 64 MiB";
    }
    hdf5_release(creation);
    return wrong == NULL || hdf5_input_fail(input, path, wrong);
}

uint64_t hdf5_input_bytes_most(const struct hdf5_input *input) {
    uint64_t most = 0;
    bool beyond = __builtin_mul_overflow(DEFLATE_RATIO_MAX, (uint64_t)input->image.size, &most);
    return beyond || most > input->bytes_left ? input->bytes_left : most;
}

// Whether so many values can come out of what the file stores for them.
static bool take_bytes(struct hdf5_input *input, const char *path, hid_t dataset, int rank,
                       const hsize_t *sizes, size_t value_bytes) {
    uint64_t bytes = value_bytes;
    for (int i = 0; i < rank; i++) {
        if (__builtin_mul_overflow(bytes, sizes[i], &bytes)) {
            return hdf5_input_fail(input, path, "claims more values than a file can hold");
        }
    }
    if (bytes == 0) {
        return true;
    }
    uint64_t stored = H5Dget_storage_size(dataset);
    if (bytes > input->bytes_left || stored > input->image.size ||
        (bytes + DEFLATE_RATIO_MAX - 1) / DEFLATE_RATIO_MAX > stored) {
        return hdf5_input_fail(input, path, "claims more values than the file can hold");
    }
    input->bytes_left -= bytes;
    return true;
}

static bool is_same_word(hid_t older, hid_t type, unsigned index) {
    char *names[2] = {H5Tget_member_name(older, index), H5Tget_member_name(type, index)};
    unsigned char values[2] = {0, 0};
    bool same = names[0] != NULL && names[1] != NULL && strcmp(names[0], names[1]) == 0 &&
                H5Tget_member_value(older, index, &values[0]) >= 0 &&
                H5Tget_member_value(type, index, &values[1]) >= 0 && values[0] == values[1];
    for (int i = 0; i < 2; i++) {
        H5free_memory(names[i]);
    }
    return same;
}

// An earlier desgd had fewer words for such a column; those that it had are the first.
static bool has_fewer_words(hid_t older, hid_t type) {
    if (H5Tget_class(older) != H5T_ENUM || H5Tget_class(type) != H5T_ENUM ||
        H5Tget_size(older) != 1 || H5Tget_size(type) != 1) {
        return false;
    }
    int words = H5Tget_nmembers(older);
    bool fewer = words > 0 && words < H5Tget_nmembers(type);
    for (int i = 0; i < words && fewer; i++) {
        fewer = is_same_word(older, type, (unsigned)i);
    }
    return fewer;
}

static bool check_type(struct hdf5_input *input, const char *path, hid_t object_type, hid_t type) {
    htri_t equal = object_type < 0 ? -1 : H5Tequal(object_type, type);
    equal = equal == 0 && has_fewer_words(object_type, type) ? 1 : equal;
    if (equal > 0 && H5Tcommitted(object_type) != 0) {
        hdf5_release(object_type);
        return hdf5_input_fail(input, path, "has a type that stands elsewhere in the file");
    }
    hdf5_release(object_type);
    if (equal < 0) {
        return damaged(input, path);
    }
    return equal > 0 || hdf5_input_fail(input, path, "has another type than desgd writes");
}

static bool check_space(struct hdf5_input *input, const char *path, hid_t space, int rank,
                        hsize_t sizes[2]) {
    if (space < 0) {
        return damaged(input, path);
    }
    sizes[0] = 1;
    sizes[1] = 1;
    bool fits = H5Sget_simple_extent_ndims(space) == rank &&
                H5Sget_simple_extent_type(space) == (rank == 0 ? H5S_SCALAR : H5S_SIMPLE) &&
                H5Sget_simple_extent_dims(space, sizes, NULL) == rank;
    hdf5_release(space);
    return fits || hdf5_input_fail(input, path, "has another shape than desgd writes");
}

bool hdf5_input_open_dataset(struct hdf5_input *input, const char *path, hid_t *dataset) {
    if (!check_object(input, path, H5O_TYPE_DATASET)) {
        return false;
    }
    hid_t opened = H5Dopen2(input->file, path, H5P_DEFAULT);
    if (opened < 0) {
        return damaged(input, path);
    }
    *dataset = opened;
    return true;
}

bool hdf5_input_claim(struct hdf5_input *input, const char *path, hid_t dataset, int rank,
                      const hsize_t *sizes, size_t value_bytes) {
    REQUIRE(rank >= 0 && rank <= H5S_MAX_RANK);
    REQUIRE(value_bytes > 0);
    return check_storage(input, path, dataset, value_bytes) &&
           take_bytes(input, path, dataset, rank, sizes, value_bytes);
}

bool hdf5_input_dataset(struct hdf5_input *input, const char *path, hid_t type, int rank,
                        hsize_t sizes[2], hid_t *dataset) {
    hid_t opened = H5I_INVALID_HID;
    if (!hdf5_input_open_dataset(input, path, &opened)) {
        return false;
    }
    if (check_type(input, path, H5Dget_type(opened), type) &&
        check_space(input, path, H5Dget_space(opened), rank, sizes) &&
        hdf5_input_claim(input, path, opened, rank, sizes, H5Tget_size(type))) {
        *dataset = opened;
        return true;
    }
    hdf5_release(opened);
    return false;
}

// One step of a path; all before it are groups.
static bool find_part(struct hdf5_input *input, const char *path, enum hdf5_object *found) {
    H5O_info_t object;
    *found = HDF5_OBJECT_NONE;
    htri_t exists = H5Lexists(input->file, path, H5P_DEFAULT);
    if (exists == 0) {
        return true;
    }
    if (exists < 0) {
        return damaged(input, path);
    }
    if (!check_link(input, path)) {
        return false;
    }
    if (H5Oget_info_by_name2(input->file, path, &object, H5O_INFO_BASIC, H5P_DEFAULT) < 0) {
        return damaged(input, path);
    }
    *found = object.type == H5O_TYPE_GROUP ? HDF5_OBJECT_GROUP : HDF5_OBJECT_OTHER;
    return true;
}

bool hdf5_input_find(struct hdf5_input *input, const char *path, enum hdf5_object *found) {
    char part[HDF5_TEXT_SIZE];
    size_t length = 0;
    *found = HDF5_OBJECT_GROUP; // the root
    while (path[length] != 0 && *found == HDF5_OBJECT_GROUP) {
        length += 1 + strcspn(path + length + 1, "/");
        snprintf(part, sizeof part, "%.*s", (int)length, path);
        if (!find_part(input, part, found)) {
            return false;
        }
    }
    return path[length] == 0 || *found == HDF5_OBJECT_NONE ||
           hdf5_input_fail(input, part, "is not a group");
}

bool hdf5_input_read(struct hdf5_input *input, const char *path, hid_t dataset, hid_t type,
                     void *values) {
    if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
        return damaged(input, path);
    }
    return true;
}

bool hdf5_input_read_some(struct hdf5_input *input, const char *path, hid_t dataset, hid_t type,
                          hsize_t first, hsize_t count, void *values) {
    REQUIRE(count > 0);
    hid_t memory = H5Screate_simple(1, &count, NULL);
    hid_t space = H5Dget_space(dataset);
    bool good = memory >= 0 && space >= 0 &&
                H5Sselect_hyperslab(space, H5S_SELECT_SET, &first, NULL, &count, NULL) >= 0 &&
                H5Dread(dataset, type, memory, space, H5P_DEFAULT, values) >= 0;
    good = good || damaged(input, path);
    hdf5_release(space);
    hdf5_release(memory);
    return good;
}

// A fixed-length UTF-8 or ASCII text type of 1..size_max bytes.
static bool check_text_type(struct hdf5_input *input, const char *path, hid_t type,
                            size_t size_max) {
    if (type < 0) {
        return damaged(input, path);
    }
    return (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 &&
            H5Tget_size(type) >= 1 && H5Tget_size(type) <= size_max) ||
           hdf5_input_fail(input, path, "is not a fixed-length string of bearable length");
}

bool hdf5_input_text(struct hdf5_input *input, const char *path, size_t size_max, char **text) {
    hsize_t sizes[2];
    hid_t dataset = H5I_INVALID_HID;
    hid_t opened = H5I_INVALID_HID;
    if (!hdf5_input_open_dataset(input, path, &opened)) {
        return false;
    }
    hid_t type = H5Dget_type(opened);
    hdf5_release(opened);
    bool good = check_text_type(input, path, type, size_max) &&
                hdf5_input_dataset(input, path, type, 0, sizes, &dataset);
    if (good) {
        char *read_text = memory_allocate(H5Tget_size(type) + 1, 1);
        good = hdf5_input_read(input, path, dataset, type, read_text);
        if (good) {
            *text = read_text;
        } else {
            memory_free(read_text);
        }
    }
    hdf5_release(dataset);
    hdf5_release(type);
    return good;
}

// Names an attribute in messages: "/provenance attribute 'cpu'".
static void name_attribute(char label[HDF5_TEXT_SIZE], const char *object, const char *name) {
    snprintf(label, HDF5_TEXT_SIZE, "%s%sattribute '%s'", strcmp(object, "/") == 0 ? "" : object,
             strcmp(object, "/") == 0 ? "" : " ", name);
}

// Opens a scalar attribute and its type, both to be released; invalid after a failure.
static bool open_attribute(struct hdf5_input *input, const char *object, const char *name,
                           const char *label, hid_t *attribute, hid_t *type) {
    hsize_t sizes[2];
    htri_t exists = H5Aexists_by_name(input->file, object, name, H5P_DEFAULT);
    if (exists == 0) {
        return hdf5_input_fail(input, label, "is missing");
    }
    *attribute = exists < 0 ? H5I_INVALID_HID
                            : H5Aopen_by_name(input->file, object, name, H5P_DEFAULT, H5P_DEFAULT);
    if (*attribute < 0) {
        return damaged(input, label);
    }
    *type = H5Aget_type(*attribute);
    if (*type < 0) {
        return damaged(input, label);
    }
    return check_space(input, label, H5Aget_space(*attribute), 0, sizes);
}

bool hdf5_input_number_attribute(struct hdf5_input *input, const char *object, const char *name,
                                 hid_t type, void *value) {
    char label[HDF5_TEXT_SIZE];
    hid_t attribute = H5I_INVALID_HID;
    hid_t found = H5I_INVALID_HID;
    name_attribute(label, object, name);
    bool good = open_attribute(input, object, name, label, &attribute, &found);
    if (good && H5Tequal(found, type) <= 0) {
        good = hdf5_input_fail(input, label, "has another type than desgd writes");
    }
    if (good && H5Aread(attribute, type, value) < 0) {
        good = damaged(input, label);
    }
    hdf5_release(found);
    hdf5_release(attribute);
    return good;
}

bool hdf5_input_text_attribute(struct hdf5_input *input, const char *object, const char *name,
                               char *text, size_t size) {
    char label[HDF5_TEXT_SIZE];
    hid_t attribute = H5I_INVALID_HID;
    hid_t type = H5I_INVALID_HID;
    name_attribute(label, object, name);
    bool good = open_attribute(input, object, name, label, &attribute, &type) &&
                check_text_type(input, label, type, size - 1);
    if (good) {
        memset(text, 0, size);
        if (H5Aread(attribute, type, text) < 0) {
            good = damaged(input, label);
        }
    }
    hdf5_release(type);
    hdf5_release(attribute);
    return good;
}
