// SPDX-License-Identifier: GPL-3.0-or-later
// From a tree of YAML to a checked struct scenario: finds the keys, applies settings, fills in
// defaults, drops what does not apply.
#pragma once

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_document.h"
#include "sim/scenario/scenario_note.h"

// Adds to notes (NULL: nobody asks) what was written and has no effect. Errors: STATUS_BAD_DATA.
// *scenario changes only on success.
enum status scenario_resolve(const struct node *root, struct scenario *scenario,
                             struct scenario_notes *notes, struct error *error);

// Looks for what is wrong with single keys and values in a tree that is not all that was meant, so
// that their combination says nothing. Errors: STATUS_BAD_DATA.
enum status scenario_resolve_parts(const struct node *root, struct error *error);
