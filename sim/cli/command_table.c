// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/command_table.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/base/closest_word.h"
#include "sim/cli/command_line.h"

static const struct command *const commands[] = {
    &command_run,   &command_replay, &command_verify,   &command_recover, &command_diff,
    &command_info,  &command_tell,   &command_check,    &command_list,    &command_export,
    &command_sweep, &command_merge,  &command_compare,  &command_figure,  &command_report,
    &command_fit,   &command_advise, &command_validate, &command_bench,
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

const struct command_set command_table = {
    .commands = commands,
    .count = COMMAND_COUNT,
    .summary = "A deterministic discrete-event simulator of distributed SGD.",
    .exit_statuses =
        "0 done; 1 different; 2 diverged; 64 usage; 65 wrong scenario or file; 66 input\n"
        "missing; 70 a bug; 71 no memory; 73, 74 cannot create, cannot write; 75 interrupted.",
};

const struct command *command_find(const char *name) {
    REQUIRE(name != NULL);
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        names[i] = commands[i]->name;
        if (strcmp(names[i], name) == 0) {
            return commands[i];
        }
    }
    command_unknown("no command", name, closest_word(name, names, COMMAND_COUNT),
                    "'desgd --help' lists them");
    return NULL;
}
