// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/hdf5_space.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/file_bytes.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"

enum { TAIL_BYTES = 1 << 22 };

// As the library sees the file.
struct opened {
    H5FD_t front; // the library's own
    struct hdf5_space *space;
    haddr_t end; // of what it has allocated
};

static struct hdf5_space *space_of(const H5FD_t *file) {
    return ((const struct opened *)(const void *)file)->space;
}

static size_t least(uint64_t a, uint64_t b) {
    return (size_t)(a < b ? a : b);
}

// The library never writes the gaps between its blocks: they are zeroes.
static void lengthen(struct hdf5_space *space, uint64_t size) {
    REQUIRE(size >= space->written);
    size_t used = (size_t)(size - space->written);
    if (used > space->used) {
        space->tail = memory_grow(space->tail, &space->capacity, used, 1);
        memset(space->tail + space->used, 0, used - space->used);
        space->used = used;
    }
}

bool hdf5_space_write_out(struct hdf5_space *space) {
    REQUIRE(space->file >= 0);
    if (space->cause == 0 && !file_write_all(space->file, space->tail, space->used)) {
        space->cause = errno == 0 ? EIO : errno;
    }
    space->written += space->used;
    space->used = 0;
    return space->cause == 0;
}

// Over what is in the file already.
static void write_again(struct hdf5_space *space, uint64_t at, const unsigned char *bytes,
                        size_t size) {
    while (size > 0 && space->cause == 0) {
        ssize_t written = pwrite(space->file, bytes, size, (off_t)at);
        if (written > 0) {
            bytes += written;
            at += (uint64_t)written;
            size -= (size_t)written;
        } else if (written == 0 || errno != EINTR) {
            space->cause = written == 0 ? ENOSPC : errno;
        }
    }
}

static void read_again(struct hdf5_space *space, uint64_t at, unsigned char *bytes, size_t size) {
    memset(bytes, 0, size);
    while (size > 0 && space->cause == 0) {
        ssize_t got = pread(space->file, bytes, size, (off_t)at);
        if (got > 0) {
            bytes += got;
            at += (uint64_t)got;
            size -= (size_t)got;
        } else if (got == 0 || errno != EINTR) {
            space->cause = got == 0 ? EIO : errno;
        }
    }
}

// ---- the driver ----

static H5FD_t *open_space(const char *name, unsigned flags, hid_t access, haddr_t most) {
    (void)name;
    (void)flags;
    (void)most;
    struct hdf5_space *const *space = H5Pget_driver_info(access);
    struct opened *opened = memory_allocate(1, sizeof *opened);
    opened->space = *space;
    return &opened->front;
}

static herr_t close_space(H5FD_t *file) {
    memory_free(file);
    return 0;
}

// As the library's own drivers of files and of memory.
static herr_t tell_features(const H5FD_t *file, unsigned long *flags) {
    (void)file;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
}

static haddr_t get_allocated(const H5FD_t *file, H5FD_mem_t type) {
    (void)type;
    return ((const struct opened *)(const void *)file)->end;
}

static herr_t set_allocated(H5FD_t *file, H5FD_mem_t type, haddr_t end) {
    (void)type;
    ((struct opened *)(void *)file)->end = end;
    return 0;
}

static haddr_t get_end(const H5FD_t *file, H5FD_mem_t type) {
    (void)type;
    return hdf5_space_bytes(space_of(file));
}

static herr_t read_space(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t at, size_t size,
                         void *buffer) {
    (void)type;
    (void)transfer;
    struct hdf5_space *space = space_of(file);
    size_t before = at < space->written ? least(size, space->written - at) : 0;
    uint64_t in_tail = at + before - space->written;
    size_t behind = least(size - before, space->used > in_tail ? space->used - in_tail : 0);
    memset(buffer, 0, size);
    if (before > 0) {
        read_again(space, at, buffer, before);
    }
    if (behind > 0) {
        memcpy((unsigned char *)buffer + before, space->tail + in_tail, behind);
    }
    return 0;
}

static herr_t write_space(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t at, size_t size,
                          const void *buffer) {
    (void)type;
    (void)transfer;
    struct hdf5_space *space = space_of(file);
    if (space->whole) {
        return 0;
    }
    size_t before = at < space->written ? least(size, space->written - at) : 0;
    write_again(space, at, buffer, before);
    if (before < size) {
        uint64_t in_tail = at + before - space->written;
        lengthen(space, at + size);
        memcpy(space->tail + in_tail, (const unsigned char *)buffer + before, size - before);
    }
    if (space->file >= 0 && space->used >= TAIL_BYTES) {
        hdf5_space_write_out(space);
    }
    return 0;
}

static herr_t end_at_allocated(H5FD_t *file, hid_t transfer, hbool_t closing) {
    (void)transfer;
    (void)closing;
    struct opened *opened = (struct opened *)(void *)file;
    if (!opened->space->whole && opened->end > opened->space->written) {
        lengthen(opened->space, opened->end);
    }
    return 0;
}

hid_t hdf5_space_create(struct hdf5_space *space, const char *name, hid_t creation) {
    REQUIRE(space->written == 0 && space->used == 0);
    static const H5FD_class_t driver = {
#ifdef H5FD_CLASS_VERSION
        .version = H5FD_CLASS_VERSION,
        .value = H5_VFD_RESERVED + 1,
#endif
        .name = "desgd_space",
        .maxaddr = INT64_MAX,
        .fc_degree = H5F_CLOSE_STRONG,
        .fapl_size = sizeof(struct hdf5_space *),
        .open = open_space,
        .close = close_space,
        .query = tell_features,
        .get_eoa = get_allocated,
        .set_eoa = set_allocated,
        .get_eof = get_end,
        .read = read_space,
        .write = write_space,
        .truncate = end_at_allocated,
        .fl_map = H5FD_FLMAP_DICHOTOMY,
    };
    space->driver = H5FDregister(&driver);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_driver(access, space->driver, &space);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    hid_t file = H5Fcreate(name, H5F_ACC_TRUNC, creation, access);
    hdf5_release(access);
    return file;
}

// ---- all of it ----

void hdf5_space_is_whole(struct hdf5_space *space) {
    space->whole = true;
}

uint64_t hdf5_space_bytes(const struct hdf5_space *space) {
    return space->written + space->used;
}

uint64_t hdf5_space_fingerprint(struct hdf5_space *space) {
    REQUIRE(space->whole);
    enum { PIECE_BYTES = 1 << 20 };
    struct fingerprint_stream *stream = fingerprint_stream_create();
    unsigned char *piece = memory_allocate(PIECE_BYTES, 1);
    for (uint64_t at = 0; at < space->written && space->cause == 0; at += PIECE_BYTES) {
        size_t size = least(space->written - at, PIECE_BYTES);
        read_again(space, at, piece, size);
        fingerprint_stream_add(stream, piece, size);
    }
    fingerprint_stream_add(stream, space->tail, space->used);
    uint64_t fingerprint = fingerprint_stream_value(stream);
    memory_free(piece);
    fingerprint_stream_destroy(stream);
    return fingerprint;
}

void hdf5_space_append(struct hdf5_space *space, const void *bytes, size_t size) {
    REQUIRE(space->whole);
    size_t at = space->used;
    lengthen(space, hdf5_space_bytes(space) + size);
    memcpy(space->tail + at, bytes, size);
}

void hdf5_space_release(struct hdf5_space *space) {
    if (space->driver > 0) {
        H5FDunregister(space->driver);
        space->driver = 0;
    }
    memory_free(space->tail);
    space->tail = NULL;
    space->used = space->capacity = 0;
}
