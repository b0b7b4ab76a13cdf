// SPDX-License-Identifier: GPL-3.0-or-later
// Keys of a sweep that coincide or contain one another ("training" and "training.learning_rate", a
// law and its parameter): the value that is set later would replace the other without a word, and
// an axis of the grid would be lost. They are refused, and both places are named.
//
// Two keys that vary (in "vary", "list", a design or "tune") never overlap, whatever their values
// are; in "list" that holds within each cell. A key of "set" must not be, or be inside, one that
// has a value in every cell: it would never count; the same holds of a setting of the command
// line, if the values that vary say all that it says. A group or law in "set" may be the ground on
// which a key inside it varies. Two keys of "set" must not say the same; a setting replaces what
// "set" says.
#pragma once

#include "sim/base/status.h"
#include "sim/scenario/scenario_document.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/sweep/sweep_axes.h"

// A key that is about to vary: it must be one of a scenario, and overlap with none that varies
// already. Errors: STATUS_BAD_DATA. Requires: a scalar.
enum status sweep_overlap_check_key(const struct sweep_axes *axes, const struct node *key,
                                    struct error *error);

// The members of a map against one another: a cell of "list", the keys of a design. Errors:
// STATUS_BAD_DATA. Requires: a map.
enum status sweep_overlap_check_map(const struct node *map, struct error *error);

// The members of "set" against one another and against all axes. Errors: STATUS_BAD_DATA. Requires:
// a map.
enum status sweep_overlap_check_set(const struct node *set, const struct sweep_axes *axes,
                                    struct error *error);

// The settings of the command line against all axes. Errors: STATUS_BAD_DATA.
enum status sweep_overlap_check_settings(const struct scenario_setting *settings, size_t count,
                                         const struct sweep_axes *axes, struct error *error);
