// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/sweep_growth.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/memory.h"

// The runs of a plan that the next one must have.
struct runs {
    uint64_t *hashes;
    size_t count;
    bool tunes;
    bool has_rounds;
};

static int compare_hashes(const void *left, const void *right) {
    const uint64_t *a = left;
    const uint64_t *b = right;
    return (*a > *b) - (*a < *b);
}

static void take(struct runs *runs, uint64_t hash, bool is_tuning) {
    if (is_tuning && !runs->tunes) {
        runs->tunes = true;
        runs->count = 0; // the rounds before it follow from it
    }
    runs->has_rounds |= !is_tuning;
    if (is_tuning || !runs->tunes) {
        runs->hashes[runs->count++] = hash;
    }
}

static struct runs runs_of(const struct sweep_manifest *manifest) {
    struct runs runs = {.hashes = memory_allocate(manifest->run_count, sizeof(uint64_t))};
    for (size_t i = 0; i < manifest->run_count; i++) {
        take(&runs, manifest->runs[i].run, manifest->runs[i].role == ROLE_TUNE);
    }
    qsort(runs.hashes, runs.count, sizeof *runs.hashes, compare_hashes);
    return runs;
}

// "HASH<tab>ROLE", as a line of a run begins.
static bool read_run(const char *line, uint64_t *hash, bool *is_tuning) {
    enum { HASH_DIGITS = 16 };
    if (strspn(line, "0123456789abcdef") != HASH_DIGITS || line[HASH_DIGITS] != '\t') {
        return false;
    }
    const char *role = line + HASH_DIGITS + 1;
    const char *tuning = sweep_role_names[ROLE_TUNE];
    *is_tuning = strncmp(role, tuning, strlen(tuning)) == 0 && role[strlen(tuning)] == '\t';
    return sscanf(line, "%16" SCNx64, hash) == 1;
}

static struct runs runs_in(const char *text) {
    size_t lines = 1;
    for (const char *c = text; *c != 0; c++) {
        lines += *c == '\n';
    }
    struct runs runs = {.hashes = memory_allocate(lines, sizeof(uint64_t))};
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        uint64_t hash = 0;
        bool is_tuning = false;
        line += *line == '\n';
        if (read_run(line, &hash, &is_tuning)) {
            take(&runs, hash, is_tuning);
        }
    }
    return runs;
}

static size_t count_lost(const struct runs *before, const struct runs *next, uint64_t *first) {
    size_t lost = 0;
    for (size_t i = 0; i < before->count; i++) {
        const uint64_t *hash = &before->hashes[i];
        if (bsearch(hash, next->hashes, next->count, sizeof *hash, compare_hashes) == NULL) {
            *first = lost++ == 0 ? *hash : *first;
        }
    }
    return lost;
}

enum status sweep_growth_judge(const char *path, const char *there,
                               const struct sweep_manifest *next, struct sweep_change *change,
                               struct error *error) {
    struct runs before = runs_in(there);
    struct runs after = runs_of(next);
    uint64_t first = 0;
    size_t lost = count_lost(&before, &after, &first);
    enum status status = STATUS_OK;
    if (lost > 0) {
        status =
            error_set(error, STATUS_CANNOT_CREATE,
                      "%s: is the plan of another sweep, of a larger one, or of a desgd with other "
                      "rules: %zu of its %zu runs "
                      "are not in this sweep (the first: %016" PRIx64 "). A folder is for one "
                      "sweep, which may grow: say another folder, or remove this file to give its "
                      "plan up (logs stay)",
                      path, lost, before.count, first);
    } else {
        bool same = before.count == after.count;
        bool back = after.tunes && !after.has_rounds && before.has_rounds;
        *change = (struct sweep_change){.kind = !same  ? SWEEP_CHANGE_GROWN
                                                : back ? SWEEP_CHANGE_KEPT
                                                       : SWEEP_CHANGE_RELABELLED,
                                        .before = before.count,
                                        .now = after.count};
        change->kind = same && after.tunes && !back ? SWEEP_CHANGE_NONE : change->kind;
    }
    memory_free(before.hashes);
    memory_free(after.hashes);
    return status;
}
