// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/validate/validation_print.h"

#include <inttypes.h>
#include <math.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/json_value.h"

static const char *const kind_names[] = {
    [CLOSED_FORM_MEAN] = "mean", [CLOSED_FORM_EXACT] = "exact", [CLOSED_FORM_AT_MOST] = "at most"};

static char *verdict_of(const struct validation_result *results, size_t count,
                        const struct validation_options *options) {
    size_t exact = 0;
    double widest = 0;
    for (size_t i = 0; i < count; i++) {
        exact += results[i].standard_error == 0;
        widest = fmax(widest, fabs(results[i].z));
    }
    size_t misses = validation_misses(results, count);
    return memory_print_text("%zu closed form%s, %zu of them exact or bounds; %d rounds of each "
                             "mean, seed %" PRIu64 ". The largest |z| is %.2f; at most %.0f is "
                             "allowed. %zu of them %s.",
                             count, count == 1 ? "" : "s", exact, options->rounds, options->seed,
                             widest, VALIDATION_Z_MOST, misses, misses == 1 ? "misses" : "miss");
}

static void put_row(struct table *table, const struct validation_row *row,
                    const struct validation_result *result) {
    const struct closed_form *form = row->form;
    bool mean = form->kind == CLOSED_FORM_MEAN;
    table_put(table, "%s: %s (%s)", row->name, form->formula, form->source);
    table_put(table, mean ? "%.6g" : "%.12g", result->theory);
    table_put(table, mean ? "%.6g" : "%.12g", result->simulated);
    table_put(table, "%s", form->unit);
    if (mean) {
        table_put(table, "%.2g", result->standard_error);
        table_put(table, "%.2f %%", 100 * validation_relative_error(result));
        table_put(table, "%.2f", result->z);
    } else {
        table_put(table, "%s", "");
        table_put(table, "%s", "");
        table_put(table, "%s", kind_names[form->kind]);
    }
    table_put(table, "%s", result->holds ? "" : "MISSES");
}

void validation_print(FILE *out, const struct validation_row *rows,
                      const struct validation_result *results, size_t count,
                      const struct validation_options *options, enum table_format format) {
    REQUIRE(count > 0);
    struct table *table = table_create("");
    char *verdict = verdict_of(results, count, options);
    table_column(table, "closed form", true);
    table_column(table, "theory", false);
    table_column(table, "simulated", false);
    table_column(table, "unit", true);
    table_column(table, "error", false);
    table_column(table, "relative", false);
    table_column(table, "z", false);
    table_column(table, "", true);
    table_name_above(table);
    for (size_t i = 0; i < count; i++) {
        put_row(table, &rows[i], &results[i]);
    }
    table_print(out, table, format);
    table_print_paragraph(out, verdict, format);
    memory_free(verdict);
    table_destroy(&table);
}

void validation_print_json(FILE *out, const struct validation_row *rows,
                           const struct validation_result *results, size_t count,
                           const struct validation_options *options) {
    REQUIRE(count > 0);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct closed_form *form = rows[i].form;
        const struct validation_result *result = &results[i];
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:i, s:b}", "name",
                      rows[i].name, "formula", form->formula, "source", form->source, "unit",
                      form->unit, "kind", kind_names[form->kind], "theory",
                      json_number(result->theory), "simulated", json_number(result->simulated),
                      "standard_error", json_number(result->standard_error),
                      "relative_standard_error", json_number(validation_relative_error(result)),
                      "z", json_number(result->z), "rounds", result->rounds, "holds",
                      result->holds));
    }
    json_t *report = json_pack("{s:I, s:i, s:f, s:I, s:o}", "seed", (json_int_t)options->seed,
                               "rounds", options->rounds, "z_most", VALIDATION_Z_MOST, "misses",
                               (json_int_t)validation_misses(results, count), "rows", list);
    INVARIANT(report != NULL);
    json_dumpf(report, out, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    fputc('\n', out);
    json_decref(report);
}

void validation_print_list(FILE *out, const struct validation_row *rows, size_t count) {
    REQUIRE(rows != NULL);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "%s: %s\n    %s\n", rows[i].name, rows[i].form->formula, rows[i].form->source);
    }
}
