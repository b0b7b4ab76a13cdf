// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/fit_notes.h"

#include <stdarg.h>
#include <stdio.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/fit_number.h"

struct teller {
    void (*tell)(void *context, bool warning, const char *sentence);
    void *context;
};

__attribute__((format(printf, 3, 4))) static void say(const struct teller *teller, bool warning,
                                                      const char *format, ...) {
    char sentence[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    teller->tell(teller->context, warning, sentence);
}

static void say_zeros(const struct fit_report *report, const struct teller *teller) {
    REQUIRE(report->sample.count > 0);
    if (report->sample.zeros > 0 && report->sample.distinct > 1) {
        say(teller, true,
            "%zu of %zu times are 0, which lognormal, gamma, weibull and pareto cannot give. If 0 "
            "means that there was none, leave these rows out.",
            report->sample.zeros, report->sample.count);
    }
}

static void say_rounded(const struct fit_report *report, const struct teller *teller) {
    if (report->sample.distinct > 1 && report->sample.distinct < report->sample.count / 2) {
        say(teller, true,
            "the %zu times have only %zu different values: they were rounded, and what is said "
            "here takes them as exact.",
            report->sample.count, report->sample.distinct);
    }
}

static void say_correlated(const struct fit_report *report, const struct teller *teller) {
    const struct fit_checks *checks = &report->checks;
    if (checks->correlated) {
        say(teller, true,
            "successive times %sare correlated (%.2f between a time's rank and the next one's). "
            "A law draws each time anew, so that slow phases get lost; and the intervals are "
            "narrower than they should be.",
            report->times->worker_of != NULL ? "of a worker " : "", checks->correlation);
    }
}

static void say_workers_differ(const struct fit_report *report, const struct teller *teller) {
    const struct fit_checks *checks = &report->checks;
    char fastest[FIT_TEXT_SIZE];
    char slowest[FIT_TEXT_SIZE];
    if (checks->workers_differ) {
        REQUIRE(checks->slowest < report->times->worker_count);
        say(teller, true,
            "the workers differ (p = %.2g, Kruskal-Wallis): worker %s has a mean of %s, worker %s "
            "one of %s. One law for all of them makes them alike.",
            checks->workers_p, report->times->names[checks->fastest],
            fit_time_format(checks->fastest_mean_ns, checks->fastest_mean_ns / 50, fastest),
            report->times->names[checks->slowest],
            fit_time_format(checks->slowest_mean_ns, checks->slowest_mean_ns / 50, slowest));
    }
}

static void say_no_law_fits(const struct fit_report *report, const struct teller *teller) {
    const struct law_fit *chosen = &report->fits[report->chosen];
    double bound = law_fit_distance_bound(report->sample.count);
    if (!fit_report_fits(report)) {
        say(teller, true,
            "no law fits: the distance of %s is %.4f, where that of the right one is below %.4f in "
            "95 of 100 samples of this size.",
            law_fit_name(report->chosen), chosen->distance, bound);
    }
}

// Of laws that are as good, the fewer the times, the more there are.
static void say_near(const struct fit_report *report, const struct teller *teller) {
    char *names = NULL;
    size_t size = 0;
    int count = 0;
    FILE *stream = open_memstream(&names, &size);
    INVARIANT(stream != NULL);
    for (int i = 0; i < report->possible; i++) {
        enum fit_candidate one = report->order[i];
        if (one != report->chosen && fit_report_is_near(report, one)) {
            fprintf(stream, "%s%s", count++ > 0 ? ", " : "", law_fit_name(one));
        }
    }
    INVARIANT(fclose(stream) == 0);
    if (count > 0) {
        say(teller, false,
            "the times do not tell %s from %s: the AIC are within %g, and of such laws the "
            "simplest "
            "is taken.",
            law_fit_name(report->chosen), names, FIT_AIC_NEAR);
    }
    memory_free(names);
}

static void say_below_zero(const struct fit_report *report, const struct teller *teller) {
    const struct law_fit *chosen = &report->fits[report->chosen];
    if (law_fit_meets_zero(chosen, &report->sample)) {
        say(teller, false,
            "of the normal law fitted, %.2g %% is below 0, where no time is; `negative: %s` says "
            "what becomes of these draws.",
            100 * law_fit_below_zero(chosen), negative_rule_names[chosen->law.negative]);
    }
}

static void say_left_out(const struct fit_report *report, const struct teller *teller) {
    if (report->source.without > 0) {
        say(teller, false, "%d workers without any delay are left out.", report->source.without);
    }
}

void fit_notes(const struct fit_report *report,
               void (*tell)(void *context, bool warning, const char *sentence), void *context) {
    REQUIRE(report->possible > 0 && tell != NULL);
    const struct teller teller = {tell, context};
    say_correlated(report, &teller);
    say_workers_differ(report, &teller);
    say_no_law_fits(report, &teller);
    say_zeros(report, &teller);
    say_rounded(report, &teller);
    say_near(report, &teller);
    say_below_zero(report, &teller);
    say_left_out(report, &teller);
}
