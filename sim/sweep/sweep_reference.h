// SPDX-License-Identifier: GPL-3.0-or-later
// The part of scenarios/README.md that explains a sweep's file, from the tables that its parser
// follows.
#ifndef DESGD_SWEEP_SWEEP_REFERENCE_H
#define DESGD_SWEEP_SWEEP_REFERENCE_H

#include <stdio.h>

void sweep_reference_write(FILE *out);

#endif
