// SPDX-License-Identifier: GPL-3.0-or-later
// The canonical form: every key that applies, in the schema's order, defaults written out, one leaf
// a line in block style with two blanks of indentation (a law or an end is one leaf, a law a flow
// map). Parsing it gives the same scenario; equal scenarios have equal text. Keys that do not apply
// to the policy or model are left out.
#pragma once

#include <stdint.h>

#include "sim/scenario/scenario.h"

// Returns text to be released with memory_free.
char *scenario_print(const struct scenario *scenario);

// The fingerprint of the canonical form without its title: two runs with equal hash are the same
// run.
uint64_t scenario_hash(const struct scenario *scenario);
