// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_growth.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

// The runs of a plan that the next one must have.
struct runs {
    uint64_t *hashes;
    uint64_t *former; // (count) under rules that have changed; 0: none have
    size_t count;
    bool tunes;
    bool has_rounds;
};

static int compare_hashes(const void *left, const void *right) {
    const uint64_t *a = left;
    const uint64_t *b = right;
    return (*a > *b) - (*a < *b);
}

static struct runs room_for(size_t count) {
    return (struct runs){.hashes = memory_allocate(count, sizeof(uint64_t)),
                         .former = memory_allocate(count, sizeof(uint64_t))};
}

static void release(struct runs *runs) {
    memory_free(runs->hashes);
    memory_free(runs->former);
}

static void take(struct runs *runs, uint64_t hash, uint64_t former, bool is_tuning) {
    REQUIRE(runs->hashes != NULL && runs->former != NULL);
    if (is_tuning && !runs->tunes) {
        runs->tunes = true;
        runs->count = 0; // the rounds before it follow from it
    }
    runs->has_rounds |= !is_tuning;
    if (is_tuning || !runs->tunes) {
        runs->former[runs->count] = former;
        runs->hashes[runs->count++] = hash;
    }
}

static struct runs runs_of(const struct sweep_manifest *manifest) {
    struct runs runs = room_for(manifest->run_count);
    for (size_t i = 0; i < manifest->run_count; i++) {
        const struct sweep_manifest_run *run = &manifest->runs[i];
        take(&runs, run->run, run->former, run->role == ROLE_TUNE);
    }
    qsort(runs.hashes, runs.count, sizeof *runs.hashes, compare_hashes);
    qsort(runs.former, runs.count, sizeof *runs.former, compare_hashes);
    return runs;
}

// "HASH<tab>ROLE", as a line of a run begins.
static bool read_run(const char *line, uint64_t *hash, bool *is_tuning) {
    REQUIRE(line != NULL);
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
    struct runs runs = room_for(lines);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        uint64_t hash = 0;
        bool is_tuning = false;
        line += *line == '\n';
        if (read_run(line, &hash, &is_tuning)) {
            take(&runs, hash, 0, is_tuning);
        }
    }
    return runs;
}

static bool is_among(uint64_t hash, const uint64_t *hashes, size_t count) {
    return bsearch(&hash, hashes, count, sizeof hash, compare_hashes) != NULL;
}

// anew: of those that are not lost, they have other rules now.
static size_t count_lost(const struct runs *before, const struct runs *next, uint64_t *first,
                         size_t *anew) {
    size_t lost = 0;
    for (size_t i = 0; i < before->count; i++) {
        uint64_t hash = before->hashes[i];
        if (is_among(hash, next->hashes, next->count)) {
            continue;
        }
        if (is_among(hash, next->former, next->count)) {
            ++*anew;
        } else {
            *first = lost++ == 0 ? hash : *first;
        }
    }
    return lost;
}

static struct sweep_change change_of(const struct runs *before, const struct runs *after,
                                     size_t anew) {
    bool same = before->count == after->count;
    bool back = after->tunes && !after->has_rounds && before->has_rounds;
    enum sweep_change_kind kind = SWEEP_CHANGE_RELABELLED;
    if (anew > 0) {
        kind = SWEEP_CHANGE_RULES;
    } else if (!same) {
        kind = SWEEP_CHANGE_GROWN;
    } else if (back) {
        kind = SWEEP_CHANGE_KEPT;
    } else if (after->tunes) {
        kind = SWEEP_CHANGE_NONE;
    }
    return (struct sweep_change){
        .kind = kind, .before = before->count, .now = after->count, .anew = anew};
}

enum status sweep_growth_judge(const char *path, const char *there,
                               const struct sweep_manifest *next, struct sweep_change *change,
                               struct error *error) {
    REQUIRE(there != NULL && change != NULL);
    REQUIRE(next->run_count == 0 || next->runs != NULL);
    struct runs before = runs_in(there);
    struct runs after = runs_of(next);
    uint64_t first = 0;
    size_t anew = 0;
    size_t lost = count_lost(&before, &after, &first, &anew);
    enum status status = STATUS_OK;
    if (lost > 0) {
        status =
            error_set(error, STATUS_CANNOT_CREATE,
                      "%s: is the plan of another sweep, or of a larger one: %zu of its %zu runs "
                      "are not in this sweep (the first: %016" PRIx64 "). A folder is for one "
                      "sweep, which may grow: say another folder, or remove this file to give its "
                      "plan up (logs stay)",
                      path, lost, before.count, first);
    } else {
        *change = change_of(&before, &after, anew);
    }
    release(&before);
    release(&after);
    return status;
}
