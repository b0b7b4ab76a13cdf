// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/written_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/runlog/runlog_writer.h"

static void send_gradients(const struct run_sink *sink, const struct runlog *log) {
    size_t columns = (size_t)log->header.sample_columns;
    for (size_t i = 0; i < log->gradient_count; i++) {
        if (log->values != NULL && log->gradients[i].outcome == OUTCOME_APPLIED) {
            sink->values(sink->context, (int64_t)i, log->values + i * log->header.parameter_count);
        }
        sink->gradient(sink->context, (int64_t)i, &log->gradients[i],
                       log->samples == NULL ? NULL : log->samples + i * columns);
    }
}

static void send_rows(const struct run_sink *sink, const struct runlog *log) {
    for (size_t i = 0; i < log->event_count; i++) {
        sink->event(sink->context, &log->events[i]);
    }
    send_gradients(sink, log);
    for (size_t i = 0; i < log->update_count; i++) {
        sink->update(sink->context, &log->updates[i]);
    }
    for (size_t i = 0; i < log->evaluation_count; i++) {
        sink->evaluation(sink->context, &log->evaluations[i]);
    }
    for (size_t i = 0; i < log->reduction_count; i++) {
        sink->reduction(sink->context, &log->reductions[i]);
    }
    for (size_t i = 0; i < log->incident_count; i++) {
        sink->incident(sink->context, &log->incidents[i]);
    }
    for (size_t i = 0; i < log->probe_count; i++) {
        sink->probe(sink->context, &log->probes[i]);
    }
}

void written_log(const struct runlog *log, const char *path) {
    struct runlog_writer *writer = NULL;
    struct error error;
    struct provenance provenance = {.threads = 1};
    assert_int_equal(runlog_writer_create(path, &writer, &error), STATUS_OK);
    struct run_sink sink = runlog_writer_sink(writer);
    sink.start(sink.context, &log->header);
    send_rows(&sink, log);
    sink.end(sink.context, &log->ending);
    assert_int_equal(runlog_writer_close_journal(writer, &error), STATUS_OK);
    assert_int_equal(runlog_writer_publish(writer, &provenance, &error), STATUS_OK);
    runlog_writer_destroy(writer);
}
