// SPDX-License-Identifier: GPL-3.0-or-later
// The scenarios of the swarm as texts in canonical form (sim/scenario/scenario_print.h): one leaf a
// line, so that a scenario is changed, crossed with another or made smaller by its lines. The line
// "semantics" is left out, since it follows from the others.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sim/scenario/scenario_settings.h"

enum { SWARM_TEXT_SIZE = 16384 };

// Reads a text with the settings and writes it in this form. False, "settled" untouched: it is
// refused, or too long. text may be settled.
bool swarm_text_settle(const char *text, const struct scenario_setting *settings, size_t count,
                       char settled[SWARM_TEXT_SIZE]);

size_t swarm_text_lines(const char *text);

// A line (from 0) and what follows; "" if there is no such line.
const char *swarm_text_line(const char *text, size_t line);

// The text without a line (from 0) and all that is below it; "" if there is no such line.
void swarm_text_without(const char *text, size_t line, char less[SWARM_TEXT_SIZE]);

// The same scenario without the lines that would come back by themselves: for a reader.
void swarm_text_brief(const char *settled, char brief[SWARM_TEXT_SIZE]);

// The text with a section of the other in the place of its own: "policy", or "cluster.events". A
// section that the other has not is taken out.
void swarm_text_graft(const char *text, const char *other, const char *section,
                      char grafted[SWARM_TEXT_SIZE]);
