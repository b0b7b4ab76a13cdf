// SPDX-License-Identifier: GPL-3.0-or-later
// One value of the schema: from a node into its field of struct scenario, and back as text.
#pragma once

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_document.h"
#include "sim/scenario/scenario_schema.h"

// Reads and range-checks the value of a key. Errors: STATUS_BAD_DATA, the message says what is
// allowed.
enum status value_read(enum scenario_key key, const struct node *node, struct scenario *scenario,
                       struct error *error);

// Sets a key to its default. The document owns what is read for that. Requires: the keys that the
// default depends on are set.
void value_set_default(enum scenario_key key, struct document *document, struct scenario *scenario);

// The canonical text of a value, on one line; keys inside its map are written with it.
void value_write(enum scenario_key key, const struct scenario *scenario,
                 struct text_buffer *buffer);
