// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog_schema.h"

#include <math.h>
#include <string.h>

#include "sim/base/check.h"

const char *const column_type_names[COLUMN_TYPE_COUNT] = {
    [COLUMN_INT64] = "int64",    [COLUMN_UINT64] = "uint64",     [COLUMN_WORKER] = "int32",
    [COLUMN_DOUBLE] = "float64", [COLUMN_ENUM] = "enum (uint8)",
};

// A dataset is called like the field that it holds.
#define FIELD(row, field) .name = #field, .offset = offsetof(struct row, field)
// The value in all rows of a file that has no such dataset.
#define LACKS(value) .may_lack = true, .absent = (value)
#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct runlog_column event_columns[] = {
    {FIELD(event_row, time_ns), COLUMN_INT64, .units = "ns", .long_name = "simulated time"},
    {FIELD(event_row, kind), COLUMN_ENUM, .words = event_kind_names, .word_count = EVENT_KIND_COUNT,
     .units = "1", .long_name = "what happens"},
    {FIELD(event_row, actor), COLUMN_WORKER, -1, .units = "1",
     .long_name = "the worker, -1: the server; of a reduction its first worker, -1: of all"},
    {FIELD(event_row, gradient), COLUMN_INT64, -1, .units = "1",
     .long_name = "the worker's own number of the gradient, -1: none; of a reduction its row"},
    {FIELD(event_row, version), COLUMN_INT64, .units = "1",
     .long_name = "parameter version: read (dispatched, ready, waits), the latest (arrived, "
                  "received, cancelled, reducing, reduced), made (updated), sent (replied), taken "
                  "over (merged)"},
};

static const struct runlog_column gradient_columns[] = {
    {FIELD(gradient_row, worker), COLUMN_WORKER, .units = "1", .long_name = "the worker"},
    {FIELD(gradient_row, number), COLUMN_INT64, .units = "1",
     .long_name = "the worker's own number of the gradient, from 0"},
    {FIELD(gradient_row, version_read), COLUMN_INT64, .units = "1",
     .long_name = "parameter version that it is computed at; with local steps: that its model "
                  "comes from"},
    {FIELD(gradient_row, version_applied), COLUMN_INT64, -1, .units = "1",
     .long_name = "parameter version that it is applied to (the update makes the next), -1: none"},
    {FIELD(gradient_row, staleness), COLUMN_INT64, -1, .units = "1",
     .long_name = "version_applied - version_read, -1: not applied"},
    {FIELD(gradient_row, staleness_gradients), COLUMN_INT64, -1, .units = "1",
     .long_name = "gradients applied between its read and itself, -1: not applied"},
    {FIELD(gradient_row, dispatched_ns), COLUMN_INT64, .units = "ns",
     .long_name = "time at which the worker starts it"},
    {FIELD(gradient_row, ready_ns), COLUMN_INT64, -1, .units = "ns",
     .long_name = "time at which it is computed and the push sets out, -1: not reached"},
    {FIELD(gradient_row, arrived_ns), COLUMN_INT64, -1, .units = "ns",
     .long_name = "time at which it joins the server's queue, -1: not reached, or no server"},
    {FIELD(gradient_row, received_ns), COLUMN_INT64, -1, .units = "ns",
     .long_name = "time at which its receive span is over, -1: likewise"},
    {FIELD(gradient_row, applied_ns), COLUMN_INT64, -1, .units = "ns",
     .long_name = "time at which the update with it is over, -1: not reached"},
    {FIELD(gradient_row, compute_ns), COLUMN_INT64, .units = "ns",
     .long_name = "span of its computation"},
    {FIELD(gradient_row, delay_ns), COLUMN_INT64, .units = "ns",
     .long_name = "span of the worker's extra delay"},
    {FIELD(gradient_row, push_ns), COLUMN_INT64, .units = "ns",
     .long_name = "span of its way to the server"},
    {FIELD(gradient_row, receive_ns), COLUMN_INT64, .units = "ns",
     .long_name = "span of the server for receiving it"},
    {FIELD(gradient_row, reply_ns), COLUMN_INT64, .units = "ns",
     .long_name = "span of the server for the reply to it"},
    {FIELD(gradient_row, reply_travel_ns), COLUMN_INT64, .units = "ns",
     .long_name = "span of the reply's way back"},
    {FIELD(gradient_row, tie), COLUMN_UINT64, .units = "1",
     .long_name = "random key of the tie rule, 0 under fifo"},
    {FIELD(gradient_row, loss), COLUMN_DOUBLE, .units = "1",
     .long_name = "mean loss of its minibatch, NaN unless applied"},
    {FIELD(gradient_row, distance), COLUMN_DOUBLE, .units = "1",
     .long_name = "Euclidean norm of w_applied - w_read, NaN unless applied; with local models: "
                  "of the model that it is computed at - the version that this comes from"},
    {FIELD(gradient_row, threshold), COLUMN_INT64, -1, .units = "1",
     .long_name = "threshold K evaluated at its receipt, -1: not received, or dropped then"},
    {FIELD(gradient_row, buffered), COLUMN_INT64, -1, .units = "1",
     .long_name = "gradients in the buffer at its receipt, itself included, -1: likewise"},
    {FIELD(gradient_row, outcome), COLUMN_ENUM, .words = gradient_outcome_names,
     .word_count = OUTCOME_COUNT, .units = "1", .long_name = "what became of it"},
    {FIELD(gradient_row, push_attempts), COLUMN_INT64, 1, .units = "1", LACKS(1),
     .long_name = "how often the push is sent until it arrives"},
    {FIELD(gradient_row, reply_attempts), COLUMN_INT64, 1, .units = "1", LACKS(1),
     .long_name = "how often the reply is sent until it arrives"},
    {FIELD(gradient_row, push_port_wait_ns), COLUMN_INT64, .units = "ns", LACKS(0),
     .long_name = "time that the push waits at its group's uplink and at the server's port, beside "
                  "the span of its way"},
    {FIELD(gradient_row, reply_port_wait_ns), COLUMN_INT64, .units = "ns", LACKS(0),
     .long_name = "time that the reply waited there with which the worker started this gradient"},
    {FIELD(gradient_row, stalled_ns), COLUMN_INT64, -INT64_MAX, .units = "ns", LACKS(0),
     .long_name = "how much longer incidents made its computing, delay included (it stood still or "
                  "was slowed down; negative: shorter), 0: not ready"},
};

static const struct runlog_column update_columns[] = {
    {FIELD(update_row, time_ns), COLUMN_INT64, .units = "ns",
     .long_name = "time at which the update is over"},
    {FIELD(update_row, update_ns), COLUMN_INT64, .units = "ns",
     .long_name = "span of the update, or of the all-reduce"},
    {FIELD(update_row, version), COLUMN_INT64, .units = "1",
     .long_name = "parameter version made, from 1"},
    {FIELD(update_row, threshold), COLUMN_INT64, .units = "1",
     .long_name = "threshold K at the flush; with local models: how many are averaged"},
    {FIELD(update_row, gradients), COLUMN_INT64, .units = "1", .long_name = "gradients applied"},
    {FIELD(update_row, staleness_mean), COLUMN_DOUBLE, .units = "1",
     .long_name = "mean staleness of the gradients applied, in versions"},
    {FIELD(update_row, staleness_max), COLUMN_INT64, -1, .units = "1",
     .long_name = "maximal staleness of the gradients applied, in versions"},
    {FIELD(update_row, learning_rate), COLUMN_DOUBLE, .units = "1",
     .long_name = "learning rate of the update; with local models: that of the first step after "
                  "the version before; later steps may have another"},
    {FIELD(update_row, update_norm), COLUMN_DOUBLE, .units = "1",
     .long_name = "Euclidean norm of w_new - w_old, NaN in timing-only runs"},
    {FIELD(update_row, parameter_hash), COLUMN_UINT64, .units = "1",
     .long_name = "XXH3 (64 bits) of the new parameters' float32 bytes, 0 in timing-only runs"},
    {FIELD(update_row, loss_estimate), COLUMN_DOUBLE, .units = "1",
     .long_name =
         "mean minibatch loss of the last gradients applied, as many as there are workers or "
         "policy.threshold.window says, or, with local models, of the version's own; NaN while "
         "there are fewer"},
    {FIELD(update_row, after_receipt_ns), COLUMN_INT64, .units = "ns", LACKS(0),
     .long_name = "time from the server's last receipt to the beginning of the update: more than 0 "
                  "where a worker had been counted out meanwhile"},
};

static const struct runlog_column evaluation_columns[] = {
    {FIELD(evaluation_row, time_ns), COLUMN_INT64, .units = "ns", .long_name = "simulated time"},
    {FIELD(evaluation_row, version), COLUMN_INT64, .units = "1",
     .long_name = "parameter version evaluated"},
    {FIELD(evaluation_row, test_loss), COLUMN_DOUBLE, .units = "1",
     .long_name = "mean loss over the test samples, NaN without any"},
    {FIELD(evaluation_row, test_accuracy), COLUMN_DOUBLE, .units = "1",
     .long_name = "fraction of the test samples classified correctly, NaN without any"},
    {FIELD(evaluation_row, train_loss), COLUMN_DOUBLE, .units = "1",
     .long_name = "mean loss over the training samples, NaN without any"},
    {FIELD(evaluation_row, train_accuracy), COLUMN_DOUBLE, .units = "1",
     .long_name = "fraction of the training samples classified correctly, NaN without any"},
    {FIELD(evaluation_row, gradients), COLUMN_INT64, -1, .units = "1", LACKS(-1),
     .long_name = "gradients applied until then, -1: evaluated at times"},
    {FIELD(evaluation_row, samples), COLUMN_INT64, -1, .units = "1", LACKS(-1),
     .long_name = "samples of these gradients, -1: likewise, or a model without data"},
};

static const struct runlog_column reduction_columns[] = {
    {FIELD(reduction_row, began_ns), COLUMN_INT64, .units = "ns",
     .long_name = "time at which it begins"},
    {FIELD(reduction_row, span_ns), COLUMN_INT64, .units = "ns",
     .long_name = "span of it, past the end of the run if it was under way then"},
    {FIELD(reduction_row, scope), COLUMN_ENUM, .words = reduction_scope_names,
     .word_count = SCOPE_COUNT, .units = "1", .long_name = "whose models it averages"},
    {FIELD(reduction_row, worker), COLUMN_WORKER, .units = "1", .long_name = "the first member"},
    {FIELD(reduction_row, members), COLUMN_INT64, 1, .units = "1",
     .long_name = "workers that take part: the first member and those behind it"},
    {FIELD(reduction_row, number), COLUMN_INT64, .units = "1",
     .long_name = "these members' own count of reductions, from 0"},
    {FIELD(reduction_row, version), COLUMN_INT64, .units = "1",
     .long_name = "the latest parameter version made when it begins"},
    {FIELD(reduction_row, steps), COLUMN_INT64, .units = "1",
     .long_name = "local steps since the last reduction of all, of the member that has taken most"},
    {FIELD(reduction_row, bytes_intra), COLUMN_INT64, .units = "1",
     .long_name = "bytes that it moves over links within clusters"},
    {FIELD(reduction_row, bytes_inter), COLUMN_INT64, .units = "1",
     .long_name = "bytes that it moves over links between clusters"},
    {FIELD(reduction_row, tie), COLUMN_UINT64, .units = "1",
     .long_name = "random key of the tie rule, 0 under fifo"},
    {FIELD(reduction_row, spread), COLUMN_DOUBLE, .units = "1",
     .long_name = "root mean square distance of the members' models from their mean when it "
                  "begins, NaN in timing-only runs"},
    {FIELD(reduction_row, retries), COLUMN_INT64, .units = "1", LACKS(0),
     .long_name = "messages that were lost and sent again"},
};

static const struct runlog_column incident_columns[] = {
    {FIELD(incident_row, began_ns), COLUMN_INT64, .units = "ns",
     .long_name = "time at which it begins"},
    {FIELD(incident_row, ended_ns), COLUMN_INT64, -1, .units = "ns",
     .long_name = "time at which it ends, which may be past the end of the run; -1: it never does"},
    {FIELD(incident_row, kind), COLUMN_ENUM, .words = incident_kind_names,
     .word_count = INCIDENT_KIND_COUNT, .units = "1", .long_name = "what happens"},
    {FIELD(incident_row, event), COLUMN_INT64, .units = "1",
     .long_name = "which of the scenario's `cluster.events`, from 0; those of the phases of `past` "
                  "are counted first"},
    {FIELD(incident_row, worker), COLUMN_WORKER, -1, .units = "1",
     .long_name = "the worker, -1: the server"},
    {FIELD(incident_row, factor), COLUMN_DOUBLE, .units = "1",
     .long_name = "of a slowdown: computing takes so many times longer; else 0"},
    {FIELD(incident_row, bandwidth_factor), COLUMN_DOUBLE, .units = "1", LACKS(0),
     .long_name = "of a link: the bandwidth is so many times what it was; else 0"},
    {FIELD(incident_row, latency_factor), COLUMN_DOUBLE, .units = "1", LACKS(0),
     .long_name = "of a link: the latency likewise"},
    {FIELD(incident_row, loss_factor), COLUMN_DOUBLE, .units = "1", LACKS(0),
     .long_name = "of a link: the loss likewise"},
};
#define PROBED(field, text)                                                                        \
    { FIELD(probe_row, field), COLUMN_DOUBLE, .units = "1", .long_name = (text) }
static const struct runlog_column probe_columns[] = {
    {FIELD(probe_row, gradient), COLUMN_INT64, .units = "1", .long_name = "row of /gradients"},
    {FIELD(probe_row, version), COLUMN_INT64, 1, .units = "1", .long_name = "version made of it"},
    PROBED(norm, "Euclidean norm of the gradient that was applied"),
    PROBED(newest_norm, "of the gradient at the newest parameters, on the same minibatch"),
    PROBED(difference, "Euclidean norm of the difference of the two"),
    PROBED(cosine, "of the angle between the two, NaN if one of them is 0"),
    PROBED(loss_before, "loss of the minibatch at the newest parameters"),
    PROBED(loss_after, "loss of the minibatch after the update")};

static const struct runlog_column worker_columns[] = {
    {FIELD(worker_row, busy_ns), COLUMN_INT64, .units = "ns",
     .long_name = "time spent computing, extra delays included"},
    {FIELD(worker_row, waiting_ns), COLUMN_INT64, .units = "ns",
     .long_name = "time in which its gradient lies in the buffer, or it stands at a barrier, and "
                  "waits for others, or, under ssp, it is held back with its gradient applied"},
    {FIELD(worker_row, communicating_ns), COLUMN_INT64, .units = "ns",
     .long_name = "time spent on the way, in the server's queue and in its service, or in an "
                  "all-reduce that it waits for"},
    {FIELD(worker_row, gradients), COLUMN_INT64, .units = "1", .long_name = "gradients dispatched"},
    {FIELD(worker_row, dropped), COLUMN_INT64, .units = "1", .long_name = "gradients dropped"},
    {FIELD(worker_row, down_ns), COLUMN_INT64, .units = "ns", LACKS(0),
     .long_name = "time from its crashes until it was back"},
};

const struct runlog_table runlog_tables[TABLE_COUNT] = {
    [TABLE_EVENTS] = {"events",
                      "One row per event, in the order of the run; no rows if the scenario says "
                      "`log: {events: false}`.",
                      sizeof(struct event_row), event_columns, COUNT_OF(event_columns)},
    [TABLE_GRADIENTS] = {"gradients", "One row per dispatch, in the order of dispatch.",
                         sizeof(struct gradient_row), gradient_columns, COUNT_OF(gradient_columns)},
    [TABLE_UPDATES] =
        {"updates",
         "One row per parameter version: an update of the server, or an average of all "
         "models; in order.",
         sizeof(struct update_row), update_columns, COUNT_OF(update_columns)},
    [TABLE_EVALUATIONS] = {"evaluations", "One row per evaluation of the model, in order of time.",
                           sizeof(struct evaluation_row), evaluation_columns,
                           COUNT_OF(evaluation_columns)},
    [TABLE_REDUCTIONS] = {"reductions",
                          "One row per all-reduce of schemes with local models, in the order in "
                          "which they begin.",
                          sizeof(struct reduction_row), reduction_columns,
                          COUNT_OF(reduction_columns)},
    [TABLE_INCIDENTS] = {"incidents",
                         "One row per incident of `cluster.events`, in the order in which they "
                         "begin; a run without any has no such table.",
                         sizeof(struct incident_row), incident_columns, COUNT_OF(incident_columns)},
    [TABLE_PROBES] = {"probes", "One row per probe of `log.probes`; without any no such table.",
                      sizeof(struct probe_row), probe_columns, COUNT_OF(probe_columns)},
    [TABLE_WORKERS] = {"workers", "One row per worker, for the whole run.",
                       sizeof(struct worker_row), worker_columns, COUNT_OF(worker_columns)},
};

const struct runlog_dataset runlog_datasets[DATASET_COUNT] = {
    [DATASET_SCENARIO] = {"/scenario", "UTF-8 string", "1",
                          "the scenario in canonical form, defaults written out"},
    [DATASET_SAMPLES] = {"/gradients/sample_indices", "int32 (rows, batch)", "1",
                         "training samples of the minibatch, by their place in the data set"},
    [DATASET_VALUES] = {"/gradients/values", "float32 (rows, parameters)", "1",
                        "the gradient, NaN unless applied, or, with local models, stepped by"},
    [DATASET_INITIAL] = {"/parameters/initial", "float32", "1",
                         "the model's parameters at version 0; none in timing-only runs"},
    [DATASET_FINAL] = {"/parameters/final", "float32", "1",
                       "the parameters at the end; none in timing-only runs"},
    [DATASET_CENTRE] = {"/parameters/centre", "float32", "1",
                        "of `easgd` only: the centre at the end, whatever `policy.evaluate` puts "
                        "into final; none in timing-only runs, and in logs of earlier versions"},
    [DATASET_LAYOUT] = {"/parameters/layout",
                        "compound: name (string, 32), rank (int32), shape (int32, 4), offset "
                        "(int64)",
                        "1", "the tensors in the flat parameter vector, row-major"},
};

const struct runlog_attribute runlog_root_attributes[ROOT_ATTRIBUTE_COUNT] = {
    {"format", "string", "`desgd-run`"},
    {"format_version", "int32", "of this page: 2"},
    {"Conventions", "string", "`CF-1.8`: where units and long_name come from"},
    {"status", "string", "`complete`, `interrupted`, `diverged`, `stalled` or `failed`"},
    {"policy", "string", "the scenario's `policy.name`"},
    {"seed", "uint64", "the scenario's `seed`"},
    {"workers", "int32", "how many there are"},
    {"events_logged", "int32", "1; 0: /events is empty because the scenario says so"},
    {"end_ns", "int64", "simulated time at which the run ended"},
    {"event_count", "int64", "events of the run, also when they are not logged"},
    {"data_hash", "string", "of the data set, 16 hexadecimal digits; zeros: no data"},
    {"timeline_fingerprint", "string",
     "of all events and spans, 16 hexadecimal digits: equal timelines, equal digits"},
    {"parameter_fingerprint", "string",
     "of the final parameters, 16 hexadecimal digits; zeros: timing only"},
    {"sample_columns", "int32",
     "columns of /gradients/sample_indices; 0: there is no such dataset"},
    {"service_ns", "int64",
     "only with a parameter server: its spans for gradients received, updates made, and the "
     "replies "
     "that these led to"},
    {"replies", "int64", "only with a parameter server: how many it has sent"},
    {"failure", "string", "only if `failed`: why the run could not continue"},
    {"stalled_waiting_for", "string",
     "only if `stalled`: the workers that the others waited for at the end"},
    {"stalled_since_ns", "int64",
     "only if `stalled`: when the last version was made, or the start-up was over"},
};

const struct runlog_attribute runlog_provenance_attributes[PROVENANCE_ATTRIBUTE_COUNT] = {
    {"program_version", "string", "of desgd"},
    {"commit", "string", "of its source"},
    {"compiler", "string", "that built it"},
    {"libraries", "string", "and their versions"},
    {"blas", "string", "OpenBLAS's description of its build"},
    {"blas_core", "string", "the kernels that it runs under `arithmetic: openblas`"},
    {"isa", "string", "the instruction set of the portable kernels; empty where none ran"},
    {"cpu", "string", "of the machine"},
    {"date", "string", "of the run"},
    {"threads", "int32", "that computed gradients"},
    {"wall_seconds", "float64", "that the run took, in s"},
    {"measured_times", "string",
     "only with laws of measured times: where their files lay, a line `HASH PATH` for each"},
};

char *provenance_text(struct provenance *provenance, size_t index) {
    REQUIRE(index < PROVENANCE_TEXT_COUNT);
    char *const texts[PROVENANCE_TEXT_COUNT] = {provenance->program_version,
                                                provenance->commit,
                                                provenance->compiler,
                                                provenance->libraries,
                                                provenance->blas,
                                                provenance->blas_core,
                                                provenance->isa,
                                                provenance->cpu,
                                                provenance->date};
    return texts[index];
}

size_t runlog_field_bytes(const struct runlog_column *column) {
    return column->type == COLUMN_WORKER || column->type == COLUMN_ENUM ? sizeof(uint32_t)
                                                                        : sizeof(uint64_t);
}

int64_t runlog_field_integer(const struct runlog_column *column, const void *row) {
    REQUIRE(column->type != COLUMN_UINT64 && column->type != COLUMN_DOUBLE);
    const char *field = (const char *)row + column->offset;
    int64_t wide = 0;
    int32_t worker = 0;
    uint32_t word = 0;
    if (column->type == COLUMN_INT64) {
        memcpy(&wide, field, sizeof wide);
        return wide;
    }
    if (column->type == COLUMN_WORKER) {
        memcpy(&worker, field, sizeof worker);
        return worker;
    }
    memcpy(&word, field, sizeof word);
    return word;
}

// What stands in a column that lacks, by its bits (-0 is not 0).
static uint64_t absent_word(const struct runlog_column *column) {
    REQUIRE(column->may_lack);
    REQUIRE(column->type == COLUMN_INT64 || (column->type == COLUMN_DOUBLE && column->absent == 0));
    return (uint64_t)column->absent;
}

static bool has_word(const struct runlog_column *column, const void *row, uint64_t word) {
    uint64_t found;
    memcpy(&found, (const char *)row + column->offset, sizeof found);
    return found == word;
}

bool runlog_field_is_absent(const struct runlog_column *column, const void *row) {
    return has_word(column, row, absent_word(column));
}

void runlog_field_make_absent(const struct runlog_column *column, void *row) {
    uint64_t word = absent_word(column);
    memcpy((char *)row + column->offset, &word, sizeof word);
}

bool runlog_row_is_narrow(const struct runlog_table *table, const void *row) {
    bool narrow = true;
    for (size_t i = table->column_count; narrow && i > 0 && table->columns[i - 1].may_lack; i--) {
        // Of each gradient: without what absent_word asks of the table.
        const struct runlog_column *column = &table->columns[i - 1];
        narrow = has_word(column, row, (uint64_t)column->absent);
    }
    return narrow;
}

bool runlog_column_is_needed(const struct runlog_table *table, const struct runlog_column *column,
                             const void *rows, size_t count) {
    if (!column->may_lack) {
        return true;
    }
    bool needed = false;
    uint64_t word = absent_word(column);
    for (size_t i = 0; i < count && !needed; i++) {
        needed = !has_word(column, (const char *)rows + i * table->row_bytes, word);
    }
    return needed;
}

enum runlog_table_id runlog_table_find(const char *name) {
    unsigned id = 0;
    while (id < TABLE_COUNT && strcmp(runlog_tables[id].name, name) != 0) {
        id++;
    }
    return (enum runlog_table_id)id;
}

void runlog_rows_make_canonical(const struct runlog_table *table, void *rows, size_t count) {
    const double canonical = (double)NAN;
    for (size_t i = 0; i < table->column_count; i++) {
        unsigned char *field = (unsigned char *)rows + table->columns[i].offset;
        for (size_t row = 0; row < count && table->columns[i].type == COLUMN_DOUBLE; row++) {
            double value;
            memcpy(&value, field, sizeof value);
            if (isnan(value)) {
                memcpy(field, &canonical, sizeof canonical);
            }
            field += table->row_bytes;
        }
    }
}

const void *runlog_table_rows(const struct runlog *log, enum runlog_table_id id, size_t *count) {
    switch (id) {
    case TABLE_EVENTS:
        *count = log->event_count;
        return log->events;
    case TABLE_GRADIENTS:
        *count = log->gradient_count;
        return log->gradients;
    case TABLE_UPDATES:
        *count = log->update_count;
        return log->updates;
    case TABLE_EVALUATIONS:
        *count = log->evaluation_count;
        return log->evaluations;
    case TABLE_REDUCTIONS:
        *count = log->reduction_count;
        return log->reductions;
    case TABLE_INCIDENTS:
        *count = log->incident_count;
        return log->incidents;
    case TABLE_PROBES:
        *count = log->probe_count;
        return log->probes;
    case TABLE_WORKERS:
        *count = (size_t)log->ending.worker_count;
        return log->ending.workers;
    case TABLE_COUNT:
    default:
        REQUIRE(id < TABLE_COUNT);
        return NULL;
    }
}

void *runlog_take_table(struct runlog *log, enum runlog_table_id id, size_t *count) {
    void *rows = (void *)(uintptr_t)runlog_table_rows(log, id, count);
    runlog_put_table(log, id, NULL, 0);
    return rows;
}

void runlog_put_table(struct runlog *log, enum runlog_table_id id, void *rows, size_t count) {
    switch (id) {
    case TABLE_EVENTS:
        log->events = rows;
        log->event_count = log->event_capacity = count;
        return;
    case TABLE_GRADIENTS:
        log->gradients = rows;
        log->gradient_count = log->gradient_capacity = count;
        return;
    case TABLE_UPDATES:
        log->updates = rows;
        log->update_count = log->update_capacity = count;
        return;
    case TABLE_EVALUATIONS:
        log->evaluations = rows;
        log->evaluation_count = log->evaluation_capacity = count;
        return;
    case TABLE_REDUCTIONS:
        log->reductions = rows;
        log->reduction_count = log->reduction_capacity = count;
        return;
    case TABLE_INCIDENTS:
        log->incidents = rows;
        log->incident_count = log->incident_capacity = count;
        return;
    case TABLE_PROBES:
        log->probes = rows;
        log->probe_count = log->probe_capacity = count;
        return;
    case TABLE_WORKERS:
        log->ending.workers = rows;
        log->ending.worker_count = count > INT32_MAX ? -1 : (int32_t)count; // -1 fits no header
        return;
    case TABLE_COUNT:
    default:
        REQUIRE(id < TABLE_COUNT);
    }
}
