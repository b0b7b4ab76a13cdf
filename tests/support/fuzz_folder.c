// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fuzz_folder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/base/check.h"

struct fuzz_folder fuzz_folder_create(void) {
    struct fuzz_folder folder;
    const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(folder.path, sizeof folder.path, "%s/desgd-fuzz-XXXXXX", base);
    INVARIANT(mkdtemp(folder.path) != NULL);
    return folder;
}

static const char *join(const struct fuzz_folder *folder, const char *name,
                        char path[FUZZ_PATH_SIZE]) {
    int length = snprintf(path, FUZZ_PATH_SIZE, "%s/%s", folder->path, name);
    INVARIANT(length > 0 && length < FUZZ_PATH_SIZE);
    return path;
}

const char *fuzz_folder_write(const struct fuzz_folder *folder, const char *name, const void *bytes,
                              size_t size, char path[FUZZ_PATH_SIZE]) {
    FILE *file = fopen(join(folder, name, path), "wb");
    INVARIANT(file != NULL);
    INVARIANT(fwrite(bytes, 1, size, file) == size);
    INVARIANT(fclose(file) == 0);
    return path;
}

void fuzz_folder_remove(const struct fuzz_folder *folder) {
    DIR *stream = opendir(folder->path);
    INVARIANT(stream != NULL);
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        char path[FUZZ_PATH_SIZE];
        if (entry->d_name[0] != '.') {
            unlink(join(folder, entry->d_name, path));
        }
    }
    closedir(stream);
    rmdir(folder->path);
}
