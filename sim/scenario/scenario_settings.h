// SPDX-License-Identifier: GPL-3.0-or-later
// The settings of a command line, written over a tree.
#pragma once

#include <stddef.h>

#include "sim/base/status.h"
#include "sim/scenario/scenario_document.h"

// One "--set KEY=VALUE": key is a dotted path ("policy.threshold.every"), value is YAML, or "@FILE"
// for a file of YAML.
struct scenario_setting {
    const char *key;
    const char *value;
};

// In order, those that are right. Requires: root is a map of "document". Errors: STATUS_BAD_DATA,
// with all that is wrong, "--set KEY=VALUE:1:..." or "FILE:LINE:..."; STATUS_NO_INPUT (a file is
// missing).
enum status scenario_settings_apply(struct document *document, struct node *root,
                                    const struct scenario_setting *settings, size_t count,
                                    struct error *error);
