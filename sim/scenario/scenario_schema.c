// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_number.h"
#include "sim/training/threshold_schedule.h"

const char *schema_fallback(enum scenario_key key, const struct scenario *scenario) {
    const struct policy_entry *policy = &policy_table[scenario->training.policy.policy];
    const struct threshold_options *threshold = &scenario->training.policy.threshold;
    switch (key) {
    case KEY_COMBINE:
        return combine_names[policy->combine];
    case KEY_SCHEDULE:
        return schedule_table[policy->schedule].name;
    case KEY_COUNTS:
        return threshold_counts_names[schedule_table[threshold->schedule].counts];
    case KEY_EVERY:
        return threshold->counts == COUNTS_TIME     ? "10 s"
               : threshold->counts == COUNTS_EPOCHS ? "1 epoch"
                                                    : schema_table[key].fallback;
    case KEY_OVER:
        return threshold->counts == COUNTS_TIME     ? "100 s"
               : threshold->counts == COUNTS_EPOCHS ? "10 epochs"
                                                    : schema_table[key].fallback;
    default:
        return schema_table[key].fallback;
    }
}

enum scenario_key schema_find(const char *dotted) {
    enum scenario_key key = 0;
    while (key < KEY_COUNT && strcmp(schema_table[key].key, dotted) != 0) {
        key++;
    }
    return key;
}

static bool stands_below(const char *key, const char *prefix) {
    size_t length = strlen(prefix);
    return length == 0 || (strncmp(key, prefix, length) == 0 && key[length] == '.');
}

bool schema_is_group(const char *dotted) {
    for (int key = 0; key < KEY_COUNT && dotted[0] != 0; key++) {
        if (stands_below(schema_table[key].key, dotted)) {
            return schema_find(dotted) == KEY_COUNT;
        }
    }
    return false;
}

bool schema_is_inside(enum scenario_key inner, enum scenario_key outer) {
    return stands_below(schema_table[inner].key, schema_table[outer].key);
}

const char *schema_join(const char *prefix, const char *word, char dotted[SCHEMA_DOTTED_SIZE]) {
    int length =
        snprintf(dotted, SCHEMA_DOTTED_SIZE, "%s%s%s", prefix, prefix[0] == 0 ? "" : ".", word);
    ENSURE(length >= 0);
    return dotted;
}

void schema_list_members(const char *prefix, struct word_list *list) {
    size_t skip = strlen(prefix) + (prefix[0] != 0);
    list->count = 0;
    for (int key = 0; key < KEY_COUNT; key++) {
        if (!stands_below(schema_table[key].key, prefix)) {
            continue;
        }
        const char *word = schema_table[key].key + skip;
        size_t length = strcspn(word, ".");
        const char *last = list->count == 0 ? "" : list->words[list->count - 1];
        if (strlen(last) == length && strncmp(last, word, length) == 0) {
            continue; // the keys of a group stand together
        }
        REQUIRE(list->count < WORD_LIST_MAX && length < WORD_SIZE);
        snprintf(list->storage[list->count], WORD_SIZE, "%.*s", (int)length, word);
        list->words[list->count] = list->storage[list->count];
        list->count++;
    }
}

void schema_list_words(const struct schema_key *key, struct word_list *list) {
    list->count = 0;
    for (const char *word = NULL; (word = key->word(list->count)) != NULL; list->count++) {
        REQUIRE(list->count < WORD_LIST_MAX);
        list->words[list->count] = word;
    }
}

static void write_words(const struct schema_key *key, struct text_buffer *buffer) {
    struct word_list list;
    schema_list_words(key, &list);
    for (size_t i = 0; i < list.count; i++) {
        const char *between = i == 0 ? "" : i + 1 == list.count ? " or " : ", ";
        text_buffer_add(buffer, "%s%s", between, list.words[i]);
    }
}

static void write_laws(struct text_buffer *buffer) {
    text_buffer_add(buffer,
                    "a time, or a law as in {law: uniform, min: 180 ms, max: 220 ms}; laws:");
    for (int law = 0; law < LAW_COUNT; law++) {
        text_buffer_add(buffer, "%s %s", law == 0 ? "" : ",", law_table[law].name);
    }
}

static void write_time_range(const struct schema_key *key, struct text_buffer *buffer) {
    char least[SIM_TIME_TEXT_SIZE];
    text_buffer_add(buffer, "a time with its unit (ns, us, ms, s, min or h), at least %s",
                    sim_time_format((int64_t)key->least, least));
}

static void write_whole_range(const struct schema_key *key, struct text_buffer *buffer) {
    text_buffer_add(buffer, "a whole number, %" PRId64 " to %" PRId64, (int64_t)key->least,
                    (int64_t)key->most);
}

static void write_schedule_value(const struct schema_key *key, struct text_buffer *buffer) {
    if (key->type == TYPE_THRESHOLD) {
        text_buffer_add(buffer, "workers, or ");
        write_whole_range(key, buffer);
    } else if (key->type == TYPE_EXTENT) {
        text_buffer_add(buffer,
                        "as 'counts' says: a whole number of gradients or updates, a time as "
                        "in 10 s, or as in 2 epochs");
    } else if (key->type == TYPE_TABLE) {
        text_buffer_add(buffer,
                        "a list of at most %d pairs, as in [[0, 1], [300, 5], [900, workers]]",
                        THRESHOLD_TABLE_MAX);
    } else {
        text_buffer_add(buffer, "a formula of at most %d characters, as in 1 + floor(n/300)",
                        EXPRESSION_TEXT_SIZE - 1);
    }
}

// What is the same for every key of a type.
static const char *fixed_text(enum key_type type) {
    switch (type) {
    case TYPE_BOOL:
        return "true or false";
    case TYPE_SHARE_OR_COUNT:
        return "a share, 0 % to 100 %, or a count, 0 to the number of workers";
    case TYPE_BANDWIDTH:
        return "unlimited, or a rate as in 10 Gbit/s or 100 MB/s, 1 kbit/s to "
               "1000 Tbit/s";
    case TYPE_MESSAGE:
        return "model, or a size as in 8 MB or 64 KiB, 0 B to 1 TB";
    case TYPE_END:
        return "100 s, 200 updates, 5000 gradients or 2 epochs";
    case TYPE_PAST:
        return "none, or a list as in [{until: 40 s, policy.threshold.every: 300}]";
    default:
        return "";
    }
}

void schema_write_allowed(const struct schema_key *key, struct text_buffer *buffer) {
    char number[NUMBER_TEXT_SIZE];
    switch (key->type) {
    case TYPE_TEXT:
        text_buffer_add(buffer, "one line of at most %d bytes", SCENARIO_TITLE_SIZE - 1);
        break;
    case TYPE_NAME:
    case TYPE_CHOICE:
        write_words(key, buffer);
        break;
    case TYPE_SEED:
        text_buffer_add(buffer, "a whole number, 0 to %" PRIu64, UINT64_MAX);
        break;
    case TYPE_INT32:
    case TYPE_INT64:
        write_whole_range(key, buffer);
        break;
    case TYPE_NUMBER:
        text_buffer_add(buffer, "a number, %.15g to ", key->least);
        text_buffer_add(buffer, "%s", number_write(key->most, number));
        break;
    case TYPE_TIME:
        write_time_range(key, buffer);
        break;
    case TYPE_LAW_OR_NONE:
        text_buffer_add(buffer, "none, ");
        write_laws(buffer);
        break;
    case TYPE_LAW:
        write_laws(buffer);
        break;
    case TYPE_THRESHOLD:
    case TYPE_EXTENT:
    case TYPE_TABLE:
    case TYPE_FORMULA:
        write_schedule_value(key, buffer);
        break;
    case TYPE_SLACK:
        text_buffer_add(buffer, "unlimited, or ");
        write_whole_range(key, buffer);
        break;
    case TYPE_SHARE:
        text_buffer_add(buffer, "a share, %.15g %% to %.15g %%", 100 * key->least, 100 * key->most);
        break;
    case TYPE_DATA_SEED:
        text_buffer_add(buffer, "scenario, or a whole number, 0 to %" PRIu64, UINT64_MAX);
        break;
    case TYPE_PATH:
        text_buffer_add(buffer, "a path of at most %d bytes", DATA_PATH_SIZE - 1);
        break;
    case TYPE_SIZES:
        text_buffer_add(
            buffer, "a list of 1 to %d whole numbers, %" PRId64 " to %" PRId64 ", as in [50, 20]",
            HIDDEN_MAX, (int64_t)key->least, (int64_t)key->most);
        break;
    case TYPE_BOOL:
    case TYPE_SHARE_OR_COUNT:
    case TYPE_BANDWIDTH:
    case TYPE_MESSAGE:
    case TYPE_END:
    case TYPE_PAST:
        text_buffer_add(buffer, "%s", fixed_text(key->type));
        break;
    }
}
