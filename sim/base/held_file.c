// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/held_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/file_bytes.h"
#include "sim/base/memory.h"
#include "sim/base/own_file.h"

bool held_file_name(int file, char name[PATH_MAX]) {
    REQUIRE(file >= 0);
    char entry[64];
    snprintf(entry, sizeof entry, "/proc/self/fd/%d", file);
    ssize_t length = readlink(entry, name, PATH_MAX - 1);
    if (length <= 0) {
        return false;
    }
    name[length] = 0;
    return own_file_is_at(file, name);
}

enum held_file_lock held_file_look_at_lock(int file) {
    REQUIRE(file >= 0);
    if (flock(file, LOCK_SH | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? HELD_FILE_LOCKED : HELD_FILE_NOT_KNOWN;
    }
    flock(file, LOCK_UN);
    return HELD_FILE_FREE;
}

enum held_file_lock held_file_look_at_lock_of(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a FIFO would wait
    if (file < 0) {
        return HELD_FILE_NOT_KNOWN;
    }
    enum held_file_lock lock = held_file_look_at_lock(file);
    close(file);
    return lock;
}

static bool copy_to(int file, int copy) {
    REQUIRE(file >= 0 && copy >= 0 && file != copy);
    enum { PIECE_BYTES = 1 << 16 };
    char *piece = memory_allocate(PIECE_BYTES, 1);
    off_t at = 0;
    ssize_t got = 0;
    bool good = true;
    while (good && (got = pread(file, piece, PIECE_BYTES, at)) > 0) {
        good = file_write_all(copy, piece, (size_t)got);
        at += got;
    }
    memory_free(piece);
    return good && got == 0 && fsync(copy) == 0;
}

int held_file_copy(int file, const char *path) {
    int copy = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (copy >= 0 && (flock(copy, LOCK_EX | LOCK_NB), !copy_to(file, copy))) {
        int cause = errno;
        if (own_file_is_at(copy, path)) {
            unlink(path);
        }
        close(copy);
        errno = cause;
        copy = -1;
    }
    return copy;
}

int held_file_rename_to_free(const char *from, const char *path) {
    struct stat state;
    if (renameat2(AT_FDCWD, from, AT_FDCWD, path, RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS) {
        return errno;
    }
    if (lstat(path, &state) == 0) { // a file system that cannot promise it
        return EEXIST;
    }
    return rename(from, path) == 0 ? 0 : errno;
}
