// SPDX-License-Identifier: GPL-3.0-or-later
// What a key of a scenario is, and what a type of values: all that is known of either is in its one
// row. The keys' rows are in scenario_schema.h, the types' in scenario_value_plain.h,
// scenario_value_quantity.h, scenario_law.h and scenario_schedule.h.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_node.h"
#include "sim/scenario/text_buffer.h"

struct value_type;
struct named_map;

// Names to choose one of: a table of strings, or of rows that begin with one; or a function, NULL
// behind the last.
struct names {
    const void *table;
    size_t stride;
    size_t count;
    const char *(*at)(size_t index);
};

struct schema_key {
    const char *key; // dotted
    const struct value_type *type;
    size_t offset;      // of the field in struct scenario
    struct names names; // of a name or a choice
    double least;       // numbers, and times in ns; both ends are allowed
    double most;
    const char *fallback; // the value when nothing is written, as YAML; but see schema_fallback
    // Whether the key means anything: where it does not, it is read, and then dropped.
    bool (*applies)(const struct scenario *scenario);
    const char *doc; // one sentence
};

// A value being read: what it must be, and where it goes.
struct value_reading {
    const struct schema_key *key;
    const struct node *node;
    void *field;
    // Where the node is one of several parts of the value, how that part is read; else the type's.
    enum status (*read)(const struct value_reading *reading);
    const void *part;                // which part, as that reader knows it
    const struct scenario *scenario; // with what was read before this key
    const struct word_list *inner;   // members of the value's map that are keys themselves
    struct error *error;             // NULL: nobody asks what is wrong
};

// What a value may be besides one that is written as a single word or number.
enum { TAKES_MAP = 1, TAKES_LIST = 2, TAKES_NOTHING = 4 };

struct value_type {
    // Into the field, which changes only on success. Errors: STATUS_BAD_DATA.
    enum status (*read)(const struct value_reading *reading);
    // The canonical text, on one line.
    void (*write)(const struct schema_key *key, const struct scenario *scenario,
                  struct text_buffer *buffer);
    // As key_write_allowed. NULL: see words.
    void (*allowed)(const struct schema_key *key, struct text_buffer *buffer);
    // Sets the field to the index-th of the values on which it may depend whether another key
    // applies. False behind the last. NULL: no other key depends on it.
    bool (*vary)(const struct schema_key *key, void *field, size_t index);
    const char *unit; // for the table of all keys; NULL: none
    unsigned takes;
    bool is_whole;     // a plain number can only be a whole one
    bool is_law;       // its map is that of a law, whose members have paths ("cluster.delay.std")
    const char *words; // what is allowed, where that is one text; else "allowed" writes it
    // Where the value is a map by names, which are all read and written alike; else NULL.
    const struct named_map *named;
};

// A key under each name of a map by names.
struct named_key {
    struct schema_key schema; // its key is what stands behind the name ("network.latency"), its
                              // offset that in the entry; whether it applies is not asked
    const char *instead;      // the key beside it that says the same in another way, or NULL
    bool (*is_written)(const void *entry); // whether the canonical form has it
};

// A value that is a map by names which the user chooses, with the same keys under each name:
// "cluster.groups", of which "cluster.groups.slow.slowdown" is a key. The field is a struct of an
// int32_t, how many there are, and an array of entries, each of which begins with its name.
struct named_map {
    const char *what;    // an entry is: "group"
    const char *example; // "slow: {workers: 3, slowdown: 4}"
    const struct named_key *keys;
    size_t key_count;
    size_t first_offset; // of the entries in the field
    size_t entry_size;
    int32_t most;         // entries
    const void *defaults; // an entry, without a name, of which no key is written
};

// How rows of keys are written: the names that one may be, and a key under the names of a map whose
// entries are of a struct.
#define NO_NAMES                                                                                   \
    { NULL, 0, 0, NULL }
#define NAMES(table)                                                                               \
    { table, sizeof(table)[0], sizeof(table) / sizeof(table)[0], NULL }
#define NAMES_OF(function)                                                                         \
    { NULL, 0, 0, function }
#define NAMED_KEY(entry, key, type, field, names, least, most, fallback, instead, is_written, doc) \
    {                                                                                              \
        {key, &value_##type, offsetof(struct entry, field), names, least, most, fallback, NULL,    \
         doc},                                                                                     \
            instead, is_written                                                                    \
    }

// Of a key that the canonical form always has; and of one that stands for another.
bool named_key_always(const void *entry);
bool named_key_never(const void *entry);

// Whether a word may be a name in such a map: small letters, digits and _, first a letter, fewer
// than MAP_NAME_SIZE. And whether so many characters may.
bool key_is_name(const char *word);
bool key_begins_with_name(const char *word, size_t length);

const void *key_field(const struct schema_key *key, const struct scenario *scenario);

// The index-th of the names that a key may be; NULL behind the last.
const char *key_name(const struct schema_key *key, size_t index);

// What is allowed, in words: "a whole number, 1 to 1000000".
void key_write_allowed(const struct schema_key *key, struct text_buffer *buffer);
