// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/holm.h"

#include <gsl/gsl_sort.h>
#include <math.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

void holm_adjust(const double *p, size_t count, double *adjusted) {
    REQUIRE((p != NULL && adjusted != NULL) || count == 0);
    double *present = memory_allocate(count, sizeof *present);
    size_t *from = memory_allocate(count, sizeof *from);
    size_t *order = memory_allocate(count, sizeof *order);
    size_t family = 0;
    for (size_t i = 0; i < count; i++) {
        adjusted[i] = p[i];
        if (!isnan(p[i])) {
            present[family] = p[i];
            from[family++] = i;
        }
    }
    double most = 0;
    gsl_sort_index(order, present, 1, family);
    for (size_t i = 0; i < family; i++) {
        most = fmax(most, fmin(1, (double)(family - i) * present[order[i]]));
        adjusted[from[order[i]]] = most;
    }
    memory_free(present);
    memory_free(from);
    memory_free(order);
}
