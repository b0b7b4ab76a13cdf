// SPDX-License-Identifier: GPL-3.0-or-later
// desgd run SCENARIO: one run, its summary on stdout, its log in a file. desgd run --from FILE.h5
// --at TIME: a fork of another run.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/cli/host_options.h"
#include "sim/cli/interrupt.h"
#include "sim/cli/progress.h"
#include "sim/cli/settings.h"
#include "sim/report/summary.h"
#include "sim/report/untrained.h"
#include "sim/run/counterfactual_run.h"
#include "sim/run/fork.h"
#include "sim/run/run_scenario.h"
#include "sim/run/scenario_input.h"

enum {
    OPTION_SEED = 256,
    OPTION_QUIET,
    OPTION_RESUME,
    OPTION_CHECKPOINT_EVERY,
    OPTION_JSON,
    OPTION_FROM,
    OPTION_AT,
    OPTION_TIMELINE
};

static const int64_t CHECKPOINT_EVERY_NS = 60 * NS_PER_S;

struct arguments {
    const char *scenario;
    const char *from; // the log to fork, instead of a scenario
    const char *at;   // as it was written; NULL: it was not
    int64_t at_ns;
    const char *timeline; // the log whose order and times the run has; NULL: its own
    const char *output;
    struct settings settings;
    char seed_setting[40];
    struct host_options host;
    bool quiet;
    bool json;
    bool resume;
    int64_t checkpoint_ns;
};

static const struct argp_option options[] = {
    {"output", 'o', "FILE.h5", 0,
     "write the log to FILE.h5 (an existing one is replaced when the run is done)", 0},
    SET_OPTION,
    {"seed", OPTION_SEED, "N", 0, "the same as --set seed=N", 0},
    {"from", OPTION_FROM, "FILE.h5", 0,
     "fork the run in FILE.h5 instead of running a scenario: the same events before --at, and the "
     "changes of --set from then on",
     0},
    {"at", OPTION_AT, "TIME", 0, "the cluster time of the fork, as in --at '40 s'", 0},
    {"timeline", OPTION_TIMELINE, "FILE.h5", 0,
     "run SCENARIO in the order and with the times of the run in FILE.h5, to see what of its "
     "outcome they have made: with --set counterfactual.reads=fresh each gradient is computed at "
     "the newest parameters, with --set counterfactual.steps=single each is an update of its own",
     0},
    THREADS_OPTION,
    ISA_OPTION,
    DATA_OPTION,
    {"resume", OPTION_RESUME, NULL, 0,
     "continue a run that was killed, was interrupted or ran out of disk space, from its last "
     "checkpoint; the log is the same as that of an undisturbed run; if there is nothing to "
     "continue, start the run",
     0},
    {"checkpoint-every", OPTION_CHECKPOINT_EVERY, "SPAN", 0,
     "wall time between checkpoints (default: 1 min; 0: only on SIGUSR1, SIGINT, SIGTERM and "
     "SIGHUP)",
     0},
    {"json", OPTION_JSON, NULL, 0, "print the summary as JSON", 0},
    {"quiet", OPTION_QUIET, NULL, 0, "no progress line, no summary", 0},
    {0}};

// A run begins with a scenario, or at a moment of another run.
static void check_source(struct argp_state *state, const struct arguments *arguments) {
    if (arguments->scenario == NULL && arguments->from == NULL) {
        argp_error(state, "which scenario? For a first one: desgd run scenarios/first_run.yaml");
    } else if (arguments->scenario != NULL && arguments->from != NULL) {
        argp_error(state, "--from takes the scenario out of the log: what shall be otherwise goes "
                          "into --set");
    } else if (arguments->from != NULL && arguments->at == NULL) {
        argp_error(state, "--from needs the moment of the fork, as in --at '40 s'");
    } else if (arguments->from == NULL && arguments->at != NULL) {
        argp_error(state, "--at needs the log of the run to fork: --from FILE.h5");
    } else if (arguments->from != NULL && arguments->timeline != NULL) {
        argp_error(state, "--from goes on as the laws have it, --timeline plays what is recorded: "
                          "one of them");
    } else if (arguments->at_ns < 0) {
        argp_error(state, "--at %s: is before the start", arguments->at);
    }
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case 'o':
        arguments->output = text;
        return 0;
    case OPTION_SET:
        settings_add(&arguments->settings, state, "--set", SETTINGS_EXAMPLE, text);
        return 0;
    case OPTION_SEED:
        snprintf(arguments->seed_setting, sizeof arguments->seed_setting, "seed=%s", text);
        settings_add(&arguments->settings, state, "--set", SETTINGS_EXAMPLE,
                     arguments->seed_setting);
        return 0;
    case OPTION_FROM:
        arguments->from = text;
        return 0;
    case OPTION_AT:
        arguments->at_ns = command_time(state, "--at", text);
        arguments->at = text;
        return 0;
    case OPTION_TIMELINE:
        arguments->timeline = text;
        return 0;
    case OPTION_RESUME:
        arguments->resume = true;
        return 0;
    case OPTION_CHECKPOINT_EVERY:
        arguments->checkpoint_ns =
            strcmp(text, "0") == 0 ? 0 : command_span(state, "--checkpoint-every", text);
        return 0;
    case OPTION_JSON:
        arguments->json = true;
        return 0;
    case OPTION_QUIET:
        arguments->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        command_take_one(state, "scenario", text, &arguments->scenario);
        return 0;
    case ARGP_KEY_END:
        check_source(state, arguments);
        if (arguments->resume && arguments->output == NULL) {
            argp_error(state, "--resume continues a log: which? As in: -o log.h5");
        }
        return 0;
    default:
        return host_options_take(&arguments->host, state, key, text) ? 0 : ARGP_ERR_UNKNOWN;
    }
}

static void print_summary(const struct arguments *arguments, const struct summary *summary,
                          const struct run_outcome *outcome) {
    double seconds = outcome->simulate_seconds + outcome->publish_seconds;
    if (arguments->json) {
        summary_print_json(stdout, summary, seconds);
    } else if (!arguments->quiet) {
        summary_print(stdout, summary, seconds);
        if (arguments->output != NULL) {
            printf("log               %s\n", arguments->output);
        }
    }
}

// Signals are watched when the scenario is read, which may be a pipe that nobody writes.
static void watch_signals(struct run_options *run_options) {
    run_options->interrupted = interrupt_watch();
    run_options->checkpoint_requests = checkpoint_requests_watch();
}

static void tell(const char *sentence) {
    REQUIRE(sentence[0] != 0);
    fprintf(stderr, "desgd: %s\n", sentence);
}

static enum status run_or_fork(const struct arguments *arguments, struct run_options *run_options,
                               struct run_outcome *outcome, struct error *error) {
    REQUIRE((arguments->scenario != NULL) != (arguments->from != NULL));
    const struct settings *settings = &arguments->settings;
    struct scenario scenario;
    if (arguments->from != NULL) {
        const struct fork_request request = {.path = arguments->from,
                                             .at_ns = arguments->at_ns,
                                             .settings = settings->items,
                                             .setting_count = settings->count};
        watch_signals(run_options);
        return fork_file(&request, run_options, outcome, error);
    }
    struct scenario_notes notes = {0};
    enum status status = scenario_input_read(arguments->scenario, settings->items, settings->count,
                                             &scenario, &notes, error);
    if (status == STATUS_OK) {
        scenario_notes_tell(&notes, tell);
    }
    scenario_notes_reset(&notes);
    if (status != STATUS_OK) {
        return status;
    }
    watch_signals(run_options);
    if (arguments->timeline != NULL) {
        return counterfactual_run_file(arguments->timeline, &scenario, run_options, outcome, error);
    }
    return run_scenario(&scenario, run_options, outcome, error);
}

static void warn(const struct summary *summary) {
    char reason[UNTRAINED_REASON_SIZE];
    if (summary->untrained && summary->status == RUN_COMPLETE) {
        fprintf(stderr, "desgd: warning: no gradient was applied: the run ended %s\n",
                untrained_reason(summary->end_ns, summary->start_up_ns, reason));
    }
}

static int run(const struct arguments *arguments) {
    REQUIRE(arguments->host.threads >= 1);
    REQUIRE(arguments->checkpoint_ns >= 0);
    struct error error = {0};
    struct progress progress;
    progress_init(&progress, !arguments->quiet);
    struct summary_accumulator accumulator = {0};
    struct run_sink sink = summary_sink(&accumulator);
    const char *source = arguments->from != NULL ? arguments->from : arguments->scenario;
    const char *const inputs[] = {source, arguments->timeline};
    struct run_options run_options = {.output = arguments->output,
                                      .inputs = inputs,
                                      .input_count = arguments->timeline == NULL ? 1 : 2,
                                      .data_folder = arguments->host.data,
                                      .threads = arguments->host.threads,
                                      .kernels = arguments->host.kernels,
                                      .sinks = &sink,
                                      .sink_count = 1,
                                      .checkpoints = arguments->output != NULL,
                                      .resume = arguments->resume,
                                      .checkpoint_seconds = (double)arguments->checkpoint_ns / 1e9,
                                      .notice = tell,
                                      .progress = progress.shown ? progress_update : NULL,
                                      .progress_context = &progress};
    struct run_outcome outcome = {0};
    enum status status = run_or_fork(arguments, &run_options, &outcome, &error);
    progress_clear(&progress);
    if (outcome.is_foreign) {
        struct error cause = error;
        error_set(&error, status, "%s; without --resume it is replaced", cause.message);
    }
    if (status != STATUS_OK && status != STATUS_DIVERGED && status != STATUS_INTERRUPTED) {
        return command_fail(&error);
    }
    if (outcome.can_resume) {
        tell("interrupted; the same command with --resume continues from here");
    }
    warn(&accumulator.summary);
    print_summary(arguments, &accumulator.summary, &outcome);
    char note[SUMMARY_NOTE_SIZE];
    if (summary_note(&accumulator.summary, note)[0] != 0) {
        tell(note);
    }
    return command_finish(status);
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {.host = host_options_default(),
                                  .checkpoint_ns = CHECKPOINT_EVERY_NS};
    argp_parse(&command_run.parser, argc, argv, 0, NULL, &arguments);
    int exit_status = run(&arguments);
    settings_reset(&arguments.settings);
    return exit_status;
}

const struct command command_run = {
    .name = "run",
    .arguments = "SCENARIO",
    .summary = "run a scenario, print a summary, log everything with -o",
    .parser = {.options = options,
               .parser = parse_option,
               .args_doc = "SCENARIO|FILE.h5\nSCENARIO --timeline FILE.h5\n"
                           "--from FILE.h5 --at TIME",
               .doc = "Runs a scenario, or the scenario of a log from its beginning, and prints a "
                      "summary. With -o it writes everything that happened to one HDF5 file, which "
                      "is enough to repeat the run (desgd replay)."},
    .run = run_command,
};
