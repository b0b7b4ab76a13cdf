// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/sweep_script.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

// In single quotes, in which nothing has a meaning but their end.
static void print_quoted(FILE *out, const char *before, const char *text) {
    fputs(before, out);
    fputc('\'', out);
    for (; *text != 0; text++) {
        if (*text == '\'') {
            fputs("'\\''", out);
        } else {
            fputc(*text, out);
        }
    }
    fputc('\'', out);
}

// The time limit is the user's to set: with too short a one the tasks are submitted again. USR1
// comes two minutes before it (Slurm is late or early by up to one); "exec" lets it reach the
// program instead of the shell. Before the program watches it, it is ignored and kills nothing.
static const char head[] =
    "#!/bin/bash\n"
    "# Submit with sbatch. A task does its part of the plan and stops in time; submitted again, "
    "the\n"
    "# array does what is missing, failed runs with --retry alone. Then: desgd merge FOLDER\n"
    "#SBATCH --job-name=desgd\n"
    "#SBATCH --array=0-%" PRId32 "\n"
    "#SBATCH --ntasks=1\n"
    "#SBATCH --cpus-per-task=%" PRId32 "\n"
    "#SBATCH --time=04:00:00\n"
    "#SBATCH --signal=B:USR1@120\n"
    "#SBATCH --open-mode=append\n"
    "#SBATCH --output=desgd-%%A_%%a.txt\n"
    "trap '' USR1\n";

void sweep_script_print(FILE *out, const struct sweep_script *script) {
    char program[PATH_MAX] = "desgd";
    char here[PATH_MAX] = ".";
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length > 0) {
        program[length] = 0;
    }
    if (getcwd(here, sizeof here) == NULL) {
        snprintf(here, sizeof here, ".");
    }
    fprintf(out, head, script->tasks - 1, script->jobs);
    print_quoted(out, "cd ", here);
    print_quoted(out, " &&\nexec ", program);
    print_quoted(out, " sweep ", script->file);
    print_quoted(out, " -o ", script->folder != NULL ? script->folder : "results/sweep");
    fprintf(out, " --jobs %" PRId32 " --quiet", script->jobs);
    if (script->rounds > 0) {
        fprintf(out, " --rounds %" PRId32, script->rounds);
    }
    if (script->checkpoint != NULL) {
        print_quoted(out, " --checkpoint-every ", script->checkpoint);
    }
    if (script->retry) {
        fputs(" --retry", out);
    }
    if (script->data != NULL) {
        print_quoted(out, " --data ", script->data);
    }
    for (size_t i = 0; i < script->setting_count; i++) {
        print_quoted(out, " --set ", script->settings[i].key);
        fputc('=', out);
        print_quoted(out, "", script->settings[i].value);
    }
    fputc('\n', out);
}
