// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/sweep_script.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/check.h"

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

// A number that is longer than any limit counts as a long one.
static int64_t take_number(const char **text) {
    int64_t number = 0;
    for (; **text >= '0' && **text <= '9'; ++*text) {
        number = number > INT32_MAX ? number : number * 10 + (**text - '0');
    }
    return number;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Seconds in a unit of the first, second and third number: behind days these are hours, minutes and
// seconds; else one or two begin with minutes.
int64_t sweep_script_seconds(const char *text) {
    static const int64_t units[] = {3600, 60, 1};
    int64_t numbers[3] = {0};
    int64_t days = 0;
    const char *dash = text + strspn(text, "0123456789");
    bool has_days = dash > text && *dash == '-';
    if (has_days) {
        days = take_number(&text);
        text++;
    }
    int count = 0;
    do {
        text += count > 0;
        if (count == 3 || !is_digit(*text)) {
            return -1;
        }
        numbers[count++] = take_number(&text);
    } while (*text == ':');
    int64_t seconds = days * 86400;
    const int64_t *unit = has_days || count == 3 ? units : units + 1;
    for (int i = 0; i < count; i++) {
        seconds += numbers[i] * unit[i];
    }
    return *text == 0 ? seconds : -1;
}

bool sweep_script_is_memory(const char *text) {
    REQUIRE(text != NULL);
    size_t length = strspn(text, "0123456789");
    const char *unit = text + length;
    return length > 0 && strspn(text, "0") < length &&
           (*unit == 0 || (strchr("KMGT", *unit) != NULL && unit[1] == 0));
}

bool sweep_script_is_name(const char *text) {
    REQUIRE(text != NULL);
    if (*text == 0 || *text == '-') {
        return false;
    }
    for (; *text != 0; text++) {
        if ((unsigned char)*text <= ' ' || *text == 127 || *text == '#') {
            return false;
        }
    }
    return true;
}

static void print_request(FILE *out, const char *what, const char *value) {
    REQUIRE(what[0] != 0);
    if (value != NULL) {
        fprintf(out, "#SBATCH --%s=%s\n", what, value);
    }
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
    "#SBATCH --time=%s\n"
    "#SBATCH --signal=B:USR1@%d\n"
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
    fprintf(out, head, script->tasks - 1, script->jobs,
            script->time != NULL ? script->time : "04:00:00", SWEEP_SCRIPT_NOTICE_SECONDS);
    print_request(out, "partition", script->partition);
    print_request(out, "account", script->account);
    print_request(out, "mem", script->memory);
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
