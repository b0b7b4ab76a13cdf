// SPDX-License-Identifier: GPL-3.0-or-later
// A comparison as CSV: a row for each cell and shown metric.
#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/report/compare_parts.h"
#include "sim/runlog/runlog_csv.h"

static void print_headings(FILE *out, const struct comparison *comparison) {
    for (size_t k = 0; k < comparison->key_count; k++) {
        runlog_csv_text(comparison->keys[k], out);
        fputc(',', out);
    }
    fputs("is_baseline,runs,diverged,metric,is_primary,verdict", out);
    for (size_t i = 0; i < compare_field_count; i++) {
        fprintf(out, ",%s", compare_fields[i].name);
    }
    fputc('\n', out);
}

static void print_row(FILE *out, const struct comparison *comparison,
                      const struct compare_cell *cell, int metric) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    REQUIRE(cell->values != NULL || comparison->key_count == 0);
    char name[COMPARE_NAME_SIZE];
    const struct compare_numbers *numbers = &cell->numbers[metric];
    for (size_t k = 0; k < comparison->key_count; k++) {
        runlog_csv_text(cell->values[k] == NULL ? "" : cell->values[k], out);
        fputc(',', out);
    }
    fprintf(out, "%d,%zu,%zu,%s,%d,%s", cell->is_baseline, cell->run_count, cell->diverged.happened,
            compare_metric_name(metric, name), metric == comparison->options.primary,
            cell->is_baseline ? "baseline" : compare_verdict(numbers));
    for (size_t i = 0; i < compare_field_count; i++) {
        double value = compare_field_value(numbers, &compare_fields[i]);
        fprintf(out, isnan(value) ? "," : ",%.17g", value);
    }
    fputc('\n', out);
}

void compare_print_csv(FILE *out, const struct comparison *comparison) {
    REQUIRE(comparison->order_count <= comparison->cell_count);
    print_headings(out, comparison);
    for (size_t i = 0; i < comparison->order_count; i++) {
        const struct compare_cell *cell = &comparison->cells[comparison->order[i]];
        for (int metric = 0; metric < COMPARE_METRIC_COUNT; metric++) {
            if (comparison->options.shown[metric]) {
                print_row(out, comparison, cell, metric);
            }
        }
    }
}
