// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fuzz_target.h"

#include <string.h>

const struct fuzz_target fuzz_targets[] = {
    {"scenario", fuzz_scenario},
    {"sweep", fuzz_sweep},
    {"journal", fuzz_journal},
    {"rows", fuzz_rows},
    {"log", fuzz_log},
    {"checkpoint", fuzz_checkpoint},
    {"expression", fuzz_expression},
    {"csv", fuzz_csv},
};
const size_t fuzz_target_count = sizeof fuzz_targets / sizeof fuzz_targets[0];

const struct fuzz_target *fuzz_target_find(const char *name) {
    for (size_t i = 0; i < fuzz_target_count; i++) {
        if (strcmp(fuzz_targets[i].name, name) == 0) {
            return &fuzz_targets[i];
        }
    }
    return NULL;
}
