// SPDX-License-Identifier: GPL-3.0-or-later
// desgd compare FILE|DIR...: paired differences to a baseline, with honest statistics.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/cli/canonical_setting.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/cli/log_files.h"
#include "sim/cli/settings.h"
#include "sim/report/compare.h"
#include "sim/report/compare_parts.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/setting_match.h"

enum {
    OPTION_BASELINE = 256,
    OPTION_PRIMARY,
    OPTION_METRIC,
    OPTION_TUNED,
    OPTION_AFTER,
    OPTION_TARGET,
    OPTION_SUSTAINED,
    OPTION_PRECISION,
    OPTION_FORMAT,
    OPTION_JSON,
    OPTION_CSV,
    OPTION_SORT,
    OPTION_TOP,
};

struct arguments {
    struct log_files files;
    struct settings baseline;
    struct compare_options options;
    bool metrics_named; // so that the default ones are not shown
    enum compare_format format;
};

static const struct argp_option options[] = {
    {"baseline", OPTION_BASELINE, "KEY=VALUE", 0,
     "compare with the runs in whose scenario KEY is VALUE, as in policy.name=async; may be "
     "repeated. Default in the folder of a sweep: the baseline of the sweep",
     0},
    {"primary", OPTION_PRIMARY, "METRIC", 0,
     "the metric that decides, declared before looking: QUANTITY_FORM, where QUANTITY is "
     "test_accuracy, test_loss, train_accuracy or train_loss, and FORM is mean, mean_after (after "
     "the start-up), final or best; or time_to_accuracy. Default: test_accuracy_mean",
     0},
    {"metric", OPTION_METRIC, "METRIC", 0, "also print this metric, or \"all\"; may be repeated",
     0},
    {"tuned", OPTION_TUNED, "KEY", 0,
     "KEY was tuned for each cell, so its value may differ from that of the baseline; may be "
     "repeated. Not needed for the folder of a sweep that tunes",
     0},
    {"after", OPTION_AFTER, "TIME", 0,
     "the time from which mean_after is computed. Default: the longest cluster.start_up of the "
     "runs",
     0},
    {"target", OPTION_TARGET, "PERCENT", 0,
     "compare the time to this test accuracy, as in \"90 %\" (restricted mean)", 0},
    {"sustained", OPTION_SUSTAINED, "N", 0,
     "the target is reached if N evaluations in a row reach it, or all up to the end. Default: 3",
     0},
    {"precision", OPTION_PRECISION, "X", 0,
     "print how many rounds are needed to know the differences of the primary metric to +-X, with "
     "these rounds as a pilot",
     0},
    {"sort", OPTION_SORT, "METRIC", 0, "sort the cells by the mean of a metric, the best first", 0},
    {"top", OPTION_TOP, "N", 0,
     "print only the first N cells, by --sort or else by the primary metric, and their baselines; "
     "intervals and tests are still computed over all cells",
     0},
    {"format", OPTION_FORMAT, "text|markdown|latex|csv|json", 0, "print it so (default: text)", 0},
    {"json", OPTION_JSON, NULL, 0, "the same as --format=json", 0},
    {"csv", OPTION_CSV, NULL, 0, "the same as --format=csv", 0},
    {0}};

static int metric_of(struct argp_state *state, const char *option, const char *name) {
    char closest[COMPARE_NAME_SIZE];
    int metric = compare_metric_find(name, closest);
    if (metric < 0) {
        argp_error(state, "%s: no metric is called %s%s%s%s; see --help", option, name,
                   closest[0] != 0 ? "; did you mean " : "", closest, closest[0] != 0 ? "?" : "");
    }
    ENSURE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    return metric;
}

static void show_metric(struct arguments *arguments, struct argp_state *state, const char *name) {
    REQUIRE(name != NULL);
    if (!arguments->metrics_named) {
        memset(arguments->options.shown, 0, sizeof arguments->options.shown);
        arguments->metrics_named = true;
    }
    if (strcmp(name, "all") == 0) {
        for (int i = 0; i < COMPARE_METRIC_COUNT; i++) {
            arguments->options.shown[i] = true;
        }
    } else {
        int metric = metric_of(state, "--metric", name);
        arguments->options.shown[metric] = true;
        arguments->options.asked[metric] = true;
    }
}

static double positive_number(struct argp_state *state, const char *option, const char *text,
                              const char *unit) {
    char *end = NULL;
    double value = strtod(text, &end);
    end += strspn(end, " ");
    bool has_unit = *unit != 0 && strcmp(end, unit) == 0;
    if (end == text || (*end != 0 && !has_unit) || !(value > 0) || !isfinite(value)) {
        argp_error(state, "%s: %s is not a number above 0", option, text);
    }
    ENSURE(value > 0);
    return value;
}

static enum compare_format format_of(struct argp_state *state, const char *text) {
    static const char *const names[] = {[COMPARE_TEXT] = "text",
                                        [COMPARE_MARKDOWN] = "markdown",
                                        [COMPARE_LATEX] = "latex",
                                        [COMPARE_CSV] = "csv",
                                        [COMPARE_JSON] = "json"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            return (enum compare_format)i;
        }
    }
    argp_error(state, "--format: %s is none of text, markdown, latex, csv, json", text);
    return COMPARE_TEXT;
}

static void set_target(struct arguments *arguments, struct argp_state *state, const char *text) {
    double percent = positive_number(state, "--target", text, "%");
    if (percent <= 1 && strchr(text, '%') == NULL) { // "desgd merge" takes a fraction
        argp_error(state, "--target: %s of what? As in '%s %%' or '%g %%'", text, text,
                   100 * percent);
    }
    if (percent > 100) {
        argp_error(state, "--target: %s is more than 100 %%", text);
    }
    arguments->options.target = percent / 100;
}

static void check(struct arguments *arguments, struct argp_state *state) {
    struct compare_options *chosen = &arguments->options;
    bool is_primary = chosen->primary == COMPARE_TIME_TO_ACCURACY;
    if (chosen->top > 0 && !chosen->sorted) {
        chosen->sort = chosen->primary;
        chosen->sorted = true;
    }
    chosen->asked[COMPARE_TIME_TO_ACCURACY] |=
        chosen->sorted && chosen->sort == COMPARE_TIME_TO_ACCURACY;
    if ((is_primary || chosen->asked[COMPARE_TIME_TO_ACCURACY]) && isnan(chosen->target)) {
        argp_error(state, "--%s=time_to_accuracy needs a --target, as in --target '90 %%'",
                   is_primary ? "primary" : "metric");
    }
    if (!isnan(chosen->precision) && arguments->baseline.count == 0 &&
        arguments->files.baseline.count == 0) {
        argp_error(state, "--precision is about differences: name a --baseline");
    }
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    struct compare_options *chosen = &arguments->options;
    struct error error = {0};
    switch (key) {
    case OPTION_BASELINE:
        settings_add(&arguments->baseline, state, "--baseline", "policy.name=async", text);
        if (setting_match_check("--baseline",
                                &arguments->baseline.items[arguments->baseline.count - 1],
                                &error) != STATUS_OK) {
            exit(command_fail(&error));
        }
        return 0;
    case OPTION_PRIMARY:
        chosen->primary = metric_of(state, "--primary", text);
        chosen->primary_declared = true;
        return 0;
    case OPTION_METRIC:
        show_metric(arguments, state, text);
        return 0;
    case OPTION_TUNED:
        log_files_add_tuned(&arguments->files, text);
        return 0;
    case OPTION_AFTER:
        chosen->after_ns = command_time(state, "--after", text);
        return 0;
    case OPTION_TARGET:
        set_target(arguments, state, text);
        return 0;
    case OPTION_SUSTAINED:
        chosen->sustained = command_integer(state, "--sustained", text, 1, 1000000);
        return 0;
    case OPTION_PRECISION:
        chosen->precision = positive_number(state, "--precision", text, "");
        return 0;
    case OPTION_SORT:
        chosen->sort = metric_of(state, "--sort", text);
        chosen->sorted = true;
        return 0;
    case OPTION_TOP:
        chosen->top = (size_t)command_integer(state, "--top", text, 1, 1000000);
        return 0;
    case OPTION_FORMAT:
        arguments->format = format_of(state, text);
        return 0;
    case OPTION_JSON:
        arguments->format = COMPARE_JSON;
        return 0;
    case OPTION_CSV:
        arguments->format = COMPARE_CSV;
        return 0;
    case ARGP_KEY_ARG:
        if (log_files_add(&arguments->files, text, &error) != STATUS_OK) {
            exit(command_fail(&error));
        }
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state,
                   "which logs? As in: desgd compare results/demo --baseline policy.name=async");
        return 0;
    case ARGP_KEY_END:
        check(arguments, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// A log may be a stranger's: what its scenario is made of becomes keys, values and columns, and so
// it must be one. It is replaced by its canonical form, which is what reports read.
static enum status check_scenario(const char *path, struct runlog_header *header,
                                  struct error *error) {
    REQUIRE(path != NULL);
    struct scenario scenario;
    if (header->scenario == NULL) {
        return error_set(error, STATUS_BAD_DATA, "%s: has no scenario", path);
    }
    enum status status =
        scenario_parse(path, header->scenario, strlen(header->scenario), NULL, 0, &scenario, error);
    if (status == STATUS_OK) {
        memory_free((char *)(uintptr_t)header->scenario);
        header->scenario = scenario_print(&scenario);
    }
    return status;
}

// *error says what is wrong with the file as a log.
static enum status pass_over_table(const char *path, struct error *error) {
    REQUIRE(error->status == STATUS_BAD_DATA);
    struct error cause = {0};
    bool is_table = false;
    enum status status = runlog_is_of_another_kind(path, &is_table, &cause);
    if (status != STATUS_OK) {
        return error_set(error, status, "%s", cause.message);
    }
    return is_table ? STATUS_OK : error->status;
}

// Reads of each log what the comparison needs. A file that says itself that it is no log (a sweep's
// table of runs lies beside its logs) is passed over: *loaded tells.
static enum status load(const char *path, struct compare_run *run, bool *loaded,
                        struct error *error) {
    struct runlog log = {0};
    *loaded = false;
    if (runlog_read_evaluations(path, &log, error) != STATUS_OK) {
        return error->status == STATUS_BAD_DATA ? pass_over_table(path, error) : error->status;
    }
    if (check_scenario(path, &log.header, error) != STATUS_OK) {
        runlog_reset(&log);
        return error->status;
    }
    *loaded = true;
    command_note_origin(path, log.altered);
    *run = (struct compare_run){.name = path,
                                .scenario = log.header.scenario,
                                .seed = log.header.seed,
                                .data_hash = log.header.data_hash,
                                .timeline_fingerprint = log.ending.timeline_fingerprint,
                                .parameter_fingerprint = log.ending.parameter_fingerprint,
                                .status = log.ending.status,
                                .end_ns = log.ending.end_ns,
                                .evaluations = log.evaluations,
                                .evaluation_count = log.evaluation_count};
    log.header.scenario = NULL;
    log.evaluations = NULL;
    runlog_reset(&log);
    return STATUS_OK;
}

static void unload(struct compare_run *runs, size_t count) {
    REQUIRE(runs != NULL || count == 0);
    for (size_t i = 0; i < count; i++) {
        memory_free((char *)(uintptr_t)runs[i].scenario);
        memory_free((struct evaluation_row *)(uintptr_t)runs[i].evaluations);
    }
    memory_free(runs);
}

// What a sweep says of its own baseline is of no use if its runs are not there yet: then there are
// no differences, and a note says so.
static enum status create(const struct compare_run *runs, size_t count,
                          struct compare_options *chosen, struct comparison **comparison,
                          struct error *note, struct error *error) {
    REQUIRE(*comparison == NULL);
    REQUIRE(chosen->baseline != NULL || chosen->baseline_count == 0);
    struct error found = {0};
    enum status status = compare_create(runs, count, chosen, comparison, &found);
    if (status != STATUS_OK && chosen->baseline_of_sweep) {
        error_set(note, status, "the sweep's %s", found.message);
        chosen->baseline_count = 0;
        chosen->baseline_note = note->message;
        return compare_create(runs, count, chosen, comparison, error);
    }
    return status == STATUS_OK ? status : error_set(error, status, "%s", found.message);
}

// The baseline of the command line; else that of the sweep, unless there are several.
static const struct settings *choose_baseline(const struct arguments *arguments,
                                              struct compare_options *chosen) {
    REQUIRE(!chosen->baseline_of_sweep);
    if (arguments->baseline.count > 0 || arguments->files.baseline.count == 0) {
        return &arguments->baseline;
    }
    if (arguments->files.baselines_differ) {
        chosen->baseline_note = "these sweeps name different baselines: for differences name one";
        return &arguments->baseline;
    }
    chosen->baseline_of_sweep = true;
    return &arguments->files.baseline;
}

static void add_leaf(void *context, const char *key, const char *value) {
    REQUIRE(key[0] != 0);
    size_t size = strlen(key) + strlen(value) + 2;
    char *text = memory_allocate(size, 1);
    snprintf(text, size, "%s=%s", key, value);
    settings_split(context, text);
    memory_free(text);
}

// A map that stands for a group of keys is each of them, as in a sweep's file.
static struct settings take_apart(const struct settings *settings) {
    struct settings leaves = {0};
    for (size_t i = 0; i < settings->count; i++) {
        setting_match_each_leaf(&settings->items[i], add_leaf, &leaves);
    }
    return leaves;
}

static enum status compare(const struct arguments *arguments, const struct compare_run *runs,
                           size_t count, struct error *error) {
    REQUIRE(count <= arguments->files.count);
    struct error note = {0};
    struct compare_options chosen = arguments->options;
    struct settings settings = take_apart(choose_baseline(arguments, &chosen));
    struct compare_setting *baseline = memory_allocate(settings.count, sizeof *baseline);
    enum compare_holding *holding = memory_allocate(settings.count * count, sizeof *holding);
    for (size_t i = 0; i < settings.count; i++) {
        baseline[i].key = settings.items[i].key;
        baseline[i].value = canonical_setting_value(runs, count, &settings.items[i]);
        canonical_setting_holding(runs, count, &settings.items[i], holding + i * count);
    }
    chosen.baseline = baseline;
    chosen.holding = holding;
    chosen.default_of = canonical_setting_default;
    chosen.baseline_count = settings.count;
    chosen.tuned = arguments->files.tuned;
    chosen.tuned_count = arguments->files.tuned_count;
    chosen.set_aside = arguments->files.set_aside;
    chosen.edges = arguments->files.edges;
    chosen.untuned = arguments->files.untuned;
    chosen.missing = arguments->files.missing;
    struct comparison *comparison = NULL;
    enum status status = create(runs, count, &chosen, &comparison, &note, error);
    if (status == STATUS_OK) {
        compare_print(stdout, comparison, arguments->format);
        if (arguments->format == COMPARE_CSV) {
            compare_print_notes(stderr, comparison);
        }
    }
    compare_destroy(&comparison);
    for (size_t i = 0; i < settings.count; i++) {
        memory_free((char *)(uintptr_t)baseline[i].value);
    }
    memory_free(baseline);
    memory_free(holding);
    settings_reset(&settings);
    return status;
}

static int run(const struct arguments *arguments) {
    REQUIRE(arguments->files.count > 0);
    struct error error = {0};
    size_t count = arguments->files.count;
    struct compare_run *runs = memory_allocate(count, sizeof *runs);
    enum status status = STATUS_OK;
    size_t loaded = 0;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        bool is_log = false;
        status = load(arguments->files.paths[i], &runs[loaded], &is_log, &error);
        loaded += is_log;
    }
    if (status == STATUS_OK) {
        status = compare(arguments, runs, loaded, &error);
    }
    unload(runs, loaded);
    return status == STATUS_OK ? command_finish(STATUS_OK) : command_fail(&error);
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {.format = COMPARE_TEXT, .options = compare_default_options()};
    argp_parse(&command_compare.parser, argc, argv, 0, NULL, &arguments);
    int exit_status = run(&arguments);
    log_files_reset(&arguments.files);
    settings_reset(&arguments.baseline);
    return exit_status;
}

const struct command command_compare = {
    .name = "compare",
    .arguments = "FILE|DIR...",
    .summary = "print differences to a baseline, as in the papers' tables",
    .parser = {.options = options,
               .parser = parse_option,
               .args_doc = "FILE|DIR...",
               .doc =
                   "Compares runs with a baseline, round by round. A round is one repetition with "
                   "its own seed; a run gives one number of each metric. Prints 95 % intervals and "
                   "exact tests, and says what cannot be concluded from so few rounds."},
    .run = run_command,
};
