// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_law.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_number.h"

// Redrawing from a law that is nearly always negative would take for ever.
enum { REDRAW_STDS_BELOW_ZERO = 3 };

// A law being read: the key it belongs to and where errors go.
struct law_reading {
    const struct schema_key *key;
    const struct node *node;
    struct distribution *distribution;
    struct error *error;
};

static enum status fail_with_laws(const struct law_reading *reading, const struct node *node,
                                  const char *typed, const char *what) {
    const char *words[LAW_COUNT];
    char excerpt[EXCERPT_SIZE];
    struct text_buffer hint = {0};
    for (int law = 0; law < LAW_COUNT; law++) {
        words[law] = law_table[law].name;
    }
    hint_add_words(&hint, typed, words, LAW_COUNT);
    enum status status = node_error(node, reading->error, text_buffer_text(&hint), "'%s' %s%s%s%s",
                                    reading->key->key, what, typed[0] == 0 ? "" : " '",
                                    text_excerpt(typed, excerpt), typed[0] == 0 ? "" : "'");
    text_buffer_clear(&hint);
    return status;
}

static enum status read_time(const struct law_reading *reading, const struct node *node,
                             const char *name, double *value) {
    int64_t span_ns = 0;
    char excerpt[EXCERPT_SIZE];
    const char *wrong = number_read_time(node->text, &span_ns);
    if (node->kind != NODE_SCALAR) {
        wrong = "a time is one value, as in '200 ms'";
    }
    if (wrong != NULL) {
        return node_error(node, reading->error, "units of time: ns, us, ms, s, min, h",
                          "'%s.%s' is '%s': %s", reading->key->key, name,
                          text_excerpt(node->text, excerpt), wrong);
    }
    *value = (double)span_ns;
    if ((int64_t)*value != span_ns) { // past 104 days a double skips some nanoseconds
        return node_error(node, reading->error, "use fewer digits",
                          "'%s.%s' is '%s': a law cannot hold so long a time to the nanosecond",
                          reading->key->key, name, text_excerpt(node->text, excerpt));
    }
    return STATUS_OK;
}

static enum status check_least(const struct law_reading *reading, const struct node *node,
                               const struct law_parameter *parameter, double value) {
    if (value > parameter->least || (parameter->least_allowed && value >= parameter->least)) {
        return STATUS_OK;
    }
    char least[SIM_TIME_TEXT_SIZE];
    char excerpt[EXCERPT_SIZE];
    sim_time_format(llrint(parameter->least), least);
    return node_error(node, reading->error, NULL, "'%s.%s' must be %s %s, got %s",
                      reading->key->key, parameter->name,
                      parameter->least_allowed ? "at least" : "longer than", least,
                      text_excerpt(node->text, excerpt));
}

static enum status read_number(const struct law_reading *reading, const struct node *node,
                               const char *name, double *value) {
    char excerpt[EXCERPT_SIZE];
    if (node->kind == NODE_SCALAR && number_read_decimal(node->text, value) &&
        *value >= LAW_NUMBER_LEAST && *value <= LAW_NUMBER_MOST) {
        return STATUS_OK;
    }
    return node_error(node, reading->error, NULL,
                      "'%s.%s' must be a number from %g to %g, got '%s'", reading->key->key, name,
                      LAW_NUMBER_LEAST, LAW_NUMBER_MOST, text_excerpt(node->text, excerpt));
}

static enum status read_parameter(const struct law_reading *reading,
                                  const struct law_parameter *parameter, double *value) {
    const struct node *node = node_member(reading->node, parameter->name);
    if (node == NULL) {
        *value = parameter->default_value;
        if (!isnan(parameter->default_value)) {
            return STATUS_OK;
        }
        const struct node *law = node_member(reading->node, "law");
        char excerpt[EXCERPT_SIZE];
        return node_error(law, reading->error, NULL, "'%s': the law '%s' needs '%s'",
                          reading->key->key, text_excerpt(law->text, excerpt), parameter->name);
    }
    if (parameter->kind == LAW_PARAMETER_NUMBER) {
        return read_number(reading, node, parameter->name, value);
    }
    enum status status = read_time(reading, node, parameter->name, value);
    return status != STATUS_OK ? status : check_least(reading, node, parameter, *value);
}

static enum status read_negative(const struct law_reading *reading) {
    const struct node *node = node_member(reading->node, "negative");
    char excerpt[EXCERPT_SIZE];
    if (node == NULL) {
        return STATUS_OK;
    }
    for (enum negative_rule rule = 0; rule < NEGATIVE_RULE_COUNT; rule++) {
        if (node->kind == NODE_SCALAR && strcmp(node->text, negative_rule_names[rule]) == 0) {
            reading->distribution->negative = rule;
            return STATUS_OK;
        }
    }
    struct text_buffer hint = {0};
    hint_add_words(&hint, node->text, negative_rule_names, NEGATIVE_RULE_COUNT);
    enum status status =
        node_error(node, reading->error, text_buffer_text(&hint), "'%s.negative' cannot be '%s'",
                   reading->key->key, text_excerpt(node->text, excerpt));
    text_buffer_clear(&hint);
    return status;
}

static bool is_parameter(enum law law, const char *name) {
    for (int i = 0; i < law_table[law].parameter_count; i++) {
        if (strcmp(law_table[law].parameters[i].name, name) == 0) {
            return true;
        }
    }
    return strcmp(name, "law") == 0 || (law == LAW_NORMAL && strcmp(name, "negative") == 0);
}

static bool is_key(const struct schema_key *key, const char *member) {
    char dotted[2 * WORD_SIZE];
    int length = snprintf(dotted, sizeof dotted, "%s.%s", key->key, member);
    return length < (int)sizeof dotted && schema_find(dotted) != KEY_COUNT;
}

static enum status fail_member(const struct law_reading *reading, const struct node *key) {
    struct word_list list;
    struct text_buffer hint = {0};
    char excerpt[EXCERPT_SIZE];
    const struct law_entry *law = &law_table[reading->distribution->law];
    schema_list_members(reading->key->key, &list);
    list.words[list.count++] = "law";
    for (int i = 0; i < law->parameter_count; i++) {
        list.words[list.count++] = law->parameters[i].name;
    }
    if (reading->distribution->law == LAW_NORMAL) {
        list.words[list.count++] = "negative";
    }
    hint_add_words(&hint, key->text, list.words, list.count);
    enum status status =
        node_error(key, reading->error, text_buffer_text(&hint), "'%s': the law '%s' has no '%s'",
                   reading->key->key, law->name, text_excerpt(key->text, excerpt));
    text_buffer_clear(&hint);
    return status;
}

// Every member is known and stands once. Unknown ones end the search, so it stays short.
static enum status check_members(const struct law_reading *reading) {
    char excerpt[EXCERPT_SIZE];
    for (const struct node *member = reading->node->first; member != NULL; member = member->next) {
        const struct node *key = member->key;
        if (!is_parameter(reading->distribution->law, key->text) &&
            !is_key(reading->key, key->text)) {
            return fail_member(reading, key);
        }
        if (node_member(reading->node, key->text) != member) {
            return node_error(key, reading->error, NULL, "'%s.%s' is written twice",
                              reading->key->key, text_excerpt(key->text, excerpt));
        }
    }
    return STATUS_OK;
}

static enum status check_combination(const struct law_reading *reading) {
    const struct distribution *law = reading->distribution;
    const double *p = law->parameters;
    char first[SIM_TIME_TEXT_SIZE];
    char second[SIM_TIME_TEXT_SIZE];
    if (law->law == LAW_UNIFORM && p[0] > p[1]) {
        return node_error(node_member(reading->node, "min"), reading->error, NULL,
                          "'%s': min %s is above max %s", reading->key->key,
                          sim_time_format(llrint(p[0]), first),
                          sim_time_format(llrint(p[1]), second));
    }
    if (law->law == LAW_NORMAL && law->negative == NEGATIVE_REDRAW &&
        p[0] < -REDRAW_STDS_BELOW_ZERO * p[1]) {
        return node_error(node_member(reading->node, "mean"), reading->error,
                          "use 'negative: absolute' or 'negative: clip'",
                          "'%s': with 'negative: redraw' the mean may lie at most %d std below 0",
                          reading->key->key, REDRAW_STDS_BELOW_ZERO);
    }
    return STATUS_OK;
}

static enum status read_map(const struct law_reading *reading) {
    const struct node *name = node_member(reading->node, "law");
    if (name == NULL) {
        return fail_with_laws(reading, reading->node, "", "needs a 'law' in its map");
    }
    enum law law = 0;
    while (law < LAW_COUNT &&
           (name->kind != NODE_SCALAR || strcmp(name->text, law_table[law].name) != 0)) {
        law++;
    }
    if (law == LAW_COUNT) {
        return fail_with_laws(reading, name, name->text, "has an unknown law");
    }
    reading->distribution->law = law;
    enum status status = check_members(reading);
    for (int i = 0; i < law_table[law].parameter_count && status == STATUS_OK; i++) {
        status = read_parameter(reading, &law_table[law].parameters[i],
                                &reading->distribution->parameters[i]);
    }
    if (status == STATUS_OK && law == LAW_NORMAL) {
        status = read_negative(reading);
    }
    return status == STATUS_OK ? check_combination(reading) : status;
}

static enum status read_bare_time(const struct law_reading *reading) {
    int64_t span_ns = 0;
    struct text_buffer hint = {0};
    char excerpt[EXCERPT_SIZE];
    const char *wrong = number_read_time(reading->node->text, &span_ns);
    enum status status = STATUS_OK;
    text_buffer_add(&hint, "allowed: ");
    schema_write_allowed(reading->key, &hint);
    if (wrong != NULL) {
        status =
            node_error(reading->node, reading->error, text_buffer_text(&hint), "'%s' is '%s': %s",
                       reading->key->key, text_excerpt(reading->node->text, excerpt), wrong);
    } else if (span_ns < 0) {
        status = node_error(reading->node, reading->error, text_buffer_text(&hint),
                            "'%s' must be at least 0 s, got %s", reading->key->key,
                            text_excerpt(reading->node->text, excerpt));
    } else if ((int64_t)(double)span_ns != span_ns) {
        status = node_error(reading->node, reading->error, "use fewer digits",
                            "'%s' is '%s': a law cannot hold so long a time to the nanosecond",
                            reading->key->key, text_excerpt(reading->node->text, excerpt));
    }
    reading->distribution->law = LAW_CONSTANT;
    reading->distribution->parameters[0] = (double)span_ns;
    text_buffer_clear(&hint);
    return status;
}

enum status law_read(const struct schema_key *key, const struct node *node,
                     struct distribution *distribution, struct error *error) {
    struct distribution law = {0};
    const struct law_reading reading = {key, node, &law, error};
    enum status status = node->kind == NODE_MAP ? read_map(&reading) : read_bare_time(&reading);
    if (status == STATUS_OK) {
        *distribution = law;
    }
    return status;
}

void law_write_members(const struct distribution *distribution, struct text_buffer *buffer) {
    const struct law_entry *law = &law_table[distribution->law];
    char text[NUMBER_TEXT_SIZE];
    text_buffer_add(buffer, "law: %s", law->name);
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
}

void law_write(const struct distribution *distribution, struct text_buffer *buffer) {
    char text[SIM_TIME_TEXT_SIZE];
    if (distribution->law == LAW_CONSTANT) {
        text_buffer_add(buffer, "%s", sim_time_format(llrint(distribution->parameters[0]), text));
        return;
    }
    text_buffer_add(buffer, "{");
    law_write_members(distribution, buffer);
    text_buffer_add(buffer, "}");
}
