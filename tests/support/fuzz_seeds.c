// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fuzz_seeds.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/runlog/runlog_journal.h"
#include "sim/runlog/runlog_journal_ending.h"
#include "tests/support/random_log.h"

static const struct random_log_options logs[] = {
    {.seed = 1, .gradients = 2, .workers = 1},
    {.seed = 2, .events = 5, .gradients = 3, .updates = 2, .workers = 2, .events_logged = true},
    {.seed = 3,
     .events = 3,
     .gradients = 3,
     .updates = 2,
     .evaluations = 2,
     .workers = 2,
     .sample_columns = 2,
     .parameters = 30,
     .events_logged = true,
     .values_logged = true},
};

// ---- fuzz_journal.c ----

static void put_record(FILE *file, uint32_t type, const void *payload, size_t size) {
    INVARIANT(size <= UINT16_MAX);
    fputc((int)type, file);
    fputc((int)(size & 0xff), file);
    fputc((int)(size >> 8), file);
    if (size > 0) { // an empty table has no rows to point at
        fwrite(payload, 1, size, file);
    }
}

static void put_gradients(FILE *file, const struct runlog *log) {
    size_t sample_bytes = (size_t)log->header.sample_columns * sizeof *log->samples;
    size_t values_bytes = log->header.parameter_count * sizeof *log->values;
    unsigned char *row =
        memory_allocate(sizeof(int64_t) + sizeof *log->gradients + sample_bytes + values_bytes, 1);
    for (size_t i = 0; i < log->gradient_count; i++) {
        int64_t index = (int64_t)i;
        memcpy(row, &index, sizeof index);
        memcpy(row + sizeof index, &log->gradients[i], sizeof *log->gradients);
        if (sample_bytes > 0) {
            memcpy(row + sizeof index + sizeof *log->gradients,
                   (const char *)log->samples + i * sample_bytes, sample_bytes);
        }
        put_record(file, RECORD_WIDE_GRADIENTS, row,
                   sizeof index + sizeof *log->gradients + sample_bytes);
        if (log->header.gradient_values) {
            memcpy(row + sizeof index, (const char *)log->values + i * values_bytes, values_bytes);
            put_record(file, RECORD_GRADIENT_VALUES, row, sizeof index + values_bytes);
        }
    }
    memory_free(row);
}

static void put_journal(FILE *file, const struct runlog *log) {
    size_t size = 0;
    void *record = runlog_journal_pack_header(&log->header, &size);
    put_record(file, RECORD_HEADER, record, size);
    memory_free(record);
    put_record(file, RECORD_EVENTS, log->events, log->event_count * sizeof *log->events);
    put_gradients(file, log);
    put_record(file, RECORD_WIDE_UPDATES, log->updates, log->update_count * sizeof *log->updates);
    put_record(file, RECORD_WIDE_EVALUATIONS, log->evaluations,
               log->evaluation_count * sizeof *log->evaluations);
    record = runlog_journal_pack_ending(&log->ending, log->header.parameter_count, &size);
    put_record(file, RECORD_ENDING, record, size);
    memory_free(record);
}

// ---- all ----

void fuzz_seeds_write(const char *target, const char *folder) {
    for (size_t i = 0; i < sizeof logs / sizeof logs[0]; i++) {
        char path[512];
        struct runlog log = {0};
        snprintf(path, sizeof path, "%s/random_log_%zu", folder, i);
        random_log_make(&logs[i], &log);
        if (strcmp(target, "journal") == 0) {
            FILE *file = fopen(path, "wb");
            INVARIANT(file != NULL);
            put_journal(file, &log);
            INVARIANT(fclose(file) == 0);
        }
        runlog_reset(&log);
    }
}
