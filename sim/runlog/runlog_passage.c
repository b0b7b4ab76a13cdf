// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog_passage.h"

#include <string.h>

#include "sim/runlog/runlog_schema.h"

#define PASS(place) passage_value(passage, (place), sizeof *(place))

// Enums and bools travel as a number, for not every value of their bytes is one of theirs.
static bool pass_choice(struct passage *passage, uint32_t *choice, uint32_t count) {
    return passage_value(passage, choice, sizeof *choice) && *choice < count;
}

static bool pass_flag(struct passage *passage, bool *flag) {
    uint32_t choice = *flag;
    bool good = pass_choice(passage, &choice, 2);
    *flag = good && choice == 1;
    return good;
}

static bool pass_scenario(struct passage *passage, char **scenario) {
    size_t count = passage_receives(passage) ? 0 : strlen(*scenario) + 1;
    void *text = *scenario;
    bool good = passage_array(passage, &text, &count, 1);
    *scenario = text;
    return good && (!passage_receives(passage) || (count > 0 && (*scenario)[count - 1] == 0));
}

static bool pass_layout(struct passage *passage, struct runlog_header *header) {
    void *layout = header->layout;
    bool good = passage_array(passage, &layout, &header->layout_count, sizeof(struct layout_row));
    header->layout = layout;
    return good;
}

static bool pass_floats(struct passage *passage, float **values, size_t *count) {
    void *floats = *values;
    bool good = passage_array(passage, &floats, count, sizeof **values);
    *values = floats;
    return good;
}

static bool pass_header(struct passage *passage, struct runlog_header *header) {
    bool good = PASS(&header->policy) && PASS(&header->seed) && PASS(&header->data_hash) &&
                PASS(&header->workers) && PASS(&header->sample_columns) &&
                pass_flag(passage, &header->events) &&
                pass_flag(passage, &header->gradient_values) &&
                pass_scenario(passage, &header->scenario) && pass_layout(passage, header) &&
                pass_floats(passage, &header->initial, &header->parameter_count);
    return good && header->workers >= 0 && header->sample_columns >= 0 &&
           memchr(header->policy, 0, sizeof header->policy) != NULL;
}

// Needs the header.
static bool pass_ending(struct passage *passage, struct runlog_ending *ending,
                        size_t parameter_count) {
    uint32_t status = (uint32_t)ending->status;
    size_t final_count = parameter_count;
    size_t centre_count = ending->centre == NULL ? 0 : parameter_count;
    bool good =
        pass_choice(passage, &status, RUN_STATUS_COUNT) && PASS(&ending->end_ns) &&
        PASS(&ending->event_count) && PASS(&ending->stalled_since_ns) && PASS(&ending->reason) &&
        pass_flag(passage, &ending->service.known) && PASS(&ending->service.time_ns) &&
        PASS(&ending->service.replies) && ending->service.time_ns >= 0 &&
        ending->service.replies >= 0 && run_reason_is_plain(ending->reason) &&
        PASS(&ending->timeline_fingerprint) && PASS(&ending->parameter_fingerprint) &&
        pass_floats(passage, &ending->final, &final_count) && final_count == parameter_count &&
        pass_floats(passage, &ending->centre, &centre_count) &&
        (centre_count == 0 || centre_count == parameter_count);
    ending->status = good ? (enum run_status)status : RUN_FAILED;
    return good;
}

static bool pass_table(struct passage *passage, struct runlog *log, enum runlog_table_id id) {
    size_t count = 0;
    void *rows = runlog_take_table(log, id, &count);
    bool good = passage_array(passage, &rows, &count, runlog_tables[id].row_bytes);
    runlog_put_table(log, id, rows, passage_receives(passage) ? count : 0);
    return good;
}

static bool pass_tables(struct passage *passage, struct runlog *log) {
    bool good = true;
    for (size_t i = 0; i < TABLE_COUNT && good; i++) {
        good = pass_table(passage, log, (enum runlog_table_id)i);
    }
    return good;
}

static bool pass_matrices(struct passage *passage, struct runlog *log) {
    void *samples = log->samples;
    void *values = log->values;
    bool good = passage_array(passage, &samples, &log->sample_capacity, sizeof *log->samples) &&
                passage_array(passage, &values, &log->value_capacity, sizeof *log->values);
    log->samples = samples;
    log->values = values;
    return good;
}

bool runlog_pass(struct runlog *log, struct passage *passage) {
    return pass_flag(passage, &log->altered) && pass_header(passage, &log->header) &&
           pass_ending(passage, &log->ending, log->header.parameter_count) &&
           pass_tables(passage, log) && pass_matrices(passage, log);
}

// A matrix with a row for each gradient.
static bool matrix_fits(size_t count, size_t gradients, size_t columns) {
    size_t expected = 0;
    return !__builtin_mul_overflow(gradients, columns, &expected) && count == expected;
}

bool runlog_counts_fit(const struct runlog *log) {
    const struct runlog_header *header = &log->header;
    size_t columns = header->gradient_values ? header->parameter_count : 0;
    return log->ending.worker_count == header->workers &&
           matrix_fits(log->sample_capacity, log->gradient_count, (size_t)header->sample_columns) &&
           matrix_fits(log->value_capacity, log->gradient_count, columns);
}

bool runlog_pass_provenance(struct provenance *provenance, struct passage *passage) {
    bool good = true;
    for (size_t i = 0; i < PROVENANCE_TEXT_COUNT && good; i++) {
        char *text = provenance_text(provenance, i);
        good = passage_value(passage, text, PROVENANCE_TEXT_SIZE) &&
               memchr(text, 0, PROVENANCE_TEXT_SIZE) != NULL;
    }
    good = good && passage_value(passage, provenance->measured_times, PROVENANCE_TIMES_SIZE) &&
           memchr(provenance->measured_times, 0, PROVENANCE_TIMES_SIZE) != NULL;
    return good && passage_value(passage, &provenance->threads, sizeof provenance->threads) &&
           passage_value(passage, &provenance->wall_seconds, sizeof provenance->wall_seconds);
}
