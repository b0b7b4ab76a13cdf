// SPDX-License-Identifier: GPL-3.0-or-later
// desgd advise SCENARIO: every constant threshold by its times alone, and which one to begin with.
#include <stdio.h>

#include "sim/base/check.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/cli/host_options.h"
#include "sim/cli/progress.h"
#include "sim/cli/settings.h"
#include "sim/run/scenario_input.h"
#include "sim/scenario/scenario_semantics.h"
#include "sim/validate/advice_print.h"

enum { OPTION_JSON = 256 };

struct arguments {
    const char *scenario;
    const char *data_folder;
    struct settings settings;
    bool json;
};

static const struct argp_option options[] = {
    SET_OPTION, DATA_OPTION, {"json", OPTION_JSON, NULL, 0, "print JSON", 0}, {0}};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case OPTION_SET:
        settings_add(&arguments->settings, state, "--set", SETTINGS_EXAMPLE, text);
        return 0;
    case OPTION_DATA:
        arguments->data_folder = text;
        return 0;
    case OPTION_JSON:
        arguments->json = true;
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

static enum status read_scenario(const struct arguments *arguments, struct scenario *scenario,
                                 struct error *error) {
    struct scenario_notes notes = {0};
    REQUIRE(arguments->scenario != NULL);
    enum status status = scenario_input_read(arguments->scenario, arguments->settings.items,
                                             arguments->settings.count, scenario, &notes, error);
    if (status == STATUS_OK) {
        scenario_notes_tell(&notes, tell);
        status = scenario_check_rules(arguments->scenario, scenario, error);
    }
    scenario_notes_reset(&notes);
    return status;
}

static int advise(const struct arguments *arguments) {
    struct error error = {0};
    struct scenario scenario;
    struct advice advice;
    struct progress progress;
    enum status status = read_scenario(arguments, &scenario, &error);
    if (status == STATUS_OK) {
        progress_init(&progress, true);
        struct advice_options wanted = {.data_folder = arguments->data_folder,
                                        .progress = progress_update,
                                        .progress_context = &progress};
        status = advice_make(&scenario, &wanted, &advice, &error);
        progress_clear(&progress);
    }
    if (status != STATUS_OK) {
        return command_fail(&error);
    }
    if (arguments->json) {
        advice_print_json(stdout, &advice);
    } else {
        advice_print(stdout, scenario.title, &advice);
    }
    advice_reset(&advice);
    return command_finish(STATUS_OK);
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {0};
    argp_parse(&command_advise.parser, argc, argv, 0, NULL, &arguments);
    int exit_status = advise(&arguments);
    settings_reset(&arguments.settings);
    return exit_status;
}

const struct command command_advise = {
    .name = "advise",
    .arguments = "SCENARIO",
    .summary = "find the threshold K that unloads the server, by times alone",
    .parser = {.options = options,
               .parser = parse_option,
               .args_doc = "SCENARIO|FILE.h5",
               .doc = "Simulates the scenario, or that of a log, with every constant threshold K, "
                      "without arithmetic, and prints what each comes to, with the theory where "
                      "one is known. It recommends the smallest K whose gradients/s are within 2 % "
                      "of the most. What fresh gradients are worth to the net it cannot know."},
    .run = run_command,
};
