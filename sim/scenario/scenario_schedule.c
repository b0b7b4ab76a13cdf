// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_schedule.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_number.h"

bool schedule_value_is(enum key_type type) {
    return type == TYPE_EXTENT || type == TYPE_THRESHOLD || type == TYPE_TABLE ||
           type == TYPE_FORMULA;
}

static enum status fail(const struct schema_key *key, const struct node *node,
                        struct error *error) {
    struct text_buffer allowed = {0};
    char excerpt[EXCERPT_SIZE];
    const char *got = node->kind == NODE_SCALAR ? text_excerpt(node->text, excerpt)
                      : node->kind == NODE_LIST ? "a list"
                                                : "a map";
    schema_write_allowed(key, &allowed);
    enum status status = node_error(node, error, NULL, "'%s' must be %s, got '%s'", key->key,
                                    text_buffer_text(&allowed), got);
    text_buffer_clear(&allowed);
    return status;
}

// ---- extents and thresholds ----

// "2 epochs", "0.5 epoch", "3": to a thousand-millionth. False if it is anything else.
static bool read_epochs(const char *text, int64_t *parts) {
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

static enum status read_extent(const struct schema_key *key, const struct node *node,
                               enum threshold_counts counts, int64_t least, int64_t *extent,
                               struct error *error) {
    int64_t value = 0;
    char excerpt[EXCERPT_SIZE];
    if (node->kind != NODE_SCALAR) {
        return fail(key, node, error);
    }
    if (!read_counted(node->text, counts, &value) || value < least) {
        char hint[2 * NUMBER_TEXT_SIZE];
        bool whole = (counts == COUNTS_GRADIENTS || counts == COUNTS_UPDATES) &&
                     number_hint_whole(node->text, hint) != NULL;
        return node_error(node, error, whole ? hint : extents[counts].remedy,
                          "'%s' is '%s': with 'counts: %s' it is %s, %s 0", key->key,
                          text_excerpt(node->text, excerpt), threshold_counts_names[counts],
                          extents[counts].what, least == 0 ? "at least" : "above");
    }
    *extent = value;
    return STATUS_OK;
}

static void write_extent(int64_t extent, enum threshold_counts counts, struct text_buffer *buffer) {
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

static enum status read_threshold(const struct schema_key *key, const struct node *node,
                                  int64_t *threshold, struct error *error) {
    int64_t value = THRESHOLD_WORKERS;
    if (node->kind != NODE_SCALAR) {
        return fail(key, node, error);
    }
    if (strcmp(node->text, "workers") != 0 &&
        (!number_read_integer(node->text, &value) || value < 1 || value > 1000000)) {
        return fail(key, node, error);
    }
    *threshold = value;
    return STATUS_OK;
}

static void write_threshold(int64_t threshold, struct text_buffer *buffer) {
    if (threshold == THRESHOLD_WORKERS) {
        text_buffer_add(buffer, "workers");
    } else {
        text_buffer_add(buffer, "%" PRId64, threshold);
    }
}

// ---- tables ----

static enum status read_row(const struct schema_key *key, const struct node *row,
                            enum threshold_counts counts, struct threshold_table *table,
                            struct error *error) {
    int64_t when = 0;
    int64_t threshold = 0;
    if (row->kind != NODE_LIST || node_count(row) != 2) {
        return node_error(row, error, "as in [[0, 1], [300, 5]]",
                          "a row of '%s' is a pair [when, K]", key->key);
    }
    enum status status = read_extent(key, row->first, counts, 0, &when, error);
    if (status == STATUS_OK) {
        status = read_threshold(key, row->last, &threshold, error);
    }
    if (status == STATUS_OK && table->count > 0 && when <= table->rows[table->count - 1].when) {
        return node_error(row->first, error, "each row comes later than the one before",
                          "the rows of '%s' are not in order", key->key);
    }
    if (status == STATUS_OK) {
        table->rows[table->count].when = when;
        table->rows[table->count++].threshold = threshold;
    }
    return status;
}

static enum status read_table(const struct schema_key *key, const struct node *list,
                              enum threshold_counts counts, struct threshold_table *table,
                              struct error *error) {
    struct threshold_table read = {0};
    enum status status = STATUS_OK;
    if (list->kind != NODE_LIST || node_count(list) > THRESHOLD_TABLE_MAX) {
        return fail(key, list, error);
    }
    for (const struct node *row = list->first; row != NULL && status == STATUS_OK;
         row = row->next) {
        status = read_row(key, row, counts, &read, error);
    }
    if (status == STATUS_OK) {
        *table = read;
    }
    return status;
}

static void write_table(const struct threshold_options *options, struct text_buffer *buffer) {
    text_buffer_add(buffer, "[");
    for (int32_t i = 0; i < options->table.count; i++) {
        text_buffer_add(buffer, "%s[", i == 0 ? "" : ", ");
        write_extent(options->table.rows[i].when, options->counts, buffer);
        text_buffer_add(buffer, ", ");
        write_threshold(options->table.rows[i].threshold, buffer);
        text_buffer_add(buffer, "]");
    }
    text_buffer_add(buffer, "]");
}

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

static enum status read_formula(const struct schema_key *key, const struct node *node,
                                struct expression *formula, struct error *error) {
    struct expression read;
    struct expression_mistake mistake;
    if (node->kind != NODE_SCALAR) {
        return fail(key, node, error);
    }
    if (expression_parse(node->text, threshold_variable_names, THRESHOLD_VARIABLE_COUNT, &read,
                         &mistake)) {
        *formula = read;
        return STATUS_OK;
    }
    struct cursor place;
    if (!find_in_source(node, mistake.offset, &place)) {
        place = cursor_at(node);
    }
    return source_error(
        node->source, place.line, place.column, error,
        "variables: n, updates, time, epoch, loss, P; functions: floor, ceil, round, "
        "abs, sqrt, exp, log, min, max, if",
        "'%s': %s", key->key, mistake.message);
}

// ---- all of them ----

enum status schedule_value_read(const struct schema_key *key, const struct node *node,
                                struct scenario *scenario, struct error *error) {
    enum threshold_counts counts = scenario->training.policy.threshold.counts;
    void *field = (char *)scenario + key->offset;
    switch (key->type) {
    case TYPE_EXTENT:
        return read_extent(key, node, counts, 1, field, error);
    case TYPE_THRESHOLD:
        return read_threshold(key, node, field, error);
    case TYPE_TABLE:
        return read_table(key, node, counts, field, error);
    default:
        INVARIANT(key->type == TYPE_FORMULA);
        return read_formula(key, node, field, error);
    }
}

void schedule_value_write(const struct schema_key *key, const struct scenario *scenario,
                          struct text_buffer *buffer) {
    const struct threshold_options *options = &scenario->training.policy.threshold;
    const void *field = (const char *)scenario + key->offset;
    switch (key->type) {
    case TYPE_EXTENT:
        write_extent(*(const int64_t *)field, options->counts, buffer);
        return;
    case TYPE_THRESHOLD:
        write_threshold(*(const int64_t *)field, buffer);
        return;
    case TYPE_TABLE:
        write_table(options, buffer);
        return;
    default:
        INVARIANT(key->type == TYPE_FORMULA);
        scalar_write(options->formula.text, buffer);
        return;
    }
}
