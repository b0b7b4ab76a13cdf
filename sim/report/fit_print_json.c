// SPDX-License-Identifier: GPL-3.0-or-later
#include <jansson.h>
#include <math.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/fit_notes.h"
#include "sim/report/fit_print.h"
#include "sim/report/json_value.h"

static json_t *json_parameters(const struct law_fit *fit) {
    const struct law_entry *law = &law_table[fit->law.law];
    json_t *object = json_object();
    for (int i = 0; i < law->parameter_count; i++) {
        bool time = law->parameters[i].kind == LAW_PARAMETER_TIME;
        json_object_set_new(object, law->parameters[i].name,
                            json_pack("{s:o, s:o, s:o, s:s}", "value",
                                      json_number(fit->law.parameters[i]), "low",
                                      json_number(fit->low[i]), "high", json_number(fit->high[i]),
                                      "unit", time ? "ns" : "1"));
    }
    return object;
}

static json_t *json_law(const struct fit_report *report, enum fit_candidate one) {
    const struct law_fit *fit = &report->fits[one];
    json_t *object = json_pack("{s:s, s:s, s:b}", "name", law_fit_name(one), "law",
                               law_table[fit->law.law].name, "chosen", one == report->chosen);
    if (fit->impossible != NULL) {
        json_object_set_new(object, "impossible", json_string(fit->impossible));
        return object;
    }
    json_object_set_new(object, "parameters", json_parameters(fit));
    if (fit->law.law == LAW_NORMAL) {
        json_object_set_new(object, "negative",
                            json_string(negative_rule_names[fit->law.negative]));
    }
    json_object_set_new(object, "fitted_parameters", json_integer(fit->free_parameters));
    json_object_set_new(object, "log_likelihood", json_number(fit->log_likelihood));
    json_object_set_new(object, "aic", json_number(fit->aic));
    json_object_set_new(object, "near", json_boolean(fit_report_is_near(report, one)));
    json_object_set_new(object, "distance", json_number(fit->distance));
    return object;
}

static void add_note(void *context, bool warning, const char *sentence) {
    REQUIRE(context != NULL);
    json_array_append_new(
        context, json_pack("{s:b, s:o}", "warning", (int)warning, "sentence", json_text(sentence)));
}

static json_t *json_checks(const struct fit_report *report) {
    const struct fit_checks *checks = &report->checks;
    json_t *object = json_pack(
        "{s:o, s:o, s:b, s:o, s:b}", "correlation", json_number(checks->correlation),
        "correlation_p", json_number(checks->correlation_p), "correlated", (int)checks->correlated,
        "workers_p", json_number(checks->workers_p), "workers_differ", (int)checks->workers_differ);
    if (report->times->worker_count > 0) {
        json_object_set_new(object, "fastest", json_text(report->times->names[checks->fastest]));
        json_object_set_new(object, "fastest_mean_ns", json_number(checks->fastest_mean_ns));
        json_object_set_new(object, "slowest", json_text(report->times->names[checks->slowest]));
        json_object_set_new(object, "slowest_mean_ns", json_number(checks->slowest_mean_ns));
    }
    return object;
}

static json_t *json_map(const struct fit_report *report) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    INVARIANT(stream != NULL);
    fit_print_map(stream, report);
    INVARIANT(fclose(stream) == 0);
    json_t *map = json_string(text);
    memory_free(text);
    return map;
}

void fit_print_json(FILE *out, const struct fit_report *report) {
    REQUIRE(report->possible > 0);
    const struct fit_sample *sample = &report->sample;
    json_t *laws = json_array();
    json_t *notes = json_array();
    for (int i = 0; i < FIT_CANDIDATE_COUNT; i++) {
        json_array_append_new(laws, json_law(report, report->order[i]));
    }
    fit_notes(report, add_note, notes);
    json_t *object = json_pack(
        "{s:o, s:o, s:I, s:i, s:o, s:o, s:o, s:o}", "file", json_text(report->source.file),
        "column", json_text(report->source.column), "times", (json_int_t)sample->count, "workers",
        (int)report->times->worker_count, "least_ns", json_number(sample->least_ns), "most_ns",
        json_number(sample->most_ns), "mean_ns", json_number(sample->mean_ns), "std_ns",
        json_number(sqrt(sample->variance_ns2)));
    INVARIANT(object != NULL);
    json_object_set_new(object, "laws", laws);
    json_object_set_new(object, "distance_bound",
                        json_number(law_fit_distance_bound(sample->count)));
    json_object_set_new(object, "checks", json_checks(report));
    json_object_set_new(object, "notes", notes);
    json_object_set_new(object, "map", json_map(report));
    json_dumpf(object, out, JSON_INDENT(2) | JSON_REAL_PRECISION(10));
    fputc('\n', out);
    json_decref(object);
}
