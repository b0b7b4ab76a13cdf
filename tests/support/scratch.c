// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/scratch.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

int scratch_setup(void **state) {
    const char *base = getenv("TMPDIR");
    char folder[SCRATCH_PATH_SIZE];
    snprintf(folder, sizeof folder, "%s/desgd-test-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    *state = realpath(folder, NULL);
    return *state == NULL ? -1 : 0;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk) {
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

int scratch_teardown(void **state) {
    int failed = nftw(*state, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(*state);
    *state = NULL;
    return failed;
}

const char *scratch_path(void *const *state, const char *name, char path[SCRATCH_PATH_SIZE]) {
    int length = snprintf(path, SCRATCH_PATH_SIZE, "%s/%s", (const char *)*state, name);
    assert_in_range(length, 1, SCRATCH_PATH_SIZE - 1);
    return path;
}

void scratch_write(void *const *state, const char *name, const char *text) {
    char path[SCRATCH_PATH_SIZE];
    FILE *file = fopen(scratch_path(state, name, path), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

size_t scratch_count_entries(const char *folder) {
    DIR *stream = opendir(folder);
    assert_non_null(stream);
    size_t count = 0;
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(stream);
    return count;
}
