// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/fit_print.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/report/fit_notes.h"
#include "sim/report/fit_number.h"
#include "sim/report/table.h"

enum { PARAMETERS_SIZE = 256 };

static const char *format_parameter(const struct law_fit *fit, int parameter, double value,
                                    char text[FIT_TEXT_SIZE]) {
    const struct law_parameter *entry = &law_table[fit->law.law].parameters[parameter];
    double width = fit->high[parameter] - fit->low[parameter];
    return entry->kind == LAW_PARAMETER_WHOLE  ? fit_number_format(value, 0, text)
           : entry->kind == LAW_PARAMETER_TIME ? fit_time_format(value, width, text)
                                               : fit_number_format(value, width, text);
}

// "mean 203.4 ms (203.1 ms to 203.8 ms), cv 0.1012 (0.0998 to 0.1026)"
static void format_parameters(const struct law_fit *fit, char text[PARAMETERS_SIZE]) {
    const struct law_entry *law = &law_table[fit->law.law];
    char value[FIT_TEXT_SIZE];
    char low[FIT_TEXT_SIZE];
    char high[FIT_TEXT_SIZE];
    size_t length = 0;
    REQUIRE(fit->impossible == NULL);
    for (int i = 0; i < law->parameter_count && length < PARAMETERS_SIZE; i++) {
        length += (size_t)snprintf(text + length, PARAMETERS_SIZE - length, "%s%s %s",
                                   i > 0 ? ", " : "", law->parameters[i].name,
                                   format_parameter(fit, i, fit->law.parameters[i], value));
        if (fit->low[i] < fit->high[i] && length < PARAMETERS_SIZE) {
            length += (size_t)snprintf(text + length, PARAMETERS_SIZE - length, " (%s to %s)",
                                       format_parameter(fit, i, fit->low[i], low),
                                       format_parameter(fit, i, fit->high[i], high));
        }
    }
}

static void put_law(struct table *table, const struct fit_report *report, enum fit_candidate one) {
    const struct law_fit *fit = &report->fits[one];
    char parameters[PARAMETERS_SIZE] = "";
    table_put(table, "%s", law_fit_name(one));
    if (fit->impossible != NULL) {
        table_put(table, "-");
        table_put(table, "-");
        table_put(table, "no: %s", fit->impossible);
        return;
    }
    format_parameters(fit, parameters);
    table_put(table, "%.1f", one == report->order[0] ? 0 : fit->aic - fit_report_least_aic(report));
    table_put(table, "%.4f", fit->distance);
    table_put(table, "%s", parameters);
}

static void print_table(FILE *out, const struct fit_report *report) {
    struct table *table = table_create("");
    table_column(table, "law", true);
    table_column(table, "AIC", false);
    table_column(table, "distance", false);
    table_column(table, "parameters, with intervals of 95 %", true);
    for (int i = 0; i < FIT_CANDIDATE_COUNT; i++) {
        put_law(table, report, report->order[i]);
    }
    table_print(out, table, TABLE_TEXT);
    table_destroy(&table);
}

static void print_sample(FILE *out, const struct fit_report *report) {
    const struct fit_sample *sample = &report->sample;
    char least[FIT_TEXT_SIZE];
    char most[FIT_TEXT_SIZE];
    char mean[FIT_TEXT_SIZE];
    double error = sqrt(sample->variance_ns2 / (double)sample->count);
    REQUIRE(sample->count > 0);
    fprintf(out, "%s, column %s: %zu time%s", report->source.file, report->source.column,
            sample->count, sample->count == 1 ? "" : "s");
    if (report->times->worker_count > 0) {
        fprintf(out, " of %" PRId32 " worker%s", report->times->worker_count,
                report->times->worker_count == 1 ? "" : "s");
    }
    fprintf(out, "\nfrom %s to %s, mean %s, cv %.3f\n\n",
            fit_time_format(sample->least_ns, sample->least_ns / 50, least),
            fit_time_format(sample->most_ns, sample->most_ns / 50, most),
            fit_time_format(sample->mean_ns, error, mean),
            sample->mean_ns > 0 ? sqrt(sample->variance_ns2) / sample->mean_ns : 0);
}

struct printed_notes {
    FILE *out;
    int count;
};

static void print_note(void *context, bool warning, const char *sentence) {
    struct printed_notes *notes = context;
    char text[2200];
    REQUIRE(notes->out != NULL);
    snprintf(text, sizeof text, "%s: %s", warning ? "warning" : "note", sentence);
    table_print_paragraph(notes->out, text, TABLE_TEXT);
    notes->count++;
}

void fit_print_report(FILE *out, const struct fit_report *report) {
    REQUIRE(report->possible > 0);
    char text[400];
    struct printed_notes notes = {out, 0};
    print_sample(out, report);
    print_table(out, report);
    fputc('\n', out);
    snprintf(text, sizeof text,
             "AIC: how much above the least. distance: the largest difference between the shares "
             "of times up to t, measured and by the law (Kolmogorov-Smirnov); that of the right "
             "law is below %.4f in 95 of 100 samples of this size.",
             law_fit_distance_bound(report->sample.count));
    if (report->possible > 1) { // of a constant nothing can be told apart
        table_print_paragraph(out, text, TABLE_TEXT);
        fputc('\n', out);
    }
    fit_notes(report, print_note, &notes);
    fputs(notes.count > 0 ? "\n" : "", out);
    fit_print_map(out, report);
}

static void print_law(FILE *out, const struct fit_report *report) {
    const struct law_fit *fit = &report->fits[report->chosen];
    const struct law_entry *law = &law_table[fit->law.law];
    char value[FIT_TEXT_SIZE];
    REQUIRE(fit->impossible == NULL);
    bool delay = strcmp(report->source.key, "delay") == 0; // it has other keys in its map
    if (fit->law.law == LAW_CONSTANT && !delay) {
        fputs(format_parameter(fit, 0, fit->law.parameters[0], value), out);
        return;
    }
    fprintf(out, "{law: %s", law->name);
    for (int i = 0; i < law->parameter_count; i++) {
        fprintf(out, ", %s: %s", law->parameters[i].name,
                format_parameter(fit, i, fit->law.parameters[i], value));
    }
    if (fit->law.law == LAW_NORMAL) {
        fprintf(out, ", negative: %s", negative_rule_names[fit->law.negative]);
    }
    if (delay) {
        fprintf(out, ", workers: %" PRId32, report->times->worker_count);
    }
    fputc('}', out);
}

// Where no law fits, the times themselves may stand in the scenario.
static void print_trace(FILE *out, const struct fit_report *report) {
    const struct fit_source *source = &report->source;
    const char *texts[] = {source->file, source->column, source->workers};
    bool is_plain = source->unit != NULL;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        is_plain = is_plain && (texts[i] == NULL || strpbrk(texts[i], "\"\\\n") == NULL);
    }
    if (is_plain && !fit_report_fits(report)) {
        fprintf(out,
                "  # no law fits; as they were measured: %s: {law: trace, file: \"%s\", column: "
                "\"%s\", unit: %s",
                source->key, source->file, source->column, source->unit);
        fprintf(out, source->workers == NULL ? "}\n" : ", worker: \"%s\"}\n", source->workers);
    }
}

void fit_print_map(FILE *out, const struct fit_report *report) {
    const char *key = report->source.key;
    const char *point = strchr(key, '.');
    fputs("cluster:\n", out);
    if (report->times->worker_count > 0) {
        fprintf(out, "  workers: %" PRId32 "\n",
                report->times->worker_count + report->source.without);
    }
    if (point == NULL) {
        fprintf(out, "  %s: ", key);
    } else {
        fprintf(out, "  %.*s: {%s: ", (int)(point - key), key, point + 1);
    }
    print_law(out, report);
    fputs(point == NULL ? "\n" : "}\n", out);
    print_trace(out, report);
}
