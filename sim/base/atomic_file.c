// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static enum status write_beside(const char *path, const char *part, const void *bytes, size_t size,
                                struct error *error) {
    int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK; // a FIFO would wait
    int file = open(part, flags, 0666);
    if (file < 0) {
        return error_set(error, STATUS_CANNOT_CREATE, "%s: cannot create: %s", part,
                         strerror(errno));
    }
    int failed = !file_write_all(file, bytes, size) || fsync(file) != 0;
    int cause = errno;
    if (close(file) != 0 && !failed) {
        failed = 1;
        cause = errno;
    }
    if (!failed && (rename(part, path) != 0 || sync_folder_of(path) != 0)) {
        failed = 1;
        cause = errno;
    }
    if (failed) {
        unlink(part);
        return error_set(error, STATUS_IO, "%s: cannot write: %s", path, strerror(cause));
    }
    return STATUS_OK;
}

enum status atomic_file_write(const char *path, const void *bytes, size_t size,
                              struct error *error) {
    char *part = memory_join_text(path, ".part");
    enum status status = write_beside(path, part, bytes, size, error);
    memory_free(part);
    return status;
}

// "PATH.HOST-", where the number of the process follows; to be released with memory_free.
static char *shared_beginning(const char *path) {
    enum { HOST_SIZE = 65 };
    char host[HOST_SIZE] = "";
    gethostname(host, sizeof host - 1); // without a name, the process's number has to do
    size_t size = strlen(path) + strlen(host) + sizeof ".-";
    char *beginning = memory_allocate(size, 1);
    snprintf(beginning, size, "%s.%s-", path, host);
    return beginning;
}

enum status atomic_file_write_shared(const char *path, const void *bytes, size_t size,
                                     struct error *error) {
    enum { PID_SIZE = 24 };
    char *beginning = shared_beginning(path);
    size_t length = strlen(beginning) + PID_SIZE + sizeof ".part";
    char *part = memory_allocate(length, 1);
    snprintf(part, length, "%s%ld.part", beginning, (long)getpid());
    enum status status = write_beside(path, part, bytes, size, error);
    memory_free(part);
    memory_free(beginning);
    return status;
}

void atomic_file_clear_shared(const char *path) {
    char *beginning = shared_beginning(path);
    size_t length = strlen(beginning) + sizeof "*.part";
    char *pattern = memory_allocate(length, 1);
    glob_t found;
    snprintf(pattern, length, "%s*.part", beginning);
    if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            long process = strtol(found.gl_pathv[i] + strlen(beginning), NULL, 10);
            if (process > 0 && kill((pid_t)process, 0) != 0 && errno == ESRCH) {
                unlink(found.gl_pathv[i]);
            }
        }
        globfree(&found);
    }
    memory_free(pattern);
    memory_free(beginning);
}
