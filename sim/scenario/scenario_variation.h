// SPDX-License-Identifier: GPL-3.0-or-later
// When a key applies, found by trying: which other values of which other keys it takes. So what is
// told and documented of a condition is made from the condition itself.
#pragma once

#include <stdbool.h>

#include "sim/scenario/scenario_schema.h"

// Whether the key applies, or would with other values of these keys. The values are tried in the
// scenario, which is then as it was.
bool variation_applies(enum scenario_key key, struct scenario *scenario,
                       const enum scenario_key *varied, size_t count);

// Whether it applies, or would with another value of its own: some do only where they are not at
// their default. Likewise.
bool variation_may_apply(enum scenario_key key, struct scenario *scenario);

// "policy" for "policy.name", whose value may stand for the group's; else the key.
const char *variation_short_name(enum scenario_key key);

// When the key applies: "`schedule: step` or `adasync`"; nothing if it always does.
void variation_write(enum scenario_key key, struct text_buffer *buffer);
