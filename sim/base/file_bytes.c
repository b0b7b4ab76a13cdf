// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/file_bytes.h"

#include <errno.h>
#include <unistd.h>

bool file_read_all(int file, void *bytes, size_t size) {
    char *next = bytes;
    while (size > 0) {
        ssize_t got = read(file, next, size);
        if (got > 0) {
            next += got;
            size -= (size_t)got;
        } else if (got == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

bool file_write_all(int file, const void *bytes, size_t size) {
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
