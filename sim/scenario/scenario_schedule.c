// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_schedule.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_mistakes.h"
#include "sim/scenario/scenario_number.h"
#include "sim/scenario/scenario_value_plain.h"
#include "sim/scenario/scenario_value_refuse.h"

enum { THRESHOLD_MOST = 1000000 };

// ---- extents and thresholds ----

// "2 epochs", "0.5 epoch", "3": to a thousand-millionth. False if it is anything else.
static bool read_epochs(const char *text, int64_t *parts) {
    REQUIRE(text != NULL);
    char number[NUMBER_TEXT_SIZE] = "";
    size_t length = strcspn(text, " ");
    const char *unit = text + length + strspn(text + length, " ");
    double epochs = 0;
    if (length >= sizeof number ||
        !(*unit == 0 || strcmp(unit, "epoch") == 0 || strcmp(unit, "epochs") == 0)) {
        return false;
    }
    memcpy(number, text, length);
    if (!number_read_decimal(number, &epochs) || epochs < 0 || epochs > 1e6) {
        return false;
    }
    double exact = epochs * THRESHOLD_EPOCH;
    *parts = (int64_t)floor(exact + 0.5);
    return fabs(exact - (double)*parts) < 1e-3;
}

static const struct {
    const char *what;
    const char *remedy;
} extents[COUNTS_COUNT] = {
    [COUNTS_GRADIENTS] = {"a whole number", "for a time write 'counts: time' beside it"},
    [COUNTS_UPDATES] = {"a whole number", "for a time write 'counts: time' beside it"},
    [COUNTS_TIME] = {"a time with its unit, as in 10 s",
                     "for a number of gradients write 'counts: gradients' beside it"},
    [COUNTS_EPOCHS] = {"a number of epochs with at most nine decimals, as in 2 epochs",
                       "for a number of gradients write 'counts: gradients' beside it"},
};

static bool read_counted(const char *text, enum threshold_counts counts, int64_t *value) {
    REQUIRE(text != NULL);
    switch (counts) {
    case COUNTS_TIME:
        return number_read_time(text, value) == NULL;
    case COUNTS_EPOCHS:
        return read_epochs(text, value);
    case COUNTS_GRADIENTS:
    case COUNTS_UPDATES:
    case COUNTS_COUNT:
        break;
    }
    return number_read_integer(text, value) && *value <= INT64_C(1000000000000000);
}

static enum status read_extent_from(const struct value_reading *reading, int64_t least) {
    enum threshold_counts counts = reading->scenario->training.policy.threshold.counts;
    int64_t value = 0;
    char excerpt[EXCERPT_SIZE];
    REQUIRE(counts < COUNTS_COUNT);
    if (reading->node->kind != NODE_SCALAR) {
        return value_refuse(reading, NULL);
    }
    if (!read_counted(reading->node->text, counts, &value) || value < least) {
        return value_refuse_with(reading, extents[counts].remedy,
                                 "'%s' is '%s': with 'counts: %s' it is %s, %s 0",
                                 reading->key->key, text_excerpt(reading->node->text, excerpt),
                                 threshold_counts_names[counts], extents[counts].what,
                                 least == 0 ? "at least" : "above");
    }
    *(int64_t *)reading->field = value;
    return STATUS_OK;
}

static enum status read_extent(const struct value_reading *reading) {
    return read_extent_from(reading, 1);
}

static enum status read_when(const struct value_reading *reading) {
    return read_extent_from(reading, 0);
}

static void write_extent_of(int64_t extent, enum threshold_counts counts,
                            struct text_buffer *buffer) {
    REQUIRE(extent >= 0);
    char text[NUMBER_TEXT_SIZE];
    if (counts == COUNTS_TIME) {
        text_buffer_add(buffer, "%s", sim_time_format(extent, text));
    } else if (counts == COUNTS_EPOCHS) {
        text_buffer_add(buffer, "%s epoch%s", number_write((double)extent / THRESHOLD_EPOCH, text),
                        extent == THRESHOLD_EPOCH ? "" : "s");
    } else {
        text_buffer_add(buffer, "%" PRId64, extent);
    }
}

static void write_extent(const struct schema_key *key, const struct scenario *scenario,
                         struct text_buffer *buffer) {
    write_extent_of(*(const int64_t *)key_field(key, scenario),
                    scenario->training.policy.threshold.counts, buffer);
}

static bool vary_extent(const struct schema_key *key, void *field, size_t index) {
    REQUIRE(key->type == &value_extent);
    *(int64_t *)field = 1;
    return index == 0;
}

const struct value_type value_extent = {.read = read_extent,
                                        .write = write_extent,
                                        .vary = vary_extent,
                                        .takes = TAKES_MAP | TAKES_LIST,
                                        .is_whole = true,
                                        .words = "as 'counts' says: a whole number of gradients or "
                                                 "updates, a time as in 10 s, or as in 2 epochs"};

static bool may_be_present(const struct schema_key *key) {
    return key->offset == offsetof(struct scenario, training.policy.threshold.end);
}

static enum status read_threshold(const struct value_reading *reading) {
    int64_t value = THRESHOLD_WORKERS;
    bool workers = strcmp(reading->node->text, "workers") == 0;
    bool present = may_be_present(reading->key) && strcmp(reading->node->text, "present") == 0;
    if (present && reading->node->kind == NODE_SCALAR) {
        *(int64_t *)reading->field = THRESHOLD_PRESENT;
        return STATUS_OK;
    }
    if (reading->node->kind != NODE_SCALAR ||
        (!workers && (!number_read_integer(reading->node->text, &value) || value < 1 ||
                      value > THRESHOLD_MOST))) {
        return value_refuse(reading, NULL);
    }
    *(int64_t *)reading->field = value;
    return STATUS_OK;
}

static void write_threshold_of(int64_t threshold, struct text_buffer *buffer) {
    REQUIRE(threshold >= THRESHOLD_PRESENT);
    if (threshold <= THRESHOLD_WORKERS) {
        text_buffer_add(buffer, threshold == THRESHOLD_WORKERS ? "workers" : "present");
    } else {
        text_buffer_add(buffer, "%" PRId64, threshold);
    }
}

static void write_threshold(const struct schema_key *key, const struct scenario *scenario,
                            struct text_buffer *buffer) {
    write_threshold_of(*(const int64_t *)key_field(key, scenario), buffer);
}

static void allow_threshold(const struct schema_key *key, struct text_buffer *buffer) {
    REQUIRE(key->type == &value_threshold && key->most == THRESHOLD_MOST);
    text_buffer_add(buffer, "workers, %sor ", may_be_present(key) ? "present, " : "");
    value_allow_whole(key, buffer);
}

static bool vary_threshold(const struct schema_key *key, void *field, size_t index) {
    REQUIRE(key->type == &value_threshold);
    *(int64_t *)field = 2;
    return index == 0;
}

const struct value_type value_threshold = {.read = read_threshold,
                                           .write = write_threshold,
                                           .allowed = allow_threshold,
                                           .vary = vary_threshold,
                                           .takes = TAKES_MAP | TAKES_LIST,
                                           .is_whole = true};

// ---- tables ----

static enum status read_row(const struct value_reading *table, const struct node *row,
                            struct threshold_table *rows, struct error *error) {
    REQUIRE(rows->count < THRESHOLD_TABLE_MAX);
    int64_t when = 0;
    int64_t threshold = 0;
    struct value_reading part = *table;
    part.error = error;
    if (row->kind != NODE_LIST || node_count(row) != 2) {
        return node_error(row, error, "as in [[0, 1], [300, 5]]",
                          "a row of '%s' is a pair [when, K]", table->key->key);
    }
    part.node = row->first;
    part.field = &when;
    part.read = read_when;
    enum status status = read_when(&part);
    if (status == STATUS_OK) {
        part.node = row->last;
        part.field = &threshold;
        part.read = read_threshold;
        status = read_threshold(&part);
    }
    if (status == STATUS_OK && rows->count > 0 && when <= rows->rows[rows->count - 1].when) {
        return node_error(row->first, error, "each row comes later than the one before",
                          "the rows of '%s' are not in order", table->key->key);
    }
    if (status == STATUS_OK) {
        rows->rows[rows->count].when = when;
        rows->rows[rows->count++].threshold = threshold;
    }
    return status;
}

static enum status read_table(const struct value_reading *reading) {
    REQUIRE(reading->key->type == &value_table);
    struct threshold_table table = {0};
    struct mistakes mistakes = {0};
    if (reading->node->kind != NODE_LIST || node_count(reading->node) > THRESHOLD_TABLE_MAX) {
        return value_refuse(reading, NULL);
    }
    for (const struct node *row = reading->node->first; row != NULL; row = row->next) {
        struct error error;
        if (read_row(reading, row, &table, &error) != STATUS_OK) {
            mistakes_add(&mistakes, reading->node, row, &error);
        }
    }
    enum status status = mistakes_finish(&mistakes, reading->error);
    if (status == STATUS_OK) {
        *(struct threshold_table *)reading->field = table;
    }
    return status;
}

static void write_table(const struct schema_key *key, const struct scenario *scenario,
                        struct text_buffer *buffer) {
    const struct threshold_table *table = key_field(key, scenario);
    REQUIRE(table->count <= THRESHOLD_TABLE_MAX);
    text_buffer_add(buffer, "[");
    for (int32_t i = 0; i < table->count; i++) {
        text_buffer_add(buffer, "%s[", i == 0 ? "" : ", ");
        write_extent_of(table->rows[i].when, scenario->training.policy.threshold.counts, buffer);
        text_buffer_add(buffer, ", ");
        write_threshold_of(table->rows[i].threshold, buffer);
        text_buffer_add(buffer, "]");
    }
    text_buffer_add(buffer, "]");
}

static void allow_table(const struct schema_key *key, struct text_buffer *buffer) {
    REQUIRE(key->type == &value_table);
    text_buffer_add(buffer, "a list of at most %d pairs, as in [[0, 1], [300, 5], [900, workers]]",
                    THRESHOLD_TABLE_MAX);
}

const struct value_type value_table = {.read = read_table,
                                       .write = write_table,
                                       .allowed = allow_table,
                                       .takes = TAKES_MAP | TAKES_LIST};

// ---- formulas ----

// A place in a source.
struct cursor {
    const char *at;
    int32_t line, column;
};

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n';
}

// By a byte; of a character of several bytes the column is that of the first.
static void advance(struct cursor *cursor) {
    REQUIRE(*cursor->at != 0);
    bool ends_line = *cursor->at == '\n';
    cursor->at++;
    if (ends_line) {
        cursor->line++;
        cursor->column = 1;
    } else if ((*cursor->at & 0xC0) != 0x80) {
        cursor->column++;
    }
}

static void skip_blanks(struct cursor *cursor) {
    while (is_blank(*cursor->at)) {
        advance(cursor);
    }
}

static struct cursor cursor_at(const struct node *node) {
    REQUIRE(node->line >= 1 && node->column >= 1);
    struct cursor cursor = {node->source->text, 1, 1};
    while (*cursor.at != 0 && (cursor.line < node->line || cursor.column < node->column)) {
        advance(&cursor);
    }
    return cursor;
}

// Moves the cursor to where a byte of a scalar's text stands in the source; blanks of the text may
// be line breaks and indentation there. False if the scalar does not stand there as it is: escaped,
// or a default.
static bool find_in_source(const struct node *node, size_t offset, struct cursor *cursor) {
    REQUIRE(offset <= strlen(node->text));
    *cursor = cursor_at(node);
    if (node->quoted && (*cursor->at == '"' || *cursor->at == '\'')) {
        advance(cursor);
    } else {
        skip_blanks(cursor); // a block begins with its indentation
    }
    for (size_t i = 0; i < offset;) {
        if (is_blank(node->text[i])) {
            skip_blanks(cursor);
            i += strspn(node->text + i, " \t\n");
        } else if (*cursor->at == node->text[i]) {
            advance(cursor);
            i++;
        } else {
            return false;
        }
    }
    return true;
}

static enum status read_formula(const struct value_reading *reading) {
    REQUIRE(reading->key->type == &value_formula);
    const struct node *node = reading->node;
    struct expression read;
    struct expression_mistake mistake;
    if (node->kind != NODE_SCALAR) {
        return value_refuse(reading, NULL);
    }
    if (expression_parse(node->text, threshold_variable_names, THRESHOLD_VARIABLE_COUNT, &read,
                         &mistake)) {
        *(struct expression *)reading->field = read;
        return STATUS_OK;
    }
    struct cursor place;
    if (!find_in_source(node, mistake.offset, &place)) {
        place = cursor_at(node);
    }
    return source_error(
        node->source, place.line, place.column, reading->error,
        "variables: n, updates, time, epoch, loss, P; functions: floor, ceil, round, "
        "abs, sqrt, exp, log, min, max, if",
        "'%s': %s", reading->key->key, mistake.message);
}

static void write_formula(const struct schema_key *key, const struct scenario *scenario,
                          struct text_buffer *buffer) {
    const struct expression *formula = key_field(key, scenario);
    scalar_write(formula->text, buffer);
}

static void allow_formula(const struct schema_key *key, struct text_buffer *buffer) {
    REQUIRE(key->type == &value_formula);
    text_buffer_add(buffer, "a formula of at most %d characters, as in 1 + floor(n/300)",
                    EXPRESSION_TEXT_SIZE - 1);
}

const struct value_type value_formula = {.read = read_formula,
                                         .write = write_formula,
                                         .allowed = allow_formula,
                                         .takes = TAKES_MAP | TAKES_LIST};

bool schedule_value_is(const struct value_type *type) {
    return type == &value_extent || type == &value_threshold || type == &value_table ||
           type == &value_formula;
}
