// SPDX-License-Identifier: GPL-3.0-or-later
// desgd check SCENARIO: validates it and prints its canonical form.
#include <stdio.h>

#include "sim/base/memory.h"
#include "sim/cli/command.h"
#include "sim/cli/settings.h"
#include "sim/report/untrained.h"
#include "sim/run/run_prediction.h"
#include "sim/scenario/scenario_print.h"

enum { OPTION_SET = 256 };

struct arguments {
    const char *scenario;
    struct settings settings;
};

static const struct argp_option options[] = {
    {"set", OPTION_SET, "KEY=VALUE", 0,
     "override a key of the scenario; VALUE is YAML; may be repeated", 0},
    {0}};

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

// Before a run is made of it, and with no more than its events.
static void warn(const struct scenario *scenario) {
    char reason[UNTRAINED_REASON_SIZE];
    if (!run_predicts_training(scenario)) {
        fprintf(stderr, "desgd: warning: no gradient will be applied: the run ends %s\n",
                untrained_reason(scenario->end.time_ns, scenario->cluster.start_up_ns, reason));
    }
}

static int check(const struct arguments *arguments) {
    struct error error = {0};
    struct scenario scenario;
    if (scenario_read(arguments->scenario, arguments->settings.items, arguments->settings.count,
                      &scenario, &error) != STATUS_OK) {
        return command_fail(&error);
    }
    char *text = scenario_print(&scenario);
    fputs(text, stdout);
    memory_free(text);
    warn(&scenario);
    return command_finish(STATUS_OK);
}

int command_check(int argc, char **argv) {
    static const struct argp parser = {
        options,
        parse_option,
        "SCENARIO",
        "Checks a scenario and prints its canonical form: every key that applies, "
        "with all defaults written out.",
        NULL,
        NULL,
        NULL};
    struct arguments arguments = {0};
    argp_parse(&parser, argc, argv, 0, NULL, &arguments);
    int exit_status = check(&arguments);
    settings_reset(&arguments.settings);
    return exit_status;
}
