// SPDX-License-Identifier: GPL-3.0-or-later
// The conditions of a sweep ("where"): a cell is kept if it satisfies all of them.
//
//   where:
//     - {key: policy.threshold.every, at_least: training.batch}
//     - {key: cluster.delay.std, below: 500 ms}
//     - {key: policy.name, not: sync}
//
// The left side is the value that the cell's canonical form has under the key, the right side a
// value or another key. A condition on a key that does not apply to a cell is satisfied: under sync
// there is no threshold that could be too low.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/status.h"
#include "sim/scenario/scenario_document.h"

enum condition_operator {
    CONDITION_EQUALS,
    CONDITION_NOT,
    CONDITION_AT_LEAST,
    CONDITION_AT_MOST,
    CONDITION_ABOVE,
    CONDITION_BELOW,
    CONDITION_OPERATOR_COUNT,
};
extern const char *const condition_operator_names[CONDITION_OPERATOR_COUNT];

struct sweep_condition {
    const struct node *key;
    const struct node *value; // or another key
    bool value_is_key;
    enum condition_operator relation;
};

// conditions: to be released with memory_free. Errors: STATUS_BAD_DATA.
enum status sweep_conditions_read(const struct node *where, struct sweep_condition **conditions,
                                  size_t *count, struct error *error);

// Whether canonical text satisfies all of them. Errors: STATUS_BAD_DATA at a condition whose sides
// cannot be ordered: a word, or quantities of two kinds.
enum status sweep_conditions_hold(const struct sweep_condition *conditions, size_t count,
                                  const char *canonical, bool *hold, struct error *error);

// Whether the canonical text of a cell has the names and the parameters of laws that the conditions
// are about: then *known (two for each, key and value, false at first) becomes true.
void sweep_conditions_look(const struct sweep_condition *conditions, size_t count,
                           const char *canonical, bool *known);

// Refuses a condition of which no cell has been known to have the key: STATUS_BAD_DATA.
enum status sweep_conditions_check(const struct sweep_condition *conditions, size_t count,
                                   const bool *known, struct error *error);

// The value of a dotted key in canonical text, also of one inside of a law; NULL: it is not there.
// Released with memory_free.
char *sweep_canonical_value(const char *canonical, const char *key);
