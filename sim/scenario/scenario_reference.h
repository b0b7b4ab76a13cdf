// SPDX-License-Identifier: GPL-3.0-or-later
// The documentation that the tables yield: scenarios/README.md and a list of keys for the terminal.
#ifndef DESGD_SCENARIO_SCENARIO_REFERENCE_H
#define DESGD_SCENARIO_SCENARIO_REFERENCE_H

#include <stdio.h>

// The complete example of the introduction: a scenario that runs as it stands.
extern const char scenario_example[];

// The whole of scenarios/README.md, in Markdown.
void scenario_write_reference(FILE *out);

// Every key with its default and what is allowed, for people at a terminal.
void scenario_write_keys(FILE *out);

#endif
