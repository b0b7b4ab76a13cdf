// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/cell.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/check.h"

static void keep(void *context, const char *key, const char *value) {
    if (strcmp(key, "seed") != 0 && strcmp(key, "title") != 0) {
        fprintf(context, "%s: %s\n", key, value);
    }
}

char *cell_text(const char *scenario) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    INVARIANT(stream != NULL);
    canonical_text_each(scenario, keep, stream);
    INVARIANT(fclose(stream) == 0);
    return text;
}
