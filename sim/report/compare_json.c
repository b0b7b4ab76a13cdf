// SPDX-License-Identifier: GPL-3.0-or-later
// A comparison as JSON.
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/report/compare_parts.h"
#include "sim/report/json_value.h"

static json_t *json_count(size_t count) {
    return json_integer((json_int_t)count);
}

static json_t *json_keys(const struct comparison *comparison, const struct compare_cell *cell) {
    REQUIRE(cell->values != NULL || comparison->key_count == 0);
    json_t *object = json_object();
    for (size_t k = 0; k < comparison->key_count; k++) {
        const char *value = cell->values[k];
        json_object_set_new(object, comparison->keys[k],
                            value == NULL ? json_null() : json_string(value));
    }
    return object;
}

static json_t *json_numbers(const struct compare_cell *cell, int metric) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    const struct compare_numbers *numbers = &cell->numbers[metric];
    json_t *object = json_object();
    for (size_t i = 0; i < compare_field_count; i++) {
        const struct compare_field *field = &compare_fields[i];
        double value = compare_field_value(numbers, field);
        json_object_set_new(object, field->name,
                            field->is_count ? json_integer((json_int_t)value) : json_number(value));
    }
    json_object_set_new(object, "which_is_best", json_string(best_verdict(&numbers->best)));
    if (!cell->is_baseline) {
        json_object_set_new(object, "verdict", json_string(compare_verdict(numbers)));
    }
    return object;
}

static json_t *json_divergence(const struct compare_cell *cell) {
    json_t *object = json_object();
    json_object_set_new(object, "runs", json_count(cell->diverged.count));
    json_object_set_new(object, "diverged", json_count(cell->diverged.happened));
    json_object_set_new(object, "rate", json_number(cell->diverged.rate));
    json_object_set_new(object, "low", json_number(cell->diverged.low));
    json_object_set_new(object, "high", json_number(cell->diverged.high));
    json_object_set_new(object, "pairs", json_count(cell->pair_count));
    json_object_set_new(object, "only_here", json_count(cell->only_this));
    json_object_set_new(object, "only_baseline", json_count(cell->only_baseline));
    json_object_set_new(object, "both", json_count(cell->both_diverged));
    json_object_set_new(object, "p_mcnemar",
                        json_number(exact_mcnemar_p(cell->only_this, cell->only_baseline)));
    return object;
}

static json_t *json_cell(const struct comparison *comparison, const struct compare_cell *cell) {
    REQUIRE(cell->same_as < comparison->cell_count);
    char name[COMPARE_NAME_SIZE];
    json_t *object = json_object();
    json_object_set_new(object, "keys", json_keys(comparison, cell));
    json_object_set_new(object, "rounds", json_count(cell->run_count));
    json_object_set_new(object, "is_baseline", json_boolean(cell->is_baseline));
    if (comparison->options.baseline_count > 0) {
        json_object_set_new(object, "baseline",
                            json_keys(comparison, &comparison->cells[cell->baseline]));
    }
    json_object_set_new(object, "divergence", json_divergence(cell));
    for (int m = 0; m < COMPARE_METRIC_COUNT; m++) {
        if (comparison->options.shown[m]) {
            json_object_set_new(object, compare_metric_name(m, name), json_numbers(cell, m));
        }
    }
    return object;
}

static json_t *json_families(const struct comparison *comparison) {
    char name[COMPARE_NAME_SIZE];
    json_t *object = json_object();
    for (int m = 0; m < COMPARE_METRIC_COUNT; m++) {
        const struct sign_flip_family *family = &comparison->families[m];
        if (comparison->options.shown[m] && comparison->options.baseline_count > 0) {
            json_t *told = json_object();
            json_object_set_new(told, "cells", json_count(family->cells));
            json_object_set_new(told, "rounds", json_count(family->rounds));
            json_object_set_new(told, "exact", json_boolean(family->exact));
            json_object_set_new(told, "least_p", json_number(family->least_p));
            json_object_set_new(told, "critical", json_number(family->critical));
            json_object_set_new(object, compare_metric_name(m, name), told);
        }
    }
    return object;
}

static json_t *json_left_out(const struct comparison *comparison) {
    REQUIRE(comparison->omissions != NULL);
    json_t *list = json_array();
    for (size_t i = 0; i < comparison->run_count; i++) {
        enum run_status status = comparison->runs[i].status;
        bool repeated = comparison->omissions[i] == COMPARE_REPEATED;
        const char *why = repeated                    ? "repeats a seed"
                          : status < RUN_STATUS_COUNT ? run_status_names[status]
                                                      : "unknown";
        if (comparison->omissions[i] != COMPARE_KEPT) {
            json_array_append_new(
                list, json_pack("{s:s, s:s}", "run", comparison->runs[i].name, "why", why));
        }
    }
    return list;
}

static json_t *json_notes(const struct comparison *comparison) {
    char *text = compare_notes_text(comparison);
    json_t *list = json_array();
    for (const char *line = text; *line != 0;) {
        size_t length = strcspn(line, "\n");
        json_array_append_new(list, json_stringn(line, length));
        line += length + (line[length] != 0);
    }
    memory_free(text);
    return list;
}

// The settings of the baseline, and whether the sweep itself names it.
static json_t *json_baseline(const struct compare_options *options) {
    json_t *object = json_object();
    for (size_t i = 0; i < options->baseline_count; i++) {
        json_object_set_new(object, options->baseline[i].key,
                            json_string(options->baseline[i].value));
    }
    return json_pack("{s:o, s:b}", "settings", object, "of_sweep",
                     options->baseline_count > 0 && options->baseline_of_sweep);
}

json_t *compare_json(const struct comparison *comparison) {
    REQUIRE(comparison->order_count > 0);
    char name[COMPARE_NAME_SIZE];
    const struct compare_options *options = &comparison->options;
    json_t *object = json_object();
    json_t *cells = json_array();
    for (size_t i = 0; i < comparison->order_count; i++) {
        const struct compare_cell *cell = &comparison->cells[comparison->order[i]];
        json_array_append_new(cells, json_cell(comparison, cell));
    }
    json_object_set_new(object, "level", json_real(COMPARE_LEVEL));
    json_object_set_new(object, "primary",
                        json_string(compare_metric_name(options->primary, name)));
    json_object_set_new(object, "primary_declared", json_boolean(options->primary_declared));
    json_object_set_new(object, "baseline", json_baseline(options));
    json_object_set_new(object, "after_s", json_real(sim_time_to_seconds(options->after_ns)));
    json_object_set_new(object, "target", json_number(options->target));
    json_object_set_new(object, "sustained", json_integer(options->sustained));
    json_object_set_new(object, "horizon_s",
                        comparison->horizon_ns > 0
                            ? json_real(sim_time_to_seconds(comparison->horizon_ns))
                            : json_null());
    json_object_set_new(object, "cells", cells);
    json_object_set_new(object, "families", json_families(comparison));
    json_object_set_new(object, "left_out", json_left_out(comparison));
    json_object_set_new(object, "notes", json_notes(comparison));
    return object;
}

void compare_print_json(FILE *out, const struct comparison *comparison) {
    REQUIRE(out != NULL);
    json_t *object = compare_json(comparison);
    json_dumpf(object, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(object);
}
