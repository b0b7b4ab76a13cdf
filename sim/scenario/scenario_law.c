// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_law.h"

#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_number.h"
#include "sim/scenario/scenario_value_refuse.h"

static enum status read_bare_time(const struct value_reading *reading, struct distribution *law) {
    int64_t span_ns = 0;
    char excerpt[EXCERPT_SIZE];
    const char *wrong = number_read_time(reading->node->text, &span_ns);
    if (wrong == NULL && span_ns < 0) {
        wrong = "it must be at least 0 s";
    }
    if (wrong != NULL) {
        return value_refuse(reading, wrong);
    }
    if ((int64_t)(double)span_ns != span_ns) {
        return value_refuse_with(reading, "use fewer digits",
                                 "'%s' is '%s': a law cannot hold so long a time to the nanosecond",
                                 reading->key->key, text_excerpt(reading->node->text, excerpt));
    }
    *law = distribution_constant(span_ns);
    return STATUS_OK;
}

static enum status read_into(const struct value_reading *reading, struct distribution *law) {
    if (reading->node->kind != NODE_MAP) {
        return read_bare_time(reading, law);
    }
    return law_map_read(reading, law);
}

// ---- a law ----

static enum status read_law(const struct value_reading *reading) {
    REQUIRE(reading->key->type == &value_law);
    return read_into(reading, reading->field);
}

static void write_law(const struct schema_key *key, const struct scenario *scenario,
                      struct text_buffer *buffer) {
    const struct distribution *law = key_field(key, scenario);
    char text[SIM_TIME_TEXT_SIZE];
    if (law->law == LAW_CONSTANT) {
        text_buffer_add(buffer, "%s", sim_time_format(llrint(law->parameters[0]), text));
    } else {
        law_map_write(law, buffer);
    }
}

static void allow_law(const struct schema_key *key, struct text_buffer *buffer) {
    text_buffer_add(buffer,
                    "%sa time, or a law as in {law: uniform, min: 180 ms, max: 220 ms}; laws:",
                    key->type == &value_delay ? "none, " : "");
    for (int law = 0; law < LAW_COUNT; law++) {
        text_buffer_add(buffer, "%s %s", law == 0 ? "" : ",", law_table[law].name);
    }
}

const struct value_type value_law = {.read = read_law,
                                     .write = write_law,
                                     .allowed = allow_law,
                                     .unit = "time",
                                     .takes = TAKES_MAP,
                                     .is_law = true};

// ---- a law or none ----

static enum status read_delay(const struct value_reading *reading) {
    REQUIRE(reading->key->type == &value_delay);
    struct delay_options *delay = reading->field;
    struct distribution law = distribution_constant(0);
    bool present = strcmp(reading->node->text, "none") != 0;
    enum status status = present ? read_into(reading, &law) : STATUS_OK;
    if (status == STATUS_OK) {
        delay->present = present;
        delay->law = law;
    }
    return status;
}

// Always as a map, since keys may stand in it.
static void write_delay(const struct schema_key *key, const struct scenario *scenario,
                        struct text_buffer *buffer) {
    const struct delay_options *delay = key_field(key, scenario);
    if (delay->present) {
        law_map_write(&delay->law, buffer);
    } else {
        text_buffer_add(buffer, "none");
    }
}

static bool vary_delay(const struct schema_key *key, void *field, size_t index) {
    REQUIRE(key->type == &value_delay);
    ((struct delay_options *)field)->present = index == 0;
    return index < 2;
}

const struct value_type value_delay = {.read = read_delay,
                                       .write = write_delay,
                                       .allowed = allow_law,
                                       .vary = vary_delay,
                                       .unit = "time",
                                       .takes = TAKES_MAP,
                                       .is_law = true};
