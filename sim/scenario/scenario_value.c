// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_value.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/scenario/scenario_value_refuse.h"

// What the value of a node is that its type does not take, or NULL.
static const char *kind_fault(const struct node *node, const struct value_type *type) {
    bool list = type->takes == TAKES_LIST;
    switch (node->kind) {
    case NODE_MAP:
        return (type->takes & TAKES_MAP) != 0 ? NULL
               : list                         ? "takes a list, not a map"
                                              : "takes one value, not a map";
    case NODE_LIST:
        return (type->takes & TAKES_LIST) != 0 ? NULL
               : type->named != NULL           ? "takes a map of names, not a list"
                                               : "takes one value, not a list";
    case NODE_SCALAR:
        break;
    }
    return !node_is_empty(node) || (type->takes & TAKES_NOTHING) != 0 ? NULL : "has no value";
}

enum status value_read_row(const struct schema_key *row, const struct node *node, void *field,
                           const struct scenario *scenario, struct error *error) {
    REQUIRE(row != NULL && node != NULL && field != NULL);
    struct word_list inner;
    inner.count = 0; // its storage is large
    const struct value_reading reading = {.key = row,
                                          .node = node,
                                          .field = field,
                                          .read =
                                              row->type->named != NULL ? value_read_named : NULL,
                                          .scenario = scenario,
                                          .inner = &inner,
                                          .error = error};
    const char *fault = kind_fault(node, row->type);
    if (fault != NULL) {
        return value_refuse_kind(&reading, fault);
    }
    if (node->kind == NODE_MAP) {
        schema_list_members(row->key, &inner);
    }
    return (reading.read != NULL ? reading.read : row->type->read)(&reading);
}

enum status value_read(enum scenario_key key, const struct node *node, struct scenario *scenario,
                       struct error *error) {
    REQUIRE(key < KEY_COUNT && scenario != NULL);
    const struct schema_key *row = &schema_table[key];
    return value_read_row(row, node, (char *)scenario + row->offset, scenario, error);
}

void value_set_default(enum scenario_key key, struct document *document,
                       struct scenario *scenario) {
    REQUIRE(key < KEY_COUNT);
    const char *text = schema_fallback(key, scenario);
    const char *name = schema_table[key].key;
    struct node *node = document_add_named_scalar(document, name, text);
    if (text[0] != 0 && strchr("{[\"", text[0]) != NULL) { // else it is what YAML makes of it
        enum status parsed = document_add_text(document, name, text, strlen(text), &node, NULL);
        ENSURE(parsed == STATUS_OK);
    }
    enum status status = value_read(key, node, scenario, NULL);
    ENSURE(status == STATUS_OK);
}

void value_write(enum scenario_key key, const struct scenario *scenario,
                 struct text_buffer *buffer) {
    REQUIRE(key < KEY_COUNT);
    const struct value_type *type = schema_table[key].type;
    (type->named != NULL ? value_write_named : type->write)(&schema_table[key], scenario, buffer);
    for (enum scenario_key inner = 0; inner < KEY_COUNT; inner++) {
        bool map = buffer->length > 0 && buffer->text[buffer->length - 1] == '}';
        if (map && schema_is_inside(inner, key)) { // it is written in the same map
            buffer->text[--buffer->length] = 0;
            text_buffer_add(buffer, ", %s: ", strrchr(schema_table[inner].key, '.') + 1);
            value_write(inner, scenario, buffer);
            text_buffer_add(buffer, "}");
        }
    }
}
