// SPDX-License-Identifier: GPL-3.0-or-later
// A cell is what the rounds of one experiment have in common: the scenario without its seed and its
// title.
#pragma once

// "policy.name: hybrid\npolicy.combine: sum\n...": the canonical text, one dotted key a line,
// without seed and title. canonical_text_value and canonical_text_each read it, too. Equal cells
// have equal text. Returns text to be released with memory_free.
char *cell_text(const char *scenario);
