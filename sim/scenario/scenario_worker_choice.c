// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_worker_choice.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/complete_table.h"
#include "sim/scenario/scenario_mistakes.h"
#include "sim/scenario/scenario_number.h"
#include "sim/scenario/scenario_value_refuse.h"

const char *const worker_draw_names[WORKER_DRAW_COUNT] = {ROW(WORKERS_FIXED) = "fixed",
                                                          ROW(WORKERS_DRAWN) = "drawn"};
ROWS_COMPLETE(WORKER_DRAW_COUNT);

static void put(const struct value_reading *reading, struct worker_choice choice) {
    struct worker_choice *field = reading->field;
    REQUIRE(choice.kind <= WORKERS_OF_GROUP);
    choice.who = field->who;
    *field = choice;
}

static bool is_number(const struct schema_key *key, int64_t number) {
    REQUIRE(key->most <= WORKERS_MAX);
    return number >= 0 && (double)number <= key->most;
}

// "3" or "15..24". NULL, or what is wrong.
static const char *read_range(const struct schema_key *key, const char *text,
                              struct worker_range *range) {
    char first[NUMBER_TEXT_SIZE];
    const char *dots = strstr(text, "..");
    int64_t ends[2] = {0, 0};
    size_t length = dots == NULL ? strlen(text) : (size_t)(dots - text);
    snprintf(first, sizeof first, "%.*s", (int)(length < sizeof first ? length : 0), text);
    if (!number_read_integer(first, &ends[0]) ||
        !number_read_integer(dots == NULL ? first : dots + 2, &ends[1])) {
        return "a worker's number is a whole one, and numbers in a row are written as in 15..24";
    }
    if (!is_number(key, ends[0]) || !is_number(key, ends[1])) {
        return "workers are numbered from 0 on";
    }
    if (ends[0] > ends[1]) {
        return "numbers in a row are written upwards, as in 15..24";
    }
    *range = (struct worker_range){(int32_t)ends[0], (int32_t)ends[1]};
    return NULL;
}

static enum status read_list(const struct value_reading *reading) {
    const struct node *list = reading->node;
    struct worker_choice choice = {.kind = WORKERS_NUMBERS};
    struct mistakes mistakes = {0};
    size_t count = node_count(list);
    REQUIRE(list->kind == NODE_LIST);
    if (count < 1 || count > WORKER_RANGES_MAX) {
        return value_refuse_kind(reading, count < 1 ? "is an empty list" : "is too long a list");
    }
    for (const struct node *item = list->first; item != NULL; item = item->next) {
        struct error error;
        const char *wrong =
            item->kind == NODE_SCALAR
                ? read_range(reading->key, item->text, &choice.ranges[choice.range_count])
                : "a list has numbers, as in [3, 15..24]";
        choice.range_count++;
        if (wrong != NULL) {
            node_error(item, &error, "as in [3, 15..24]", "'%s': %s", reading->key->key, wrong);
            mistakes_add(&mistakes, list, item, &error);
        }
    }
    enum status status = mistakes_finish(&mistakes, reading->error);
    if (status == STATUS_OK) {
        put(reading, choice);
    }
    return status;
}

static enum status read_share(const struct value_reading *reading) {
    struct worker_choice choice = {.kind = WORKERS_SHARE};
    REQUIRE(reading->node->kind == NODE_SCALAR);
    if (number_is_too_small(reading->node->text)) {
        return value_refuse(reading, NUMBER_TOO_SMALL);
    }
    if (!number_read_percent(reading->node->text, &choice.share) || choice.share < 0 ||
        choice.share > 1) {
        return value_refuse(reading, NULL);
    }
    put(reading, choice);
    return STATUS_OK;
}

static enum status read_workers(const struct value_reading *reading) {
    const char *text = reading->node->text;
    bool has_groups = reading->key->type == &value_workers;
    REQUIRE(has_groups || reading->key->type == &value_members);
    struct worker_choice choice = {.kind = WORKERS_NUMBERS, .range_count = 1};
    int64_t count = 0;
    if (reading->node->kind == NODE_LIST) {
        return read_list(reading);
    }
    if (number_read_integer(text, &count)) {
        if (!is_number(reading->key, count)) {
            return value_refuse(reading, NULL);
        }
        put(reading, (struct worker_choice){.kind = WORKERS_COUNT, .count = (int32_t)count});
        return STATUS_OK;
    }
    if (strstr(text, "..") != NULL) {
        const char *wrong = read_range(reading->key, text, &choice.ranges[0]);
        if (wrong != NULL) {
            return value_refuse(reading, wrong);
        }
        put(reading, choice);
        return STATUS_OK;
    }
    if (strcmp(text, "none") == 0) {
        put(reading, (struct worker_choice){.kind = WORKERS_NOT_SAID});
        return STATUS_OK;
    }
    if (!has_groups || !key_is_name(text)) {
        return read_share(reading);
    }
    choice = (struct worker_choice){.kind = WORKERS_OF_GROUP};
    snprintf(choice.group, sizeof choice.group, "%s", text);
    put(reading, choice);
    return STATUS_OK;
}

static void write_numbers(const struct worker_choice *choice, struct text_buffer *buffer) {
    REQUIRE(choice->range_count > 0 && choice->range_count <= WORKER_RANGES_MAX);
    bool bare = choice->range_count == 1 && choice->ranges[0].first < choice->ranges[0].last;
    text_buffer_add(buffer, bare ? "" : "[");
    for (int32_t i = 0; i < choice->range_count; i++) {
        const struct worker_range *range = &choice->ranges[i];
        text_buffer_add(buffer, "%s%" PRId32, i == 0 ? "" : ", ", range->first);
        if (range->last > range->first) {
            text_buffer_add(buffer, "..%" PRId32, range->last);
        }
    }
    text_buffer_add(buffer, bare ? "" : "]");
}

static void write_workers(const struct schema_key *key, const struct scenario *scenario,
                          struct text_buffer *buffer) {
    const struct worker_choice *choice = key_field(key, scenario);
    char text[NUMBER_TEXT_SIZE];
    switch (choice->kind) {
    case WORKERS_NOT_SAID:
        text_buffer_add(buffer, "none");
        return;
    case WORKERS_COUNT:
        text_buffer_add(buffer, "%" PRId32, choice->count);
        return;
    case WORKERS_SHARE:
        text_buffer_add(buffer, "%s", number_write_percent(choice->share, text));
        return;
    case WORKERS_NUMBERS:
        write_numbers(choice, buffer);
        return;
    case WORKERS_OF_GROUP:
        text_buffer_add(buffer, "%s", choice->group);
        return;
    }
    INVARIANT(choice->kind <= WORKERS_OF_GROUP);
}

#define MEMBERS                                                                                    \
    "a count as in 3, a share as in 40 %, or numbers as in 15..24 or [3, 15..24] (at most 32 of "  \
    "them or rows of them)"

const struct value_type value_members = {.read = read_workers,
                                         .write = write_workers,
                                         .unit = "share, count or numbers",
                                         .takes = TAKES_LIST,
                                         .is_whole = true,
                                         .words = MEMBERS};

const struct value_type value_workers = {.read = read_workers,
                                         .write = write_workers,
                                         .unit = "share, count or numbers",
                                         .takes = TAKES_LIST,
                                         .is_whole = true,
                                         .words = MEMBERS ", or the name of a group"};

_Static_assert(WORKER_RANGES_MAX == 32, "as the words say");

static enum status read_worker(const struct value_reading *reading) {
    REQUIRE(reading->key->type == &value_worker);
    struct worker_choice choice = {.kind = WORKERS_NUMBERS, .range_count = 1};
    int64_t number = 0;
    if (strcmp(reading->node->text, "none") == 0) {
        put(reading, (struct worker_choice){.kind = WORKERS_NOT_SAID});
        return STATUS_OK;
    }
    if (!number_read_integer(reading->node->text, &number) || !is_number(reading->key, number)) {
        return value_refuse(reading, NULL);
    }
    choice.ranges[0] = (struct worker_range){(int32_t)number, (int32_t)number};
    put(reading, choice);
    return STATUS_OK;
}

const struct value_type value_worker = {.read = read_worker,
                                        .write = write_workers,
                                        .is_whole = true,
                                        .words = "the number of a worker, 0 for the first"};
