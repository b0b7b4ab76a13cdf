// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/swarm_hunt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/memory.h"
#include "sim/training/aggregation.h"
#include "tests/support/random_values.h"
#include "tests/support/swarm_scenario.h"
#include "tests/support/swarm_shrink.h"
#include "tests/support/swarm_trial.h"

enum { BATCH = 16, RECENT = 40, TEST_STREAM = 61, JUDGEMENTS_MOST = 400, PATH_SIZE = 600 };

struct kept_text {
    char text[SWARM_TEXT_SIZE];
};

// A batch is made before any of it has run, so that it does not depend on who ends first.
struct batch {
    size_t count;
    char texts[BATCH][SWARM_TEXT_SIZE];
    pid_t children[BATCH];
    struct swarm_report *reports; // (BATCH)
};

struct corpus {
    struct kept_text *texts;
    size_t count, capacity;
};

static void folder_of(const struct swarm_hunt *hunt, const char *name, char path[PATH_SIZE]) {
    snprintf(path, PATH_SIZE, "%s/%s", hunt->folder, name);
}

// Of this process alone: children of a swarm that was stopped may still be at work beside it.
static void folder_of_trial(const struct swarm_hunt *hunt, size_t number, char path[PATH_SIZE]) {
    char name[64];
    snprintf(name, sizeof name, "trial_%ld_%zu", (long)getpid(), number);
    folder_of(hunt, name, path);
}

// ---- a batch ----

static void make_text(const struct swarm_hunt *hunt, const struct corpus *corpus, size_t number,
                      char text[SWARM_TEXT_SIZE]) {
    struct rng_stream stream;
    rng_stream_init(&stream, hunt->seed, RNG_TEST, TEST_STREAM, (uint32_t)number, 0);
    bool is_fresh = random_below(&stream, 2) == 0 || corpus->count == 0;
    if (is_fresh) {
        swarm_scenario_fresh(&stream, text);
        return;
    }
    bool is_recent = random_below(&stream, 2) == 0 && corpus->count > RECENT;
    size_t first = is_recent ? corpus->count - RECENT : 0;
    size_t parent = first + random_below(&stream, corpus->count - first);
    swarm_scenario_mutated(&stream, corpus->texts[parent].text, text);
}

static void wait_for_one(const struct swarm_hunt *hunt, struct batch *batch) {
    char folder[PATH_SIZE];
    int ended = 0;
    pid_t child = waitpid(-1, &ended, 0);
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->children[i] == child) {
            folder_of_trial(hunt, i, folder);
            swarm_trial_end(ended, folder, &batch->reports[i]);
        }
    }
}

static void run_batch(const struct swarm_hunt *hunt, struct batch *batch) {
    char folder[PATH_SIZE];
    int32_t running = 0;
    for (size_t i = 0; i < batch->count; i++) {
        if (running == hunt->jobs) {
            wait_for_one(hunt, batch);
            running--;
        }
        folder_of_trial(hunt, i, folder);
        batch->children[i] =
            swarm_trial_start(batch->texts[i], folder, hunt->seconds, &batch->reports[i]);
        running++;
    }
    for (; running > 0; running--) {
        wait_for_one(hunt, batch);
    }
}

// ---- a finding ----

struct finding {
    const struct swarm_hunt *hunt;
    const struct swarm_report *first;
    struct swarm_report *report; // of the latest judgement
};

static bool fails_alike(void *context, const char *text) {
    struct finding *finding = context;
    char folder[PATH_SIZE];
    folder_of_trial(finding->hunt, BATCH, folder);
    swarm_trial_run(text, folder, finding->hunt->seconds, finding->report);
    return finding->report->verdict == SWARM_BREAKS &&
           strcmp(finding->report->what, finding->first->what) == 0;
}

static void write_finding(const struct swarm_hunt *hunt, const char *path, const char *text,
                          const struct swarm_report *report) {
    FILE *file = fopen(path, "w");
    if (file != NULL) {
        fprintf(file, "%s", text);
        fclose(file);
    }
    if (hunt->told != NULL) {
        fprintf(hunt->told, "FOUND: %s: %s\nrepeat: build/obj/release/tests/swarm/swarm %s\n",
                report->what, report->why, path);
        fflush(hunt->told);
    }
}

static void tell_finding(const struct swarm_hunt *hunt, size_t number, char *text,
                         const struct swarm_report *first) {
    char name[64];
    char path[PATH_SIZE];
    char brief[SWARM_TEXT_SIZE];
    struct finding finding = {hunt, first, swarm_trial_reports(1)};
    const struct swarm_judge judge = {&finding, fails_alike};
    snprintf(name, sizeof name, "found_%" PRIu64 "_%zu.yaml", hunt->seed, number);
    folder_of(hunt, name, path);
    write_finding(hunt, path, text, first);
    size_t judgements = swarm_shrink(&judge, JUDGEMENTS_MOST, text);
    if (!fails_alike(&finding, text)) { // for its own words
        snprintf(finding.report->what, sizeof finding.report->what, "it does not break again");
    }
    swarm_text_brief(text, brief);
    snprintf(name, sizeof name, "found_%" PRIu64 "_%zu_small.yaml", hunt->seed, number);
    folder_of(hunt, name, path);
    write_finding(hunt, path, brief, finding.report);
    if (hunt->told != NULL) {
        fprintf(hunt->told, "the smallest after %zu trials:\n%s\n", judgements, brief);
    }
}

// ---- all of them ----

static void take_report(struct swarm_hunt *hunt, struct corpus *corpus, char *text,
                        const struct swarm_report *report) {
    const uint64_t parts[3] = {hunt->fingerprint, report->timeline, report->parameters};
    size_t number = hunt->tried++;
    hunt->no_run += report->verdict == SWARM_NO_RUN;
    hunt->held += report->verdict == SWARM_HOLDS;
    if (report->verdict == SWARM_BREAKS) {
        hunt->findings++;
        tell_finding(hunt, number, text, report);
    }
    if (report->verdict != SWARM_HOLDS) {
        return;
    }
    hunt->fingerprint = fingerprint_bytes(parts, sizeof parts);
    if (swarm_behaviours_add(&hunt->behaviours, &report->behaviours) > 0) {
        corpus->texts =
            memory_grow(corpus->texts, &corpus->capacity, corpus->count + 1, sizeof *corpus->texts);
        snprintf(corpus->texts[corpus->count++].text, SWARM_TEXT_SIZE, "%s", text);
        hunt->kept = corpus->count;
    }
}

static void tell_progress(const struct swarm_hunt *hunt) {
    if (hunt->told != NULL && hunt->tried % (10 * BATCH) == 0) {
        fprintf(hunt->told, "%zu scenarios, %zu kept, %zu findings\n", hunt->held, hunt->kept,
                hunt->findings);
        fflush(hunt->told);
    }
}

void swarm_hunt(struct swarm_hunt *hunt) {
    struct batch *batch = memory_allocate(1, sizeof *batch);
    struct corpus corpus = {0};
    batch->reports = swarm_trial_reports(BATCH);
    while (hunt->held < hunt->wanted && hunt->findings < SWARM_FINDINGS_MOST &&
           hunt->tried < 3 * hunt->wanted + BATCH) {
        size_t left = hunt->wanted - hunt->held;
        batch->count = left < BATCH ? left : BATCH;
        for (size_t i = 0; i < batch->count; i++) {
            make_text(hunt, &corpus, hunt->tried + i, batch->texts[i]);
        }
        run_batch(hunt, batch);
        for (size_t i = 0; i < batch->count; i++) {
            take_report(hunt, &corpus, batch->texts[i], &batch->reports[i]);
        }
        tell_progress(hunt);
    }
    memory_free(corpus.texts);
    memory_free(batch);
}

static void tell_state(unsigned state, FILE *out) {
    static const char *const words[] = {"computes", "sends", "waits", "down"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if ((state >> i & 1) != 0) {
            fprintf(out, "%s%s", (state & ((1U << i) - 1)) != 0 ? "+" : "", words[i]);
        }
    }
    fputs(state == 0 ? "idle" : "", out);
}

void swarm_hunt_tell_behaviours(const struct swarm_behaviours *behaviours, FILE *out) {
    for (size_t policy = 0; policy < POLICY_COUNT; policy++) {
        const char *name = policy_table[policy].name;
        for (size_t kind = 0; kind < EVENT_KIND_COUNT; kind++) {
            for (unsigned state = 0; state < SWARM_STATES; state++) {
                uint32_t count = behaviours->events[policy][kind][state];
                if (count > 0) {
                    fprintf(out, "%s\t%s\t", name, event_kind_names[kind]);
                    tell_state(state, out);
                    fprintf(out, "\t%" PRIu32 "\n", count);
                }
            }
            for (size_t incident = 0; incident < INCIDENT_KIND_COUNT; incident++) {
                uint32_t count = behaviours->incidents[policy][kind][incident];
                if (count > 0) {
                    fprintf(out, "%s\t%s\tduring %s\t%" PRIu32 "\n", name, event_kind_names[kind],
                            incident_kind_names[incident], count);
                }
            }
        }
        for (size_t status = 0; status < RUN_STATUS_COUNT; status++) {
            uint32_t count = behaviours->endings[policy][status];
            if (count > 0) {
                fprintf(out, "%s\tend\t%s\t%" PRIu32 "\n", name, run_status_names[status], count);
            }
        }
    }
}
