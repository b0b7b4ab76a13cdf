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
    *axis = (struct sweep_axis){.key_count = key_count, .count = count};
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

struct item {
    char *text;
    const struct node *place;
};

static int compare_items(const void *left, const void *right) {
    const struct item *a = left;
    const struct item *b = right;
    int order = strcmp(a->text, b->text);
    int lines = a->place->line - b->place->line;
    return order != 0 ? order : lines != 0 ? lines : a->place->column - b->place->column;
}

// Equal texts for equal values: "1.0" is 1, and "1000 ms" is "1 s".
static char *item_text(const struct node *value) {
    char written[NUMBER_TEXT_SIZE];
    int64_t whole = 0;
    double number = 0;
    REQUIRE(NUMBER_TEXT_SIZE >= (int)SIM_TIME_TEXT_SIZE);
    bool plain = value->kind == NODE_SCALAR && !value->quoted;
    return plain && number_read_time(value->text, &whole) == NULL
               ? memory_copy_text(sim_time_format(whole, written))
           : plain && !number_read_integer(value->text, &whole) &&
                   number_read_decimal(value->text, &number)
               ? memory_copy_text(number_write(number, written))
               : sweep_flow_text(value);
}

enum status sweep_check_twice(const struct node *list, struct error *error) {
    REQUIRE(list->kind == NODE_LIST);
    size_t count = 0;
    enum status status = STATUS_OK;
    struct item *items = memory_allocate(node_count(list), sizeof *items);
    for (const struct node *value = list->first; value != NULL; value = value->next) {
        items[count++] = (struct item){item_text(value), value};
    }
    qsort(items, count, sizeof *items, compare_items);
    for (size_t i = 0; i < count; i++) {
        const struct node *place = items[i].place;
        if (status == STATUS_OK && i + 1 < count && strcmp(items[i].text, items[i + 1].text) == 0) {
            status = node_error(
                items[i + 1].place, error,
                "say it once; decimals are written with a point, as in [0.01, 0.02]",
                "the list has this twice: the first is at line %" PRId32 ", column %" PRId32,
                place->line, place->column);
        }
        memory_free(items[i].text);
    }
    memory_free(items);
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
    return sweep_check_twice(list, error) == STATUS_OK ? axis : NULL;
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
