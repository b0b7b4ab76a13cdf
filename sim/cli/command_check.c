// SPDX-License-Identifier: GPL-3.0-or-later
// desgd check SCENARIO: validates it and prints its canonical form; also of a log's; and a sweep.
#include <inttypes.h>
#include <stdio.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/cli/settings.h"
#include "sim/cli/sweep_warning.h"
#include "sim/report/untrained.h"
#include "sim/run/run_prediction.h"
#include "sim/run/scenario_input.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/scenario_semantics.h"
#include "sim/scenario/scenario_times.h"
#include "sim/scenario/scenario_words.h"
#include "sim/sweep/sweep_file.h"
#include "sim/sweep/sweep_plan.h"

struct arguments {
    const char *scenario;
    struct settings settings;
};

static const struct argp_option options[] = {SET_OPTION, {0}};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case OPTION_SET:
        settings_add(&arguments->settings, state, "--set", SETTINGS_EXAMPLE, text);
        return 0;
    case ARGP_KEY_ARG:
        command_take_one(state, "scenario", text, &arguments->scenario);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which scenario?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void tell(const char *sentence) {
    REQUIRE(sentence[0] != 0);
    fprintf(stderr, "desgd: %s\n", sentence);
}

// Before a run is made of it, and with no more than its events.
static void warn(const struct scenario *scenario) {
    char reason[UNTRAINED_REASON_SIZE];
    if (!run_predicts_training(scenario)) {
        fprintf(stderr, "desgd: warning: no gradient will be applied: the run ends %s\n",
                untrained_reason(scenario->end.time_ns, scenario->cluster.start_up_ns, reason));
    }
    int64_t until_ns = 0;
    char until[SIM_TIME_TEXT_SIZE];
    if (run_predicts_losses_alone(scenario, &until_ns)) {
        fprintf(stderr,
                "desgd: warning: no gradient is applied up to %s: each is lost with a crash, or "
                "waits for workers that are down. Let crashes come less often or be shorter, or "
                "end the run at a time\n",
                sim_time_format_seconds(until_ns, until));
    }
    int64_t waiting = 0;
    if (run_predicts_flood(scenario, &until_ns, &waiting)) {
        fprintf(stderr,
                "desgd: warning: at %s %" PRId64
                " gradients wait in the queue of the server, and no "
                "worker waits for it: the run may never end. Let the server take less time, have "
                "fewer workers, or end the run at a time\n",
                sim_time_format_seconds(until_ns, until), waiting);
    }
}

static int check_scenario(const struct arguments *arguments) {
    struct error error = {0};
    struct scenario scenario;
    struct scenario_notes notes = {0};
    enum status status = scenario_input_read(arguments->scenario, arguments->settings.items,
                                             arguments->settings.count, &scenario, &notes, &error);
    if (status == STATUS_OK) {
        scenario_notes_tell(&notes, tell);
        // A log is read under the rules that it was made by, a scenario is to be run.
        status = runlog_is_hdf5(arguments->scenario)
                     ? STATUS_OK
                     : scenario_check_rules(arguments->scenario, &scenario, &error);
    }
    scenario_notes_reset(&notes);
    if (status != STATUS_OK) {
        return command_fail(&error);
    }
    char *text = scenario_print(&scenario);
    char *shown = times_files_show(&scenario.times_files, text);
    fputs(shown, stdout);
    memory_free(shown);
    memory_free(text);
    scenario_times_tell(&scenario, tell);
    scenario_words_tell_phases(&scenario, tell);
    warn(&scenario);
    return command_finish(STATUS_OK);
}

static void print_cell(const struct sweep_plan *plan, size_t cell) {
    REQUIRE(cell < sweep_plan_cell_count(plan));
    printf("cell %zu", cell);
    for (size_t key = 0; key < sweep_plan_key_count(plan); key++) {
        printf("  %s=%s", sweep_plan_key(plan, key), sweep_plan_value(plan, cell, key));
    }
    puts("");
}

// Every cell of it is resolved, and so checked, when it is read.
static int check_sweep(const struct arguments *arguments) {
    struct error error = {0};
    struct sweep_plan *plan = NULL;
    if (sweep_plan_read(arguments->scenario, arguments->settings.items, arguments->settings.count,
                        &plan, &error) != STATUS_OK) {
        return command_fail(&error);
    }
    scenario_notes_tell(sweep_plan_notes(plan), tell);
    size_t cells = sweep_plan_cell_count(plan);
    size_t rounds = sweep_plan_round_count(plan);
    for (size_t cell = 0; cell < cells; cell++) {
        print_cell(plan, cell);
    }
    printf("a sweep of %zu cell%s in %zu round%s: %zu different runs%s\n", cells,
           cells == 1 ? "" : "s", rounds, rounds == 1 ? "" : "s", sweep_plan_run_count(plan),
           sweep_plan_tune(plan) == NULL ? "" : " of its tuning");
    sweep_warning_print(plan);
    sweep_plan_destroy(plan);
    return command_finish(STATUS_OK);
}

static int check(const struct arguments *arguments) {
    REQUIRE(arguments->scenario != NULL);
    bool is_sweep = !runlog_is_hdf5(arguments->scenario) && sweep_file_is_one(arguments->scenario);
    return is_sweep ? check_sweep(arguments) : check_scenario(arguments);
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {0};
    argp_parse(&command_check.parser, argc, argv, 0, NULL, &arguments);
    int exit_status = check(&arguments);
    settings_reset(&arguments.settings);
    return exit_status;
}

const struct command command_check = {
    .name = "check",
    .arguments = "SCENARIO",
    .summary = "check a scenario, a sweep or the scenario of a log, and print the canonical form",
    .parser = {.options = options,
               .parser = parse_option,
               .args_doc = "SCENARIO|FILE.h5|SWEEP",
               .doc = "Checks a scenario, or the scenario of a log, and prints its canonical form: "
                      "every key that applies, with all defaults written out, and says who is in "
                      "which group, and what happens when. For a sweep it checks every scenario "
                      "and lists the cells."},
    .run = run_command,
};
