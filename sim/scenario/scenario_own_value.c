// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_own_value.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/scenario/scenario_law.h"
#include "sim/scenario/scenario_value_plain.h"
#include "sim/scenario/scenario_value_quantity.h"

static const char inherited[] = "inherited";

// Each of the structs begins with whether it has a value of its own; where that is.
struct inner {
    const struct value_type *type;
    size_t offset;
};

static struct inner inner_of(const struct schema_key *key) {
    REQUIRE(key->type != NULL);
    if (key->type == &value_own_law) {
        return (struct inner){&value_law, offsetof(struct own_law, law)};
    }
    if (key->type == &value_own_delay) {
        return (struct inner){&value_delay, offsetof(struct own_delay, delay)};
    }
    if (key->type == &value_own_share) {
        return (struct inner){&value_share, offsetof(struct own_share, share)};
    }
    if (key->type == &value_own_time) {
        return (struct inner){&value_time, offsetof(struct own_time, span_ns)};
    }
    if (key->type == &value_own_number) {
        return (struct inner){&value_number, offsetof(struct own_number, number)};
    }
    REQUIRE(key->type == &value_own_bandwidth);
    return (struct inner){&value_bandwidth, offsetof(struct own_bandwidth, bits_per_s)};
}

static enum status read_own(const struct value_reading *reading) {
    const struct inner inner = inner_of(reading->key);
    const struct node *node = reading->node;
    struct schema_key row = *reading->key;
    struct value_reading own = *reading;
    bool *is_own = reading->field;
    if (node->kind == NODE_SCALAR && strcmp(node->text, inherited) == 0) {
        *is_own = false;
        return STATUS_OK;
    }
    row.type = inner.type;
    own.key = &row;
    own.field = (char *)reading->field + inner.offset;
    enum status status = inner.type->read(&own);
    *is_own = *is_own || status == STATUS_OK;
    return status;
}

static void write_own(const struct schema_key *key, const struct scenario *scenario,
                      struct text_buffer *buffer) {
    const struct inner inner = inner_of(key);
    struct schema_key row = *key;
    if (!*(const bool *)key_field(key, scenario)) {
        text_buffer_add(buffer, "%s", inherited);
        return;
    }
    row.type = inner.type;
    row.offset += inner.offset;
    inner.type->write(&row, scenario, buffer);
}

static void allow_own(const struct schema_key *key, struct text_buffer *buffer) {
    struct schema_key row = *key;
    row.type = inner_of(key).type;
    text_buffer_add(buffer, "%s, ", inherited);
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
