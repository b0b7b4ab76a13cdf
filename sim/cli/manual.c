// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/manual.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/cli/command.h"
#include "sim/run/build_info.h"

// What stands for each byte that roff would take for its own, and for the end of a line.
static const char *const escapes[128] = {
    ['\\'] = "\\e", ['-'] = "\\-", ['\''] = "\\(aq", ['\n'] = "\n.br\n\\&"};

static void put(FILE *out, const char *text) {
    REQUIRE(text != NULL);
    for (; *text != 0; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 128 && escapes[byte] != NULL) {
            fputs(escapes[byte], out);
        } else {
            fputc(byte, out);
        }
    }
}

// A text with lines of its own; one that begins with a dot is no request.
static void put_lines(FILE *out, const char *text) {
    fputs("\\&", out);
    put(out, text);
    fputc('\n', out);
}

static void write_head(FILE *out, const char *command, const char *summary) {
    REQUIRE(summary != NULL);
    const char *joint = command[0] == 0 ? "" : "-";
    fprintf(out, ".TH \"DESGD%s", joint);
    for (const char *letter = command; *letter != 0; letter++) {
        fputc(toupper(*letter), out);
    }
    fprintf(out, "\" 1 %s \"%s\"\n.SH NAME\n", build_info_date(), build_info_version());
    fputs("desgd", out);
    put(out, joint);
    fprintf(out, "%s \\- ", command);
    put(out, summary);
    fputs("\n.SH SYNOPSIS\n", out);
}

// Each line of what argp shows as the usage.
static void write_synopsis(FILE *out, const struct command *command) {
    REQUIRE(command->name != NULL);
    const char *line = command->parser.args_doc != NULL ? command->parser.args_doc : "";
    for (;;) {
        size_t length = strcspn(line, "\n");
        char use[256];
        snprintf(use, sizeof use, "%.*s", (int)length, line);
        fprintf(out, "\\fBdesgd %s\\fR [\\fIOPTION\\fR...] ", command->name);
        put_lines(out, use);
        if (line[length] == 0) {
            return;
        }
        fputs(".br\n", out);
        line += length + 1;
    }
}

static void write_option(FILE *out, const struct argp_option *option) {
    REQUIRE(option->name != NULL || option->key != 0);
    fputs(".TP\n", out);
    if (option->key < 128) {
        fprintf(out, "\\fB\\-%c\\fR, ", option->key);
    }
    fputs("\\fB\\-\\-", out);
    put(out, option->name);
    fputs("\\fR", out);
    if (option->arg != NULL) {
        bool optional = (option->flags & OPTION_ARG_OPTIONAL) != 0;
        fprintf(out, "%s=\\fI", optional ? "[" : "");
        put(out, option->arg);
        fprintf(out, "\\fR%s", optional ? "]" : "");
    }
    fputc('\n', out);
    put_lines(out, option->doc);
}

void manual_write(FILE *out, const struct command *command) {
    REQUIRE(command != NULL);
    REQUIRE(command->run != NULL);
    write_head(out, command->name, command->summary);
    write_synopsis(out, command);
    fputs(".SH DESCRIPTION\n", out);
    put_lines(out, command->parser.doc);
    fputs(".SH OPTIONS\n", out);
    for (size_t i = 0; command_option(command, i) != NULL; i++) {
        write_option(out, command_option(command, i));
    }
    fputs(".SH SEE ALSO\n.BR desgd (1),\nwhich lists the commands and what the exit status says.\n",
          out);
}

void manual_write_program(FILE *out, const struct command_set *set) {
    REQUIRE(set != NULL);
    write_head(out, "", set->summary);
    fputs("\\fBdesgd\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...]\n.SH DESCRIPTION\n", out);
    put_lines(out, "A scenario describes a cluster of workers that train a neural network. desgd "
                   "plays it event by event, computes the real gradients, and logs one HDF5 file, "
                   "from which the run can be repeated bit for bit.");
    fputs(".SH COMMANDS\n", out);
    for (size_t i = 0; i < set->count; i++) {
        fprintf(out, ".TP\n\\fBdesgd %s\\fR ", set->commands[i]->name);
        put_lines(out, set->commands[i]->arguments);
        put_lines(out, set->commands[i]->summary);
    }
    fprintf(out, ".SH EXIT STATUS\n%s\n.SH ENVIRONMENT\n.TP\nDESGD_DATA\n", set->exit_statuses);
    put_lines(out, "where the data sets are: the folder that holds mnist, cifar10 and others.");
    fputs(".SH SEE ALSO\n", out);
    for (size_t i = 0; i < set->count; i++) {
        fprintf(out, ".BR desgd\\-%s (1)%s\n", set->commands[i]->name,
                i + 1 < set->count ? "," : "");
    }
}
