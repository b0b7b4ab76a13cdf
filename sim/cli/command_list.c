// SPDX-License-Identifier: GPL-3.0-or-later
// desgd list WHAT: what a scenario can name, from the tables that the parser itself uses.
#include <stdio.h>
#include <string.h>

#include "models/data/dataset_catalogue.h"
#include "models/model.h"
#include "models/model_catalogue.h"
#include "sim/base/check.h"
#include "sim/base/closest_word.h"
#include "sim/base/distribution.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/cli/completion.h"
#include "sim/cli/manual.h"
#include "sim/report/figure.h"
#include "sim/runlog/runlog_schema.h"
#include "sim/runlog/sweep_schema.h"
#include "sim/scenario/scenario_reference.h"
#include "sim/sweep/sweep_reference.h"
#include "sim/training/threshold_schedule.h"

static void list_policies(void) {
    for (int i = 0; i < POLICY_COUNT; i++) {
        const struct policy_entry *policy = &policy_table[i];
        struct text_buffer keys = {0};
        scenario_list_policy_keys((enum policy)i, &keys);
        printf("%-17s %s (%s)%s%s\n", policy->name, policy->summary, policy->paper,
               keys.length == 0 ? "" : "; keys: ", text_buffer_text(&keys));
        text_buffer_clear(&keys);
    }
}

static void list_schedules(void) {
    for (int i = 0; i < SCHEDULE_COUNT; i++) {
        struct text_buffer keys = {0};
        scenario_list_schedule_keys((enum threshold_schedule)i, &keys);
        printf("%-12s %s; keys: %s\n", schedule_table[i].name, schedule_table[i].summary,
               text_buffer_text(&keys));
        text_buffer_clear(&keys);
    }
}

static void list_laws(void) {
    for (int i = 0; i < LAW_COUNT; i++) {
        const struct law_entry *law = &law_table[i];
        printf("%-20s", law->name);
        bool is_measured = i == LAW_TRACE || i == LAW_EMPIRICAL;
        for (int p = 0; p < law->parameter_count && !is_measured; p++) {
            const struct law_parameter *parameter = &law->parameters[p];
            printf("%s%s%s", p == 0 ? " {" : ", ", parameter->name,
                   parameter->kind == LAW_PARAMETER_TIME ? " (time)" : "");
        }
        printf("%s}  %s\n",
               i == LAW_NORMAL    ? ", negative: absolute|clip|redraw"
               : i == LAW_MIXTURE ? " {parts: {NAME: {share, law, ...}, ...}"
               : is_measured      ? " {file, column, unit, worker"
                                  : "",
               law->summary);
    }
    printf("each with at_most (time), if you like: a longer time is drawn again\n");
}

static void list_models(void) {
    for (size_t i = 0; i < model_catalogue_count(); i++) {
        const struct model_entry *entry = model_catalogue_entry(i);
        const struct model_options example = {.name = entry->name,
                                              .input_count = 784,
                                              .class_count = 10,
                                              .mlp = {.hidden_count = 1, .hidden = {50}},
                                              .quadratic = {.dimension = 10}};
        struct model *model = model_create(&example);
        char layers[4096];
        model_describe(model, layers, sizeof layers);
        printf("%s: %s\n%s", entry->name, entry->summary,
               entry->family == MODEL_OF_ANY_DATA  ? "for example, on MNIST:\n"
               : entry->family == MODEL_OF_NO_DATA ? "for example:\n"
                                                   : "");
        printf("%s  %zu parameters, %.3f MFLOP a gradient of one sample\n\n", layers,
               model_parameter_count(model), model_mflop_per_gradient(model));
        model_destroy(model);
    }
    puts("none: timing only; no gradient is computed");
}

static void list_datasets(void) {
    for (size_t i = 0; i < dataset_catalogue_count(); i++) {
        const struct dataset_entry *entry = dataset_catalogue_entry(i);
        if (entry->train_count == 0) {
            printf("%-13s %s\n", entry->name, entry->summary);
            continue;
        }
        printf("%-13s %s: %zu training and %zu test samples of %zu values, %d classes\n",
               entry->name, entry->summary, entry->train_count, entry->test_count,
               entry->input_count, entry->class_count);
    }
}

static void list_keys(void) {
    scenario_write_keys(stdout);
}

// Parts of the documentation in Markdown, for "make docs".
static const struct {
    const char *name;
    void (*write)(FILE *out);
} references[] = {{"log", runlog_write_reference},
                  {"sweep-table", sweep_write_reference},
                  {"keys", scenario_write_key_table},
                  {"laws", scenario_write_law_table},
                  {"policies", scenario_write_policy_table},
                  {"schedules", scenario_write_schedule_table},
                  {"models", scenario_write_model_table},
                  {"datasets", scenario_write_data_table},
                  {"fixed-keys", scenario_write_fixed_keys},
                  {"sweep-keys", sweep_reference_write_keys},
                  {"sweep-designs", sweep_reference_write_designs}};

static void list_figures(void) {
    for (size_t i = 0; i < figure_kind_count; i++) {
        printf("%-10s %s\n", figure_kinds[i].name, figure_kinds[i].doc);
    }
}

static void list_commands(void) {
    for (size_t i = 0; i < command_table.count; i++) {
        printf("%-8s %s\n", command_table.commands[i]->name, command_table.commands[i]->summary);
    }
}

static const struct {
    const char *name;
    void (*print)(void);
} lists[] = {{"policies", list_policies}, {"schedules", list_schedules}, {"laws", list_laws},
             {"models", list_models},     {"datasets", list_datasets},   {"keys", list_keys},
             {"figures", list_figures},   {"commands", list_commands}};

enum {
    LIST_COUNT = sizeof lists / sizeof lists[0],
    REFERENCE_COUNT = sizeof references / sizeof references[0],
    OPTION_REFERENCE = 256,
    OPTION_MAN,
    OPTION_COMPLETION
};

struct arguments {
    const char *what;
    const char *reference;
    bool man;
    const char *man_of; // NULL: of the program
    const char *completion;
};

static const struct argp_option options[] = {
    {"reference", OPTION_REFERENCE, "PART", 0,
     "print a part of the documentation in Markdown: log (the schema of logs), sweep-table, keys, "
     "laws, policies, schedules, models, datasets, fixed-keys (keys that a fork cannot change), "
     "sweep-keys or sweep-designs",
     0},
    {"man", OPTION_MAN, "COMMAND", OPTION_ARG_OPTIONAL,
     "print the manual page of a command, or that of desgd, for man -l", 0},
    {"completion", OPTION_COMPLETION, "bash|zsh", 0,
     "print a script that lets this shell complete command lines", 0},
    {0}};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case OPTION_REFERENCE:
        arguments->reference = text;
        return 0;
    case OPTION_MAN:
        arguments->man = true;
        arguments->man_of = text;
        return 0;
    case OPTION_COMPLETION:
        arguments->completion = text;
        return 0;
    case ARGP_KEY_ARG:
        arguments->what = text;
        return 0;
    case ARGP_KEY_END:
        if ((arguments->what != NULL) + (arguments->reference != NULL) + arguments->man +
                (arguments->completion != NULL) !=
            1) {
            argp_error(state, "list what? policies, schedules, laws, models, datasets, keys, "
                              "figures or commands");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int print_reference(const char *part) {
    REQUIRE(part != NULL);
    for (int i = 0; i < REFERENCE_COUNT; i++) {
        if (strcmp(references[i].name, part) == 0) {
            references[i].write(stdout);
            return command_finish(STATUS_OK);
        }
    }
    fprintf(stderr,
            "desgd: there is no part '%s' of the documentation; 'desgd list --help' names "
            "them\n",
            part);
    return STATUS_USAGE;
}

static int print_manual(const char *name) {
    const struct command *command = name != NULL ? command_find(name) : NULL;
    if (name != NULL && command == NULL) {
        return STATUS_USAGE;
    }
    if (command != NULL) {
        manual_write(stdout, command);
    } else {
        manual_write_program(stdout, &command_table);
    }
    return command_finish(STATUS_OK);
}

static int print_completion(const char *shell) {
    REQUIRE(shell != NULL);
    bool bash = strcmp(shell, "bash") == 0;
    if (!bash && strcmp(shell, "zsh") != 0) {
        fprintf(stderr, "desgd: --completion takes bash or zsh, got '%s'\n", shell);
        return STATUS_USAGE;
    }
    (bash ? completion_write_bash : completion_write_zsh)(stdout, &command_table);
    return command_finish(STATUS_OK);
}

static int print_list(const char *what) {
    REQUIRE(what != NULL);
    const char *names[LIST_COUNT];
    for (int i = 0; i < LIST_COUNT; i++) {
        names[i] = lists[i].name;
        if (strcmp(lists[i].name, what) == 0) {
            lists[i].print();
            return command_finish(STATUS_OK);
        }
    }
    return command_unknown("cannot list", what, closest_word(what, names, LIST_COUNT),
                           "there are policies, schedules, laws, models, datasets, keys, "
                           "figures and commands");
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {0};
    argp_parse(&command_list.parser, argc, argv, 0, NULL, &arguments);
    return arguments.man                  ? print_manual(arguments.man_of)
           : arguments.completion != NULL ? print_completion(arguments.completion)
           : arguments.reference != NULL  ? print_reference(arguments.reference)
                                          : print_list(arguments.what);
}

const struct command command_list = {
    .name = "list",
    .arguments = "WHAT",
    .summary = "list policies, schedules, laws, models, datasets, keys, figures or commands",
    .parser = {.options = options,
               .parser = parse_option,
               .args_doc = "policies|schedules|laws|models|datasets|keys|figures|commands",
               .doc = "Lists what a scenario can name, the kinds of figures, or the commands."},
    .run = run_command,
};
