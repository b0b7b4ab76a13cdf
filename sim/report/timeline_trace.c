// SPDX-License-Identifier: GPL-3.0-or-later
// A timeline in Chrome's trace format, event by event: what the viewers need to be in order they
// put in order themselves. Times are in us there, with the ns behind the point.
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/report/timeline.h"
#include "sim/runlog/updates_began.h"

// Processes and threads of the trace. Worker 0 and the server have their process's number, which
// puts them first.
enum { WORKERS = 1, SERVER = 2, FIRST_CLUSTER = 3 };

// The slice in which a version was made.
struct making {
    int64_t start_ns, end_ns; // start_ns -1: none
};

struct tracer {
    FILE *out;
    const struct runlog *log;
    int64_t from_ns, to_ns;
    int32_t worker;         // -1: all
    const char *separator;  // before the next event
    bool local;             // there is no server
    struct making *makings; // (updates + 1): of each version
    bool *concerned;        // (updates + 1): whether a version has a gradient of the worker
    int64_t *version_read;  // (workers): what each read last
};

static int64_t lesser(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static bool is_in_window(const struct tracer *tracer, int64_t time_ns) {
    return time_ns >= tracer->from_ns && time_ns <= tracer->to_ns;
}

// ---- events ----

// Of a phase of the format: the caller puts more fields and the closing brace behind it.
static void begin_event(struct tracer *tracer, char phase, int process, int64_t thread,
                        int64_t time_ns) {
    REQUIRE(time_ns >= 0);
    fprintf(tracer->out,
            "%s{\"ph\":\"%c\",\"pid\":%d,\"tid\":%" PRId64 ",\"ts\":%" PRId64 ".%03" PRId64,
            tracer->separator, phase, process, thread, time_ns / 1000, time_ns % 1000);
    tracer->separator = ",\n";
}

// "process" or "thread" is called so, and stands at this place among the others.
static void put_name(struct tracer *tracer, const char *what, int process, int64_t thread,
                     const char *name) {
    begin_event(tracer, 'M', process, thread, 0);
    fprintf(tracer->out, ",\"name\":\"%s_name\",\"args\":{\"name\":\"%s\"}}", what, name);
    begin_event(tracer, 'M', process, thread, 0);
    fprintf(tracer->out, ",\"name\":\"%s_sort_index\",\"args\":{\"sort_index\":%" PRId64 "}}", what,
            thread);
}

static void put_slice(struct tracer *tracer, int process, int64_t thread, const char *name,
                      int64_t start_ns, int64_t end_ns) {
    REQUIRE(start_ns <= end_ns);
    begin_event(tracer, 'X', process, thread, start_ns);
    fprintf(tracer->out, ",\"dur\":%" PRId64 ".%03" PRId64 ",\"name\":\"%s\"",
            (end_ns - start_ns) / 1000, (end_ns - start_ns) % 1000, name);
}

// Zero-padded, so that names are in the order of the numbers.
static const char *worker_name(const struct tracer *tracer, int32_t worker, char name[32]) {
    int width = snprintf(NULL, 0, "%" PRId32, tracer->log->header.workers - 1);
    snprintf(name, 32, "worker %0*" PRId32, width, worker);
    return name;
}

// ---- flows ----

// An arrow between two slices, both of which are there.
static void put_flow(struct tracer *tracer, const char *name, uint64_t id, int from_process,
                     int64_t from_thread, int64_t from_ns, int to_process, int64_t to_thread,
                     int64_t to_ns) {
    static const char *const format = ",\"id\":%" PRIu64 ",\"cat\":\"gradient\",\"name\":\"%s\"%s}";
    begin_event(tracer, 's', from_process, from_thread, from_ns);
    fprintf(tracer->out, format, id, name, "");
    begin_event(tracer, 'f', to_process, to_thread, to_ns);
    fprintf(tracer->out, format, id, name, ",\"bp\":\"e\"");
}

// The last ns of a slice: at its end it is over.
static int64_t last_of(int64_t start_ns, int64_t end_ns) {
    return end_ns > start_ns ? end_ns - 1 : start_ns;
}

static const struct making *find_making(const struct tracer *tracer, int64_t version) {
    bool known = version > 0 && (uint64_t)version <= tracer->log->update_count;
    return known && tracer->makings[version].start_ns >= 0 ? &tracer->makings[version] : NULL;
}

// From the update that made the version which a gradient is computed at, if its worker reads that
// for the first time, and from its push to the update that applies it.
static void put_flows(struct tracer *tracer, const struct timeline_interval *interval) {
    const struct gradient_row *row = &tracer->log->gradients[interval->row];
    int64_t thread = (int64_t)interval->lane + 1;
    uint64_t id = 2 * (uint64_t)interval->row;
    bool computes = interval->kind == TIMELINE_COMPUTING || interval->kind == TIMELINE_DELAYED ||
                    interval->kind == TIMELINE_STALLED;
    if (interval->start_ns == row->dispatched_ns) {
        const struct making *read = find_making(tracer, row->version_read);
        bool is_new = tracer->version_read[row->worker] != row->version_read;
        if (read != NULL && is_new && is_in_window(tracer, read->start_ns)) {
            put_flow(tracer, "read", id + 1, SERVER, SERVER, last_of(read->start_ns, read->end_ns),
                     WORKERS, thread, interval->start_ns);
        }
        tracer->version_read[row->worker] = row->version_read;
    }
    if (computes && interval->end_ns == row->ready_ns && row->version_applied >= 0) {
        const struct making *update = find_making(tracer, sim_time_add(row->version_applied, 1));
        if (update != NULL && is_in_window(tracer, update->start_ns)) {
            put_flow(tracer, "push", id + 2, WORKERS, thread,
                     last_of(interval->start_ns, interval->end_ns), SERVER, SERVER,
                     update->start_ns);
        }
    }
}

// ---- slices ----

static void put_worker(struct tracer *tracer, const struct timeline_interval *interval) {
    put_slice(tracer, WORKERS, (int64_t)interval->lane + 1, timeline_kind_names[interval->kind],
              interval->start_ns, interval->end_ns);
    if (interval->row == TIMELINE_NO_ROW) {
        fputs("}", tracer->out);
        return;
    }
    const struct gradient_row *row = &tracer->log->gradients[interval->row];
    fprintf(tracer->out, ",\"args\":{\"gradient\":%" PRId64 ",\"version\":%" PRId64 "}}",
            row->number, row->version_read);
    put_flows(tracer, interval);
}

static bool takes_part(const struct tracer *tracer, const struct reduction_row *row) {
    int64_t member = (int64_t)tracer->worker - row->worker;
    return tracer->worker < 0 || (member >= 0 && member < row->members);
}

static void put_reduction_arguments(struct tracer *tracer, const struct reduction_row *row) {
    fprintf(tracer->out,
            ",\"args\":{\"number\":%" PRId64 ",\"members\":%" PRId64 ",\"steps\":%" PRId64
            ",\"bytes\":%" PRId64 "}}",
            row->number, row->members, row->steps,
            sim_time_add(row->bytes_intra, row->bytes_inter));
}

// Of the server's lane: with one worker only what concerns it, as tell has it.
static void put_server(struct tracer *tracer, const struct timeline_interval *interval) {
    const struct runlog *log = tracer->log;
    const struct gradient_row *gradient = NULL;
    bool shown = tracer->worker < 0;
    if (interval->kind == TIMELINE_UPDATING) {
        shown = shown || tracer->concerned[interval->row + 1];
    } else if (interval->kind == TIMELINE_REDUCING) {
        shown = takes_part(tracer, &log->reductions[interval->row]);
    } else if (interval->kind != TIMELINE_STALLED) {
        gradient = &log->gradients[interval->row];
        shown = shown || gradient->worker == tracer->worker;
    }
    if (!shown) {
        return;
    }
    put_slice(tracer, SERVER, SERVER, timeline_kind_names[interval->kind], interval->start_ns,
              interval->end_ns);
    if (interval->kind == TIMELINE_UPDATING) {
        const struct update_row *row = &log->updates[interval->row];
        fprintf(tracer->out,
                ",\"args\":{\"version\":%" PRId64 ",\"K\":%" PRId64 ",\"gradients\":%" PRId64 "}}",
                row->version, row->threshold, row->gradients);
    } else if (interval->kind == TIMELINE_REDUCING) {
        put_reduction_arguments(tracer, &log->reductions[interval->row]);
    } else if (gradient != NULL) {
        fprintf(tracer->out, ",\"args\":{\"worker\":%" PRId32 ",\"gradient\":%" PRId64 "}}",
                gradient->worker, gradient->number);
    } else {
        fputs("}", tracer->out);
    }
}

static void put_interval(void *context, const struct timeline_interval *interval) {
    struct tracer *tracer = context;
    if (interval->lane < 0) {
        put_server(tracer, interval);
    } else if (tracer->worker < 0 || tracer->worker == interval->lane) {
        put_worker(tracer, interval);
    }
}

// Averages of clusters, a thread for each cluster.
static void put_cluster_reductions(struct tracer *tracer) {
    const struct runlog *log = tracer->log;
    bool *named = memory_allocate((size_t)log->header.workers, sizeof *named);
    for (size_t i = 0; i < log->reduction_count; i++) {
        const struct reduction_row *row = &log->reductions[i];
        int64_t end_ns = lesser(sim_time_add(row->began_ns, row->span_ns), tracer->to_ns);
        int64_t start_ns = row->began_ns > tracer->from_ns ? row->began_ns : tracer->from_ns;
        if (row->scope != SCOPE_CLUSTER || start_ns >= end_ns || !takes_part(tracer, row) ||
            row->worker < 0 || row->worker >= log->header.workers) {
            continue;
        }
        int64_t thread = FIRST_CLUSTER + (int64_t)row->worker;
        if (!named[row->worker]) {
            char worker[32];
            char name[64];
            snprintf(name, sizeof name, "cluster of %s", worker_name(tracer, row->worker, worker));
            put_name(tracer, "thread", SERVER, thread, name);
            named[row->worker] = true;
        }
        put_slice(tracer, SERVER, thread, timeline_kind_names[TIMELINE_REDUCING], start_ns, end_ns);
        put_reduction_arguments(tracer, row);
    }
    memory_free(named);
}

// What else happens to a worker or the server meanwhile: such spans lie across the slices.
static void put_incidents(struct tracer *tracer) {
    const struct runlog *log = tracer->log;
    for (size_t i = 0; i < log->incident_count; i++) {
        const struct incident_row *row = &log->incidents[i];
        int64_t ended_ns = row->ended_ns < 0 ? INT64_MAX : row->ended_ns;
        int64_t times_ns[2] = {row->began_ns > tracer->from_ns ? row->began_ns : tracer->from_ns,
                               lesser(ended_ns, tracer->to_ns)};
        bool is_slice = row->kind == INCIDENT_CRASH || row->kind == INCIDENT_SERVER_PAUSE;
        bool shown = tracer->worker < 0 || tracer->worker == row->worker;
        if (is_slice || !shown || row->kind >= INCIDENT_KIND_COUNT || times_ns[0] >= times_ns[1]) {
            continue;
        }
        for (int end = 0; end < 2; end++) {
            begin_event(tracer, end == 0 ? 'b' : 'e', WORKERS, (int64_t)row->worker + 1,
                        times_ns[end]);
            fprintf(tracer->out, ",\"id\":%zu,\"cat\":\"incident\",\"name\":\"%s\"}", i + 1,
                    incident_kind_names[row->kind]);
        }
    }
}

// ---- counters ----

static void put_counter(struct tracer *tracer, const char *name, const char *unit, int64_t time_ns,
                        double value) {
    if (is_in_window(tracer, time_ns) && isfinite(value)) {
        begin_event(tracer, 'C', SERVER, SERVER, time_ns);
        fprintf(tracer->out, ",\"name\":\"%s\",\"args\":{\"%s\":%.15g}}", name, unit, value);
    }
}

static void put_counters(struct tracer *tracer) {
    const struct runlog *log = tracer->log;
    int64_t threshold = -1;
    for (size_t i = 0; i < log->gradient_count; i++) {
        if (log->gradients[i].received_ns >= 0 && log->gradients[i].buffered >= 0) {
            put_counter(tracer, "buffer", "gradients", log->gradients[i].received_ns,
                        (double)log->gradients[i].buffered);
        }
    }
    for (size_t i = 0; i < log->update_count; i++) {
        const struct update_row *row = &log->updates[i];
        if (row->threshold != threshold) {
            put_counter(tracer, "threshold", "K", row->time_ns, (double)row->threshold);
            threshold = row->threshold;
        }
        if (!tracer->local) {
            put_counter(tracer, "buffer", "gradients", row->time_ns, 0);
        }
        put_counter(tracer, "staleness", "versions", row->time_ns, row->staleness_mean);
    }
    for (size_t i = 0; i < log->evaluation_count; i++) {
        put_counter(tracer, "test accuracy", "percent", log->evaluations[i].time_ns,
                    100 * log->evaluations[i].test_accuracy);
    }
}

// ---- all of it ----

static void find_makings(struct tracer *tracer) {
    const struct runlog *log = tracer->log;
    int64_t *began_ns = updates_began(log);
    tracer->makings = memory_allocate(log->update_count + 1, sizeof *tracer->makings);
    tracer->concerned = memory_allocate(log->update_count + 1, sizeof *tracer->concerned);
    tracer->makings[0].start_ns = -1;
    for (size_t i = 0; i < log->update_count; i++) {
        tracer->makings[i + 1] = (struct making){began_ns[i], log->updates[i].time_ns};
        tracer->makings[i + 1].start_ns = tracer->local ? -1 : began_ns[i];
    }
    for (size_t i = 0; i < log->reduction_count && tracer->local; i++) {
        const struct reduction_row *row = &log->reductions[i];
        if (row->scope == SCOPE_ALL && (uint64_t)row->version < log->update_count) {
            tracer->makings[row->version + 1] =
                (struct making){row->began_ns, sim_time_add(row->began_ns, row->span_ns)};
        }
    }
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        bool applied = row->worker == tracer->worker && row->version_applied >= 0 &&
                       (uint64_t)row->version_applied < log->update_count;
        tracer->concerned[applied ? row->version_applied + 1 : 0] = true;
    }
    memory_free(began_ns);
}

static void put_text(struct tracer *tracer, const char *name, const char *text) {
    json_t *string = json_string(text); // none of a stranger's bytes that are no UTF-8
    fprintf(tracer->out, ",\"%s\":", name);
    if (string == NULL ||
        json_dumpf(string, tracer->out, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) < 0) {
        fputs("\"\"", tracer->out);
    }
    json_decref(string);
}

static void put_head(struct tracer *tracer) {
    const struct runlog_header *header = &tracer->log->header;
    char title[256] = "";
    char hash[FINGERPRINT_TEXT_SIZE];
    if (header->scenario != NULL) {
        canonical_text_value(header->scenario, "title", title, sizeof title);
    }
    fputs(TIMELINE_TRACE_BEGINNING, tracer->out);
    put_text(tracer, "title", title);
    fprintf(tracer->out, ",\"seed\":\"%" PRIu64 "\",\"timeline\":\"%s\"},\n\"traceEvents\":[\n",
            header->seed, fingerprint_format(tracer->log->ending.timeline_fingerprint, hash));
    put_name(tracer, "process", WORKERS, WORKERS, "workers");
    put_name(tracer, "process", SERVER, SERVER, tracer->local ? "averages" : "server");
    for (int32_t worker = 0; worker < header->workers; worker++) {
        char name[32];
        if (tracer->worker < 0 || tracer->worker == worker) {
            put_name(tracer, "thread", WORKERS, (int64_t)worker + 1,
                     worker_name(tracer, worker, name));
        }
    }
    put_name(tracer, "thread", SERVER, SERVER, tracer->local ? "all workers" : "server");
}

enum status timeline_write_trace(FILE *out, const struct runlog *log,
                                 const struct tell_options *options, struct error *error) {
    REQUIRE(options->from_ns <= options->to_ns);
    if (options->worker >= log->header.workers) {
        return error_set(error, STATUS_BAD_DATA,
                         "there is no worker %" PRId32 ": the run has workers 0 to %" PRId32,
                         options->worker, log->header.workers - 1);
    }
    struct tracer tracer = {.out = out,
                            .log = log,
                            .from_ns = options->from_ns < 0 ? 0 : options->from_ns,
                            .to_ns = lesser(options->to_ns, log->ending.end_ns),
                            .worker = options->worker,
                            .separator = "",
                            .local = timeline_has_no_server(log)};
    errno = 0;
    find_makings(&tracer);
    tracer.version_read = memory_allocate((size_t)log->header.workers, sizeof(int64_t));
    put_head(&tracer);
    if (tracer.from_ns <= tracer.to_ns) {
        timeline_each(log, tracer.from_ns, tracer.to_ns, put_interval, &tracer);
        put_cluster_reductions(&tracer);
        put_incidents(&tracer);
    }
    if (tracer.worker < 0) {
        put_counters(&tracer);
    }
    fputs("\n]}\n", out);
    memory_free(tracer.makings);
    memory_free(tracer.concerned);
    memory_free(tracer.version_read);
    if (fflush(out) != 0 || ferror(out)) {
        return error_set(error, STATUS_IO, "cannot write the trace: %s",
                         strerror(errno == 0 ? EIO : errno));
    }
    return STATUS_OK;
}
