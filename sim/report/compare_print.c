// SPDX-License-Identifier: GPL-3.0-or-later
// A comparison as an aligned table, as JSON and as CSV.
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/report/compare.h"

static const struct {
    const char *label;
    const char *key;
    int decimals;
} metric_table[COMPARE_METRIC_COUNT] = {
    [COMPARE_TEST_ACCURACY] = {"test accuracy, in percentage points", "test_accuracy_points", 3},
    [COMPARE_TEST_LOSS] = {"test loss", "test_loss", 4},
    [COMPARE_TRAIN_LOSS] = {"training loss", "train_loss", 4},
};

static const struct {
    const char *key;
    size_t offset;
} spread_columns[] = {
    {"mean", offsetof(struct spread, mean)},     {"std_dev", offsetof(struct spread, deviation)},
    {"std_err", offsetof(struct spread, error)}, {"min", offsetof(struct spread, least)},
    {"max", offsetof(struct spread, most)},
};

enum { SPREAD_COLUMNS = sizeof spread_columns / sizeof spread_columns[0] };

static const struct {
    const char *key;
    size_t offset;
} spreads[] = {
    {"mean_before_end", offsetof(struct compare_metric, mean)},
    {"mean_before_end_difference", offsetof(struct compare_metric, mean_difference)},
    {"final", offsetof(struct compare_metric, final)},
    {"final_difference", offsetof(struct compare_metric, final_difference)},
};

enum { SPREADS = sizeof spreads / sizeof spreads[0] };

static const struct spread *spread_at(const struct compare_metric *metric, int index) {
    return (const struct spread *)((const char *)metric + spreads[index].offset);
}

static double column_at(const struct spread *spread, int index) {
    double value = 0;
    memcpy(&value, (const char *)spread + spread_columns[index].offset, sizeof value);
    return value;
}

// --- text ----------------------------------------------------------------------------------------

static const char *shown(const char *value) {
    return value == NULL ? "-" : value;
}

static int column_width(const struct comparison *comparison, size_t key) {
    size_t width = strlen(comparison->keys[key]);
    for (size_t i = 0; i < comparison->cell_count; i++) {
        size_t length = strlen(shown(comparison->cells[i].values[key]));
        width = length > width ? length : width;
    }
    return (int)width;
}

// The width of all columns that name a cell.
static int name_width(const struct comparison *comparison) {
    int width = 0;
    for (size_t k = 0; k < comparison->key_count; k++) {
        width += column_width(comparison, k) + 2;
    }
    return width == 0 ? 10 : width;
}

static void print_names(FILE *out, const struct comparison *comparison,
                        const struct compare_cell *cell) {
    if (comparison->key_count == 0) {
        fprintf(out, "%-10s", cell == NULL ? "" : "all runs");
    }
    for (size_t k = 0; k < comparison->key_count; k++) {
        fprintf(out, "%-*s  ", column_width(comparison, k),
                cell == NULL ? comparison->keys[k] : shown(cell->values[k]));
    }
}

static void print_number(FILE *out, double value, int decimals, bool sign) {
    if (isnan(value)) {
        fprintf(out, " %9s", "-");
    } else {
        fprintf(out, sign ? " %+9.*f" : " %9.*f", decimals, value);
    }
}

static void print_difference(FILE *out, const struct compare_metric *metric, int decimals) {
    const struct spread *spread = &metric->mean_difference;
    char signs[48];
    print_number(out, spread->mean, decimals, true);
    print_number(out, spread->deviation, decimals, false);
    print_number(out, spread->error, decimals, false);
    print_number(out, spread->least, decimals, true);
    print_number(out, spread->most, decimals, true);
    snprintf(signs, sizeof signs, "%zu/%zu", spread->positive, spread->negative);
    fprintf(out, " %7s", signs);
}

static void print_cell(FILE *out, const struct comparison *comparison,
                       const struct compare_cell *cell, int index) {
    const struct compare_metric *metric = &cell->metrics[index];
    int decimals = metric_table[index].decimals;
    bool paired = metric->mean_difference.rounds > 0;
    print_names(out, comparison, cell);
    fprintf(out, "%6zu", cell->run_count);
    print_number(out, metric->mean.mean, decimals, false);
    print_number(out, metric->mean.deviation, decimals, false);
    if (comparison->baseline_count > 0) {
        fputs(" |", out);
        if (paired) {
            print_difference(out, metric, decimals);
        } else {
            fprintf(out, " %-57s",
                    cell->is_baseline ? "baseline" : "no round in common with the baseline");
        }
    }
    fputs(" |", out);
    print_number(out, metric->final.mean, decimals, false);
    if (paired) {
        print_number(out, metric->final_difference.mean, decimals, true);
    }
    fputc('\n', out);
}

static void print_headings(FILE *out, const struct comparison *comparison) {
    bool differences = comparison->baseline_count > 0;
    fprintf(out, "%*s%6s %9s %9s", name_width(comparison), "", "", "mean of", "spread");
    fprintf(out, differences ? " | %-57s" : "%s",
            differences ? "difference to the baseline, round by round" : "");
    fprintf(out, " | at the end\n");
    print_names(out, comparison, NULL);
    fprintf(out, "%6s %9s %9s", "rounds", "t < end", "(std dev)");
    if (differences) {
        fprintf(out, " | %9s %9s %9s %9s %9s %7s", "mean", "std dev", "std err", "least", "most",
                "+/-");
    }
    fprintf(out, " | %9s%s\n", "value", differences ? "     diff" : "");
}

static bool any_measured(const struct comparison *comparison, int metric) {
    for (size_t i = 0; i < comparison->cell_count; i++) {
        if (comparison->cells[i].metrics[metric].measured) {
            return true;
        }
    }
    return false;
}

static void print_introduction(FILE *out, const struct comparison *comparison) {
    fputs("Each round's plain mean over its evaluation points t < end, then the mean over the "
          "rounds.\n",
          out);
    if (comparison->baseline_count > 0) {
        fputs("Baseline:", out);
        for (size_t i = 0; i < comparison->baseline_count; i++) {
            fprintf(out, " %s=%s", comparison->baseline[i].key, comparison->baseline[i].value);
        }
        fputs(". Rounds are paired by seed; +/- counts the rounds above and below the baseline.\n",
              out);
    }
}

static void print_mismatch(FILE *out, const struct comparison *comparison,
                           const struct compare_cell *cell) {
    const struct compare_cell *baseline = &comparison->cells[cell->baseline];
    fputs("note: compared with a baseline that differs elsewhere, too:", out);
    for (size_t k = 0; k < comparison->key_count; k++) {
        if (compare_key_mismatches(comparison, cell, baseline, k)) {
            fprintf(out, " %s %s (baseline %s)", comparison->keys[k], cell->values[k],
                    baseline->values[k]);
        }
    }
    fputc('\n', out);
}

static void print_run_note(FILE *out, const struct compare_run *run,
                           enum compare_omission omission) {
    char time[SIM_TIME_TEXT_SIZE];
    if (omission == COMPARE_NOT_COMPLETE) {
        fprintf(out, "left out: %s (seed %" PRIu64 ") is not complete: %s at %s\n", run->name,
                run->seed,
                run->status < RUN_STATUS_COUNT ? run_status_names[run->status] : "unknown",
                sim_time_format_seconds(run->end_ns, time));
    } else if (omission == COMPARE_REPEATED) {
        fprintf(out, "left out: %s repeats seed %" PRIu64 " of its cell\n", run->name, run->seed);
    }
}

static void print_unpaired(FILE *out, const struct comparison *comparison,
                           const struct compare_cell *cell) {
    size_t paired = cell->metrics[0].mean_difference.rounds;
    if (comparison->baseline_count > 0 && !cell->is_baseline && paired < cell->run_count) {
        fprintf(out, "note: %zu of %zu rounds have no partner in the baseline:",
                cell->run_count - paired, cell->run_count);
        for (size_t k = 0; k < comparison->key_count; k++) {
            fprintf(out, " %s=%s", comparison->keys[k], shown(cell->values[k]));
        }
        fputc('\n', out);
    }
}

void compare_print_notes(FILE *out, const struct comparison *comparison) {
    size_t left_out = 0;
    for (size_t i = 0; i < comparison->cell_count; i++) {
        const struct compare_cell *cell = &comparison->cells[i];
        if (comparison->baseline_count > 0 && !cell->is_baseline && cell->mismatches > 0) {
            print_mismatch(out, comparison, cell);
        }
        print_unpaired(out, comparison, cell);
    }
    for (size_t i = 0; i < comparison->run_count; i++) {
        print_run_note(out, &comparison->runs[i], comparison->omissions[i]);
        left_out += comparison->omissions[i] != COMPARE_KEPT;
    }
    if (left_out > 0) {
        fprintf(out, "%zu of %zu runs left out\n", left_out, comparison->run_count);
    }
}

static void print_text(FILE *out, const struct comparison *comparison) {
    print_introduction(out, comparison);
    bool nothing = true;
    for (int metric = 0; metric < COMPARE_METRIC_COUNT; metric++) {
        if (any_measured(comparison, metric)) {
            nothing = false;
            fprintf(out, "\n%s\n", metric_table[metric].label);
            print_headings(out, comparison);
            for (size_t i = 0; i < comparison->cell_count; i++) {
                print_cell(out, comparison, &comparison->cells[i], metric);
            }
        }
    }
    if (nothing) {
        fputs("\nNothing to compare: these runs have no evaluations (timing only?).\n", out);
    }
    fputc('\n', out);
    compare_print_notes(out, comparison);
}

// --- JSON ----------------------------------------------------------------------------------------

static json_t *json_number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *json_spread(const struct spread *spread) {
    json_t *object = json_object();
    json_object_set_new(object, "rounds", json_integer((json_int_t)spread->rounds));
    for (int i = 0; i < SPREAD_COLUMNS; i++) {
        json_object_set_new(object, spread_columns[i].key, json_number(column_at(spread, i)));
    }
    json_object_set_new(object, "positive", json_integer((json_int_t)spread->positive));
    json_object_set_new(object, "negative", json_integer((json_int_t)spread->negative));
    return object;
}

static json_t *json_keys(const struct comparison *comparison, const struct compare_cell *cell) {
    json_t *object = json_object();
    for (size_t k = 0; k < comparison->key_count; k++) {
        const char *value = cell->values[k];
        json_object_set_new(object, comparison->keys[k],
                            value == NULL ? json_null() : json_string(value));
    }
    return object;
}

static json_t *json_cell(const struct comparison *comparison, const struct compare_cell *cell) {
    json_t *object = json_object();
    json_object_set_new(object, "keys", json_keys(comparison, cell));
    json_object_set_new(object, "rounds", json_integer((json_int_t)cell->run_count));
    json_object_set_new(object, "is_baseline", json_boolean(cell->is_baseline));
    if (comparison->baseline_count > 0) {
        json_object_set_new(object, "baseline",
                            json_keys(comparison, &comparison->cells[cell->baseline]));
    }
    for (int m = 0; m < COMPARE_METRIC_COUNT; m++) {
        json_t *metric = json_object();
        for (int s = 0; s < SPREADS; s++) {
            json_object_set_new(metric, spreads[s].key,
                                json_spread(spread_at(&cell->metrics[m], s)));
        }
        json_object_set_new(object, metric_table[m].key, metric);
    }
    return object;
}

static void print_json(FILE *out, const struct comparison *comparison) {
    json_t *object = json_object();
    json_t *cells = json_array();
    json_t *left_out = json_array();
    for (size_t i = 0; i < comparison->cell_count; i++) {
        json_array_append_new(cells, json_cell(comparison, &comparison->cells[i]));
    }
    for (size_t i = 0; i < comparison->run_count; i++) {
        if (comparison->omissions[i] != COMPARE_KEPT) {
            enum run_status status = comparison->runs[i].status;
            bool repeated = comparison->omissions[i] == COMPARE_REPEATED;
            const char *why = repeated                    ? "repeats a seed"
                              : status < RUN_STATUS_COUNT ? run_status_names[status]
                                                          : "unknown";
            json_array_append_new(
                left_out, json_pack("{s:s, s:s}", "run", comparison->runs[i].name, "why", why));
        }
    }
    json_object_set_new(object, "cells", cells);
    json_object_set_new(object, "left_out", left_out);
    json_dumpf(object, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(object);
}

// --- CSV -----------------------------------------------------------------------------------------

// RFC 4180: quoted where a comma, a quote or a line end is inside.
static void print_csv_text(FILE *out, const char *text) {
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text != 0; text++) {
        fputs(*text == '"' ? "\"\"" : (const char[]){*text, 0}, out);
    }
    fputc('"', out);
}

static void print_csv_headings(FILE *out, const struct comparison *comparison) {
    for (size_t k = 0; k < comparison->key_count; k++) {
        print_csv_text(out, comparison->keys[k]);
        fputc(',', out);
    }
    fputs("is_baseline,metric", out);
    for (int s = 0; s < SPREADS; s++) {
        fprintf(out, ",%s_rounds", spreads[s].key);
        for (int c = 0; c < SPREAD_COLUMNS; c++) {
            fprintf(out, ",%s_%s", spreads[s].key, spread_columns[c].key);
        }
        fprintf(out, ",%s_positive,%s_negative", spreads[s].key, spreads[s].key);
    }
    fputc('\n', out);
}

static void print_csv_row(FILE *out, const struct comparison *comparison,
                          const struct compare_cell *cell, int metric) {
    for (size_t k = 0; k < comparison->key_count; k++) {
        print_csv_text(out, cell->values[k] == NULL ? "" : cell->values[k]);
        fputc(',', out);
    }
    fprintf(out, "%d,%s", cell->is_baseline, metric_table[metric].key);
    for (int s = 0; s < SPREADS; s++) {
        const struct spread *spread = spread_at(&cell->metrics[metric], s);
        fprintf(out, ",%zu", spread->rounds);
        for (int c = 0; c < SPREAD_COLUMNS; c++) {
            double value = column_at(spread, c);
            fprintf(out, isnan(value) ? "," : ",%.17g", value);
        }
        fprintf(out, ",%zu,%zu", spread->positive, spread->negative);
    }
    fputc('\n', out);
}

static void print_csv(FILE *out, const struct comparison *comparison) {
    print_csv_headings(out, comparison);
    for (size_t i = 0; i < comparison->cell_count; i++) {
        for (int metric = 0; metric < COMPARE_METRIC_COUNT; metric++) {
            print_csv_row(out, comparison, &comparison->cells[i], metric);
        }
    }
}

void compare_print(FILE *out, const struct comparison *comparison, enum compare_format format) {
    switch (format) {
    case COMPARE_TEXT:
        print_text(out, comparison);
        return;
    case COMPARE_JSON:
        print_json(out, comparison);
        return;
    case COMPARE_CSV:
        print_csv(out, comparison);
        return;
    }
    INVARIANT(format == COMPARE_TEXT);
}
