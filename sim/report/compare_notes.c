// SPDX-License-Identifier: GPL-3.0-or-later
// What to know about a comparison besides its numbers: a sentence a line.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/report/compare_parts.h"

// --- which pairs are not like for like -----------------------------------------------------------

static void end_with_cell(FILE *out, const struct comparison *comparison,
                          const struct compare_cell *cell) {
    compare_print_cell_name(out, comparison, cell);
    fputc('\n', out);
}

static void print_mismatch(FILE *out, const struct comparison *comparison,
                           const struct compare_cell *cell) {
    REQUIRE(cell->baseline < comparison->cell_count);
    REQUIRE(cell->mismatches > 0);
    const struct compare_cell *baseline = &comparison->cells[cell->baseline];
    fputs("note: compared with a baseline that differs elsewhere, too:", out);
    for (size_t k = 0; k < comparison->key_count; k++) {
        if (compare_key_mismatches(comparison, cell, baseline, k)) {
            fprintf(out, " %s %s (baseline %s)", comparison->keys[k], cell->values[k],
                    baseline->values[k]);
        }
    }
    fputs(": ", out);
    end_with_cell(out, comparison, cell);
}

static void print_tuned(FILE *out, const struct comparison *comparison,
                        const struct compare_cell *cell) {
    REQUIRE(cell->baseline < comparison->cell_count);
    const struct compare_cell *baseline = &comparison->cells[cell->baseline];
    for (size_t k = 0; k < comparison->key_count; k++) {
        const char *here = compare_shown(cell->values[k]);
        const char *there = compare_shown(baseline->values[k]);
        if (compare_is_tuned(comparison, comparison->keys[k]) && strcmp(here, there) != 0) {
            fprintf(out,
                    "note: tuned for each: %s is %s, in the baseline %s: ", comparison->keys[k],
                    here, there);
            end_with_cell(out, comparison, cell);
        }
    }
}

static void print_unpaired(FILE *out, const struct comparison *comparison,
                           const struct compare_cell *cell) {
    REQUIRE(cell->pair_count <= cell->run_count);
    if (cell->pair_count < cell->run_count) {
        fprintf(out, "note: %zu of %zu rounds have no partner in the baseline: ",
                cell->run_count - cell->pair_count, cell->run_count);
        end_with_cell(out, comparison, cell);
    }
}

static void print_diverged(FILE *out, const struct comparison *comparison,
                           const struct compare_cell *cell) {
    REQUIRE(cell->only_this + cell->only_baseline + cell->both_diverged <= cell->pair_count);
    size_t diverged = cell->only_this + cell->only_baseline + cell->both_diverged;
    if (diverged > 0) {
        fprintf(out,
                "note: ! %zu of %zu pairs diverged (%zu here, %zu in the baseline, %zu in both): "
                "differences%s are over the others, which favours cells that lose their bad runs; "
                "see the table of divergence: ",
                diverged, cell->pair_count, cell->only_this, cell->only_baseline,
                cell->both_diverged,
                comparison->measured[COMPARE_TIME_TO_ACCURACY]
                    ? ", but those of the time to accuracy, which a diverged run never reaches,"
                    : "");
        end_with_cell(out, comparison, cell);
    }
}

// Runs that evaluate on no such samples, or a mean with an infinite loss in it.
static void print_without(FILE *out, const struct comparison *comparison,
                          const struct compare_cell *cell) {
    char name[COMPARE_NAME_SIZE];
    for (int metric = 0; metric < COMPARE_METRIC_COUNT; metric++) {
        size_t without = cell->numbers[metric].pairs_without;
        if (comparison->measured[metric] && without > 0) {
            fprintf(out,
                    "note: ? %zu of %zu pairs have no finite %s on one side and are out: ", without,
                    cell->pair_count, compare_metric_name(metric, name));
            end_with_cell(out, comparison, cell);
        }
    }
}

static void print_cells(FILE *out, const struct comparison *comparison) {
    for (size_t i = 0; i < comparison->cell_count; i++) {
        const struct compare_cell *cell = &comparison->cells[i];
        if (comparison->options.baseline_count > 0 && !cell->is_baseline) {
            if (cell->mismatches > 0) {
                print_mismatch(out, comparison, cell);
            }
            print_tuned(out, comparison, cell);
            print_unpaired(out, comparison, cell);
            print_diverged(out, comparison, cell);
            print_without(out, comparison, cell);
        }
    }
}

// --- what the tests can and cannot ---------------------------------------------------------------

// The most pairs that a cell has, and the most that it has without its zeros; 0 without a baseline.
struct most_pairs {
    size_t all, ranked;
};

static struct most_pairs most_pairs_of(const struct comparison *comparison, int metric) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    struct most_pairs most = {0};
    for (size_t i = 0; i < comparison->cell_count; i++) {
        const struct compare_numbers *numbers = &comparison->cells[i].numbers[metric];
        most.all = numbers->t.pairs > most.all ? numbers->t.pairs : most.all;
        most.ranked = numbers->wilcoxon.pairs > most.ranked ? numbers->wilcoxon.pairs : most.ranked;
    }
    return most;
}

static void print_few_pairs(FILE *out, struct most_pairs most) {
    double least_p = exp2(1 - (double)most.ranked);
    if (most.all == 1) {
        fputs("note: one pair has no spread: no interval, no test\n", out);
    } else if (most.ranked > 0 && least_p > 1 - COMPARE_LEVEL) {
        fprintf(out,
                "note: (p): with %zu pair%s%s Wilcoxon's p is at least %.4g, so it cannot be "
                "significant at 5 %% (this needs 6 pairs); what is called significant rests on "
                "Student's t, which assumes normal differences\n",
                most.ranked, most.ranked == 1 ? "" : "s",
                most.ranked < most.all ? ", zeros aside," : "", least_p);
    }
}

static void print_few_rounds(FILE *out, const struct comparison *comparison) {
    int metric = comparison->options.primary;
    const struct sign_flip_family *family = &comparison->families[metric];
    struct most_pairs most = most_pairs_of(comparison, metric);
    print_few_pairs(out, most);
    if (family->cells > 0 && family->least_p > 1 - COMPARE_LEVEL) {
        fprintf(out,
                "note: (p): max-T over %zu rounds is at least %.4g, so it cannot be significant at "
                "5 %%, and there are no simultaneous intervals (both need 6 rounds)\n",
                family->rounds, family->least_p);
    } else if (family->cells > 0) {
        fprintf(out,
                "note: max-T and simultaneous intervals: %s sign patterns of %zu rounds over %zu "
                "cell%s\n",
                family->exact ? "all" : "9,999 drawn and the observed", family->rounds,
                family->cells, family->cells == 1 ? "" : "s");
    }
    if (most.all > 1 && most.all < BOOTSTRAP_ROUNDS_MIN) {
        fprintf(out, "note: no bootstrap interval below %d pairs\n", BOOTSTRAP_ROUNDS_MIN);
    }
}

static void print_zeros_and_ties(FILE *out, const struct comparison *comparison) {
    int metric = comparison->options.primary;
    size_t zeros = 0;
    size_t tied = 0;
    size_t approximate = 0;
    for (size_t i = 0; i < comparison->cell_count; i++) {
        const struct wilcoxon *wilcoxon = &comparison->cells[i].numbers[metric].wilcoxon;
        zeros += wilcoxon->zeros;
        tied += wilcoxon->ties;
        approximate += !wilcoxon->exact;
    }
    if (zeros > 0) {
        fprintf(out, "note: Wilcoxon, primary metric: %zu differences of 0 are dropped\n", zeros);
    }
    if (tied > 0) {
        fprintf(out,
                "note: Wilcoxon, primary metric: equal differences share their ranks in %zu "
                "cell%s; p is exact given these\n",
                tied, tied == 1 ? "" : "s");
    }
    if (approximate > 0) {
        fprintf(out, "note: Wilcoxon: above %d pairs p is the normal approximation\n",
                WILCOXON_EXACT_PAIRS_MAX);
    }
}

static void print_time(FILE *out, const struct comparison *comparison) {
    double most = 0;
    for (size_t i = 0; i < comparison->cell_count; i++) {
        const struct compare_numbers *numbers =
            &comparison->cells[i].numbers[COMPARE_TIME_TO_ACCURACY];
        most = fmax(most, numbers->difference_most - numbers->t.mean);
    }
    fprintf(out,
            "note: time to accuracy: a crossing lies between two evaluations, at most %g s apart, "
            "and counts with the middle; runs that do not get there count with the horizon",
            sim_time_to_seconds(comparison->longest_gap_ns));
    if (most > 0) {
        fprintf(out,
                "; with the ends in place of the middles a mean difference moves by at most "
                "%.3g s",
                most);
    }
    fputc('\n', out);
}

static void print_tests(FILE *out, const struct comparison *comparison) {
    char time[SIM_TIME_TEXT_SIZE];
    if (comparison->options.baseline_count > 0) {
        print_few_rounds(out, comparison);
        print_zeros_and_ties(out, comparison);
    }
    if (comparison->start_ups_differ) {
        fprintf(out,
                "note: the runs' start-up spans differ: \"after start-up\" is after the longest, "
                "%s, in all of them\n",
                sim_time_format_seconds(comparison->options.after_ns, time));
    }
    if (comparison->measured[COMPARE_TIME_TO_ACCURACY]) {
        print_time(out, comparison);
    }
    if (comparison->options.baseline_count > 0 && !isnan(comparison->options.precision)) {
        fputs("note: rounds for a precision: Stein's two-stage rule, with these rounds as the "
              "pilot; fix the number before running the others\n",
              out);
    }
}

// --- which metrics are not there ---------------------------------------------------------------

struct presence {
    size_t finished, diverged;
    size_t measured; // runs that have not diverged and some evaluation of which has the quantity
    bool in_mean, in_mean_after; // some of these has an evaluation there
};

static struct presence presence_of(const struct comparison *comparison, int metric) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    struct presence presence = {0};
    bool is_time = metric == COMPARE_TIME_TO_ACCURACY;
    int quantity = is_time ? RUN_TEST_ACCURACY : metric / COMPARE_FORMS;
    for (size_t i = 0; i < comparison->run_count; i++) {
        const struct run_metrics *metrics = &comparison->metrics[i];
        if (comparison->omissions[i] != COMPARE_KEPT) {
            continue;
        }
        presence.finished++;
        presence.diverged += metrics->diverged;
        if (!metrics->diverged && metrics->values[quantity].best_ns >= 0) {
            presence.measured++;
            presence.in_mean |= metrics->evaluations_in_mean > 0;
            presence.in_mean_after |= metrics->evaluations_in_mean_after > 0;
        }
    }
    return presence;
}

static void print_why(FILE *out, const struct comparison *comparison, int metric) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    char time[SIM_TIME_TEXT_SIZE];
    struct presence presence = presence_of(comparison, metric);
    bool is_time = metric == COMPARE_TIME_TO_ACCURACY;
    int form = is_time ? -1 : metric % COMPARE_FORMS;
    if (presence.finished == 0) {
        fputs("none of them finished", out);
    } else if (presence.diverged == presence.finished) {
        fputs("all of them diverged", out);
    } else if (presence.measured == 0) {
        fprintf(out, "no evaluation measures %s",
                run_quantity_names[is_time ? RUN_TEST_ACCURACY : metric / COMPARE_FORMS]);
    } else if (is_time) {
        fputs("some run has no evaluation after 0 s, and so there is no common horizon", out);
    } else if (form == COMPARE_MEAN && !presence.in_mean) {
        fputs("no evaluation lies before the end", out);
    } else if (form == COMPARE_MEAN_AFTER && !presence.in_mean_after) {
        fprintf(out, "no evaluation lies in %s <= t < end",
                sim_time_format_seconds(comparison->options.after_ns, time));
    } else {
        fputs("not all of its evaluations are finite numbers", out);
    }
}

// A metric that was asked for and has no table must not vanish without a word.
static void print_absent(FILE *out, const struct comparison *comparison) {
    char name[COMPARE_NAME_SIZE];
    const struct compare_options *options = &comparison->options;
    bool decides = options->primary_declared || options->baseline_count > 0;
    for (int metric = 0; metric < COMPARE_METRIC_COUNT; metric++) {
        bool is_primary = metric == options->primary && decides;
        bool is_asked = options->asked[metric] ||
                        (metric == COMPARE_TIME_TO_ACCURACY && !isnan(options->target));
        if ((is_primary || is_asked) && !comparison->measured[metric]) {
            fprintf(out, "note: %s %s: no run has a value of it: ",
                    is_primary ? "primary metric" : "metric", compare_metric_name(metric, name));
            print_why(out, comparison, metric);
            fputc('\n', out);
        }
    }
}

// --- which runs are not in -----------------------------------------------------------------------

static void print_run_note(FILE *out, const struct compare_run *run,
                           enum compare_omission omission) {
    char time[SIM_TIME_TEXT_SIZE];
    if (omission == COMPARE_NOT_FINISHED) {
        fprintf(out, "left out: %s (seed %" PRIu64 ") did not finish: %s at %s\n", run->name,
                run->seed,
                run->status < RUN_STATUS_COUNT ? run_status_names[run->status] : "unknown",
                sim_time_format_seconds(run->end_ns, time));
    } else if (omission == COMPARE_REPEATED) {
        fprintf(out, "left out: %s repeats seed %" PRIu64 " of its cell\n", run->name, run->seed);
    }
}

void compare_each_omission(const struct comparison *comparison,
                           void (*visit)(void *context, const char *sentence), void *context) {
    REQUIRE(visit != NULL);
    const char *const of_files[] = {comparison->options.set_aside, comparison->options.missing};
    for (size_t i = 0; i < comparison->run_count; i++) {
        if (comparison->omissions[i] != COMPARE_KEPT) {
            char *sentence =
                memory_join_text(comparison->runs[i].name,
                                 comparison->omissions[i] == COMPARE_NOT_FINISHED
                                     ? " is left out: it is not finished"
                                     : " is left out: it is a round that is already there");
            visit(context, sentence);
            memory_free(sentence);
        }
    }
    for (size_t i = 0; i < sizeof of_files / sizeof of_files[0]; i++) {
        if (of_files[i] != NULL) {
            visit(context, of_files[i]);
        }
    }
}

// Whether both runs were to be trained on one file of the user's own.
static bool have_one_file(const struct compare_run *a, const struct compare_run *b) {
    static const char *const keys[] = {"data.name", "data.path", "data.test_share"};
    char of_a[COMPARE_VALUE_SIZE];
    char of_b[COMPARE_VALUE_SIZE];
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        if (!canonical_text_value(a->scenario, keys[k], of_a, sizeof of_a) ||
            !canonical_text_value(b->scenario, keys[k], of_b, sizeof of_b) ||
            strcmp(of_a, of_b) != 0) {
            return false;
        }
    }
    return true;
}

// A file that was changed between two runs: their scenarios do not tell.
static void print_changed_data(FILE *out, const struct comparison *comparison) {
    char path[COMPARE_VALUE_SIZE];
    for (size_t i = 1; i < comparison->run_count; i++) {
        const struct compare_run *run = &comparison->runs[i];
        size_t first = 0;
        if (!canonical_text_value(run->scenario, "data.path", path, sizeof path)) {
            continue; // it has no such file: thousands of runs need not be held against each other
        }
        while (first < i && !have_one_file(&comparison->runs[first], run)) {
            first++;
        }
        if (first < i && comparison->runs[first].data_hash != run->data_hash) {
            fprintf(out,
                    "note: the runs were not all trained on the same data, whose file has changed: "
                    "the hash of %s is %016" PRIx64 ", that of %s %016" PRIx64 "\n",
                    comparison->runs[first].name, comparison->runs[first].data_hash, run->name,
                    run->data_hash);
            return;
        }
    }
}

void compare_print_notes(FILE *out, const struct comparison *comparison) {
    REQUIRE(out != NULL);
    size_t left_out = 0;
    if (comparison->options.baseline_note != NULL) {
        fprintf(out, "note: %s\n", comparison->options.baseline_note);
    }
    compare_print_cautions(out, comparison);
    print_changed_data(out, comparison);
    print_absent(out, comparison);
    print_cells(out, comparison);
    print_tests(out, comparison);
    for (size_t i = 0; i < comparison->run_count; i++) {
        print_run_note(out, &comparison->runs[i], comparison->omissions[i]);
        left_out += comparison->omissions[i] != COMPARE_KEPT;
    }
    if (left_out > 0) {
        fprintf(out, "%zu of %zu runs left out\n", left_out, comparison->run_count);
    }
    if (comparison->options.set_aside != NULL) {
        fprintf(out, "set aside: %s\n", comparison->options.set_aside);
    }
    if (comparison->options.edges != NULL) {
        fprintf(out,
                "note: tuned to the least or the greatest value that was tried, so a better value "
                "may lie outside: %s\n",
                comparison->options.edges);
    }
    if (comparison->options.untuned != NULL) {
        fprintf(out,
                "note: not tuned, no candidate was usable (each diverged, or has no such metric), "
                "so with the first: %s\n",
                comparison->options.untuned);
    }
    if (comparison->options.missing != NULL) {
        fprintf(out, "missing: %s\n", comparison->options.missing);
    }
}

char *compare_notes_text(const struct comparison *comparison) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    INVARIANT(stream != NULL);
    compare_print_notes(stream, comparison);
    INVARIANT(fclose(stream) == 0);
    return text;
}
