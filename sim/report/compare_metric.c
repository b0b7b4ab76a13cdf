// SPDX-License-Identifier: GPL-3.0-or-later
// The metrics by name, and the fields of their numbers.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/closest_word.h"
#include "sim/base/sim_time.h"
#include "sim/report/compare_parts.h"

static const char time_name[] = "time_to_accuracy";

static const char *const form_names[COMPARE_FORMS] = {
    [COMPARE_MEAN] = "mean",
    [COMPARE_MEAN_AFTER] = "mean_after",
    [COMPARE_FINAL] = "final",
    [COMPARE_BEST] = "best",
};

static const struct {
    const char *label;
    bool is_accuracy;
} quantities[RUN_QUANTITY_COUNT] = {
    [RUN_TEST_ACCURACY] = {"test accuracy", true},
    [RUN_TEST_LOSS] = {"test loss", false},
    [RUN_TRAIN_ACCURACY] = {"training accuracy", true},
    [RUN_TRAIN_LOSS] = {"training loss", false},
};

const char *compare_metric_name(int metric, char name[COMPARE_NAME_SIZE]) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    if (metric == COMPARE_TIME_TO_ACCURACY) {
        snprintf(name, COMPARE_NAME_SIZE, "%s", time_name);
    } else {
        snprintf(name, COMPARE_NAME_SIZE, "%s_%s", run_quantity_names[metric / COMPARE_FORMS],
                 form_names[metric % COMPARE_FORMS]);
    }
    return name;
}

int compare_metric_find(const char *name, char closest[COMPARE_NAME_SIZE]) {
    char names[COMPARE_METRIC_COUNT][COMPARE_NAME_SIZE];
    const char *words[COMPARE_METRIC_COUNT];
    for (int i = 0; i < COMPARE_METRIC_COUNT; i++) {
        words[i] = compare_metric_name(i, names[i]);
        if (strcmp(name, words[i]) == 0) {
            return i;
        }
    }
    const char *near = closest_word(name, words, COMPARE_METRIC_COUNT);
    snprintf(closest, COMPARE_NAME_SIZE, "%s", near == NULL ? "" : near);
    return -1;
}

static void describe_form(const struct comparison *comparison, int metric, char *text,
                          size_t size) {
    char time[SIM_TIME_TEXT_SIZE];
    bool is_accuracy = quantities[metric / COMPARE_FORMS].is_accuracy;
    switch ((enum compare_form)(metric % COMPARE_FORMS)) {
    case COMPARE_MEAN:
        snprintf(text, size, "mean over the evaluations t < end");
        return;
    case COMPARE_MEAN_AFTER:
        snprintf(text, size, "mean over the evaluations %s <= t < end (after start-up)",
                 sim_time_format_seconds(comparison->options.after_ns, time));
        return;
    case COMPARE_FINAL:
        snprintf(text, size, "at the end");
        return;
    case COMPARE_BEST:
        snprintf(text, size, "best, a %s over the run and so flattering",
                 is_accuracy ? "maximum" : "minimum");
        return;
    case COMPARE_FORMS:
        break;
    }
    INVARIANT(metric % COMPARE_FORMS < COMPARE_FORMS);
}

const char *compare_metric_label(const struct comparison *comparison, int metric, char *label,
                                 size_t size) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    REQUIRE(size > 0);
    char form[128];
    if (metric == COMPARE_TIME_TO_ACCURACY) {
        snprintf(label, size,
                 "time to %g %% test accuracy, kept for %lld evaluations; seconds, restricted mean "
                 "up to %g s",
                 100 * comparison->options.target, (long long)comparison->options.sustained,
                 sim_time_to_seconds(comparison->horizon_ns));
        return label;
    }
    describe_form(comparison, metric, form, sizeof form);
    snprintf(label, size, "%s%s, %s", quantities[metric / COMPARE_FORMS].label,
             quantities[metric / COMPARE_FORMS].is_accuracy ? " in percentage points" : "", form);
    return label;
}

int compare_metric_decimals(int metric) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    if (metric == COMPARE_TIME_TO_ACCURACY) {
        return 2;
    }
    return quantities[metric / COMPARE_FORMS].is_accuracy ? 3 : 4;
}

bool compare_more_is_better(int metric) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    return metric != COMPARE_TIME_TO_ACCURACY && quantities[metric / COMPARE_FORMS].is_accuracy;
}

const char *compare_verdict(const struct compare_numbers *numbers) {
    REQUIRE(numbers->t.pairs == numbers->difference.rounds);
    if (numbers->t.pairs == 0) {
        return "no pair";
    }
    if (numbers->t.pairs == 1) {
        return "one round";
    }
    if (numbers->same_run) {
        return "same run";
    }
    if (numbers->difference.least == 0 && numbers->difference.most == 0) {
        return "zero";
    }
    if (isnan(numbers->p_holm)) {
        return "no spread";
    }
    return numbers->p_holm <= 1 - COMPARE_LEVEL ? "significant" : "not significant";
}

#define COUNT(name, field)                                                                         \
    { name, offsetof(struct compare_numbers, field), true }
#define NUMBER(name, field)                                                                        \
    { name, offsetof(struct compare_numbers, field), false }

const struct compare_field compare_fields[] = {
    COUNT("rounds", value.rounds),
    NUMBER("mean", value.mean),
    NUMBER("std_dev", value.deviation),
    NUMBER("min", value.least),
    NUMBER("max", value.most),
    COUNT("pairs", t.pairs),
    COUNT("pairs_diverged", pairs_diverged),
    COUNT("pairs_without", pairs_without),
    NUMBER("difference", t.mean),
    NUMBER("difference_std_dev", t.std_dev),
    NUMBER("difference_std_err", t.std_err),
    NUMBER("difference_min", difference.least),
    NUMBER("difference_max", difference.most),
    COUNT("positive", difference.positive),
    COUNT("negative", difference.negative),
    NUMBER("t_low", t.low),
    NUMBER("t_high", t.high),
    NUMBER("p_t", t.p),
    NUMBER("p_holm", p_holm),
    NUMBER("bootstrap_low", bootstrap.low),
    NUMBER("bootstrap_high", bootstrap.high),
    NUMBER("p_wilcoxon", wilcoxon.p),
    NUMBER("p_wilcoxon_least", wilcoxon.least_p),
    COUNT("wilcoxon_zeros", wilcoxon.zeros),
    NUMBER("simultaneous_low", simultaneous.low),
    NUMBER("simultaneous_high", simultaneous.high),
    NUMBER("p_max_t", simultaneous.p),
    NUMBER("best_low", best.low),
    NUMBER("best_high", best.high),
    NUMBER("correlation", pairing.correlation),
    NUMBER("variance_ratio", pairing.variance_ratio),
    NUMBER("rounds_needed", rounds_needed),
    NUMBER("reached", reached),
    NUMBER("difference_least", difference_least),
    NUMBER("difference_most", difference_most),
};

const size_t compare_field_count = sizeof compare_fields / sizeof compare_fields[0];

double compare_field_value(const struct compare_numbers *numbers,
                           const struct compare_field *field) {
    REQUIRE(field->offset < sizeof *numbers);
    const char *place = (const char *)numbers + field->offset;
    double number = 0;
    size_t count = 0;
    if (field->is_count) {
        memcpy(&count, place, sizeof count);
        return (double)count;
    }
    memcpy(&number, place, sizeof number);
    return number;
}
