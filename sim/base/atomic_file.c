// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/file_bytes.h"
#include "sim/base/memory.h"

static int sync_folder_of(const char *path) {
    char *copy = memory_copy_text(path);
    int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    memory_free(copy);
    if (folder < 0) {
        return -1;
    }
    int failed = fsync(folder) != 0 && errno != EINVAL; // some file systems cannot sync a folder
    close(folder);
    return failed ? -1 : 0;
}

// What a kill has left of a part goes; it is locked as long as its writer lives. Errors:
// STATUS_CANNOT_CREATE.
static enum status clear_part(const char *part, const struct own_file_kind *kind,
                              struct error *error) {
    enum status status = own_file_check_part(part, kind, error);
    if (status != STATUS_OK) {
        return status;
    }
    int file = open(part, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        status = error_set(error, STATUS_CANNOT_CREATE,
                           "%s: cannot create: another process is writing it", part);
    } else if (file >= 0 && own_file_is_at(file, part)) {
        unlink(part);
    }
    if (file >= 0) {
        close(file);
    }
    return status;
}

// A new file, locked. Errors: STATUS_CANNOT_CREATE.
static enum status create_part(const char *part, const struct own_file_kind *kind, int *file,
                               struct error *error) {
    enum { FLAGS = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC };
    int created = open(part, FLAGS, 0666);
    if (created < 0 && errno == EEXIST) {
        enum status status = clear_part(part, kind, error);
        if (status != STATUS_OK) {
            return status;
        }
        created = open(part, FLAGS, 0666);
    }
    if (created < 0) {
        return error_set(error, STATUS_CANNOT_CREATE, "%s: cannot create: %s", part,
                         strerror(errno));
    }
    (void)flock(created, LOCK_EX | LOCK_NB); // where there are no locks, there are none
    ENSURE(created >= 0);
    *file = created;
    return STATUS_OK;
}

static bool keep_mode(int file, const char *path) {
    REQUIRE(file >= 0);
    struct stat state;
    return stat(path, &state) != 0 || fchmod(file, state.st_mode & 0777) == 0;
}

// The name may have become another file's meanwhile: that one is not renamed over anything.
static bool rename_held(int file, const char *part, const char *path) {
    REQUIRE(file >= 0);
    if (!own_file_is_at(file, part)) {
        errno = ESTALE;
        return false;
    }
    return rename(part, path) == 0;
}

// What is written into a file; whole and in order, or not at all.
struct content {
    enum status (*write)(void *context, FILE *out, struct error *error); // NULL: the bytes
    void *context;
    const void *bytes;
    size_t size;
};

// A failure of the host is in errno, and in *good.
static enum status write_content(const struct content *content, int file, bool *good,
                                 struct error *error) {
    REQUIRE(content->write != NULL || content->bytes != NULL || content->size == 0);
    if (content->write == NULL) {
        *good = file_write_all(file, content->bytes, content->size);
        return STATUS_OK;
    }
    int copy = dup(file);
    FILE *out = copy < 0 ? NULL : fdopen(copy, "w");
    if (out == NULL) {
        *good = false;
        return STATUS_OK;
    }
    errno = 0;
    enum status status = content->write(content->context, out, error);
    int cause = errno == 0 ? EIO : errno;
    bool failed = ferror(out) != 0;
    *good = fclose(out) == 0 && !failed;
    errno = failed ? cause : errno;
    return *good ? status : STATUS_OK;
}

static enum status write_beside(const char *path, const char *part,
                                const struct own_file_kind *kind, const struct content *content,
                                struct error *error) {
    int file = -1;
    enum status status = own_file_check(path, kind, error);
    if (status == STATUS_OK) {
        status = create_part(part, kind, &file, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    bool good = keep_mode(file, path);
    enum status written = good ? write_content(content, file, &good, error) : STATUS_OK;
    good = good && fsync(file) == 0;
    int cause = errno;
    // Writing may have taken long: somebody may have put a file of theirs there.
    status = good && written == STATUS_OK ? own_file_check(path, kind, error) : written;
    if (good && status == STATUS_OK) {
        good = rename_held(file, part, path) && sync_folder_of(path) == 0;
        cause = errno;
    }
    if (!good) {
        status = error_set(error, STATUS_IO, "%s: cannot write: %s", path, strerror(cause));
    }
    if (status != STATUS_OK && own_file_is_at(file, part)) {
        unlink(part);
    }
    close(file);
    return status;
}

static enum status write_with_part(const char *path, const struct own_file_kind *kind,
                                   const struct content *content, struct error *error) {
    char *part = memory_join_text(path, ".part");
    enum status status = write_beside(path, part, kind, content, error);
    memory_free(part);
    return status;
}

enum status atomic_file_write(const char *path, const struct own_file_kind *kind, const void *bytes,
                              size_t size, struct error *error) {
    return write_with_part(path, kind, &(struct content){.bytes = bytes, .size = size}, error);
}

enum status atomic_file_write_by(const char *path, const struct own_file_kind *kind,
                                 enum status (*write)(void *context, FILE *out,
                                                      struct error *error),
                                 void *context, struct error *error) {
    REQUIRE(write != NULL);
    return write_with_part(path, kind, &(struct content){.write = write, .context = context},
                           error);
}

enum status atomic_file_check(const char *path, const struct own_file_kind *kind,
                              struct error *error) {
    char *part = memory_join_text(path, ".part");
    enum status status = own_file_check(path, kind, error);
    if (status == STATUS_OK) {
        status = own_file_check_part(part, kind, error);
    }
    memory_free(part);
    return status;
}

// "PATH.HOST-", where the number of the process follows; to be released with memory_free.
static char *shared_beginning(const char *path) {
    enum { HOST_SIZE = 65 };
    char host[HOST_SIZE] = "";
    gethostname(host, sizeof host - 1); // without a name, the process's number has to do
    return memory_print_text("%s.%s-", path, host);
}

enum status atomic_file_write_shared(const char *path, const struct own_file_kind *kind,
                                     const void *bytes, size_t size, struct error *error) {
    enum { PID_SIZE = 24 };
    char *beginning = shared_beginning(path);
    size_t length = strlen(beginning) + PID_SIZE + sizeof ".part";
    char *part = memory_allocate(length, 1);
    snprintf(part, length, "%s%ld.part", beginning, (long)getpid());
    enum status status =
        write_beside(path, part, kind, &(struct content){.bytes = bytes, .size = size}, error);
    memory_free(part);
    memory_free(beginning);
    return status;
}

// "beginning" as a pattern that fits nothing else, with "*.part" behind it.
static char *pattern_of_parts(const char *beginning) {
    size_t room = 2 * strlen(beginning) + sizeof "*.part";
    char *pattern = memory_allocate(room, 1);
    size_t used = 0;
    for (; *beginning != 0; beginning++) {
        if (strchr("*?[]\\", *beginning) != NULL) {
            pattern[used++] = '\\';
        }
        pattern[used++] = *beginning;
    }
    ENSURE(room - used >= sizeof "*.part");
    snprintf(pattern + used, room - used, "*.part");
    return pattern;
}

void atomic_file_clear_shared(const char *path, const struct own_file_kind *kind) {
    char *beginning = shared_beginning(path);
    char *pattern = pattern_of_parts(beginning);
    glob_t found;
    if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            long process = strtol(found.gl_pathv[i] + strlen(beginning), NULL, 10);
            if (process > 0 && kill((pid_t)process, 0) != 0 && errno == ESRCH) {
                own_file_remove_part(found.gl_pathv[i], kind);
            }
        }
        globfree(&found);
    }
    memory_free(pattern);
    memory_free(beginning);
}
