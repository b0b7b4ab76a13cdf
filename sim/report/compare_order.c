// SPDX-License-Identifier: GPL-3.0-or-later
// Which cells are shown, and in which order.
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/compare_parts.h"

struct place {
    double value; // the less the further in front; NaN: behind all
    size_t cell;
};

static int by_value(const void *left, const void *right) {
    const struct place *a = left;
    const struct place *b = right;
    if (isnan(a->value) != isnan(b->value)) {
        return isnan(a->value) ? 1 : -1;
    }
    if (a->value < b->value || a->value > b->value) {
        return a->value < b->value ? -1 : 1;
    }
    return (a->cell > b->cell) - (a->cell < b->cell);
}

void compare_find_order(struct comparison *comparison) {
    REQUIRE(comparison->order != NULL);
    REQUIRE(comparison->order_count == 0);
    const struct compare_options *options = &comparison->options;
    struct place *places = memory_allocate(comparison->cell_count, sizeof *places);
    bool *kept = memory_allocate(comparison->cell_count, sizeof *kept);
    size_t others = 0;
    for (size_t i = 0; i < comparison->cell_count; i++) {
        double mean = options->sorted ? comparison->cells[i].numbers[options->sort].value.mean : 0;
        bool falls = options->sorted && compare_more_is_better(options->sort);
        places[i] = (struct place){falls ? -mean : mean, i};
    }
    qsort(places, comparison->cell_count, sizeof *places, by_value);
    for (size_t i = 0; i < comparison->cell_count; i++) {
        const struct compare_cell *cell = &comparison->cells[places[i].cell];
        if (options->top == 0) {
            kept[places[i].cell] = true;
        } else if (!cell->is_baseline && others++ < options->top) {
            kept[places[i].cell] = true;
            kept[cell->baseline] |= comparison->baseline_count > 0; // its own
        }
    }
    for (size_t i = 0; i < comparison->cell_count; i++) {
        if (kept[places[i].cell]) {
            comparison->order[comparison->order_count++] = places[i].cell;
        }
    }
    memory_free(kept);
    memory_free(places);
}
