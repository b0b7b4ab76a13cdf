// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/hdf5_bytes.h"

#include <stdint.h>
#include <string.h>

// libhdf5 takes the bytes as they lie: its core driver would copy them otherwise.
static void *lend_image(size_t size, H5FD_file_image_op_t operation, void *context) {
    const struct hdf5_bytes *image = context;
    (void)operation;
    return size == image->size ? image->bytes : NULL;
}

static void *copy_image(void *to, const void *from, size_t size, H5FD_file_image_op_t operation,
                        void *context) {
    (void)operation;
    (void)context;
    return to == from ? to : memcpy(to, from, size);
}

static void *keep_size(void *bytes, size_t size, H5FD_file_image_op_t operation, void *context) {
    const struct hdf5_bytes *image = context;
    (void)operation;
    return size <= image->size ? bytes : NULL;
}

static herr_t keep_image(void *bytes, H5FD_file_image_op_t operation, void *context) {
    (void)bytes;
    (void)operation;
    (void)context;
    return 0;
}

hid_t hdf5_bytes_open(const struct hdf5_bytes *image, struct hdf5_refusal *refusal) {
    H5FD_file_image_callbacks_t callbacks = {
        .image_malloc = lend_image,
        .image_memcpy = copy_image,
        .image_realloc = keep_size,
        .image_free = keep_image,
        .udata_copy = hdf5_same_context,
        .udata_free = hdf5_keep_context,
        .udata = (void *)(uintptr_t)image,
    };
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    H5Pset_fapl_core(access, 1, 0);
    H5Pset_file_image_callbacks(access, &callbacks);
    H5Pset_file_image(access, image->bytes, image->size);
    // The core driver wants a name of no file.
    hid_t file = H5Fopen("/dev/null/image", H5F_ACC_RDONLY, access);
    if (file < 0) {
        refusal->lacked_memory = hdf5_lacked_memory();
        hdf5_innermost(refusal->words);
    }
    hdf5_release(access);
    return file;
}
