// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/swarm_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/kernels/isa.h"
#include "sim/base/memory.h"
#include "sim/report/runlog_diff.h"
#include "sim/run/fork.h"
#include "sim/run/run_scenario.h"
#include "sim/run/verify.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/training/aggregation.h"
#include "tests/support/log_audit.h"
#include "tests/support/random_values.h"

enum { PATH_SIZE = 600, TEST_STREAM = 60 };

struct subject {
    struct scenario scenario;
    char path[PATH_SIZE];
    struct runlog log;
    enum status status; // of the plain run
    struct rng_stream stream;
    struct swarm_report *report;
};

// Returns false, for a chain of checks.
static bool breaks(const struct subject *subject, const char *what, const char *why) {
    subject->report->verdict = SWARM_BREAKS;
    snprintf(subject->report->what, sizeof subject->report->what, "%s", what);
    snprintf(subject->report->why, sizeof subject->report->why, "%.*s", SWARM_PROBLEM_SIZE - 1,
             why);
    return false;
}

static bool is_equal(const struct subject *subject, const char *what, const struct runlog *other) {
    static const char *const names[2] = {"the plain run", "this one"};
    struct runlog_difference difference;
    return !runlog_diff(&subject->log, other, names, &difference) ||
           breaks(subject, what, difference.text);
}

static bool has_ended(enum status status) {
    return status == STATUS_OK || status == STATUS_DIVERGED;
}

// Into a log in memory, to be the same as the plain one.
static bool comes_to_the_same(const struct subject *subject, const char *what,
                              struct run_options options) {
    struct runlog log = {0};
    struct run_sink sink = runlog_memory_sink(&log);
    struct run_outcome outcome;
    struct error error = {.message = ""};
    options.sinks = &sink;
    options.sink_count = 1;
    enum status status = run_scenario(&subject->scenario, &options, &outcome, &error);
    bool same = status == subject->status ? is_equal(subject, what, &log)
                                          : breaks(subject, what, error.message);
    runlog_reset(&log);
    return same;
}

// ---- the plain run ----

// Without a server the audit follows incidents by the events.
static bool can_be_audited(const struct scenario *scenario) {
    return scenario->log.events ||
           policy_table[scenario->training.policy.policy].aggregation != NULL;
}

static bool run_plainly(struct subject *subject) {
    struct swarm_watch watch;
    struct run_outcome outcome;
    struct error error = {.message = ""};
    char problem[SWARM_PROBLEM_SIZE];
    swarm_watch_init(&watch, &subject->scenario);
    const struct run_sink sinks[2] = {runlog_memory_sink(&subject->log), swarm_watch_sink(&watch)};
    const struct run_options options = {
        .threads = 1, .sinks = sinks, .sink_count = 2, .interrupted = &watch.has_enough};
    subject->status = run_scenario(&subject->scenario, &options, &outcome, &error);
    subject->report->behaviours = watch.behaviours;
    bool holds = watch.problem[0] == 0 || breaks(subject, "a rule of every moment", watch.problem);
    swarm_watch_reset(&watch);
    if (!holds) {
        return false;
    }
    bool failed = subject->status == STATUS_BAD_DATA && subject->log.ending.status == RUN_FAILED;
    if (subject->status == STATUS_INTERRUPTED || failed) {
        subject->report->verdict = SWARM_NO_RUN;
        snprintf(subject->report->why, sizeof subject->report->why, "%.*s", SWARM_PROBLEM_SIZE - 1,
                 error.message);
        return false;
    }
    if (!has_ended(subject->status)) {
        return breaks(subject, "the run", error.message);
    }
    return !can_be_audited(&subject->scenario) ||
           log_audit(&subject->scenario, &subject->log, problem, sizeof problem) ||
           breaks(subject, "the audit of the log", problem);
}

// ---- the others ----

// Of any instruction set that this CPU has.
static const struct kernels *other_kernels(struct rng_stream *stream) {
    enum kernels_isa isa = (enum kernels_isa)random_below(stream, KERNELS_ISA_COUNT);
    return kernels_of(kernels_isa_supported(isa) ? isa : KERNELS_GENERIC);
}

static bool is_same_elsewhere(struct subject *subject) {
    int32_t threads = 2 + (int32_t)random_below(&subject->stream, 3);
    return comes_to_the_same(
        subject, "on other threads, with other kernels",
        (struct run_options){.threads = threads, .kernels = other_kernels(&subject->stream)});
}

static bool is_same_forked(struct subject *subject) {
    int64_t eighths = 1 + random_below(&subject->stream, 7);
    return comes_to_the_same(
        subject, "the fork without a change",
        (struct run_options){.threads = 1,
                             .fork_of = &subject->log,
                             .fork_at_ns = subject->log.ending.end_ns / 8 * eighths});
}

// What a scenario with a past comes to is the fork of a run of the scenario that held until then.
static bool is_same_from_its_past(const struct subject *subject) {
    struct scenario_phase *phases;
    struct runlog past = {0};
    struct run_sink sink = runlog_memory_sink(&past);
    struct run_outcome outcome;
    struct error error = {.message = ""};
    bool holds = true;
    if (scenario_past_phases(&subject->scenario, &phases) == 1) {
        int64_t until_ns = phases[0].until_ns;
        enum status status = run_scenario(
            &phases[0].scenario,
            &(struct run_options){.threads = 1, .sinks = &sink, .sink_count = 1}, &outcome, &error);
        if (has_ended(status) && past.ending.end_ns > until_ns) { // or it could not be forked
            holds = comes_to_the_same(
                subject, "the fork of its past",
                (struct run_options){.threads = 2, .fork_of = &past, .fork_at_ns = until_ns});
        }
    }
    runlog_reset(&past);
    memory_free(phases);
    return holds;
}

// Into *log, from the text alone.
static enum status run_text(const char *text, struct scenario *scenario, struct runlog *log,
                            struct error *error) {
    struct run_sink sink = runlog_memory_sink(log);
    struct run_outcome outcome;
    enum status status = scenario_parse("fork", text, strlen(text), NULL, 0, scenario, error);
    return status != STATUS_OK
               ? status
               : run_scenario(scenario,
                              &(struct run_options){.threads = 1, .sinks = &sink, .sink_count = 1},
                              &outcome, error);
}

// Asks for a checkpoint at one event, and ends or interrupts its process at another.
struct killer {
    int64_t until_checkpoint, until_end; // events
    bool kills;
    volatile sig_atomic_t requests, interrupted;
};

static void count_down(void *context, const struct event_row *row) {
    struct killer *killer = context;
    (void)row;
    killer->requests += --killer->until_checkpoint == 0;
    if (--killer->until_end == 0) {
        if (killer->kills) {
            kill(getpid(), SIGKILL);
        }
        killer->interrupted = true;
    }
}

// A fork with a change, just where an event is, is the run of the scenario that the fork's log has:
// that with a past. What cannot change there is refused, and then there is nothing to ask; nor of a
// change that floods the server, so that the run would not end.
static bool is_same_forked_with_a_change(struct subject *subject) {
    static const struct scenario_setting changes[] = {
        {"cluster.compute", "{law: uniform, min: 5 ms, max: 20 ms}"},
        {"cluster.server", "{receive: 2 ms, update: 1 ms, reply: 1 ms}"},
        {"cluster.network", "{latency: {law: exponential, mean: 3 ms}}"},
        {"cluster.events", "{then: {event: pause, workers: 100 %, every: 90 ms, for: 20 ms}}"},
        {"policy.name", "async"},
        {"policy.missing", "40 ms"},
        {"training.learning_rate", "0.0005"}};
    struct rng_stream *stream = &subject->stream;
    size_t change = random_below(stream, sizeof changes / sizeof changes[0]);
    size_t event = random_below(stream, subject->log.event_count + 1);
    struct fork_request request = {
        .path = "the plain run", .settings = &changes[change], .setting_count = 1};
    const struct times_file_list none = {.count = 0};
    struct runlog forked = {0};
    struct runlog again = {0};
    struct killer limit = {.until_checkpoint = -1, .until_end = SWARM_EVENTS_MOST};
    const struct run_sink sinks[2] = {runlog_memory_sink(&forked),
                                      {.context = &limit, .event = count_down}};
    const struct run_options options = {
        .threads = 1, .sinks = sinks, .sink_count = 2, .interrupted = &limit.interrupted};
    struct run_outcome outcome;
    struct error error = {.message = ""};
    bool holds = true;
    request.at_ns = event == subject->log.event_count ? subject->log.ending.end_ns
                                                      : subject->log.events[event].time_ns;
    enum status status = fork_log(&request, &subject->log, &none, &options, &outcome, &error);
    if (has_ended(status)) {
        static const char *const names[2] = {"the fork", "the run of its scenario"};
        struct runlog_difference difference;
        static struct scenario scenario;
        char problem[SWARM_PROBLEM_SIZE];
        enum status expected = run_text(forked.header.scenario, &scenario, &again, &error);
        holds = expected == status ? !runlog_diff(&forked, &again, names, &difference) ||
                                         breaks(subject, "a fork with a change", difference.text)
                                   : breaks(subject, "a fork with a change", error.message);
        holds = holds && (!can_be_audited(&scenario) ||
                          log_audit(&scenario, &again, problem, sizeof problem) ||
                          breaks(subject, "the audit of a change", problem));
    } else if (status != STATUS_INTERRUPTED && forked.header.scenario != NULL &&
               forked.ending.status != RUN_FAILED) {
        holds = breaks(subject, "a fork with a change", error.message);
    }
    runlog_reset(&forked);
    runlog_reset(&again);
    return holds;
}

static enum status run_to_file(const struct subject *subject, struct killer *killer,
                               int32_t threads, struct error *error) {
    struct run_sink sink = {.context = killer, .event = count_down};
    const struct run_options options = {.output = subject->path,
                                        .threads = threads,
                                        .sinks = &sink,
                                        .sink_count = 1,
                                        .interrupted = &killer->interrupted,
                                        .checkpoints = true,
                                        .resume = true,
                                        .checkpoint_requests = &killer->requests};
    struct run_outcome outcome;
    return run_scenario(&subject->scenario, &options, &outcome, error);
}

// In a process of its own, which is killed, or ends. Returns whether it was as it should be.
static bool die(const struct subject *subject, struct killer *killer) {
    struct error error = {.message = ""};
    int ended = 0;
    pid_t child = fork();
    if (child == 0) {
        enum status status = run_to_file(subject, killer, 1, &error);
        bool was_right = status == STATUS_INTERRUPTED || status == subject->status;
        if (!was_right) {
            fprintf(stderr, "%s\n", error.message);
        }
        _exit(was_right ? 0 : 1);
    }
    waitpid(child, &ended, 0);
    return (WIFEXITED(ended) && WEXITSTATUS(ended) == 0) ||
           (WIFSIGNALED(ended) && WTERMSIG(ended) == SIGKILL && killer->kills);
}

// Once or twice, and once to the end. Events of a rerun count, too: the second may come earlier.
static bool is_same_resumed(struct subject *subject) {
    struct rng_stream *stream = &subject->stream;
    struct runlog resumed = {0};
    struct error error = {.message = ""};
    struct killer never = {.until_checkpoint = -1, .until_end = -1};
    uint32_t deaths = 1 + random_below(stream, 2);
    for (uint32_t i = 0; i < deaths; i++) {
        int64_t end = 1 + random_below(stream, subject->log.event_count + 1);
        struct killer killer = {.until_checkpoint = 1 + random_below(stream, (size_t)end),
                                .until_end = end,
                                .kills = random_below(stream, 2) == 0};
        if (!die(subject, &killer)) {
            return breaks(subject, "the run that is killed", "it ends otherwise");
        }
    }
    if (run_to_file(subject, &never, 2, &error) != subject->status) {
        return breaks(subject, "the run that is resumed", error.message);
    }
    bool holds = runlog_read(subject->path, &resumed, NULL, &error) == STATUS_OK
                     ? is_equal(subject, "killed and resumed", &resumed)
                     : breaks(subject, "the log of the resumed run", error.message);
    runlog_reset(&resumed);
    return holds;
}

static bool is_verified(const struct subject *subject) {
    static struct verify_verdict verdict;
    verify_log(subject->path, &(struct run_options){.threads = 2}, &verdict);
    return verdict.status == STATUS_OK || breaks(subject, "verify of the file", verdict.reason);
}

void swarm_check(const char *text, const char *folder, struct swarm_report *report) {
    static struct subject subject;
    struct error error;
    subject = (struct subject){.report = report};
    report->verdict = SWARM_HOLDS;
    snprintf(subject.path, sizeof subject.path, "%s/run.h5", folder);
    if (scenario_parse("swarm", text, strlen(text), NULL, 0, &subject.scenario, &error) !=
        STATUS_OK) {
        report->verdict = SWARM_NO_RUN;
        snprintf(report->why, sizeof report->why, "%.*s", SWARM_PROBLEM_SIZE - 1, error.message);
        return;
    }
    rng_stream_init(&subject.stream, subject.scenario.seed, RNG_TEST, TEST_STREAM, 0, 0);
    if (run_plainly(&subject) && is_same_elsewhere(&subject) && is_same_forked(&subject) &&
        is_same_forked_with_a_change(&subject) && is_same_from_its_past(&subject) &&
        is_same_resumed(&subject) && is_verified(&subject)) {
        report->timeline = subject.log.ending.timeline_fingerprint;
        report->parameters = subject.log.ending.parameter_fingerprint;
    }
    runlog_reset(&subject.log);
}
