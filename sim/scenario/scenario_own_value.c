// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_own_value.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/scenario/scenario_law.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_value_plain.h"
#include "sim/scenario/scenario_value_quantity.h"

// Each of the structs begins with whether there is a value; where that is, and the word for none.
static const struct own_type {
    const struct value_type *type;
    const struct value_type *inner;
    size_t offset;
    const char *word;
} own_types[] = {
    {&value_own_law, &value_law, offsetof(struct own_law, law), "inherited"},
    {&value_own_delay, &value_delay, offsetof(struct own_delay, delay), "inherited"},
    {&value_own_bandwidth, &value_bandwidth, offsetof(struct own_bandwidth, bits_per_s),
     "inherited"},
    {&value_own_share, &value_share, offsetof(struct own_share, share), "inherited"},
    {&value_own_time, &value_time, offsetof(struct own_time, span_ns), "inherited"},
    {&value_own_number, &value_number, offsetof(struct own_number, number), "inherited"},
    {&value_law_or_none, &value_law, offsetof(struct own_law, law), "none"},
    {&value_number_or_none, &value_number, offsetof(struct own_number, number), "none"},
    {&value_time_or_none, &value_time, offsetof(struct own_time, span_ns), "none"},
};

static const struct own_type *own_type_of(const struct schema_key *key) {
    REQUIRE(key->type != NULL);
    size_t i = 0;
    while (i < sizeof own_types / sizeof own_types[0] && own_types[i].type != key->type) {
        i++;
    }
    REQUIRE(i < sizeof own_types / sizeof own_types[0]);
    return &own_types[i];
}

// What an event multiplies by is no share of its own.
static enum status refuse_share(const struct value_reading *reading) {
    char excerpt[EXCERPT_SIZE];
    REQUIRE(reading->node->kind == NODE_SCALAR);
    return reading->error == NULL
               ? STATUS_BAD_DATA
               : node_error(reading->node, reading->error,
                            "as in 10 for ten times what the link has, or 0.5 for half of it",
                            "'%s' is a factor, a number without %%, got '%s'", reading->key->key,
                            text_excerpt(reading->node->text, excerpt));
}

static enum status read_own(const struct value_reading *reading) {
    const struct own_type *type = own_type_of(reading->key);
    const struct node *node = reading->node;
    struct schema_key row = *reading->key;
    struct value_reading own = *reading;
    bool *is_own = reading->field;
    if (node->kind == NODE_SCALAR && strcmp(node->text, type->word) == 0) {
        *is_own = false;
        return STATUS_OK;
    }
    if (type->type == &value_number_or_none && node->kind == NODE_SCALAR &&
        strchr(node->text, '%') != NULL) {
        return refuse_share(reading);
    }
    row.type = type->inner;
    own.key = &row;
    own.field = (char *)reading->field + type->offset;
    enum status status = type->inner->read(&own);
    *is_own = *is_own || status == STATUS_OK;
    return status;
}

static void write_own(const struct schema_key *key, const struct scenario *scenario,
                      struct text_buffer *buffer) {
    const struct own_type *type = own_type_of(key);
    struct schema_key row = *key;
    if (!*(const bool *)key_field(key, scenario)) {
        text_buffer_add(buffer, "%s", type->word);
        return;
    }
    row.type = type->inner;
    row.offset += type->offset;
    type->inner->write(&row, scenario, buffer);
}

static void allow_own(const struct schema_key *key, struct text_buffer *buffer) {
    struct schema_key row = *key;
    row.type = own_type_of(key)->inner;
    text_buffer_add(buffer, "%s, ", own_type_of(key)->word);
    key_write_allowed(&row, buffer);
}

const struct value_type value_own_law = {.read = read_own,
                                         .write = write_own,
                                         .allowed = allow_own,
                                         .unit = "time",
                                         .takes = TAKES_MAP,
                                         .is_law = true};

const struct value_type value_own_delay = {.read = read_own,
                                           .write = write_own,
                                           .allowed = allow_own,
                                           .unit = "time",
                                           .takes = TAKES_MAP,
                                           .is_law = true};

const struct value_type value_own_bandwidth = {
    .read = read_own, .write = write_own, .allowed = allow_own, .unit = "bits or bytes per second"};

const struct value_type value_own_share = {
    .read = read_own, .write = write_own, .allowed = allow_own};

const struct value_type value_own_time = {
    .read = read_own, .write = write_own, .allowed = allow_own, .unit = "time"};

const struct value_type value_own_number = {
    .read = read_own, .write = write_own, .allowed = allow_own};

const struct value_type value_law_or_none = {.read = read_own,
                                             .write = write_own,
                                             .allowed = allow_own,
                                             .unit = "time",
                                             .takes = TAKES_MAP,
                                             .is_law = true};

const struct value_type value_number_or_none = {
    .read = read_own, .write = write_own, .allowed = allow_own};

const struct value_type value_time_or_none = {
    .read = read_own, .write = write_own, .allowed = allow_own, .unit = "time"};
