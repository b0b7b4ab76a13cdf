// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/fit_report.h"

#include <math.h>

#include "sim/base/check.h"

static bool comes_before(const struct fit_report *report, enum fit_candidate a,
                         enum fit_candidate b) {
    REQUIRE(a < FIT_CANDIDATE_COUNT && b < FIT_CANDIDATE_COUNT);
    bool a_possible = report->fits[a].impossible == NULL;
    bool b_possible = report->fits[b].impossible == NULL;
    return a_possible && (!b_possible || report->fits[a].aic < report->fits[b].aic);
}

static void order_laws(struct fit_report *report) {
    for (int i = 0; i < FIT_CANDIDATE_COUNT; i++) {
        enum fit_candidate one = (enum fit_candidate)i;
        int place = i;
        for (; place > 0 && comes_before(report, one, report->order[place - 1]); place--) {
            report->order[place] = report->order[place - 1];
        }
        report->order[place] = one;
        report->possible += report->fits[one].impossible == NULL;
    }
}

double fit_report_least_aic(const struct fit_report *report) {
    REQUIRE(report->possible > 0);
    return report->fits[report->order[0]].aic;
}

bool fit_report_is_near(const struct fit_report *report, enum fit_candidate candidate) {
    REQUIRE(candidate < FIT_CANDIDATE_COUNT);
    const struct law_fit *fit = &report->fits[candidate];
    return fit->impossible == NULL && (candidate == report->order[0] ||
                                       fit->aic <= fit_report_least_aic(report) + FIT_AIC_NEAR);
}

static bool shape_is_whole(const struct fit_report *report) {
    const struct law_fit *gamma = &report->fits[FIT_GAMMA];
    const struct law_fit *erlang = &report->fits[FIT_ERLANG];
    REQUIRE(gamma->impossible == NULL);
    return erlang->impossible == NULL && erlang->aic <= gamma->aic + FIT_WHOLE_AIC_NEAR &&
           pow(gamma->low[1], -2) - pow(gamma->high[1], -2) < FIT_WHOLE_SHAPES;
}

static void choose(struct fit_report *report) {
    REQUIRE(report->possible > 0);
    report->chosen = report->order[0];
    for (int i = 1; i < report->possible; i++) {
        enum fit_candidate one = report->order[i];
        if (fit_report_is_near(report, one) &&
            report->fits[one].free_parameters < report->fits[report->chosen].free_parameters) {
            report->chosen = one;
        }
    }
    if (report->chosen == FIT_GAMMA && shape_is_whole(report)) {
        report->chosen = FIT_ERLANG;
    }
}

struct fit_report fit_report_make(const struct fit_source *source, const struct csv_times *times) {
    REQUIRE(source->file != NULL && source->column != NULL && source->key != NULL);
    struct fit_report report = {.source = *source, .times = times};
    report.sample = fit_sample_make(times->spans_ns, times->count);
    for (int i = 0; i < FIT_CANDIDATE_COUNT; i++) {
        report.fits[i] = law_fit_of((enum fit_candidate)i, &report.sample);
    }
    order_laws(&report);
    choose(&report);
    report.checks = fit_checks_of(times, &report.sample);
    return report;
}

void fit_report_reset(struct fit_report *report) {
    REQUIRE(report != NULL);
    fit_sample_reset(&report->sample);
    *report = (struct fit_report){0};
}

bool fit_report_fits(const struct fit_report *report) {
    REQUIRE(report->chosen < FIT_CANDIDATE_COUNT);
    return report->fits[report->chosen].distance <= law_fit_distance_bound(report->sample.count);
}
