// SPDX-License-Identifier: GPL-3.0-or-later
// desgd sweep SWEEP -o DIR: a grid of scenarios x rounds on all cores; called again, it does what
// is missing.
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/sim_time.h"
#include "sim/base/wall_clock.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/cli/host_options.h"
#include "sim/cli/interrupt.h"
#include "sim/cli/settings.h"
#include "sim/cli/sweep_estimate_print.h"
#include "sim/cli/sweep_script.h"
#include "sim/cli/sweep_warning.h"
#include "sim/run/run_scenario.h"
#include "sim/sweep/sweep.h"
#include "sim/sweep/sweep_estimate.h"
#include "sim/sweep/tuning.h"

enum {
    OPTION_JOBS = 256,
    OPTION_QUIET,
    OPTION_DRY_RUN,
    OPTION_RETRY,
    OPTION_ROUNDS,
    OPTION_SHARD,
    OPTION_CHECKPOINT,
    OPTION_SLURM,
    OPTION_PARTITION,
    OPTION_ACCOUNT,
    OPTION_TIME,
    OPTION_MEMORY
};

enum {
    SHARDS_MAX = 100000,
    SLURM_TASKS = 4,
    SLURM_TASKS_MAX = 1000 // of Slurm's own MaxArraySize, unless its administrator has raised it
};

#define CHECKPOINT_EVERY_NS (60 * NS_PER_S)

struct arguments {
    const char *file;
    const char *folder;
    struct host_options host;
    struct settings settings;
    int32_t jobs;
    int32_t shard; // from 1; 0: as the environment says
    int32_t shards;
    int32_t slurm_tasks;   // 0: no script
    const char *partition; // for the script; NULL: none
    const char *account;
    const char *time;
    const char *memory;
    const char *checkpoint; // as written; NULL: it was not
    int64_t checkpoint_ns;
    int32_t rounds; // 0: as the file says
    bool retry;
    bool quiet;
    bool dry_run;
};

static const struct argp_option options[] = {
    {"output", 'o', "DIR", 0,
     "the folder of the logs: one for each run, named by the hash of its scenario", 0},
    {"jobs", OPTION_JOBS, "N", 0, "runs at a time (default: all processors)", 0},
    {"set", OPTION_SET, "KEY=VALUE", 0,
     "override a key in every run that does not vary it; one that varies in all of them is "
     "refused; may be repeated",
     0},
    {"rounds", OPTION_ROUNDS, "N", 0, "the number of rounds, instead of that in the file", 0},
    DATA_OPTION,
    {"retry", OPTION_RETRY, NULL, 0, "repeat the runs that failed before", 0},
    {"shard", OPTION_SHARD, "I/N", 0,
     "make only the I-th of N parts of the plan; several parts may be made in one folder at a time "
     "(default: the task of a Slurm job array, or all)",
     0},
    {"checkpoint-every", OPTION_CHECKPOINT, "SPAN", 0,
     "time between two checkpoints of a run, as in 30s (default: 1min): a kill costs at most as "
     "much work",
     0},
    {"slurm", OPTION_SLURM, "TASKS", OPTION_ARG_OPTIONAL,
     "print the script of a Slurm job array with this many tasks (default: 4) that makes the "
     "sweep, and run nothing; --jobs is the number of processors of a task",
     0},
    {"partition", OPTION_PARTITION, "NAME", 0, "the partition of the Slurm job (default: Slurm's)",
     0},
    {"account", OPTION_ACCOUNT, "NAME", 0,
     "the account that pays for the Slurm job (default: Slurm's)", 0},
    {"time", OPTION_TIME, "LIMIT", 0,
     "the time limit of the Slurm job, as Slurm writes it: 90 (minutes), 04:00:00 (the default) or "
     "1-12:00:00",
     0},
    {"memory", OPTION_MEMORY, "SIZE", 0,
     "the memory of a task of the Slurm job, as in 4G (default: Slurm's)", 0},
    {"dry-run", OPTION_DRY_RUN, NULL, 0,
     "print the runs and an estimate of their time, and run nothing; with -o, only the runs that "
     "are missing there",
     0},
    {"quiet", OPTION_QUIET, NULL, 0, "print nothing but errors", 0},
    {0}};

static void take_shard(struct arguments *arguments, struct argp_state *state, const char *text) {
    int shard = 0;
    int shards = 0;
    char behind = 0;
    if (sscanf(text, "%d/%d%c", &shard, &shards, &behind) != 2 || shard < 1 || shard > shards ||
        shards > SHARDS_MAX) {
        argp_error(state, "--shard takes I/N with I from 1 to N, as in 2/4, got '%s'", text);
    }
    ENSURE(shard >= 1 && shard <= shards);
    arguments->shard = shard;
    arguments->shards = shards;
}

static bool environment_number(const char *name, long *value) {
    REQUIRE(name[0] != 0);
    const char *text = getenv(name);
    char *end = NULL;
    if (text == NULL || *text == 0) {
        return false;
    }
    *value = strtol(text, &end, 10);
    return *end == 0;
}

// The task of a job array: its numbers may begin anywhere and go up in steps.
static void take_shard_of_slurm(struct arguments *arguments) {
    long task = 0;
    long count = 0;
    long least = 0;
    long step = 1;
    arguments->shard = arguments->shards = 1;
    if (!environment_number("SLURM_ARRAY_TASK_ID", &task) ||
        !environment_number("SLURM_ARRAY_TASK_COUNT", &count)) {
        return;
    }
    environment_number("SLURM_ARRAY_TASK_MIN", &least);
    environment_number("SLURM_ARRAY_TASK_STEP", &step);
    long index = step < 1 ? -1 : (task - least) / step;
    if (index >= 0 && index < count && count <= SHARDS_MAX) {
        arguments->shard = (int32_t)index + 1;
        arguments->shards = (int32_t)count;
    }
}

static const char *name_of(struct argp_state *state, const char *option, const char *text) {
    if (!sweep_script_is_name(text)) {
        argp_error(state, "%s takes a name without blanks, got '%s'", option, text);
    }
    return text;
}

static const char *time_limit_of(struct argp_state *state, const char *text) {
    int64_t seconds = sweep_script_seconds(text);
    if (seconds <= 0) {
        argp_error(
            state,
            "--time takes a limit above 0 as Slurm writes it, as in 90 (minutes), 04:00:00 or "
            "1-12:00:00, got '%s'",
            text);
    }
    if (seconds <= SWEEP_SCRIPT_NOTICE_SECONDS) {
        argp_error(
            state,
            "--time %s: a task is told to stop %d minutes before its limit, so that it keeps "
            "what it has; with this one it would never do anything: give it more",
            text, SWEEP_SCRIPT_NOTICE_SECONDS / 60);
    }
    return text;
}

static const char *memory_of(struct argp_state *state, const char *text) {
    if (!sweep_script_is_memory(text)) {
        argp_error(
            state,
            "--memory takes a whole number above 0 with K, M, G or T after it, as in 4G, got '%s'",
            text);
    }
    return text;
}

static bool asks_slurm(const struct arguments *arguments) {
    return arguments->partition != NULL || arguments->account != NULL || arguments->time != NULL ||
           arguments->memory != NULL;
}

static void check(const struct arguments *arguments, struct argp_state *state) {
    if (arguments->file == NULL || (arguments->folder == NULL && !arguments->dry_run)) {
        argp_error(state, "which sweep, and where to? As in: desgd sweep "
                          "scenarios/demo_sweep.yaml -o results/demo");
    }
    if (asks_slurm(arguments) && arguments->slurm_tasks == 0) {
        argp_error(state, "--partition, --account, --time and --memory are of the job that --slurm "
                          "writes a script for");
    }
}

// What the script of a job asks for; false: it is another option.
static bool take_slurm(struct arguments *arguments, struct argp_state *state, int key,
                       const char *text) {
    switch (key) {
    case OPTION_SLURM:
        arguments->slurm_tasks =
            text == NULL ? SLURM_TASKS
                         : (int32_t)command_integer(state, "--slurm", text, 1, SLURM_TASKS_MAX);
        return true;
    case OPTION_PARTITION:
        arguments->partition = name_of(state, "--partition", text);
        return true;
    case OPTION_ACCOUNT:
        arguments->account = name_of(state, "--account", text);
        return true;
    case OPTION_TIME:
        arguments->time = time_limit_of(state, text);
        return true;
    case OPTION_MEMORY:
        arguments->memory = memory_of(state, text);
        return true;
    default:
        return false;
    }
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case 'o':
        arguments->folder = text;
        return 0;
    case OPTION_JOBS:
        arguments->jobs = (int32_t)command_integer(state, "--jobs", text, 1, 1024);
        return 0;
    case OPTION_SET:
        settings_add(&arguments->settings, state, "--set", SETTINGS_EXAMPLE, text);
        return 0;
    case OPTION_ROUNDS:
        arguments->rounds = (int32_t)command_integer(state, "--rounds", text, 1, SWEEP_ROUNDS_MAX);
        return 0;
    case OPTION_RETRY:
        arguments->retry = true;
        return 0;
    case OPTION_SHARD:
        take_shard(arguments, state, text);
        return 0;
    case OPTION_CHECKPOINT:
        arguments->checkpoint_ns = command_span(state, "--checkpoint-every", text);
        arguments->checkpoint = text;
        return 0;
    case OPTION_DRY_RUN:
        arguments->dry_run = true;
        return 0;
    case OPTION_QUIET:
        arguments->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        command_take_one(state, "sweep", text, &arguments->file);
        return 0;
    case ARGP_KEY_END:
        check(arguments, state);
        return 0;
    default:
        return take_slurm(arguments, state, key, text) ||
                       host_options_take(&arguments->host, state, key, text)
                   ? 0
                   : ARGP_ERR_UNKNOWN;
    }
}

// Its rounds are not known yet.
static bool still_tunes(const struct sweep_plan *plan) {
    return sweep_plan_tune(plan) != NULL &&
           sweep_plan_run(plan, sweep_plan_run_count(plan) - 1)->role == ROLE_TUNE;
}

static void print_plan(const struct sweep_plan *plan) {
    for (size_t i = 0; i < sweep_plan_run_count(plan); i++) {
        const struct sweep_run *run = sweep_plan_run(plan, i);
        char hash[FINGERPRINT_TEXT_SIZE];
        printf("%s  %s %zu", fingerprint_format(run->hash, hash), sweep_role_names[run->role],
               run->round);
        for (size_t key = 0; key < sweep_plan_key_count(plan); key++) {
            printf("  %s=%s", sweep_plan_key(plan, key), sweep_plan_value(plan, run->cell, key));
        }
        puts("");
    }
    printf("total: %zu runs%s\n", sweep_plan_run_count(plan),
           still_tunes(plan) ? " of the tuning" : "");
    if (still_tunes(plan)) {
        printf("then %zu rounds of %zu cells, each with the value that its tuning chooses\n",
               sweep_plan_round_count(plan), sweep_plan_group_count(plan));
    }
}

// With a folder, of what is missing in it.
// held: cells without rounds, since runs of their tuning failed.
// *error says why it is not known what is done.
static enum status print_estimate(const struct arguments *arguments, const struct sweep_plan *plan,
                                  size_t held, struct error *error) {
    struct sweep_estimate estimate;
    int32_t processors = run_default_threads();
    sweep_estimate_of(arguments->folder, arguments->host.data, plan, &estimate, error);
    if (estimate.unknown) {
        return error->status;
    }
    if (arguments->folder != NULL) {
        printf("%zu runs are done in %s, %zu are missing\n", estimate.done, arguments->folder,
               estimate.missing);
    }
    sweep_estimate_print(stdout, &estimate, error,
                         arguments->jobs < processors ? arguments->jobs : processors);
    if (held > 0) {
        printf("cells whose tuning has failed runs (--retry) and whose rounds come on top: %zu\n",
               held);
    } else if (still_tunes(plan) && estimate.missing > 0) {
        puts("estimate: of the tuning; the rounds come on top");
    }
    return STATUS_OK;
}

// One line on a terminal, redrawn; failures stay.
struct sweep_progress {
    bool shown;
    double start_seconds;
};

static void show_progress(void *context, const struct sweep_counts *counts, const char *failure) {
    const struct sweep_progress *progress = context;
    if (failure != NULL) {
        fprintf(stderr, "%s%s\n", progress->shown ? "\r\033[K" : "", failure);
    }
    if (!progress->shown) {
        return;
    }
    size_t over = counts->finished + counts->failed + counts->killed + counts->stopped;
    size_t left = counts->total - counts->found - counts->failed_before - over;
    double elapsed = wall_clock_seconds() - progress->start_seconds;
    int seconds = over == 0 ? 0 : (int)(elapsed / (double)over * (double)left + 0.5);
    fprintf(stderr, "\r%zu of %zu runs done, %zu failed, time left %d:%02d \033[K",
            counts->found + counts->finished, counts->total, counts->failed + counts->failed_before,
            seconds / 60, seconds % 60);
}

static void show_notice(void *context, const char *sentence) {
    const struct sweep_progress *progress = context;
    fprintf(stderr, "%sdesgd: note: %s\n", progress->shown ? "\r\033[K" : "", sentence);
}

static void warn_untrained(const struct sweep_counts *counts) {
    if (counts->untrained > 0) {
        fprintf(stderr,
                "desgd: warning: in %zu of %zu runs no gradient was applied: they ended before "
                "training began; compare \"end\" with cluster.start_up and the time of an update\n",
                counts->untrained, counts->found + counts->finished);
    }
}

static int carry_out(const struct arguments *arguments, struct sweep_plan *plan) {
    REQUIRE(arguments->folder != NULL);
    REQUIRE(arguments->shard >= 1 && arguments->shard <= arguments->shards);
    struct error error = {0};
    struct sweep_counts counts;
    struct sweep_progress progress = {.shown = !arguments->quiet && isatty(STDERR_FILENO),
                                      .start_seconds = wall_clock_seconds()};
    const char *const inputs[] = {arguments->file, sweep_plan_scenario_path(plan)};
    struct sweep_options sweep_options = {.folder = arguments->folder,
                                          .inputs = inputs,
                                          .input_count = sizeof inputs / sizeof inputs[0],
                                          .data_folder = arguments->host.data,
                                          .jobs = arguments->jobs,
                                          .shard = arguments->shard - 1,
                                          .shards = arguments->shards,
                                          .retry = arguments->retry,
                                          .checkpoint_seconds =
                                              (double)arguments->checkpoint_ns / 1e9,
                                          .interrupted = interrupt_watch(),
                                          .progress = show_progress,
                                          .notice = show_notice,
                                          .progress_context = &progress};
    interrupt_watch_also(SIGUSR1); // a batch system that is about to end the job
    enum status status = sweep_carry_out(plan, &sweep_options, &counts, &error);
    if (progress.shown) {
        fputs("\r\033[K", stderr);
    }
    if (status != STATUS_OK) {
        return command_fail(&error);
    }
    warn_untrained(&counts);
    if (!arguments->quiet) {
        printf("%zu runs in %s: %zu were there, %zu done now in %.1f s", counts.total,
               arguments->folder, counts.found, counts.finished,
               wall_clock_seconds() - progress.start_seconds);
        if (counts.diverged > 0) {
            printf("; %zu diverged", counts.diverged);
        }
        puts("");
    }
    return command_finish(STATUS_OK);
}

// What there is to do, and how long it takes; the plan has its rounds if its tuning is done.
static int dry_run(const struct arguments *arguments, struct sweep_plan *plan) {
    REQUIRE(arguments->dry_run);
    struct error error = {0};
    size_t held = 0;
    size_t missing = 0;
    enum status status = STATUS_OK;
    if (arguments->folder != NULL && still_tunes(plan)) {
        status = tuning_missing(arguments->folder, plan, &missing, &error);
        if (status == STATUS_OK && missing == 0) {
            status = tuning_choose(arguments->folder, plan, NULL, NULL, &held, &error);
        }
    }
    if (status == STATUS_OK) {
        print_plan(plan);
        status = print_estimate(arguments, plan, held, &error);
        sweep_warning_print(plan);
    }
    return status == STATUS_OK ? command_finish(STATUS_OK) : command_fail(&error);
}

static void tell_note(const char *sentence) {
    fprintf(stderr, "desgd: %s\n", sentence);
}

static int sweep(const struct arguments *arguments) {
    REQUIRE(arguments->file != NULL);
    REQUIRE(arguments->folder != NULL || arguments->dry_run);
    struct error error = {0};
    struct sweep_plan *plan = NULL;
    if (sweep_plan_read_rounds(arguments->file, arguments->settings.items,
                               arguments->settings.count, (size_t)arguments->rounds, &plan,
                               &error) != STATUS_OK) {
        return command_fail(&error);
    }
    scenario_notes_tell(sweep_plan_notes(plan), tell_note);
    int exit_status = 0;
    if (arguments->slurm_tasks > 0) {
        struct sweep_script script = {.file = arguments->file,
                                      .folder = arguments->folder,
                                      .data = arguments->host.data,
                                      .settings = arguments->settings.items,
                                      .setting_count = arguments->settings.count,
                                      .tasks = arguments->slurm_tasks,
                                      .jobs = arguments->jobs,
                                      .rounds = arguments->rounds,
                                      .checkpoint = arguments->checkpoint,
                                      .retry = arguments->retry,
                                      .partition = arguments->partition,
                                      .account = arguments->account,
                                      .time = arguments->time,
                                      .memory = arguments->memory};
        sweep_script_print(stdout, &script);
        exit_status = command_finish(STATUS_OK);
    } else if (arguments->dry_run) {
        exit_status = dry_run(arguments, plan);
    } else {
        exit_status = carry_out(arguments, plan);
    }
    sweep_plan_destroy(plan);
    return exit_status;
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {.jobs = run_default_threads(),
                                  .checkpoint_ns = CHECKPOINT_EVERY_NS};
    argp_parse(&command_sweep.parser, argc, argv, 0, NULL, &arguments);
    if (arguments.shards == 0) {
        take_shard_of_slurm(&arguments);
    }
    int exit_status = sweep(&arguments);
    settings_reset(&arguments.settings);
    return exit_status;
}

const struct command command_sweep = {
    .name = "sweep",
    .arguments = "SWEEP -o DIR",
    .summary = "make many runs on all processors; called again, make what is missing",
    .parser = {.options = options,
               .parser = parse_option,
               .args_doc = "SWEEP",
               .doc = "Runs every cell of a sweep for every round, one process for each run. "
                      "Called again, it makes the runs that are missing and continues those that a "
                      "signal ended; a finished run whose scenario has not changed is never run "
                      "again. A folder belongs to one sweep: its plan grows with the sweep, and a "
                      "sweep that lacks runs of that plan is refused."},
    .run = run_command,
};
