// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/command.h"

#include "sim/base/check.h"

const struct argp_option *command_option(const struct command *command, size_t index) {
    REQUIRE(command != NULL);
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
