// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_axes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_number.h"
#include "sim/scenario/text_buffer.h"

static void axis_reset(struct sweep_axis *axis) {
    for (size_t i = 0; axis->texts != NULL && i < axis->count * axis->key_count; i++) {
        memory_free(axis->texts[i]);
    }
    memory_free(axis->texts);
    memory_free(axis->values);
    memory_free(axis->keys);
}

void sweep_axes_reset(struct sweep_axes *axes) {
    for (size_t i = 0; i < axes->count; i++) {
        axis_reset(&axes->axes[i]);
    }
    *axes = (struct sweep_axes){0};
}

size_t sweep_axes_find(const struct sweep_axes *axes, const char *key, size_t *column) {
    REQUIRE(axes->count <= SWEEP_AXES_MAX);
    REQUIRE(column != NULL);
    for (size_t i = 0; i < axes->count; i++) {
        for (size_t k = 0; k < axes->axes[i].key_count; k++) {
            if (strcmp(axes->axes[i].keys[k]->text, key) == 0) {
                *column = k;
                return i;
            }
        }
    }
    return axes->count;
}

struct sweep_axis *sweep_axes_add(struct sweep_axes *axes, const struct node *place,
                                  size_t key_count, size_t count, struct error *error) {
    REQUIRE(key_count > 0 && count > 0);
    REQUIRE(axes->cell_count > 0);
    if (axes->count == SWEEP_AXES_MAX) {
        node_error(place, error, NULL, "at most %d keys vary", SWEEP_AXES_MAX);
        return NULL;
    }
    if (count > SWEEP_RUNS_MAX / axes->cell_count || key_count > SWEEP_AXES_MAX ||
        count * key_count > (size_t)SWEEP_RUNS_MAX * 4) {
        node_error(place, error, NULL, "a sweep has at most %d runs", SWEEP_RUNS_MAX);
        return NULL;
    }
    axes->cell_count *= count;
    struct sweep_axis *axis = &axes->axes[axes->count++];
    *axis = (struct sweep_axis){.key_count = key_count, .count = count, .baseline = count};
    axis->keys = memory_allocate(key_count, sizeof *axis->keys);
    axis->values = memory_allocate(count * key_count, sizeof *axis->values);
    axis->texts = memory_allocate(count * key_count, sizeof *axis->texts);
    return axis;
}

char *sweep_flow_text(const struct node *node) {
    struct text_buffer buffer = {0};
    if (node != NULL) {
        node_write_flow(node, &buffer);
    }
    return buffer.text != NULL ? buffer.text : memory_copy_text("");
}

void sweep_axis_write_texts(struct sweep_axis *axis) {
    REQUIRE(axis->count > 0 && axis->texts != NULL);
    for (size_t i = 0; i < axis->count * axis->key_count; i++) {
        axis->texts[i] = sweep_flow_text(axis->values[i]);
    }
}

// A row of values, written so that equal ones are equal texts.
struct row {
    char *text;
    const struct node *place;
};

static int compare_rows(const void *left, const void *right) {
    const struct row *a = left;
    const struct row *b = right;
    int order = strcmp(a->text, b->text);
    return order != 0 ? order
           : a->place->line != b->place->line
               ? (a->place->line > b->place->line ? 1 : -1)
               : (a->place->column > b->place->column) - (a->place->column < b->place->column);
}

// "1.0" is 1, and "1000 ms" is "1 s".
static void add_value(struct text_buffer *buffer, const struct node *value, const char *text) {
    REQUIRE(text != NULL);
    char written[NUMBER_TEXT_SIZE > (int)SIM_TIME_TEXT_SIZE ? NUMBER_TEXT_SIZE
                                                            : (int)SIM_TIME_TEXT_SIZE];
    bool plain = value != NULL && value->kind == NODE_SCALAR && !value->quoted;
    int64_t whole = 0;
    double number = 0;
    if (plain && !number_read_integer(text, &whole) && number_read_decimal(text, &number)) {
        text = number_write(number, written);
    } else if (plain && number_read_time(text, &whole) == NULL) {
        text = sim_time_format(whole, written);
    }
    text_buffer_add(buffer, "%s\n", text);
}

static struct row *write_rows(const struct sweep_axis *axis, const struct node *list) {
    REQUIRE(node_count(list) == axis->count);
    struct row *rows = memory_allocate(axis->count, sizeof *rows);
    const struct node *place = list->first;
    for (size_t i = 0; i < axis->count; i++, place = place->next) {
        struct text_buffer buffer = {0};
        for (size_t k = i * axis->key_count; k < (i + 1) * axis->key_count; k++) {
            add_value(&buffer, axis->values[k], axis->texts[k]);
        }
        rows[i] = (struct row){buffer.text, place};
    }
    qsort(rows, axis->count, sizeof *rows, compare_rows);
    return rows;
}

enum status sweep_axis_check_twice(const struct sweep_axis *axis, const struct node *list,
                                   struct error *error) {
    struct row *rows = write_rows(axis, list);
    enum status status = STATUS_OK;
    for (size_t i = 1; i < axis->count && status == STATUS_OK; i++) {
        const struct node *again = rows[i].place;
        if (strcmp(rows[i - 1].text, rows[i].text) == 0) {
            bool digits =
                again->text[0] != 0 && again->text[strspn(again->text, "0123456789")] == 0;
            status = node_error(
                again, error,
                digits ? "say it once; decimals are written with a point, as in [0.01, 0.02]"
                       : "say it once",
                "the list has this twice: the first is at line %" PRId32 ", column %" PRId32,
                rows[i - 1].place->line, rows[i - 1].place->column);
        }
    }
    for (size_t i = 0; i < axis->count; i++) {
        memory_free(rows[i].text);
    }
    memory_free(rows);
    return status;
}

struct sweep_axis *sweep_axes_add_list(struct sweep_axes *axes, const struct node *place,
                                       const struct node *key, const struct node *list,
                                       struct error *error) {
    REQUIRE(list->kind == NODE_LIST && list->first != NULL);
    struct sweep_axis *axis = sweep_axes_add(axes, place, 1, node_count(list), error);
    if (axis == NULL) {
        return NULL;
    }
    size_t count = 0;
    axis->keys[0] = key;
    for (const struct node *value = list->first; value != NULL; value = value->next) {
        axis->values[count++] = value;
    }
    sweep_axis_write_texts(axis);
    return sweep_axis_check_twice(axis, list, error) == STATUS_OK ? axis : NULL;
}

void sweep_axes_set_strides(struct sweep_axes *axes) {
    REQUIRE(axes->count <= SWEEP_AXES_MAX);
    size_t stride = 1;
    for (size_t i = axes->count; i-- > 0; stride *= axes->axes[i].count) {
        axes->axes[i].stride = stride;
    }
}

size_t sweep_axis_index(const struct sweep_axis *axis, size_t grid_place) {
    REQUIRE(axis->stride > 0 && axis->count > 0);
    return grid_place / axis->stride % axis->count;
}
