// SPDX-License-Identifier: GPL-3.0-or-later
// "desgd info --follow" in a world that a test sets step by step, so that every cell of its screens
// is the same everywhere: the program's own follow_session with another clock, and a run's journal
// that grows when it is told to.
//
//     followed_run follow PATH        the host's seconds are those in the file $HOST_SECONDS
//     followed_run write LOG JOURNAL  holds the journal as a run does; for each time on stdin
//                                     ("2.5 s") appends the rows of the log up to then, and
//                                     prints it; at its end leaves the journal as a killed run does
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/base/wall_clock.h"
#include "sim/cli/follow_session.h"
#include "sim/runlog/runlog_journal.h"
#include "sim/runlog/runlog_reader.h"

// ---- the clock, in the place of sim/base/wall_clock.c ----

double wall_clock_seconds(void) {
    const char *path = getenv("HOST_SECONDS");
    FILE *file = path == NULL ? NULL : fopen(path, "r");
    double seconds = 0;
    if (file != NULL) {
        INVARIANT(fscanf(file, "%lf", &seconds) == 1);
        fclose(file);
    }
    return seconds;
}

const char *wall_clock_date(char text[32]) {
    snprintf(text, 32, "2026-01-01T00:00:00Z");
    return text;
}

// ---- the journal ----

// How many rows of each table are written.
struct written {
    size_t events, updates, evaluations;
};

static void append(struct journal *journal, enum runlog_record type, const void *rows, size_t from,
                   size_t to, size_t row_bytes) {
    size_t bytes = (to - from) * row_bytes;
    unsigned char *copy = memory_allocate(bytes + 1, 1);
    memcpy(copy, (const unsigned char *)rows + from * row_bytes, bytes);
    runlog_journal_append_rows(journal, type, copy, bytes, 0);
    memory_free(copy);
}

static void append_until(struct journal *journal, const struct runlog *log, int64_t until_ns,
                         struct written *written) {
    struct written now = *written;
    while (now.events < log->event_count && log->events[now.events].time_ns <= until_ns) {
        now.events++;
    }
    while (now.updates < log->update_count && log->updates[now.updates].time_ns <= until_ns) {
        now.updates++;
    }
    while (now.evaluations < log->evaluation_count &&
           log->evaluations[now.evaluations].time_ns <= until_ns) {
        now.evaluations++;
    }
    append(journal, RECORD_EVENTS, log->events, written->events, now.events, sizeof *log->events);
    append(journal, RECORD_WIDE_UPDATES, log->updates, written->updates, now.updates,
           sizeof *log->updates);
    append(journal, RECORD_WIDE_EVALUATIONS, log->evaluations, written->evaluations,
           now.evaluations, sizeof *log->evaluations);
    *written = now;
}

static enum status write_journal(const char *log_path, const char *path, struct error *error) {
    struct runlog log = {0};
    struct journal *journal = NULL;
    struct written written = {0};
    char line[64];
    size_t size = 0;
    enum status status = runlog_read(log_path, &log, NULL, error);
    if (status == STATUS_OK) {
        status = journal_create(path, path, RUNLOG_JOURNAL_VERSION, &journal, error);
    }
    if (status != STATUS_OK) {
        runlog_reset(&log);
        return status;
    }
    void *header = runlog_journal_pack_header(&log.header, &size);
    journal_append(journal, RECORD_HEADER, header, size);
    memory_free(header);
    while (fgets(line, sizeof line, stdin) != NULL) {
        int64_t until_ns = 0;
        line[strcspn(line, "\n")] = 0;
        INVARIANT(sim_time_parse(line, &until_ns) == NULL);
        append_until(journal, &log, until_ns, &written);
        puts(line);
        fflush(stdout);
    }
    journal_leave(&journal);
    runlog_reset(&log);
    return STATUS_OK;
}

int main(int count, char **arguments) {
    struct error error;
    enum status status = STATUS_USAGE;
    if (count == 3 && strcmp(arguments[1], "follow") == 0) {
        status = follow_session(arguments[2], &error);
    } else if (count == 4 && strcmp(arguments[1], "write") == 0) {
        status = write_journal(arguments[2], arguments[3], &error);
    } else {
        error_set(&error, status, "followed_run follow PATH | write LOG JOURNAL");
    }
    if (status != STATUS_OK) {
        fprintf(stderr, "followed_run: %s\n", error.message);
    }
    return (int)status;
}
