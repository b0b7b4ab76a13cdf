// SPDX-License-Identifier: GPL-3.0-or-later
// Types of seeds: numbers, or words for the seed that is meant.
#include <inttypes.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/scenario/scenario_number.h"
#include "sim/scenario/scenario_value_plain.h"
#include "sim/scenario/scenario_value_refuse.h"

static enum status read_seed(const struct value_reading *reading) {
    REQUIRE(reading->key->type == &value_seed);
    return number_read_unsigned(reading->node->text, reading->field) ? STATUS_OK
                                                                     : value_refuse(reading, NULL);
}

static void write_seed(const struct schema_key *key, const struct scenario *scenario,
                       struct text_buffer *buffer) {
    REQUIRE(key->type == &value_seed);
    text_buffer_add(buffer, "%" PRIu64, *(const uint64_t *)key_field(key, scenario));
}

static void allow_seed(const struct schema_key *key, struct text_buffer *buffer) {
    text_buffer_add(buffer, "%sa whole number, 0 to %" PRIu64,
                    key->type == &value_data_seed  ? "scenario, or "
                    : key->type == &value_use_seed ? "scenario, policy, or "
                                                   : "",
                    UINT64_MAX);
}

const struct value_type value_seed = {
    .read = read_seed, .write = write_seed, .allowed = allow_seed};

static enum status read_data_seed(const struct value_reading *reading) {
    REQUIRE(reading->key->type == &value_data_seed);
    struct data_seed seed = {.own = strcmp(reading->node->text, "scenario") != 0};
    if (seed.own && !number_read_unsigned(reading->node->text, &seed.value)) {
        return value_refuse(reading, NULL);
    }
    *(struct data_seed *)reading->field = seed;
    return STATUS_OK;
}

static void write_data_seed(const struct schema_key *key, const struct scenario *scenario,
                            struct text_buffer *buffer) {
    const struct data_seed *seed = key_field(key, scenario);
    if (seed->own) {
        text_buffer_add(buffer, "%" PRIu64, seed->value);
    } else {
        text_buffer_add(buffer, "scenario");
    }
}

const struct value_type value_data_seed = {
    .read = read_data_seed, .write = write_data_seed, .allowed = allow_seed};

static enum status read_use_seed(const struct value_reading *reading) {
    REQUIRE(reading->key->type == &value_use_seed);
    const char *text = reading->node->text;
    struct seed_choice choice = {.source = strcmp(text, "scenario") == 0 ? SEED_OF_SCENARIO
                                           : strcmp(text, "policy") == 0 ? SEED_OF_POLICY
                                                                         : SEED_OWN};
    if (choice.source == SEED_OWN && !number_read_unsigned(text, &choice.value)) {
        return value_refuse(reading, NULL);
    }
    *(struct seed_choice *)reading->field = choice;
    return STATUS_OK;
}

static void write_use_seed(const struct schema_key *key, const struct scenario *scenario,
                           struct text_buffer *buffer) {
    const struct seed_choice *choice = key_field(key, scenario);
    if (choice->source == SEED_OWN) {
        text_buffer_add(buffer, "%" PRIu64, choice->value);
    } else {
        text_buffer_add(buffer, choice->source == SEED_OF_POLICY ? "policy" : "scenario");
    }
}

// The scenario's, and another.
static bool vary_use_seed(const struct schema_key *key, void *field, size_t index) {
    REQUIRE(key->type == &value_use_seed);
    const struct seed_choice choices[] = {{.source = SEED_OF_SCENARIO}, {.source = SEED_OF_POLICY}};
    if (index < 2) {
        *(struct seed_choice *)field = choices[index];
    }
    return index < 2;
}

const struct value_type value_use_seed = {
    .read = read_use_seed, .write = write_use_seed, .allowed = allow_seed, .vary = vary_use_seed};
