// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/command_table.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/closest_word.h"

const struct command *const command_table[] = {
    &command_run,   &command_replay, &command_verify,  &command_recover, &command_diff,
    &command_info,  &command_tell,   &command_check,   &command_list,    &command_export,
    &command_sweep, &command_merge,  &command_compare, &command_figures, &command_bench,
};

enum { COMMAND_COUNT = sizeof command_table / sizeof command_table[0] };

const size_t command_count = COMMAND_COUNT;

const char command_program_summary[] =
    "A deterministic discrete-event simulator of distributed SGD.";

const char command_exit_statuses[] =
    "0 done; 1 different; 2 diverged; 64 usage; 65 wrong scenario or file; 66 input\n"
    "missing; 70 a bug; 71 no memory; 73, 74 cannot create, cannot write; 75 interrupted.";

const struct command *command_find(const char *name) {
    REQUIRE(name != NULL);
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        names[i] = command_table[i]->name;
        if (strcmp(names[i], name) == 0) {
            return command_table[i];
        }
    }
    const char *meant = closest_word(name, names, COMMAND_COUNT);
    fprintf(stderr, "desgd: no command '%s'", name);
    if (meant != NULL) {
        fprintf(stderr, " (did you mean '%s'?)", meant);
    }
    fputs("; 'desgd --help' lists them\n", stderr);
    return NULL;
}

const struct argp_option *command_option(const struct command *command, size_t index) {
    static const struct argp_option of_argp[] = {
        {"help", '?', NULL, 0, "print this help", 0},
        {"usage", 256, NULL, 0, "print a short message of usage", 0},
        {"version", 'V', NULL, 0, "print the program's version", 0},
    };
    const struct argp_option *option = command->parser.options;
    for (; option != NULL && option->name != NULL; option++) {
        if ((option->flags & OPTION_HIDDEN) == 0 && index-- == 0) {
            return option;
        }
    }
    return index < sizeof of_argp / sizeof of_argp[0] ? &of_argp[index] : NULL;
}
