// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/own_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

// Zeros are looked for in so many bytes at most: what a loss of power leaves of a file that had not
// been synced.
enum { FRONT_BYTES = 4096, ZEROS_BYTES_MAX = 1 << 26 };

// As many bytes as the shorter one has; at most one of them may differ.
static bool begins_like(const char *bytes, size_t size, const char *expected,
                        size_t expected_size) {
    size_t wrong = 0;
    for (size_t i = 0; i < size && i < expected_size; i++) {
        wrong += bytes[i] != expected[i];
    }
    return size > 0 && wrong <= (size > 1 && expected_size > 1 ? 1 : 0);
}

static bool has_front(const char *front, size_t size, const struct own_file_kind *kind,
                      bool whole) {
    bool is_short = size < kind->beginning_size;
    if ((is_short && whole) || !begins_like(front, size, kind->beginning, kind->beginning_size)) {
        return false;
    }
    return kind->word == NULL || is_short ||
           memmem(front, size, kind->word, strlen(kind->word)) != NULL;
}

static bool has_seal(int file, off_t size, const struct own_file_kind *kind) {
    char seal[64];
    if (kind->seal == NULL) {
        return true;
    }
    REQUIRE(kind->seal_size <= sizeof seal && kind->seal_size <= kind->seal_span);
    return size >= (off_t)kind->seal_span &&
           pread(file, seal, kind->seal_size, size - (off_t)kind->seal_span) ==
               (ssize_t)kind->seal_size &&
           begins_like(seal, kind->seal_size, kind->seal, kind->seal_size);
}

static bool is_all_zeros(int file, off_t size) {
    REQUIRE(file >= 0 && size >= 0);
    char piece[FRONT_BYTES];
    static const char zeros[FRONT_BYTES];
    ssize_t got = 0;
    off_t at = 0;
    while (at < size && size <= ZEROS_BYTES_MAX &&
           (got = pread(file, piece, sizeof piece, at)) > 0 &&
           memcmp(piece, zeros, (size_t)got) == 0) {
        at += got;
    }
    return at == size;
}

static bool is_exactly(int file, off_t size, const struct own_file_kind *kind) {
    if (size != (off_t)kind->beginning_size) {
        return false;
    }
    char *bytes = memory_allocate(kind->beginning_size, 1);
    bool same = pread(file, bytes, kind->beginning_size, 0) == (ssize_t)size &&
                memcmp(bytes, kind->beginning, kind->beginning_size) == 0;
    memory_free(bytes);
    return same;
}

static enum own_file look(int file, const struct own_file_kind *kind, bool whole) {
    REQUIRE(file >= 0);
    struct stat state;
    char front[FRONT_BYTES];
    if (fstat(file, &state) != 0 || !S_ISREG(state.st_mode)) {
        return OWN_FILE_FOREIGN;
    }
    if (state.st_size == 0) {
        return OWN_FILE_EMPTY;
    }
    if (kind->exact && whole) {
        return is_exactly(file, state.st_size, kind) ? OWN_FILE_OURS : OWN_FILE_FOREIGN;
    }
    ssize_t got = pread(file, front, sizeof front, 0);
    if (got > 0 && has_front(front, (size_t)got, kind, whole) &&
        (!whole || has_seal(file, state.st_size, kind))) {
        return OWN_FILE_OURS;
    }
    bool may_be_zeros = got > 0 && (kind->may_be_zeros || !whole);
    return may_be_zeros && is_all_zeros(file, state.st_size) ? OWN_FILE_OURS : OWN_FILE_FOREIGN;
}

// Whether there is a name; *link: of a symbolic link, which then leads nowhere.
static bool has_name(const char *path, bool *link) {
    struct stat state;
    bool is_there = lstat(path, &state) == 0;
    *link = is_there && S_ISLNK(state.st_mode);
    return is_there;
}

static enum own_file look_by_name(const char *path, const struct own_file_kind *kind, bool whole) {
    enum { ATTEMPTS = 100 };
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (file >= 0) {
            enum own_file found = look(file, kind, whole);
            close(file);
            return found;
        }
        bool link = false;
        bool nothing = errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG;
        if (nothing && !has_name(path, &link)) {
            return OWN_FILE_NONE;
        }
        if (!nothing || link) {
            return OWN_FILE_FOREIGN;
        } // else it has come this moment: another process has renamed it
    }
    return OWN_FILE_FOREIGN;
}

enum own_file own_file_look(const char *path, const struct own_file_kind *kind) {
    return look_by_name(path, kind, true);
}

enum own_file own_file_look_at(int file, const struct own_file_kind *kind) {
    return look(file, kind, true);
}

enum own_file own_file_look_at_part(const char *path, const struct own_file_kind *kind) {
    return look_by_name(path, kind, false);
}

// 0, or why not a byte of a file can be read: then it is not known what it is.
static int cause_of_silence(const char *path) {
    char byte = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int cause = file < 0 || pread(file, &byte, 1, 0) < 0 ? errno : 0;
    if (file >= 0) {
        close(file);
    }
    return cause;
}

static enum status refuse(const char *path, const char *what, struct error *error) {
    struct stat state;
    if (stat(path, &state) == 0 && !S_ISREG(state.st_mode)) {
        return error_set(error, STATUS_CANNOT_CREATE,
                         "%s: cannot create: %s; choose another name, or move it away", path,
                         S_ISDIR(state.st_mode) ? strerror(EISDIR) : "Not a regular file");
    }
    int cause = cause_of_silence(path);
    if (cause != 0 && cause != ENOENT) {
        enum status status = status_of_cause(cause);
        return error_set(error, status == STATUS_NO_INPUT ? STATUS_CANNOT_CREATE : status,
                         "%s: cannot be read, so it is not replaced: %s; choose another name", path,
                         strerror(cause));
    }
    return error_set(error, STATUS_CANNOT_CREATE,
                     "%s: cannot create: a file of this name is in the way: it is not %s, and not "
                     "empty, so it is not replaced; choose another name, or move it away",
                     path, what);
}

enum status own_file_check(const char *path, const struct own_file_kind *kind,
                           struct error *error) {
    return own_file_look(path, kind) == OWN_FILE_FOREIGN ? refuse(path, kind->what, error)
                                                         : STATUS_OK;
}

enum status own_file_check_part(const char *path, const struct own_file_kind *kind,
                                struct error *error) {
    char what[128];
    if (own_file_look_at_part(path, kind) != OWN_FILE_FOREIGN) {
        return STATUS_OK;
    }
    snprintf(what, sizeof what, "the half-written part of %s", kind->what);
    return refuse(path, what, error);
}

// A symbolic link is the user's own, wherever it leads.
static void remove_unless_foreign(const char *path, const struct own_file_kind *kind, bool whole) {
    struct stat state;
    if (lstat(path, &state) == 0 && S_ISREG(state.st_mode) &&
        look_by_name(path, kind, whole) != OWN_FILE_FOREIGN) {
        unlink(path);
    }
}

void own_file_remove(const char *path, const struct own_file_kind *kind) {
    remove_unless_foreign(path, kind, true);
}

void own_file_remove_part(const char *path, const struct own_file_kind *kind) {
    remove_unless_foreign(path, kind, false);
}

static bool have_one_folder(const char *one, const char *other) {
    char *copies[] = {memory_copy_text(one), memory_copy_text(other)};
    struct stat states[2];
    bool same = stat(dirname(copies[0]), &states[0]) == 0 &&
                stat(dirname(copies[1]), &states[1]) == 0 && states[0].st_dev == states[1].st_dev &&
                states[0].st_ino == states[1].st_ino;
    memory_free(copies[0]);
    memory_free(copies[1]);
    return same;
}

static const char *last_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

bool own_file_is_same(const char *one, const char *other) {
    struct stat a;
    struct stat b;
    bool has_one = stat(one, &a) == 0;
    bool has_other = stat(other, &b) == 0;
    if (has_one && has_other) {
        return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
    }
    return has_one == has_other && strcmp(last_name(one), last_name(other)) == 0 &&
           have_one_folder(one, other);
}

bool own_file_is_at(int file, const char *path) {
    REQUIRE(file >= 0);
    struct stat held;
    struct stat named;
    return fstat(file, &held) == 0 && lstat(path, &named) == 0 && held.st_dev == named.st_dev &&
           held.st_ino == named.st_ino;
}
