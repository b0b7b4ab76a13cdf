// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/base/status.h"

void check_failed(const char *kind, const char *condition, const char *file, int line) {
    fflush(stdout);
    fprintf(stderr, "desgd: %s:%d: broken %s: %s\n", file, line, kind, condition);
    fprintf(stderr,
            "desgd: this is a bug in desgd; please report it with the scenario and the seed\n");
    _Exit(STATUS_INTERNAL);
}
