// SPDX-License-Identifier: GPL-3.0-or-later
// Types of values without a unit: texts, words, numbers, lists of numbers.
#pragma once

#include "sim/scenario/scenario_key.h"

extern const struct value_type value_text;      // char[SCENARIO_TITLE_SIZE]
extern const struct value_type value_path;      // struct data_path
extern const struct value_type value_name;      // char[SCENARIO_NAME_SIZE]: one of the words
extern const struct value_type value_choice;    // an enum: the index of one of the words
extern const struct value_type value_bool;      // bool
extern const struct value_type value_seed;      // uint64_t
extern const struct value_type value_data_seed; // struct data_seed
extern const struct value_type value_use_seed;  // struct seed_choice
extern const struct value_type value_int32;     // int32_t
extern const struct value_type value_int64;     // int64_t
extern const struct value_type value_slack;     // int64_t, SLACK_UNLIMITED: unlimited
extern const struct value_type value_number;    // double
extern const struct value_type value_sizes;     // struct mlp_options: a list of whole numbers
extern const struct value_type value_past;      // char[SCENARIO_PAST_SIZE]: by scenario_past.h

// The words that a name or a choice may be.
void value_list_words(const struct schema_key *key, struct word_list *list);

// "a whole number, 1 to 1000000".
void value_allow_whole(const struct schema_key *key, struct text_buffer *buffer);

enum status value_read_int64(const struct value_reading *reading);
