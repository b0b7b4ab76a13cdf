// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/paired_difference.h"

#include <math.h>
#include <stdlib.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

struct sized {
    double size;       // |difference|
    double resolution; // of it
    size_t round;
};

static int by_size(const void *a, const void *b) {
    const struct sized *x = a;
    const struct sized *y = b;
    if (x->size != y->size) {
        return x->size < y->size ? -1 : 1;
    }
    return (x->resolution > y->resolution) - (x->resolution < y->resolution);
}

// Each group of equal sizes begins with its least and takes that of it.
static void settle(const struct sized *sorted, size_t count, double *differences) {
    for (size_t i = 0, first = 0; i < count; i++) {
        INVARIANT(sorted[i].size > 0);
        double resolution = fmax(sorted[first].resolution, sorted[i].resolution);
        if (sorted[i].size - sorted[first].size > resolution) {
            first = i;
        }
        differences[sorted[i].round] = copysign(sorted[first].size, differences[sorted[i].round]);
    }
}

void paired_differences_of(const double *here, const double *there, size_t count,
                           double *differences) {
    REQUIRE((here != NULL && there != NULL && differences != NULL) || count == 0);
    struct sized *sorted = memory_allocate(count, sizeof *sorted);
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        double resolution = PAIRED_DIFFERENCE_RESOLUTION * fmax(fabs(here[i]), fabs(there[i]));
        differences[i] = here[i] - there[i];
        if (fabs(differences[i]) <= resolution) {
            differences[i] = 0;
        } else if (!isnan(differences[i])) {
            sorted[found++] = (struct sized){fabs(differences[i]), resolution, i};
        }
    }
    qsort(sorted, found, sizeof *sorted, by_size);
    settle(sorted, found, differences);
    memory_free(sorted);
}
