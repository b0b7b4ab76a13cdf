// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/summary_text.h"

#include "sim/base/check.h"

char *summary_text(const struct summary *summary, double wall_seconds,
                   void (*print)(FILE *out, const struct summary *summary, double wall_seconds)) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    INVARIANT(stream != NULL);
    print(stream, summary, wall_seconds);
    fclose(stream);
    return text;
}
