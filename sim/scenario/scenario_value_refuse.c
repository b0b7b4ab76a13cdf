// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_value_refuse.h"

#include <stdarg.h>
#include <stdio.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/scenario/scenario_number.h"

// Whether the text would be read in the place of the value.
static bool reads(const struct value_reading *reading, const char *text, void *scratch) {
    REQUIRE(scratch != NULL);
    struct node node = *reading->node;
    struct value_reading again = *reading;
    node.text = text;
    again.node = &node;
    again.field = scratch;
    again.error = NULL;
    return text[0] != 0 &&
           (reading->read != NULL ? reading->read : reading->key->type->read)(&again) == STATUS_OK;
}

const char *value_slip(const struct value_reading *reading, char meant[NUMBER_SLIP_SIZE]) {
    REQUIRE(reading->node != NULL && reading->key != NULL);
    const char *reason = NULL;
    const char *of_number = NULL;
    bool found = false;
    meant[0] = 0;
    if (reading->node->kind != NODE_SCALAR) {
        return NULL;
    }
    void *scratch = memory_allocate(1, sizeof(struct scenario)); // no value is larger
    for (size_t i = 0; !found && number_slip(reading->node->text, i, meant, &reason); i++) {
        of_number = of_number == NULL && meant[0] == 0 ? reason : of_number;
        found = reads(reading, meant, scratch);
    }
    double share = 0;
    if (!found && number_read_decimal(reading->node->text, &share) && share >= 0 && share <= 100) {
        number_write_percent(share <= 1 ? share : share / 100, meant); // only a share reads it
        found = reads(reading, meant, scratch);
        reason = "a share is written in percent";
    }
    memory_free(scratch);
    meant[0] = found ? meant[0] : 0;
    return found ? reason : of_number;
}

static const char *shown(const struct node *node, char excerpt[EXCERPT_SIZE]) {
    return node->kind == NODE_SCALAR ? text_excerpt(node->text, excerpt)
           : node->kind == NODE_LIST ? "a list"
                                     : "a map";
}

enum status value_refuse_part(const struct value_reading *reading, const char *name,
                              const char *because, const char *allowed) {
    REQUIRE(name != NULL && because != NULL);
    char excerpt[EXCERPT_SIZE];
    char meant[NUMBER_SLIP_SIZE];
    struct text_buffer hint = {0};
    if (reading->error == NULL) {
        return STATUS_BAD_DATA;
    }
    const char *slip = value_slip(reading, meant);
    text_buffer_add(&hint, "%s%s%s%s", meant[0] == 0 ? "" : "write ", meant,
                    meant[0] == 0 ? "" : "; ", allowed);
    enum status status =
        node_error(reading->node, reading->error, text_buffer_text(&hint), "'%s' is '%s': %s", name,
                   shown(reading->node, excerpt), slip == NULL ? because : slip);
    text_buffer_clear(&hint);
    return status;
}

enum status value_refuse(const struct value_reading *reading, const char *because) {
    char excerpt[EXCERPT_SIZE];
    struct text_buffer allowed = {0};
    if (reading->error == NULL) {
        return STATUS_BAD_DATA;
    }
    text_buffer_add(&allowed, because == NULL ? "" : "allowed: ");
    key_write_allowed(reading->key, &allowed);
    enum status status =
        because != NULL
            ? value_refuse_part(reading, reading->key->key, because, text_buffer_text(&allowed))
            : value_refuse_with(reading, NULL, "'%s' must be %s, got '%s'", reading->key->key,
                                text_buffer_text(&allowed), shown(reading->node, excerpt));
    text_buffer_clear(&allowed);
    return status;
}

enum status value_refuse_kind(const struct value_reading *reading, const char *because) {
    REQUIRE(because != NULL);
    if (reading->error == NULL) {
        return STATUS_BAD_DATA;
    }
    struct text_buffer allowed = {0};
    text_buffer_add(&allowed, "allowed: ");
    key_write_allowed(reading->key, &allowed);
    enum status status = node_error(reading->node, reading->error, text_buffer_text(&allowed),
                                    "'%s' %s", reading->key->key, because);
    text_buffer_clear(&allowed);
    return status;
}

enum status value_refuse_with(const struct value_reading *reading, const char *hint,
                              const char *format, ...) {
    REQUIRE(format != NULL);
    if (reading->error == NULL) {
        return STATUS_BAD_DATA;
    }
    char message[1024];
    char meant[NUMBER_SLIP_SIZE];
    struct text_buffer better = {0};
    const char *slip = value_slip(reading, meant);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (slip != NULL) {
        text_buffer_add(&better, "%s%s%s", slip, meant[0] == 0 ? "" : ": ", meant);
    }
    enum status status = node_error(reading->node, reading->error,
                                    slip == NULL ? hint : text_buffer_text(&better), "%s", message);
    text_buffer_clear(&better);
    return status;
}
