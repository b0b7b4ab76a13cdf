// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/verify.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/scenario_times.h"

const char *const verify_part_names[VERIFY_PART_COUNT] = {
    [VERIFY_READS] = "reads", [VERIFY_SEAL] = "seal", [VERIFY_SCENARIO] = "scenario",
    [VERIFY_SPANS] = "spans", [VERIFY_DATA] = "data", [VERIFY_REPLAY] = "replay"};

const char *const verify_finding_names[FINDING_COUNT] = {
    [FINDING_NONE] = "", [FINDING_HOLDS] = "holds", [FINDING_FAILS] = "fails"};

static void find(struct verify_verdict *verdict, enum verify_part part, bool holds) {
    REQUIRE(part < VERIFY_PART_COUNT);
    verdict->findings[part] = holds ? FINDING_HOLDS : FINDING_FAILS;
}

// The first part that fails gives the reason.
static void fail(struct verify_verdict *verdict, enum verify_part part, enum status status,
                 const char *reason) {
    REQUIRE(status != STATUS_OK && reason != NULL);
    find(verdict, part, false);
    verdict->status = status;
    snprintf(verdict->reason, sizeof verdict->reason, "%s", reason);
}

// The line that begins there, without its end.
static int line_length(const char *text) {
    return (int)strcspn(text, "\n");
}

static void name_line(const char *text, const char *canonical, char *reason, size_t size) {
    REQUIRE(size > 0);
    int number = 1;
    while (line_length(text) == line_length(canonical) &&
           strncmp(text, canonical, (size_t)line_length(text) + 1) == 0) {
        text += line_length(text) + 1;
        canonical += line_length(canonical) + 1;
        number++;
    }
    snprintf(reason, size,
             "its scenario is not in canonical form: line %d is \"%.*s\", it would be \"%.*s\"",
             number, line_length(text), text, line_length(canonical), canonical);
}

// desgd writes the canonical form, so that whatever is not in it was written by somebody else.
static bool check_canonical(const char *text, const struct scenario *scenario,
                            struct verify_verdict *verdict) {
    char reason[512];
    char *canonical = scenario_print(scenario);
    bool same = strcmp(text, canonical) == 0;
    if (!same) {
        name_line(text, canonical, reason, sizeof reason);
        fail(verdict, VERIFY_SCENARIO, STATUS_DIFFERENT, reason);
    }
    memory_free(canonical);
    return same;
}

static bool check_scenario(const char *path, const struct runlog *log, struct scenario *scenario,
                           struct verify_verdict *verdict) {
    REQUIRE(log->header.scenario != NULL);
    struct error error = {0};
    enum status status = replay_scenario(path, log, scenario, &error);
    if (status != STATUS_OK) {
        fail(verdict, VERIFY_SCENARIO, status, error.message);
        return false;
    }
    if (replay_scenario_fits(path, log, scenario, &error) != STATUS_OK) {
        // It was read, and says something else than the tables: that is known.
        fail(verdict, VERIFY_SCENARIO, STATUS_DIFFERENT, error.message);
        return false;
    }
    bool same = check_canonical(log->header.scenario, scenario, verdict);
    if (same) {
        find(verdict, VERIFY_SCENARIO, true);
    }
    return same;
}

static bool check_spans(const struct runlog *log, const struct scenario *scenario,
                        struct verify_verdict *verdict) {
    char reason[VERIFY_REASON_SIZE];
    struct error error = {0};
    enum status status = redrawn_spans_compare(log, scenario, &verdict->spans, &error);
    if (status != STATUS_OK) {
        fail(verdict, VERIFY_SPANS, status, error.message);
        verdict->findings[VERIFY_SPANS] = FINDING_NONE;
        return false;
    }
    bool same = verdict->spans.other == 0;
    find(verdict, VERIFY_SPANS, same);
    if (!same) {
        snprintf(reason, sizeof reason, "its spans are not those of its scenario: %s",
                 verdict->spans.first);
        fail(verdict, VERIFY_SPANS, STATUS_DIFFERENT, reason);
    }
    return same;
}

static void check_replay(const char *path, const struct runlog *log,
                         const struct scenario *scenario, const struct run_options *options,
                         struct verify_verdict *verdict) {
    struct error error = {0};
    struct replay_outcome outcome = {0};
    enum status status = replay_log(path, log, scenario, options, &outcome, &error);
    verdict->events = outcome.events;
    verdict->gradients = outcome.gradients;
    verdict->updates = outcome.updates;
    if (outcome.other_data) {
        // The spans are those of the scenario: it names these data, and they are others.
        fail(verdict, VERIFY_DATA, STATUS_DIFFERENT, error.message);
        return;
    }
    if (status != STATUS_OK && status != STATUS_DIFFERENT) {
        fail(verdict, VERIFY_REPLAY, status, error.message);
        verdict->findings[VERIFY_REPLAY] = FINDING_NONE;
        return;
    }
    find(verdict, VERIFY_DATA, true);
    find(verdict, VERIFY_REPLAY, status == STATUS_OK);
    if (status == STATUS_DIFFERENT) {
        char reason[VERIFY_REASON_SIZE];
        snprintf(reason, sizeof reason, "it does not come out again: %s%.*s", outcome.header,
                 VERIFY_REASON_SIZE / 2, outcome.difference.text);
        fail(verdict, VERIFY_REPLAY, STATUS_DIFFERENT, reason);
    }
}

// A log without its seal may be whole nevertheless, so the others go first.
static void check_seal(const struct runlog *log, struct verify_verdict *verdict) {
    find(verdict, VERIFY_SEAL, !log->altered);
    if (log->altered && verdict->status == STATUS_OK) {
        fail(verdict, VERIFY_SEAL, STATUS_DIFFERENT,
             "its seal is gone, so another program has changed or made the file; what can be "
             "computed again is as its scenario gives it");
    }
}

static void describe(const struct runlog *log, struct verify_verdict *verdict) {
    verdict->run = log->ending.status;
    verdict->ending = log->ending;
    verdict->ending.workers = NULL;
    verdict->ending.final = NULL;
    verdict->ending.centre = NULL;
    verdict->seed = log->header.seed;
    verdict->data_hash = log->header.data_hash;
}

static void cut_line_end(char *text) {
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == '\n') {
        text[--length] = 0;
    }
}

void verify_log(const char *path, const struct run_options *options,
                struct verify_verdict *verdict) {
    REQUIRE(path != NULL && verdict != NULL);
    struct runlog log = {0};
    struct scenario scenario;
    struct error error = {0};
    *verdict = (struct verify_verdict){0};
    struct provenance provenance;
    enum status status = runlog_read(path, &log, &provenance, &error);
    if (status != STATUS_OK) {
        fail(verdict, VERIFY_READS, status, error.message);
        return;
    }
    find(verdict, VERIFY_READS, true);
    describe(&log, verdict);
    if (check_scenario(path, &log, &scenario, verdict)) {
        times_files_read(provenance.measured_times, &scenario.times_files);
        if (check_spans(&log, &scenario, verdict)) {
            check_replay(path, &log, &scenario, options, verdict);
        }
    }
    check_seal(&log, verdict);
    cut_line_end(verdict->reason);
    runlog_reset(&log);
}

enum status verify_worse(enum status all, enum status one) {
    bool is_worse = one != STATUS_OK && (all == STATUS_OK || one == STATUS_DIFFERENT);
    return is_worse ? one : all;
}
