// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_law_map.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_law_parameter.h"
#include "sim/scenario/scenario_law_times.h"
#include "sim/scenario/scenario_mistakes.h"
#include "sim/scenario/scenario_number.h"
#include "sim/scenario/scenario_value_refuse.h"

// Redrawing from a law that is nearly always negative would take for ever.
enum { REDRAW_STDS_BELOW_ZERO = 3 };
#define SHARE_BELOW_BOUND_LEAST .01 // likewise: of draws that "at_most" lets pass

#define PARTS "parts"        // the map of a mixture's
#define SHARE "share"        // in the map of a part
#define SHARES_OFF_MOST 1e-9 // how far from 1 their sum may be

// Of every law.
static const struct law_parameter bound = {"at_most", LAW_PARAMETER_TIME, 0, 0, 0};

// A law being read, and what is wrong with it.
struct law_reading {
    const struct value_reading *value;
    struct distribution law;
    struct mistakes *mistakes; // of the whole law
    const struct node *root;
    bool is_part; // of a mixture
};

bool law_has_member(const char *word) {
    REQUIRE(word != NULL);
    bool found = strcmp(word, "law") == 0 || strcmp(word, "negative") == 0 ||
                 strcmp(word, bound.name) == 0 || strcmp(word, PARTS) == 0;
    struct word_list of_times = {.count = 0};
    for (enum law law = 0; law < LAW_COUNT; law++) {
        for (int i = 0; i < law_table[law].parameter_count; i++) {
            found = found || strcmp(word, law_table[law].parameters[i].name) == 0;
        }
    }
    law_times_list_members(&of_times);
    for (size_t i = 0; i < of_times.count; i++) {
        found = found || strcmp(word, of_times.words[i]) == 0;
    }
    return found;
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
    mistakes_add(reading->mistakes, reading->root, place, &error);
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
    if (law_parameter_read(&part) != STATUS_OK) {
        mistakes_add(reading->mistakes, reading->root, node, &error);
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
    if (reading->law.law == LAW_MIXTURE) {
        list->words[list->count++] = PARTS;
    }
    if (distribution_is_measured(&reading->law)) {
        law_times_list_members(list);
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
         member != NULL && reading->mistakes->count < MISTAKES_COUNTED; member = member->next) {
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
    REQUIRE(reading->mistakes->count == 0);
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
    if (reading->mistakes->count == 0 && !distribution_is_measured(law)) {
        check_bound(reading);
    }
}

// Of the map of a law of measured times, which are taken as they are.
static void read_times(struct law_reading *reading) {
    struct error error;
    struct value_reading map = *reading->value;
    const struct node *most = node_member(map.node, bound.name);
    if (most != NULL) {
        add_mistake(reading, most->key, "leave the longer rows out of the file",
                    "'%s': a law of measured times takes the rows as they are, and no '%s'",
                    map.key->key, bound.name);
    }
    map.error = &error;
    if (reading->mistakes->count == 0 && law_times_read(&map, &reading->law) != STATUS_OK) {
        mistakes_add(reading->mistakes, reading->root, map.node, &error);
    }
}

// Whether no part of a mixture may have this law.
static bool refuse_part(struct law_reading *reading, const struct node *name, enum law law) {
    const struct distribution of_law = {.law = law};
    if (law == LAW_MIXTURE) {
        add_mistake(reading, name, "write its parts beside the others",
                    "'%s': no part of a mixture is a mixture", reading->value->key->key);
    } else if (distribution_is_measured(&of_law)) {
        add_mistake(reading, name, "mix the rows in the file, or fit a law to them: desgd fit",
                    "'%s': no part of a mixture has measured times", reading->value->key->key);
    }
    return law == LAW_MIXTURE || distribution_is_measured(&of_law);
}

// What a mixture and a part of it have in common: all but the parts.
static void read_members(struct law_reading *reading) {
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
    if (reading->is_part && refuse_part(reading, name, law)) {
        return;
    }
    reading->law.law = law;
    check_members(reading);
    if (distribution_is_measured(&reading->law)) {
        read_times(reading);
        return;
    }
    for (int i = 0; i < law_table[law].parameter_count; i++) {
        read_parameter(reading, &law_table[law].parameters[i], &reading->law.parameters[i]);
    }
    read_parameter(reading, &bound, &reading->law.at_most);
    if (law == LAW_NORMAL) {
        read_negative(reading);
    }
}

// ---- mixtures ----

// -1: it has none.
static double read_share(struct law_reading *reading, const struct node *part) {
    const struct node *node = node_member(part, SHARE);
    char excerpt[EXCERPT_SIZE];
    double share = 0;
    if (node == NULL) {
        return -1;
    }
    if (node->kind != NODE_SCALAR || !number_read_percent(node->text, &share) || share < 0 ||
        share > 1) {
        add_mistake(reading, node, NULL, "'%s.%s' must be a share, 0 %% to 100 %%, got '%s'",
                    reading->value->key->key, SHARE, text_excerpt(node->text, excerpt));
    }
    return share;
}

static void read_part(struct law_reading *reading, const struct node *node, struct law_part *part) {
    const struct word_list inner = {.words = {SHARE}, .count = 1};
    char name[2 * WORD_SIZE];
    struct schema_key key = *reading->value->key;
    struct value_reading value = *reading->value;
    struct law_reading law = {
        .value = &value, .mistakes = reading->mistakes, .root = reading->root, .is_part = true};
    snprintf(name, sizeof name, "%s.%s.%s", reading->value->key->key, PARTS, node->key->text);
    key.key = name;
    value.key = &key;
    value.node = node;
    value.inner = &inner;
    if (node->kind != NODE_MAP) {
        add_mistake(&law, node, "as in {share: 10 %, law: exponential, mean: 2 s}",
                    "'%s' takes a map with a share and a law", name);
        return;
    }
    read_members(&law);
    part->share = read_share(&law, node);
    if (reading->mistakes->count == 0) {
        check_combination(&law);
    }
    part->law = law.law.law;
    memcpy(part->parameters, law.law.parameters, sizeof part->parameters);
    part->negative = law.law.negative;
    part->at_most = law.law.at_most;
}

// Where a part of this name belongs.
static struct law_part *place_part(struct distribution *law, const char *name) {
    REQUIRE(law->part_count < LAW_PARTS_MAX);
    int place = law->part_count++;
    for (; place > 0 && strcmp(law->parts[place - 1].name, name) > 0; place--) {
        law->parts[place] = law->parts[place - 1];
    }
    law->parts[place] = (struct law_part){0};
    snprintf(law->parts[place].name, sizeof law->parts[place].name, "%s", name);
    return &law->parts[place];
}

static bool is_name_of_part(const char *name) {
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return name[length] == 0 && length > 0 && length < LAW_PART_NAME_SIZE;
}

// A part without a share has what the others leave; a double's rounding must not show in it.
static void settle_shares(struct law_reading *reading, const struct node *parts) {
    struct law_part *rest = NULL;
    double sum = 0;
    REQUIRE(reading->law.part_count > 0);
    for (int i = 0; i < reading->law.part_count; i++) {
        struct law_part *part = &reading->law.parts[i];
        if (part->share >= 0) {
            sum += part->share;
        } else if (rest == NULL) {
            rest = part;
        } else {
            add_mistake(reading, parts, NULL,
                        "'%s.%s': '%s' and '%s' have no share, and only one may leave it out",
                        reading->value->key->key, PARTS, rest->name, part->name);
            return;
        }
    }
    if (rest != NULL && sum <= 1 + SHARES_OFF_MOST) {
        rest->share = fmax(0, round((1 - sum) * 1e12) / 1e10 / 100);
    } else if (fabs(sum - 1) > SHARES_OFF_MOST) {
        add_mistake(reading, parts, "a part without a share has the rest",
                    "'%s.%s': the shares add up to %.12g %%, not to 100 %%",
                    reading->value->key->key, PARTS, 100 * sum);
    }
}

static void read_parts(struct law_reading *reading) {
    static const char hint[] = "as in parts: {fast: {share: 90 %, law: constant, value: 200 ms}, "
                               "slow: {law: exponential, mean: 2 s}}";
    const struct node *map = reading->value->node;
    const struct node *parts = node_member(map, PARTS);
    const char *key = reading->value->key->key;
    size_t count = parts == NULL || parts->kind != NODE_MAP ? 0 : node_count(parts);
    if (count < 1 || count > LAW_PARTS_MAX) {
        add_mistake(reading, parts == NULL ? node_member(map, "law") : parts, hint,
                    "'%s': the law 'mixture' needs '%s', a map of 1 to %d parts by name", key,
                    PARTS, LAW_PARTS_MAX);
        return;
    }
    for (const struct node *part = parts->first; part != NULL; part = part->next) {
        char excerpt[EXCERPT_SIZE];
        if (!is_name_of_part(part->key->text)) {
            add_mistake(
                reading, part->key, NULL,
                "'%s.%s': a part has a name of up to %d letters a to z, digits and _, not '%s'",
                key, PARTS, LAW_PART_NAME_SIZE - 1, text_excerpt(part->key->text, excerpt));
        } else if (node_member(parts, part->key->text) != part) {
            add_mistake(reading, part->key, NULL, "'%s.%s.%s' is written twice", key, PARTS,
                        part->key->text);
        } else {
            read_part(reading, part, place_part(&reading->law, part->key->text));
        }
    }
    if (reading->mistakes->count == 0) {
        settle_shares(reading, parts);
    }
}

enum status law_map_read(const struct value_reading *reading, struct distribution *law) {
    REQUIRE(reading->node->kind == NODE_MAP);
    struct mistakes mistakes = {0};
    struct law_reading map = {.value = reading, .mistakes = &mistakes, .root = reading->node};
    read_members(&map);
    if (mistakes.count == 0 && map.law.law == LAW_MIXTURE) {
        read_parts(&map);
    }
    if (mistakes.count == 0) {
        check_combination(&map);
    }
    enum status status = mistakes_finish(&mistakes, reading->error);
    if (status == STATUS_OK) {
        *law = map.law;
    }
    return status;
}

// ---- the canonical text ----

// Without braces, and without parts and bound.
static void write_own(const struct distribution *distribution, struct text_buffer *buffer) {
    const struct law_entry *law = &law_table[distribution->law];
    char text[NUMBER_TEXT_SIZE];
    REQUIRE(distribution->law < LAW_COUNT);
    text_buffer_add(buffer, "law: %s", law->name);
    if (distribution_is_measured(distribution)) {
        law_times_write(&distribution->times, buffer);
    }
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

static void write_bound(double at_most, struct text_buffer *buffer) {
    char text[SIM_TIME_TEXT_SIZE];
    if (at_most > 0) {
        text_buffer_add(buffer, ", %s: %s", bound.name, sim_time_format(llrint(at_most), text));
    }
}

void law_map_write(const struct distribution *distribution, struct text_buffer *buffer) {
    char text[NUMBER_TEXT_SIZE];
    REQUIRE(distribution->law < LAW_COUNT);
    text_buffer_add(buffer, "{");
    write_own(distribution, buffer);
    for (int i = 0; i < distribution->part_count; i++) {
        struct distribution part = distribution_part(distribution, i);
        text_buffer_add(buffer, "%s%s: {%s: %s, ", i == 0 ? ", " PARTS ": {" : ", ",
                        distribution->parts[i].name, SHARE,
                        number_write_percent(distribution->parts[i].share, text));
        write_own(&part, buffer);
        write_bound(part.at_most, buffer);
        text_buffer_add(buffer, i + 1 < distribution->part_count ? "}" : "}}");
    }
    write_bound(distribution->at_most, buffer);
    text_buffer_add(buffer, "}");
}
