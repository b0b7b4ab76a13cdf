// SPDX-License-Identifier: GPL-3.0-or-later
// From YAML text to a checked struct scenario, with errors that say where and what would be right.
#pragma once

#include <stddef.h>

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_node.h"
#include "sim/scenario/scenario_note.h"
#include "sim/scenario/scenario_settings.h"

// Reads a scenario file, applies the settings in order, fills defaults, checks every key and the
// combination, and adds to notes (NULL: nobody asks) what was written and has no effect. *scenario
// changes only on success. Errors: STATUS_NO_INPUT (missing),
// STATUS_BAD_DATA (anything wrong in it); message "FILE:LINE:COLUMN: error: ..." with the source
// line, a caret and what is allowed; a mistake in a setting is "--set KEY=VALUE:1:COLUMN: error:
// ...".
enum status scenario_read_noting(const char *path, const struct scenario_setting *settings,
                                 size_t setting_count, struct scenario *scenario,
                                 struct scenario_notes *notes, struct error *error);

// The same from text in memory; "name" stands in the messages where the file's name would. The
// second without notes.
enum status scenario_parse_noting(const char *name, const char *text, size_t size,
                                  const struct scenario_setting *settings, size_t setting_count,
                                  struct scenario *scenario, struct scenario_notes *notes,
                                  struct error *error);
enum status scenario_parse(const char *name, const char *text, size_t size,
                           const struct scenario_setting *settings, size_t setting_count,
                           struct scenario *scenario, struct error *error);

// The same from a tree that has its settings in it.
enum status scenario_parse_tree(const struct node *root, struct scenario *scenario,
                                struct scenario_notes *notes, struct error *error);
