// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/hdf5_door.h"

#include <errno.h>
#include <stdio.h>

#include "sim/base/check.h"

void hdf5_quiet(void) {
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5PLset_loading_state(0);
}

static herr_t take_first(unsigned number, const H5E_error2_t *entry, void *context) {
    if (number == 0) {
        snprintf(context, HDF5_TEXT_SIZE, "%s", entry->desc);
    }
    return 0;
}

const char *hdf5_innermost(char text[HDF5_TEXT_SIZE]) {
    snprintf(text, HDF5_TEXT_SIZE, "no cause given");
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, text);
    return text;
}

static herr_t find_memory(unsigned number, const H5E_error2_t *entry, void *context) {
    bool *lacked = context;
    (void)number;
    *lacked |= entry->maj_num == H5E_RESOURCE || entry->min_num == H5E_NOSPACE ||
               entry->min_num == H5E_CANTALLOC;
    return 0;
}

// zlib's own failures do not come up in the library's words.
bool hdf5_lacked_memory(void) {
    bool lacked = errno == ENOMEM;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, find_memory, &lacked);
    return lacked;
}

hid_t hdf5_text_type(size_t size) {
    REQUIRE(size > 0);
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size);
    H5Tset_cset(type, H5T_CSET_UTF8);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    return type;
}

static hid_t enum_type(const struct runlog_column *column) {
    hid_t type = H5Tenum_create(H5T_STD_U8LE);
    for (size_t i = 0; i < column->word_count; i++) {
        uint8_t value = (uint8_t)i;
        H5Tenum_insert(type, column->words[i], &value);
    }
    return type;
}

hid_t hdf5_column_type(const struct runlog_column *column) {
    switch (column->type) {
    case COLUMN_INT64:
        return H5Tcopy(H5T_STD_I64LE);
    case COLUMN_UINT64:
        return H5Tcopy(H5T_STD_U64LE);
    case COLUMN_WORKER:
        return H5Tcopy(H5T_STD_I32LE);
    case COLUMN_DOUBLE:
        return H5Tcopy(H5T_IEEE_F64LE);
    case COLUMN_ENUM:
        return enum_type(column);
    case COLUMN_TYPE_COUNT:
    default:
        REQUIRE(column->type < COLUMN_TYPE_COUNT);
        return H5I_INVALID_HID;
    }
}

size_t hdf5_column_bytes(const struct runlog_column *column) {
    if (column->type == COLUMN_ENUM) {
        return sizeof(uint8_t);
    }
    return column->type == COLUMN_WORKER ? sizeof(int32_t) : sizeof(int64_t);
}

hid_t hdf5_layout_type(void) {
    hsize_t ranks = 4;
    hid_t name = hdf5_text_type(sizeof((struct layout_row *)0)->name);
    H5Tset_strpad(name, H5T_STR_NULLTERM);
    hid_t shape = H5Tarray_create2(H5T_STD_I32LE, 1, &ranks);
    hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(struct layout_row));
    H5Tinsert(type, "name", offsetof(struct layout_row, name), name);
    H5Tinsert(type, "rank", offsetof(struct layout_row, rank), H5T_STD_I32LE);
    H5Tinsert(type, "shape", offsetof(struct layout_row, shape), shape);
    H5Tinsert(type, "offset", offsetof(struct layout_row, offset), H5T_STD_I64LE);
    H5Tclose(shape);
    H5Tclose(name);
    return type;
}

void *hdf5_same_context(void *context) {
    return context;
}

herr_t hdf5_keep_context(void *context) {
    (void)context;
    return 0;
}

void hdf5_release(hid_t id) {
    if (id >= 0) {
        H5Idec_ref(id);
    }
}
