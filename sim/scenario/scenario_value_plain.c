// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_value_plain.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/scenario/scenario_mistakes.h"
#include "sim/scenario/scenario_number.h"
#include "sim/scenario/scenario_value_refuse.h"

_Static_assert(sizeof(enum policy) == sizeof(unsigned) && sizeof(enum ties) == sizeof(unsigned),
               "choices are stored as unsigned");
_Static_assert((int)DATA_NAME_SIZE == (int)SCENARIO_NAME_SIZE, "names have one size");

// ---- texts and paths ----

// One line of text into a field of "size" bytes.
static enum status read_line(const struct value_reading *reading, char *field, size_t size) {
    const char *text = reading->node->text;
    REQUIRE(size > 0);
    if (strpbrk(text, "\t\n\r") != NULL) { // worse is in no document
        return value_refuse(reading, "a control character or a line break");
    }
    if (strlen(text) >= size) {
        return value_refuse(reading, "too long");
    }
    memset(field, 0, size);
    memcpy(field, text, strlen(text) + 1);
    return STATUS_OK;
}

static enum status read_text(const struct value_reading *reading) {
    REQUIRE(reading->key->type == &value_text);
    return read_line(reading, reading->field, SCENARIO_TITLE_SIZE);
}

static void write_text(const struct schema_key *key, const struct scenario *scenario,
                       struct text_buffer *buffer) {
    scalar_write(key_field(key, scenario), buffer);
}

static void allow_text(const struct schema_key *key, struct text_buffer *buffer) {
    REQUIRE(key->type == &value_text);
    text_buffer_add(buffer, "one line of at most %d bytes", SCENARIO_TITLE_SIZE - 1);
}

const struct value_type value_text = {
    .read = read_text, .write = write_text, .allowed = allow_text, .takes = TAKES_NOTHING};

// With the folder of the file that it was written in: a setting's or a default's is the working
// folder.
static enum status read_path(const struct value_reading *reading) {
    REQUIRE(reading->key->type == &value_path);
    struct data_path path = {0};
    const char *name = reading->node->source->name;
    size_t length = source_folder_length(reading->node->source);
    enum status status = read_line(reading, path.text, sizeof path.text);
    if (status == STATUS_OK && length >= sizeof path.folder) {
        status = value_refuse(reading, "the folder of its file has too long a name");
    }
    if (status == STATUS_OK) {
        memcpy(path.folder, name, length);
        *(struct data_path *)reading->field = path;
    }
    return status;
}

static void write_path(const struct schema_key *key, const struct scenario *scenario,
                       struct text_buffer *buffer) {
    const struct data_path *path = key_field(key, scenario);
    scalar_write(path->text, buffer);
}

static void allow_path(const struct schema_key *key, struct text_buffer *buffer) {
    REQUIRE(key->type == &value_path);
    text_buffer_add(buffer, "a path of at most %d bytes", DATA_PATH_SIZE - 1);
}

const struct value_type value_path = {
    .read = read_path, .write = write_path, .allowed = allow_path};

// ---- words ----

void value_list_words(const struct schema_key *key, struct word_list *list) {
    list->count = 0;
    for (const char *word = NULL; (word = key_name(key, list->count)) != NULL; list->count++) {
        REQUIRE(list->count < WORD_LIST_MAX);
        list->words[list->count] = word;
    }
    ENSURE(list->count > 0);
}

static enum status refuse_word(const struct value_reading *reading, const struct word_list *list) {
    struct text_buffer hint = {0};
    char excerpt[EXCERPT_SIZE];
    if (strchr(reading->node->text, ':') != NULL) { // "name:hybrid": no word has one
        text_buffer_add(&hint, HINT_MISSING_BLANK "; ");
    }
    hint_add_words(&hint, reading->node->text, list->words, list->count);
    enum status status =
        node_error(reading->node, reading->error, text_buffer_text(&hint), "'%s' cannot be '%s'",
                   reading->key->key, text_excerpt(reading->node->text, excerpt));
    text_buffer_clear(&hint);
    return status;
}

// *index: of the word. Errors: STATUS_BAD_DATA.
static enum status read_word(const struct value_reading *reading, size_t *index) {
    struct word_list list;
    value_list_words(reading->key, &list);
    for (*index = 0; *index < list.count; ++*index) {
        if (strcmp(list.words[*index], reading->node->text) == 0) {
            return STATUS_OK;
        }
    }
    return reading->error == NULL ? STATUS_BAD_DATA : refuse_word(reading, &list);
}

static void allow_words(const struct schema_key *key, struct text_buffer *buffer) {
    struct word_list list;
    value_list_words(key, &list);
    for (size_t i = 0; i < list.count; i++) {
        const char *between = i == 0 ? "" : i + 1 == list.count ? " or " : ", ";
        text_buffer_add(buffer, "%s%s", between, list.words[i]);
    }
}

static void set_name(const struct schema_key *key, void *field, size_t index) {
    const char *word = key_name(key, index);
    REQUIRE(word != NULL && strlen(word) < SCENARIO_NAME_SIZE);
    memset(field, 0, SCENARIO_NAME_SIZE);
    memcpy(field, word, strlen(word));
}

static enum status read_name(const struct value_reading *reading) {
    REQUIRE(reading->key->type == &value_name);
    size_t index = 0;
    enum status status = read_word(reading, &index);
    if (status == STATUS_OK) {
        set_name(reading->key, reading->field, index);
    }
    return status;
}

static bool vary_name(const struct schema_key *key, void *field, size_t index) {
    bool is_word = key_name(key, index) != NULL;
    if (is_word) {
        set_name(key, field, index);
    }
    return is_word;
}

const struct value_type value_name = {
    .read = read_name, .write = write_text, .allowed = allow_words, .vary = vary_name};

static enum status read_choice(const struct value_reading *reading) {
    REQUIRE(reading->key->type == &value_choice);
    size_t index = 0;
    enum status status = read_word(reading, &index);
    if (status == STATUS_OK) {
        *(unsigned *)reading->field = (unsigned)index;
    }
    return status;
}

static void write_choice(const struct schema_key *key, const struct scenario *scenario,
                         struct text_buffer *buffer) {
    const char *word = key_name(key, *(const unsigned *)key_field(key, scenario));
    REQUIRE(word != NULL);
    text_buffer_add(buffer, "%s", word);
}

static bool vary_choice(const struct schema_key *key, void *field, size_t index) {
    bool is_word = key_name(key, index) != NULL;
    *(unsigned *)field = is_word ? (unsigned)index : *(unsigned *)field;
    return is_word;
}

const struct value_type value_choice = {
    .read = read_choice, .write = write_choice, .allowed = allow_words, .vary = vary_choice};

static enum status read_bool(const struct value_reading *reading) {
    REQUIRE(reading->key->type == &value_bool);
    static const char *const words[] = {"false", "true", "False", "True", "FALSE", "TRUE"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i], reading->node->text) == 0) {
            *(bool *)reading->field = i % 2 == 1;
            return STATUS_OK;
        }
    }
    return value_refuse(reading, NULL);
}

static void write_bool(const struct schema_key *key, const struct scenario *scenario,
                       struct text_buffer *buffer) {
    text_buffer_add(buffer, *(const bool *)key_field(key, scenario) ? "true" : "false");
}

static bool vary_bool(const struct schema_key *key, void *field, size_t index) {
    REQUIRE(key->type == &value_bool);
    *(bool *)field = index == 1;
    return index < 2;
}

const struct value_type value_bool = {
    .read = read_bool, .write = write_bool, .vary = vary_bool, .words = "true or false"};

// ---- whole numbers ----

// False if it is no whole number in the key's range.
static bool read_whole(const struct value_reading *reading, int64_t *value) {
    const struct schema_key *key = reading->key;
    REQUIRE(key->least <= key->most);
    return number_read_integer(reading->node->text, value) && (double)*value >= key->least &&
           (double)*value <= key->most;
}

static enum status read_int32(const struct value_reading *reading) {
    int64_t value = 0;
    if (!read_whole(reading, &value)) {
        return value_refuse(reading, NULL);
    }
    *(int32_t *)reading->field = (int32_t)value;
    return STATUS_OK;
}

static void write_int32(const struct schema_key *key, const struct scenario *scenario,
                        struct text_buffer *buffer) {
    REQUIRE(key->type == &value_int32);
    text_buffer_add(buffer, "%" PRId32, *(const int32_t *)key_field(key, scenario));
}

void value_allow_whole(const struct schema_key *key, struct text_buffer *buffer) {
    REQUIRE(key->least <= key->most);
    text_buffer_add(buffer, "a whole number, %" PRId64 " to %" PRId64, (int64_t)key->least,
                    (int64_t)key->most);
}

static bool vary_int32(const struct schema_key *key, void *field, size_t index) {
    REQUIRE(key->type == &value_int32);
    *(int32_t *)field = 1;
    return index == 0;
}

const struct value_type value_int32 = {.read = read_int32,
                                       .write = write_int32,
                                       .allowed = value_allow_whole,
                                       .vary = vary_int32,
                                       .is_whole = true};

enum status value_read_int64(const struct value_reading *reading) {
    int64_t value = 0;
    if (!read_whole(reading, &value)) {
        return value_refuse(reading, NULL);
    }
    *(int64_t *)reading->field = value;
    return STATUS_OK;
}

static void write_int64(const struct schema_key *key, const struct scenario *scenario,
                        struct text_buffer *buffer) {
    REQUIRE(key->type == &value_int64 || key->type == &value_slack);
    text_buffer_add(buffer, "%" PRId64, *(const int64_t *)key_field(key, scenario));
}

static bool vary_int64(const struct schema_key *key, void *field, size_t index) {
    REQUIRE(key->type == &value_int64);
    *(int64_t *)field = 1;
    return index == 0;
}

const struct value_type value_int64 = {.read = value_read_int64,
                                       .write = write_int64,
                                       .allowed = value_allow_whole,
                                       .vary = vary_int64,
                                       .is_whole = true};

static enum status read_slack(const struct value_reading *reading) {
    if (strcmp(reading->node->text, "unlimited") == 0) {
        *(int64_t *)reading->field = SLACK_UNLIMITED;
        return STATUS_OK;
    }
    return value_read_int64(reading);
}

static void write_slack(const struct schema_key *key, const struct scenario *scenario,
                        struct text_buffer *buffer) {
    if (*(const int64_t *)key_field(key, scenario) == SLACK_UNLIMITED) {
        text_buffer_add(buffer, "unlimited");
    } else {
        write_int64(key, scenario, buffer);
    }
}

static void allow_slack(const struct schema_key *key, struct text_buffer *buffer) {
    text_buffer_add(buffer, "unlimited, or ");
    value_allow_whole(key, buffer);
}

const struct value_type value_slack = {
    .read = read_slack, .write = write_slack, .allowed = allow_slack, .is_whole = true};

// ---- numbers ----

// A speed or a delay in percent is no factor.
static enum status refuse_number(const struct value_reading *reading) {
    static const char factor[] = "slowdown";
    const char *key = reading->key->key;
    double share = 0;
    bool is_factor =
        strlen(key) >= strlen(factor) && strcmp(key + strlen(key) - strlen(factor), factor) == 0;
    return is_factor && number_read_percent(reading->node->text, &share)
               ? value_refuse_with(reading, "as in slowdown: 2, which is half as fast",
                                   "'%s' is a factor, by which computing takes longer, not a share",
                                   key)
               : value_refuse(reading, NULL);
}

static enum status read_number(const struct value_reading *reading) {
    REQUIRE(reading->key->least <= reading->key->most);
    double value = 0;
    if (number_is_too_small(reading->node->text)) {
        return value_refuse(reading, NUMBER_TOO_SMALL);
    }
    if (!number_read_decimal(reading->node->text, &value) || value < reading->key->least ||
        value > reading->key->most) {
        return refuse_number(reading);
    }
    *(double *)reading->field = value;
    return STATUS_OK;
}

static void write_number(const struct schema_key *key, const struct scenario *scenario,
                         struct text_buffer *buffer) {
    REQUIRE(key->type == &value_number);
    char text[NUMBER_TEXT_SIZE];
    text_buffer_add(buffer, "%s", number_write(*(const double *)key_field(key, scenario), text));
}

static void allow_number(const struct schema_key *key, struct text_buffer *buffer) {
    char number[NUMBER_TEXT_SIZE];
    REQUIRE(key->least < key->most);
    text_buffer_add(buffer, "a number, %.15g to ", key->least);
    text_buffer_add(buffer, "%s", number_write(key->most, number));
}

static bool vary_number(const struct schema_key *key, void *field, size_t index) {
    REQUIRE(key->type == &value_number);
    *(double *)field = key->most;
    return index == 0;
}

const struct value_type value_number = {
    .read = read_number, .write = write_number, .allowed = allow_number, .vary = vary_number};

// ---- lists of whole numbers ----

static enum status read_size(const struct value_reading *list, const struct node *item,
                             int32_t *size, struct error *error) {
    REQUIRE(list->key->type == &value_sizes);
    struct value_reading part = *list;
    if (item->kind != NODE_SCALAR) {
        return node_error(item, error, "as in [50, 20]",
                          "'%s' is a list of whole numbers, without lists or maps in it",
                          list->key->key);
    }
    part.node = item;
    part.read = read_int32;
    part.field = size;
    part.error = error;
    return read_int32(&part);
}

static enum status read_sizes(const struct value_reading *reading) {
    REQUIRE(reading->key->type == &value_sizes);
    const struct node *list = reading->node;
    struct mlp_options sizes = {0};
    struct mistakes mistakes = {0};
    size_t count = node_count(list);
    if (list->kind != NODE_LIST || count < 1 || count > HIDDEN_MAX) {
        return list->kind == NODE_SCALAR
                   ? value_refuse(reading, NULL)
                   : value_refuse_kind(reading, count < 1 ? "is an empty list" : "is too long");
    }
    for (const struct node *item = list->first; item != NULL; item = item->next) {
        struct error error;
        if (read_size(reading, item, &sizes.hidden[sizes.hidden_count++], &error) != STATUS_OK) {
            mistakes_add(&mistakes, list, item, &error);
        }
    }
    enum status status = mistakes_finish(&mistakes, reading->error);
    if (status == STATUS_OK) {
        *(struct mlp_options *)reading->field = sizes;
    }
    return status;
}

static void write_sizes(const struct schema_key *key, const struct scenario *scenario,
                        struct text_buffer *buffer) {
    const struct mlp_options *sizes = key_field(key, scenario);
    REQUIRE(sizes->hidden_count > 0 && sizes->hidden_count <= HIDDEN_MAX);
    for (int32_t i = 0; i < sizes->hidden_count; i++) {
        text_buffer_add(buffer, "%s%" PRId32, i == 0 ? "[" : ", ", sizes->hidden[i]);
    }
    text_buffer_add(buffer, "]");
}

static void allow_sizes(const struct schema_key *key, struct text_buffer *buffer) {
    REQUIRE(key->least <= key->most);
    text_buffer_add(buffer,
                    "a list of 1 to %d whole numbers, %" PRId64 " to %" PRId64 ", as in [50, 20]",
                    HIDDEN_MAX, (int64_t)key->least, (int64_t)key->most);
}

const struct value_type value_sizes = {
    .read = read_sizes, .write = write_sizes, .allowed = allow_sizes, .takes = TAKES_LIST};

// ---- the past ----

static enum status read_past(const struct value_reading *reading) {
    REQUIRE(reading->key->type == &value_past);
    return STATUS_OK; // read when all the others are known: scenario_past_resolve
}

static void write_past(const struct schema_key *key, const struct scenario *scenario,
                       struct text_buffer *buffer) {
    const char *past = key_field(key, scenario);
    text_buffer_add(buffer, "%s", past[0] == 0 ? "none" : past);
}

const struct value_type value_past = {
    .read = read_past,
    .write = write_past,
    .takes = TAKES_MAP | TAKES_LIST | TAKES_NOTHING,
    .words = "none, or a list as in [{until: 40 s, policy.threshold.every: 300}]"};
