// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/compared_runs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/cli/canonical_setting.h"
#include "sim/cli/command_line.h"
#include "sim/report/compare.h"
#include "sim/report/compare_parts.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/setting_match.h"

// ---- words ----

static void add_setting(struct settings *settings, struct argp_state *state, const char *option,
                        const char *text) {
    REQUIRE(text != NULL);
    struct error error = {0};
    settings_add(settings, state, option, "policy.name=async", text);
    if (setting_match_check(option, &settings->items[settings->count - 1], &error) != STATUS_OK) {
        exit(command_fail(&error));
    }
}

int compared_metric(struct argp_state *state, const char *option, const char *name) {
    char closest[COMPARE_NAME_SIZE];
    int metric = compare_metric_find(name, closest);
    if (metric < 0) {
        argp_error(state, "%s: no metric is called %s%s%s%s; see --help", option, name,
                   closest[0] != 0 ? "; did you mean " : "", closest, closest[0] != 0 ? "?" : "");
    }
    ENSURE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    return metric;
}

double compared_positive(struct argp_state *state, const char *option, const char *text,
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

// The fraction that "--target '90 %'" names.
static double target_of(struct argp_state *state, const char *text) {
    double percent = compared_positive(state, "--target", text, "%");
    if (percent <= 1 && strchr(text, '%') == NULL) { // "desgd merge" takes a fraction
        argp_error(state, "--target: %s of what? As in '%s %%' or '%g %%'", text, text,
                   100 * percent);
    }
    if (percent > 100) {
        argp_error(state, "--target: %s is more than 100 %%", text);
    }
    ENSURE(percent > 0);
    return percent / 100;
}

bool compared_request_take(struct compared_request *request, struct argp_state *state, int key,
                           const char *text) {
    struct error error = {0};
    switch (key) {
    case OPTION_BASELINE:
        add_setting(&request->baseline, state, "--baseline", text);
        return true;
    case OPTION_WHERE:
        add_setting(&request->where, state, "--where", text);
        return true;
    case OPTION_SORT:
        request->options.sort = compared_metric(state, "--sort", text);
        request->options.sorted = true;
        return true;
    case OPTION_TOP:
        request->options.top = (size_t)command_integer(state, "--top", text, 1, 1000000);
        return true;
    case OPTION_TARGET:
        request->options.target = target_of(state, text);
        return true;
    case ARGP_KEY_ARG:
        if (log_files_add(&request->files, text, &error) != STATUS_OK) {
            exit(command_fail(&error));
        }
        return true;
    default:
        return false;
    }
}

void compared_request_reset(struct compared_request *request) {
    log_files_reset(&request->files);
    settings_reset(&request->baseline);
    settings_reset(&request->where);
}

// ---- runs ----

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
    *run = compare_run_of_log(path, &log);
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
static const struct settings *choose_baseline(const struct compared_request *request,
                                              struct compare_options *chosen) {
    REQUIRE(!chosen->baseline_of_sweep);
    if (request->baseline.count > 0 || request->files.baseline.count == 0 ||
        request->without_baseline) {
        return &request->baseline;
    }
    if (request->files.baselines_differ) {
        chosen->baseline_note = "these sweeps name different baselines: for differences name one";
        return &request->baseline;
    }
    chosen->baseline_of_sweep = true;
    return &request->files.baseline;
}

static void add_leaf(void *context, const char *key, const char *value) {
    REQUIRE(key[0] != 0);
    char *text = memory_print_text("%s=%s", key, value);
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

// The settings, as runs write them, and which runs have them.
struct held {
    struct settings leaves;
    struct compare_setting *settings; // (leaves.count)
    enum compare_holding *holding;    // (leaves.count, run_count)
};

static struct held hold(const struct settings *settings, const struct compare_run *runs,
                        size_t count) {
    struct held held = {.leaves = take_apart(settings)};
    held.settings = memory_allocate(held.leaves.count, sizeof *held.settings);
    held.holding = memory_allocate(held.leaves.count * count, sizeof *held.holding);
    for (size_t i = 0; i < held.leaves.count; i++) {
        held.settings[i].key = held.leaves.items[i].key;
        held.settings[i].value = canonical_setting_value(runs, count, &held.leaves.items[i]);
        canonical_setting_holding(runs, count, &held.leaves.items[i], held.holding + i * count);
    }
    return held;
}

static void held_reset(struct held *held) {
    for (size_t i = 0; i < held->leaves.count; i++) {
        memory_free((char *)(uintptr_t)held->settings[i].value);
    }
    memory_free(held->settings);
    memory_free(held->holding);
    settings_reset(&held->leaves);
}

static bool has_all(const struct held *held, size_t run, size_t count) {
    REQUIRE(run < count);
    for (size_t i = 0; i < held->leaves.count; i++) {
        if (held->holding[i * count + run] != COMPARE_HAS) {
            return false;
        }
    }
    return true;
}

// Brings the runs that are asked for to the front. Returns how many.
static size_t choose_runs(const struct compared_request *request, struct compare_run *runs,
                          size_t count) {
    struct compare_options chosen = request->options;
    struct held where = hold(&request->where, runs, count);
    struct held baseline = hold(choose_baseline(request, &chosen), runs, count);
    bool *wanted = memory_allocate(count, sizeof *wanted);
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        wanted[i] = has_all(&where, i, count) ||
                    (baseline.leaves.count > 0 && has_all(&baseline, i, count));
    }
    for (size_t i = 0; i < count; i++) {
        if (wanted[i]) {
            struct compare_run run = runs[i];
            runs[i] = runs[found];
            runs[found++] = run;
        }
    }
    memory_free(wanted);
    held_reset(&where);
    held_reset(&baseline);
    return found;
}

static enum status
compare(const struct compared_request *request, const struct compare_run *runs, size_t count,
        enum status (*use)(void *context, const struct comparison *comparison, struct error *error),
        void *context, struct error *error) {
    REQUIRE(count <= request->files.count);
    struct error note = {0};
    struct compare_options chosen = request->options;
    struct held baseline = hold(choose_baseline(request, &chosen), runs, count);
    chosen.baseline = baseline.settings;
    chosen.holding = baseline.holding;
    chosen.default_of = canonical_setting_default;
    chosen.baseline_count = baseline.leaves.count;
    chosen.tuned = request->files.tuned;
    chosen.tuned_count = request->files.tuned_count;
    chosen.set_aside = request->files.set_aside;
    chosen.edges = request->files.edges;
    chosen.untuned = request->files.untuned;
    chosen.missing = request->files.missing;
    struct comparison *comparison = NULL;
    enum status status = create(runs, count, &chosen, &comparison, &note, error);
    if (status == STATUS_OK) {
        status = use(context, comparison, error);
    }
    compare_destroy(&comparison);
    held_reset(&baseline);
    return status;
}

enum status compared_runs_use(const struct compared_request *request,
                              enum status (*use)(void *context, const struct comparison *comparison,
                                                 struct error *error),
                              void *context, struct error *error) {
    REQUIRE(request->files.count > 0);
    size_t count = request->files.count;
    struct compare_run *runs = memory_allocate(count, sizeof *runs);
    enum status status = STATUS_OK;
    size_t loaded = 0;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        bool is_log = false;
        status = load(request->files.paths[i], &runs[loaded], &is_log, error);
        loaded += is_log;
    }
    size_t chosen = loaded;
    if (status == STATUS_OK && request->where.count > 0) {
        chosen = choose_runs(request, runs, loaded);
        if (chosen == 0 && loaded > 0) {
            status = error_set(error, STATUS_BAD_DATA,
                               "--where: none of the %zu runs has all of that", loaded);
        }
    }
    if (status == STATUS_OK) {
        status = compare(request, runs, chosen, use, context, error);
    }
    unload(runs, loaded);
    return status;
}
