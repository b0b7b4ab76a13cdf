// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_law.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_mistakes.h"
#include "sim/scenario/scenario_number.h"
#include "sim/scenario/scenario_value_refuse.h"

// Redrawing from a law that is nearly always negative would take for ever.
enum { REDRAW_STDS_BELOW_ZERO = 3 };
#define SHARE_BELOW_BOUND_LEAST .01 // likewise: of draws that "at_most" lets pass

// Of every law.
static const struct law_parameter bound = {"at_most", LAW_PARAMETER_TIME, 0, 0, 0};

// A law being read, and what is wrong with it.
struct law_reading {
    const struct value_reading *value;
    struct distribution law;
    struct mistakes mistakes;
};

bool law_has_member(const char *word) {
    REQUIRE(word != NULL);
    bool found =
        strcmp(word, "law") == 0 || strcmp(word, "negative") == 0 || strcmp(word, bound.name) == 0;
    for (enum law law = 0; law < LAW_COUNT; law++) {
        for (int i = 0; i < law_table[law].parameter_count; i++) {
            found = found || strcmp(word, law_table[law].parameters[i].name) == 0;
        }
    }
    return found;
}

bool law_parameter_allows(const struct law_parameter *parameter, double value) {
    bool above =
        value > parameter->least || (parameter->least_allowed && value >= parameter->least);
    switch (parameter->kind) {
    case LAW_PARAMETER_TIME:
        return above;
    case LAW_PARAMETER_NUMBER:
        return above && value >= LAW_NUMBER_LEAST && value <= LAW_NUMBER_MOST;
    case LAW_PARAMETER_WHOLE:
        return above && value >= 1 && value <= LAW_NUMBER_MOST && value == floor(value);
    }
    INVARIANT(parameter->kind <= LAW_PARAMETER_WHOLE);
    return false;
}

void law_parameter_write_allowed(const struct law_parameter *parameter,
                                 struct text_buffer *buffer) {
    bool whole = parameter->kind == LAW_PARAMETER_WHOLE;
    double least = whole ? 1 : LAW_NUMBER_LEAST;
    REQUIRE(parameter->kind != LAW_PARAMETER_TIME);
    if (least > parameter->least || (parameter->least_allowed && least >= parameter->least)) {
        text_buffer_add(buffer, "a %snumber from %g to %g", whole ? "whole " : "", least,
                        LAW_NUMBER_MOST);
    } else {
        text_buffer_add(buffer, "a %snumber %s %g, at most %g", whole ? "whole " : "",
                        parameter->least_allowed ? "of at least" : "above", parameter->least,
                        LAW_NUMBER_MOST);
    }
}

static enum status read_time(const struct value_reading *reading) {
    const struct law_parameter *parameter = reading->part;
    REQUIRE(parameter->kind == LAW_PARAMETER_TIME);
    int64_t span_ns = 0;
    char excerpt[EXCERPT_SIZE];
    const char *text = text_excerpt(reading->node->text, excerpt);
    const char *wrong = number_read_time(reading->node->text, &span_ns);
    if (reading->node->kind != NODE_SCALAR) {
        wrong = "a time is one value, as in '200 ms'";
    }
    if (wrong != NULL) {
        char name[2 * WORD_SIZE];
        snprintf(name, sizeof name, "%s.%s", reading->key->key, parameter->name);
        return value_refuse_part(reading, name, wrong, "units of time: ns, us, ms, s, min, h");
    }
    if ((int64_t)(double)span_ns != span_ns) { // past 104 days a double skips some nanoseconds
        return value_refuse_with(reading, "use fewer digits",
                                 "'%s.%s' is '%s': a law cannot hold so long a time to the "
                                 "nanosecond",
                                 reading->key->key, parameter->name, text);
    }
    if (!law_parameter_allows(parameter, (double)span_ns)) {
        char least[SIM_TIME_TEXT_SIZE];
        return value_refuse_with(reading, NULL, "'%s.%s' must be %s %s, got %s", reading->key->key,
                                 parameter->name,
                                 parameter->least_allowed ? "at least" : "longer than",
                                 sim_time_format(llrint(parameter->least), least), text);
    }
    *(double *)reading->field = (double)span_ns;
    return STATUS_OK;
}

static enum status read_number(const struct value_reading *reading) {
    const struct law_parameter *parameter = reading->part;
    REQUIRE(parameter->kind != LAW_PARAMETER_TIME);
    double value = 0;
    if (reading->node->kind == NODE_SCALAR && number_read_decimal(reading->node->text, &value) &&
        law_parameter_allows(parameter, value)) {
        *(double *)reading->field = value;
        return STATUS_OK;
    }
    char excerpt[EXCERPT_SIZE];
    struct text_buffer allowed = {0};
    law_parameter_write_allowed(parameter, &allowed);
    enum status status = value_refuse_with(
        reading, NULL, "'%s.%s' must be %s, got '%s'", reading->key->key, parameter->name,
        text_buffer_text(&allowed), text_excerpt(reading->node->text, excerpt));
    text_buffer_clear(&allowed);
    return status;
}

// node_error, added to what else is wrong.
__attribute__((format(printf, 4, 5))) static void add_mistake(struct law_reading *reading,
                                                              const struct node *place,
                                                              const char *hint, const char *format,
                                                              ...) {
    char message[512];
    struct error error;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    node_error(place, &error, hint, "%s", message);
    mistakes_add(&reading->mistakes, reading->value->node, place, &error);
}

// The same with the words that could stand there.
static void add_unknown(struct law_reading *reading, const struct node *place, const char *typed,
                        const struct word_list *known, const char *sentence) {
    REQUIRE(place != NULL && known->count > 0);
    struct text_buffer hint = {0};
    hint_add_words(&hint, typed, known->words, known->count);
    add_mistake(reading, place, text_buffer_text(&hint), "%s", sentence);
    text_buffer_clear(&hint);
}

static void add_unknown_law(struct law_reading *reading, const struct node *name) {
    struct word_list list = {.count = LAW_COUNT};
    char excerpt[EXCERPT_SIZE];
    char sentence[256];
    for (int law = 0; law < LAW_COUNT; law++) {
        list.words[law] = law_table[law].name;
    }
    if (name == NULL) {
        snprintf(sentence, sizeof sentence, "'%s' needs a 'law' in its map",
                 reading->value->key->key);
    } else {
        snprintf(sentence, sizeof sentence, "'%s' has an unknown law '%s'",
                 reading->value->key->key, text_excerpt(name->text, excerpt));
    }
    add_unknown(reading, name == NULL ? reading->value->node : name, name == NULL ? "" : name->text,
                &list, sentence);
}

static void read_parameter(struct law_reading *reading, const struct law_parameter *parameter,
                           double *field) {
    const struct node *node = node_member(reading->value->node, parameter->name);
    struct error error;
    struct value_reading part = *reading->value;
    REQUIRE(field != NULL);
    if (node == NULL) {
        *field = parameter->default_value;
        if (isnan(parameter->default_value)) {
            add_mistake(reading, node_member(reading->value->node, "law"), NULL,
                        "'%s': the law '%s' needs '%s'", reading->value->key->key,
                        law_table[reading->law.law].name, parameter->name);
        }
        return;
    }
    part.node = node;
    part.part = parameter;
    part.error = &error;
    part.field = field;
    part.read = parameter->kind == LAW_PARAMETER_TIME ? read_time : read_number;
    if (part.read(&part) != STATUS_OK) {
        mistakes_add(&reading->mistakes, reading->value->node, node, &error);
    }
}

static void read_negative(struct law_reading *reading) {
    const struct node *node = node_member(reading->value->node, "negative");
    char excerpt[EXCERPT_SIZE];
    char sentence[256];
    struct word_list list = {.count = NEGATIVE_RULE_COUNT};
    if (node == NULL) {
        return;
    }
    for (enum negative_rule rule = 0; rule < NEGATIVE_RULE_COUNT; rule++) {
        list.words[rule] = negative_rule_names[rule];
        if (node->kind == NODE_SCALAR && strcmp(node->text, negative_rule_names[rule]) == 0) {
            reading->law.negative = rule;
            return;
        }
    }
    snprintf(sentence, sizeof sentence, "'%s.negative' cannot be '%s'", reading->value->key->key,
             text_excerpt(node->text, excerpt));
    add_unknown(reading, node, node->text, &list, sentence);
}

// What may stand in the map of the law.
static void list_members(const struct law_reading *reading, struct word_list *list) {
    const struct law_entry *law = &law_table[reading->law.law];
    const struct word_list *inner = reading->value->inner;
    list->count = 0;
    for (size_t i = 0; inner != NULL && i < inner->count; i++) {
        list->words[list->count++] = inner->words[i];
    }
    list->words[list->count++] = "law";
    for (int i = 0; i < law->parameter_count; i++) {
        list->words[list->count++] = law->parameters[i].name;
    }
    if (reading->law.law == LAW_NORMAL) {
        list->words[list->count++] = "negative";
    }
    list->words[list->count++] = bound.name;
    ENSURE(list->count <= WORD_LIST_MAX);
}

// Every member is known and stands once. So many others end the search, so it stays short.
static void check_members(struct law_reading *reading) {
    char excerpt[EXCERPT_SIZE];
    char sentence[256];
    struct word_list list;
    list_members(reading, &list);
    for (const struct node *member = reading->value->node->first;
         member != NULL && reading->mistakes.count < MISTAKES_COUNTED; member = member->next) {
        const struct node *key = member->key;
        size_t known = 0;
        while (known < list.count && strcmp(list.words[known], key->text) != 0) {
            known++;
        }
        if (known == list.count) {
            snprintf(sentence, sizeof sentence, "'%s': the law '%s' has no '%s'",
                     reading->value->key->key, law_table[reading->law.law].name,
                     text_excerpt(key->text, excerpt));
            add_unknown(reading, key, key->text, &list, sentence);
        } else if (node_member(reading->value->node, key->text) != member) {
            add_mistake(reading, key, NULL, "'%s.%s' is written twice", reading->value->key->key,
                        key->text);
        }
    }
}

// What a bound would never let pass would be drawn again for ever; of a constant it says nothing.
static void check_bound(struct law_reading *reading) {
    REQUIRE(reading->law.at_most >= 0);
    struct distribution unbounded = reading->law;
    char most[SIM_TIME_TEXT_SIZE];
    unbounded.at_most = 0;
    double share = distribution_share(&unbounded, reading->law.at_most);
    if (reading->law.at_most > 0 && share < SHARE_BELOW_BOUND_LEAST) {
        add_mistake(reading, node_member(reading->value->node, bound.name),
                    "a longer draw is drawn again, so that this would take too long",
                    "'%s': %.2g %% of the draws are at most %s, and %s needs at least %g %%",
                    reading->value->key->key, 100 * share,
                    sim_time_format(llrint(reading->law.at_most), most), bound.name,
                    100 * SHARE_BELOW_BOUND_LEAST);
    }
    if (reading->law.law == LAW_CONSTANT) {
        reading->law.at_most = 0;
    }
}

static void check_combination(struct law_reading *reading) {
    REQUIRE(reading->mistakes.count == 0);
    const struct distribution *law = &reading->law;
    const struct node *map = reading->value->node;
    const double *p = law->parameters;
    char first[SIM_TIME_TEXT_SIZE];
    char second[SIM_TIME_TEXT_SIZE];
    if (law->law == LAW_UNIFORM && p[0] > p[1]) {
        add_mistake(reading, node_member(map, "min"), NULL, "'%s': min %s is above max %s",
                    reading->value->key->key, sim_time_format(llrint(p[0]), first),
                    sim_time_format(llrint(p[1]), second));
    }
    if (law->law == LAW_NORMAL && law->negative == NEGATIVE_REDRAW &&
        p[0] < -REDRAW_STDS_BELOW_ZERO * p[1]) {
        add_mistake(reading, node_member(map, "mean"),
                    "use 'negative: absolute' or 'negative: clip'",
                    "'%s': with 'negative: redraw' the mean may lie at most %d std below 0",
                    reading->value->key->key, REDRAW_STDS_BELOW_ZERO);
    }
    if (reading->mistakes.count == 0) {
        check_bound(reading);
    }
}

static void read_map(struct law_reading *reading) {
    REQUIRE(reading->value->node->kind == NODE_MAP);
    const struct node *name = node_member(reading->value->node, "law");
    enum law law = 0;
    while (name != NULL && law < LAW_COUNT &&
           (name->kind != NODE_SCALAR || strcmp(name->text, law_table[law].name) != 0)) {
        law++;
    }
    if (name == NULL || law == LAW_COUNT) {
        add_unknown_law(reading, name);
        return;
    }
    reading->law.law = law;
    check_members(reading);
    for (int i = 0; i < law_table[law].parameter_count; i++) {
        read_parameter(reading, &law_table[law].parameters[i], &reading->law.parameters[i]);
    }
    read_parameter(reading, &bound, &reading->law.at_most);
    if (law == LAW_NORMAL) {
        read_negative(reading);
    }
    if (reading->mistakes.count == 0) {
        check_combination(reading);
    }
}

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
    struct law_reading map = {.value = reading};
    read_map(&map);
    enum status status = mistakes_finish(&map.mistakes, reading->error);
    if (status == STATUS_OK) {
        *law = map.law;
    }
    return status;
}

static void write_members(const struct distribution *distribution, struct text_buffer *buffer) {
    const struct law_entry *law = &law_table[distribution->law];
    char text[NUMBER_TEXT_SIZE];
    REQUIRE(distribution->law < LAW_COUNT);
    text_buffer_add(buffer, "{law: %s", law->name);
    for (int i = 0; i < law->parameter_count; i++) {
        double value = distribution->parameters[i];
        const char *written = law->parameters[i].kind == LAW_PARAMETER_TIME
                                  ? sim_time_format(llrint(value), text)
                                  : number_write(value, text);
        text_buffer_add(buffer, ", %s: %s", law->parameters[i].name, written);
    }
    if (distribution->law == LAW_NORMAL) {
        text_buffer_add(buffer, ", negative: %s", negative_rule_names[distribution->negative]);
    }
    if (distribution->at_most > 0) {
        text_buffer_add(buffer, ", %s: %s", bound.name,
                        sim_time_format(llrint(distribution->at_most), text));
    }
    text_buffer_add(buffer, "}");
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
        write_members(law, buffer);
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
        write_members(&delay->law, buffer);
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
