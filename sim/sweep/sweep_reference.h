// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of scenarios/README.md that explain a sweep's file, in Markdown, from those that its
// parser follows.
#ifndef DESGD_SWEEP_SWEEP_REFERENCE_H
#define DESGD_SWEEP_SWEEP_REFERENCE_H

#include <stdio.h>

void sweep_reference_write_keys(FILE *out);
void sweep_reference_write_designs(FILE *out);

#endif
