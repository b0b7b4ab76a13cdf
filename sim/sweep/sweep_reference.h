// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of scenarios/README.md that explain a sweep's file, in Markdown, from those that its
// parser follows.
#pragma once

#include <stdio.h>

void sweep_reference_write_keys(FILE *out);
void sweep_reference_write_designs(FILE *out);
