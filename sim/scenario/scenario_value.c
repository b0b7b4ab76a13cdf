// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_value.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_law.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_number.h"
#include "sim/scenario/scenario_schedule.h"

_Static_assert(sizeof(enum policy) == sizeof(unsigned) && sizeof(enum ties) == sizeof(unsigned),
               "choices are stored as unsigned");
_Static_assert((int)DATA_NAME_SIZE == (int)SCENARIO_NAME_SIZE, "names have one size");

// A value being read: what it must be, and where it goes.
struct value_reading {
    const struct schema_key *key;
    const struct node *node;
    void *field;
    struct error *error;
};

// "'cluster.workers' must be a whole number, 1 to 1000000, got '0'"
static enum status fail(const struct value_reading *reading) {
    struct text_buffer allowed = {0};
    char excerpt[EXCERPT_SIZE];
    char hint[2 * NUMBER_TEXT_SIZE];
    schema_write_allowed(reading->key, &allowed);
    const char *comma = number_hint_comma(reading->node->text);
    enum status status =
        node_error(reading->node, reading->error,
                   comma != NULL ? comma : number_hint_whole(reading->node->text, hint),
                   "'%s' must be %s, got '%s'", reading->key->key, text_buffer_text(&allowed),
                   text_excerpt(reading->node->text, excerpt));
    text_buffer_clear(&allowed);
    return status;
}

// "'end' is '100': a time needs its unit", and what is allowed on the line below.
static enum status fail_because(const struct value_reading *reading, const char *because) {
    struct text_buffer allowed = {0};
    char excerpt[EXCERPT_SIZE];
    const char *comma = number_hint_comma(reading->node->text);
    text_buffer_add(&allowed, "%s%sallowed: ", comma == NULL ? "" : comma,
                    comma == NULL ? "" : "; ");
    schema_write_allowed(reading->key, &allowed);
    enum status status =
        node_error(reading->node, reading->error, text_buffer_text(&allowed), "'%s' is '%s': %s",
                   reading->key->key, text_excerpt(reading->node->text, excerpt), because);
    text_buffer_clear(&allowed);
    return status;
}

// One line of text into a field of "size" bytes.
static enum status read_line(const struct value_reading *reading, char *field, size_t size) {
    const char *text = reading->node->text;
    if (strpbrk(text, "\t\n\r") != NULL) { // worse is in no document
        return fail_because(reading, "a control character or a line break");
    }
    if (strlen(text) >= size) {
        return fail_because(reading, "too long");
    }
    memset(field, 0, size);
    memcpy(field, text, strlen(text) + 1);
    return STATUS_OK;
}

// With the folder of the file that it was written in: a setting's or a default's is the working
// folder.
static enum status read_path(const struct value_reading *reading) {
    struct data_path path = {0};
    const char *name = reading->node->source->name;
    const char *slash = strncmp(name, "--set ", 6) == 0 ? NULL : strrchr(name, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - name) + (slash == name);
    enum status status = read_line(reading, path.text, sizeof path.text);
    if (status == STATUS_OK && length >= sizeof path.folder) {
        status = fail_because(reading, "the folder of its file has too long a name");
    }
    if (status == STATUS_OK) {
        memcpy(path.folder, name, length);
        *(struct data_path *)reading->field = path;
    }
    return status;
}

static enum status read_share(const struct value_reading *reading) {
    double share = 0;
    if (!number_read_percent(reading->node->text, &share) || share < reading->key->least ||
        share > reading->key->most) {
        return fail(reading);
    }
    *(double *)reading->field = share;
    return STATUS_OK;
}

static enum status read_data_seed(const struct value_reading *reading) {
    struct data_seed seed = {.own = strcmp(reading->node->text, "scenario") != 0};
    if (seed.own && !number_read_unsigned(reading->node->text, &seed.value)) {
        return fail(reading);
    }
    *(struct data_seed *)reading->field = seed;
    return STATUS_OK;
}

// The index of the word, or list->count.
static size_t find_word(const struct word_list *list, const char *text) {
    size_t index = 0;
    while (index < list->count && strcmp(list->words[index], text) != 0) {
        index++;
    }
    return index;
}

static enum status fail_word(const struct value_reading *reading, const struct word_list *list) {
    struct text_buffer hint = {0};
    char excerpt[EXCERPT_SIZE];
    if (strchr(reading->node->text, ':') != NULL) { // "name:hybrid": no word has one
        text_buffer_add(&hint, "a blank is missing behind the colon, as in name: hybrid; ");
    }
    hint_add_words(&hint, reading->node->text, list->words, list->count);
    enum status status =
        node_error(reading->node, reading->error, text_buffer_text(&hint), "'%s' cannot be '%s'",
                   reading->key->key, text_excerpt(reading->node->text, excerpt));
    text_buffer_clear(&hint);
    return status;
}

static enum status read_word(const struct value_reading *reading) {
    struct word_list list;
    schema_list_words(reading->key, &list);
    size_t index = find_word(&list, reading->node->text);
    if (index == list.count) {
        return fail_word(reading, &list);
    }
    if (reading->key->type == TYPE_NAME) {
        REQUIRE(strlen(list.words[index]) < SCENARIO_NAME_SIZE);
        memset(reading->field, 0, SCENARIO_NAME_SIZE);
        memcpy(reading->field, list.words[index], strlen(list.words[index]));
        return STATUS_OK;
    }
    *(unsigned *)reading->field = (unsigned)index;
    return STATUS_OK;
}

static enum status read_seed(const struct value_reading *reading) {
    return number_read_unsigned(reading->node->text, reading->field) ? STATUS_OK : fail(reading);
}

static enum status read_integer(const struct value_reading *reading) {
    int64_t value = 0;
    if (!number_read_integer(reading->node->text, &value) || (double)value < reading->key->least ||
        (double)value > reading->key->most) {
        return fail(reading);
    }
    if (reading->key->type == TYPE_INT32) {
        *(int32_t *)reading->field = (int32_t)value;
    } else {
        *(int64_t *)reading->field = value;
    }
    return STATUS_OK;
}

static enum status read_number(const struct value_reading *reading) {
    double value = 0;
    if (number_is_too_small(reading->node->text)) {
        return fail_because(reading, "too small to be held: a number is 0, or at least 5e-324");
    }
    if (!number_read_decimal(reading->node->text, &value) || value < reading->key->least ||
        value > reading->key->most) {
        return fail(reading);
    }
    *(double *)reading->field = value;
    return STATUS_OK;
}

static enum status read_bool(const struct value_reading *reading) {
    static const char *const words[] = {"false", "true", "False", "True", "FALSE", "TRUE"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i], reading->node->text) == 0) {
            *(bool *)reading->field = i % 2 == 1;
            return STATUS_OK;
        }
    }
    return fail(reading);
}

static enum status read_time(const struct value_reading *reading) {
    int64_t span_ns = 0;
    const char *wrong = number_read_time(reading->node->text, &span_ns);
    if (wrong != NULL) {
        return fail_because(reading, wrong);
    }
    if ((double)span_ns < reading->key->least || (double)span_ns > reading->key->most) {
        return fail(reading);
    }
    *(int64_t *)reading->field = span_ns;
    return STATUS_OK;
}

static enum status read_delay_law(const struct value_reading *reading) {
    struct delay_options *delay = reading->field;
    delay->present = strcmp(reading->node->text, "none") != 0;
    if (!delay->present) {
        delay->law = distribution_constant(0);
        return STATUS_OK;
    }
    return law_read(reading->key, reading->node, &delay->law, reading->error);
}

static enum status read_share_or_count(const struct value_reading *reading) {
    struct delay_options *delay = reading->field;
    int64_t count = 0;
    double share = 0;
    if (number_read_integer(reading->node->text, &count)) {
        if ((double)count < reading->key->least || (double)count > reading->key->most) {
            return fail(reading);
        }
        delay->workers_is_count = true;
        delay->workers_count = (int32_t)count;
        delay->workers_share = 0;
        return STATUS_OK;
    }
    if (!number_read_percent(reading->node->text, &share) || share < 0 || share > 1) {
        return fail(reading);
    }
    delay->workers_is_count = false;
    delay->workers_count = 0;
    delay->workers_share = share;
    return STATUS_OK;
}

// A bandwidth or a size: a quantity, or one word for a value that no quantity has.
static enum status read_quantity(const struct value_reading *reading, const char *word,
                                 int64_t word_value,
                                 const char *(*read)(const char *text, int64_t *value)) {
    int64_t value = word_value;
    if (strcmp(reading->node->text, word) != 0) {
        const char *wrong = read(reading->node->text, &value);
        if (wrong != NULL) {
            return fail_because(reading, wrong);
        }
        if ((double)value < reading->key->least || (double)value > reading->key->most) {
            return fail(reading);
        }
    }
    *(int64_t *)reading->field = value;
    return STATUS_OK;
}

static const struct {
    const char *word;
    enum end_kind kind;
} end_units[] = {{"updates", END_UPDATES},    {"update", END_UPDATES}, {"gradients", END_GRADIENTS},
                 {"gradient", END_GRADIENTS}, {"epochs", END_EPOCHS},  {"epoch", END_EPOCHS}};

static enum status read_end_count(const struct value_reading *reading, const char *number,
                                  enum end_kind kind) {
    struct end_options end = {.kind = kind};
    if (kind == END_EPOCHS) {
        if (!number_read_decimal(number, &end.epochs) || end.epochs <= 0 || end.epochs > 1e6) {
            return fail_because(reading, "epochs are a number above 0 and at most 1000000");
        }
    } else if (!number_read_integer(number, &end.count) || end.count < 1 ||
               end.count > INT64_C(1000000000000000)) {
        return fail_because(reading, "it is a whole number, at least 1");
    }
    *(struct end_options *)reading->field = end;
    return STATUS_OK;
}

static enum status read_end(const struct value_reading *reading) {
    const char *text = reading->node->text;
    const char *unit = strchr(text, ' ');
    char number[NUMBER_TEXT_SIZE] = "";
    for (size_t i = 0; unit != NULL && i < sizeof end_units / sizeof end_units[0]; i++) {
        if (strcmp(unit + strspn(unit, " "), end_units[i].word) == 0 &&
            (size_t)(unit - text) < sizeof number) {
            memcpy(number, text, (size_t)(unit - text));
            return read_end_count(reading, number, end_units[i].kind);
        }
    }
    struct end_options end = {.kind = END_TIME};
    const char *wrong = number_read_time(text, &end.time_ns);
    if (wrong == NULL && end.time_ns <= 0) {
        wrong = "it must be later than 0 s";
    }
    if (wrong != NULL) {
        return fail_because(reading, wrong);
    }
    *(struct end_options *)reading->field = end;
    return STATUS_OK;
}

static enum status fail_kind(const struct value_reading *reading);

static enum status read_sizes(const struct value_reading *reading) {
    const struct node *list = reading->node;
    struct mlp_options sizes = {0};
    if (list->kind != NODE_LIST || node_count(list) < 1 || node_count(list) > HIDDEN_MAX) {
        return list->kind == NODE_SCALAR ? fail(reading) : fail_kind(reading);
    }
    for (const struct node *item = list->first; item != NULL; item = item->next) {
        const struct value_reading size = {reading->key, item, NULL, reading->error};
        int64_t value = 0;
        if (item->kind != NODE_SCALAR) {
            return node_error(item, reading->error, "as in [50, 20]",
                              "'%s' is a list of whole numbers, without lists or maps in it",
                              reading->key->key);
        }
        if (!number_read_integer(item->text, &value) || (double)value < reading->key->least ||
            (double)value > reading->key->most) {
            return fail(&size);
        }
        sizes.hidden[sizes.hidden_count++] = (int32_t)value;
    }
    *(struct mlp_options *)reading->field = sizes;
    return STATUS_OK;
}

static enum status read_slack(const struct value_reading *reading) {
    if (strcmp(reading->node->text, "unlimited") == 0) {
        *(int64_t *)reading->field = SLACK_UNLIMITED;
        return STATUS_OK;
    }
    return read_integer(reading);
}

static enum status read_scalar(const struct value_reading *reading) {
    switch (reading->key->type) {
    case TYPE_TEXT:
        return read_line(reading, reading->field, SCENARIO_TITLE_SIZE);
    case TYPE_NAME:
    case TYPE_CHOICE:
        return read_word(reading);
    case TYPE_SEED:
        return read_seed(reading);
    case TYPE_INT32:
    case TYPE_INT64:
        return read_integer(reading);
    case TYPE_NUMBER:
        return read_number(reading);
    case TYPE_BOOL:
        return read_bool(reading);
    case TYPE_TIME:
        return read_time(reading);
    case TYPE_SHARE_OR_COUNT:
        return read_share_or_count(reading);
    case TYPE_BANDWIDTH:
        return read_quantity(reading, "unlimited", 0, number_read_bandwidth);
    case TYPE_MESSAGE:
        return read_quantity(reading, "model", -1, number_read_bytes);
    case TYPE_END:
        return read_end(reading);
    case TYPE_SHARE:
        return read_share(reading);
    case TYPE_DATA_SEED:
        return read_data_seed(reading);
    case TYPE_PATH:
        return read_path(reading);
    case TYPE_SLACK:
        return read_slack(reading);
    case TYPE_LAW:
    case TYPE_LAW_OR_NONE:
    case TYPE_SIZES:
    case TYPE_PAST:
    case TYPE_EXTENT:
    case TYPE_THRESHOLD:
    case TYPE_TABLE:
    case TYPE_FORMULA:
        break;
    }
    check_failed("invariant", "a type of the table", __FILE__, __LINE__);
}

static enum status fail_kind(const struct value_reading *reading) {
    struct text_buffer allowed = {0};
    text_buffer_add(&allowed, "allowed: ");
    schema_write_allowed(reading->key, &allowed);
    bool sizes = reading->key->type == TYPE_SIZES;
    const char *kind = sizes && reading->node->kind == NODE_LIST
                           ? (reading->node->first == NULL ? "is an empty list" : "is too long")
                       : sizes && reading->node->kind == NODE_MAP ? "takes a list, not a map"
                       : reading->node->kind == NODE_MAP          ? "takes one value, not a map"
                       : reading->node->kind == NODE_LIST         ? "takes one value, not a list"
                                                                  : "has no value";
    enum status status = node_error(reading->node, reading->error, text_buffer_text(&allowed),
                                    "'%s' %s", reading->key->key, kind);
    text_buffer_clear(&allowed);
    return status;
}

enum status value_read(enum scenario_key key, const struct node *node, struct scenario *scenario,
                       struct error *error) {
    const struct schema_key *entry = &schema_table[key];
    const struct value_reading reading = {entry, node, (char *)scenario + entry->offset, error};
    bool law = entry->type == TYPE_LAW || entry->type == TYPE_LAW_OR_NONE;
    bool list = entry->type == TYPE_SIZES;
    if (schedule_value_is(entry->type) && !node_is_empty(node)) {
        return schedule_value_read(entry, node, scenario, error);
    }
    if (entry->type == TYPE_PAST) {
        return STATUS_OK; // read when all the others are known: scenario_past_resolve
    }
    if ((node->kind == NODE_LIST && !list) || (node->kind == NODE_MAP && !law) ||
        (node_is_empty(node) && entry->type != TYPE_TEXT)) {
        return fail_kind(&reading);
    }
    if (list) {
        return read_sizes(&reading);
    }
    if (entry->type == TYPE_LAW) {
        return law_read(entry, node, reading.field, error);
    }
    return entry->type == TYPE_LAW_OR_NONE ? read_delay_law(&reading) : read_scalar(&reading);
}
