// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/file_bytes.h"

#include <errno.h>
#include <stdint.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

bool file_read_all(int file, void *bytes, size_t size) {
    REQUIRE(file >= 0 && (bytes != NULL || size == 0));
    char *next = bytes;
    while (size > 0) {
        ssize_t got = read(file, next, size);
        if (got > 0) {
            next += got;
            size -= (size_t)got;
        } else if (got == 0) {
            errno = 0;
            return false;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

int file_read_whole(int file, size_t most, char **bytes, size_t *size) {
    REQUIRE(file >= 0 && most < SIZE_MAX / 2);
    enum { PIECE_BYTES = 4096 };
    size_t capacity = 0;
    size_t used = 0;
    char *read_ones = NULL;
    for (ssize_t got = 1; got != 0;) {
        read_ones = memory_grow(read_ones, &capacity, used + PIECE_BYTES + 1, 1);
        got = read(file, read_ones + used, PIECE_BYTES);
        used += got > 0 ? (size_t)got : 0;
        if ((got < 0 && errno != EINTR) || used > most) {
            int cause = got < 0 ? errno : EFBIG;
            memory_free(read_ones);
            return cause;
        }
    }
    read_ones[used] = 0;
    *bytes = read_ones;
    *size = used;
    return 0;
}

bool file_write_all(int file, const void *bytes, size_t size) {
    REQUIRE(file >= 0 && (bytes != NULL || size == 0));
    const char *next = bytes;
    while (size > 0) {
        ssize_t written = write(file, next, size);
        if (written > 0) {
            next += written;
            size -= (size_t)written;
        } else if (written == 0) {
            errno = ENOSPC; // nothing else explains it
            return false;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

bool file_has_no_room_for(int file, uint64_t bytes) {
    struct statvfs state;
    REQUIRE(file >= 0);
    return fstatvfs(file, &state) == 0 && state.f_blocks != 0 &&
           (uint64_t)state.f_bavail < bytes / state.f_frsize;
}
