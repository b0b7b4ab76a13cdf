// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_reference.h"

#include "sim/sweep/sweep_design.h"
#include "sim/sweep/sweep_file.h"

void sweep_reference_write_keys(FILE *out) {
    fputs("| key | what it says |\n|---|---|\n", out);
    for (size_t i = 0; i < SWEEP_KEY_COUNT; i++) {
        fprintf(out, "| `%s` | %s |\n", sweep_key_table[i].name, sweep_key_table[i].summary);
    }
}

void sweep_reference_write_designs(FILE *out) {
    fputs("| design | points |\n|---|---|\n", out);
    for (size_t i = 0; i < UNIT_DESIGN_COUNT; i++) {
        fprintf(out, "| `%s` | %s |\n", sweep_design_table[i].name, sweep_design_table[i].summary);
    }
}
