// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/validate/validation.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"
#include "sim/run/run_scenario.h"
#include "sim/scenario/scenario_parse.h"

size_t validation_select(const char *const *only, size_t only_count, struct validation_row **rows) {
    static const struct validation_part *const parts[] = {&validation_times, &validation_server,
                                                          &validation_training};
    size_t count = 0;
    size_t capacity = 0;
    REQUIRE(only_count == 0 || only != NULL);
    *rows = NULL;
    for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++) {
        for (size_t i = 0; i < parts[p]->count; i++) {
            bool wanted = only_count == 0;
            for (size_t o = 0; o < only_count; o++) {
                wanted |= strncmp(parts[p]->rows[i].name, only[o], strlen(only[o])) == 0;
            }
            if (wanted) {
                *rows = memory_grow(*rows, &capacity, count + 1, sizeof **rows);
                (*rows)[count++] = parts[p]->rows[i];
            }
        }
    }
    return count;
}

bool validation_has_means(const struct validation_row *rows, size_t count) {
    REQUIRE(rows != NULL || count == 0);
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        found |= rows[i].form->kind == CLOSED_FORM_MEAN;
    }
    return found;
}

// Nothing is evaluated on the way, and no events are logged unless the row asks for them.
enum status validation_parse(const struct validation_row *row, struct scenario *scenario,
                             struct error *error) {
    bool logs = strstr(row->scenario, "log: ") != NULL;
    bool trains = strstr(row->scenario, "model: ") != NULL;
    char *text =
        memory_print_text("evaluation: {every: 0 s}\n%s%s%s", logs ? "" : "log: {events: false}\n",
                          trains ? "" : "model: none\n", row->scenario);
    enum status status = scenario_parse(row->name, text, strlen(text), NULL, 0, scenario, error);
    memory_free(text);
    return status;
}

static int32_t rounds_of(const struct validation_row *row,
                         const struct validation_options *options) {
    return row->form->kind == CLOSED_FORM_MEAN ? options->rounds : VALIDATION_EXACT_ROUNDS;
}

// ---- in a process of its own ----

// One value on its way to the parent: written at once, for it is shorter than a pipe's buffer.
struct answer {
    size_t row;
    int32_t round;
    int32_t failed;
    double value;
};

static uint64_t seed_of(const struct validation_row *row, uint64_t seed, int32_t round) {
    struct rng_stream stream;
    uint64_t name = fingerprint_bytes(row->name, strlen(row->name));
    rng_stream_init(&stream, seed, RNG_VALIDATION, (uint32_t)name, (uint32_t)round, 0);
    return rng_stream_u64(&stream);
}

// A run that ends by a non-finite parameter has its rows up to there.
static bool measure_round(const struct validation_row *row, const struct scenario *scenario,
                          double *value) {
    struct runlog log = {0};
    struct run_sink sink = runlog_memory_sink(&log);
    struct run_options options = {.threads = 1, .sinks = &sink, .sink_count = 1};
    struct run_outcome outcome;
    struct error error;
    enum status status = run_scenario(scenario, &options, &outcome, &error);
    bool ended = status == STATUS_OK || status == STATUS_DIVERGED;
    if (ended) {
        *value = row->form->measured(scenario, &log);
    } else {
        fprintf(stderr, "%s, seed %llu: %s\n", row->name, (unsigned long long)scenario->seed,
                error.message);
    }
    runlog_reset(&log);
    return ended;
}

// Of every row each processes-th round.
static int play(const struct validation_row *rows, size_t count,
                const struct validation_options *options, int32_t process, int out) {
    for (size_t i = 0; i < count; i++) {
        struct scenario scenario;
        INVARIANT(validation_parse(&rows[i], &scenario, NULL) == STATUS_OK);
        for (int32_t round = process; round < rounds_of(&rows[i], options);
             round += options->processes) {
            struct answer answer;
            memset(&answer, 0, sizeof answer);
            answer.row = i;
            answer.round = round;
            scenario.seed = seed_of(&rows[i], options->seed, round);
            answer.failed = !measure_round(&rows[i], &scenario, &answer.value);
            if (write(out, &answer, sizeof answer) != (ssize_t)sizeof answer) {
                return 1;
            }
        }
    }
    return 0;
}

// ---- the judgement ----

// The quantile of the normal law that is as unlikely as this t of so many rounds: with few of them
// a t beyond 4 is nothing rare. Where the chance is too small for a double, it is the t itself.
static double normal_score(double t, int32_t rounds) {
    double chance = gsl_cdf_tdist_P(-fabs(t), rounds - 1);
    double z = chance > 0 ? gsl_cdf_ugaussian_Qinv(chance) : fabs(t);
    return copysign(z, t);
}

static void judge_mean(const double *values, struct validation_result *result) {
    double sum = 0;
    double squares = 0;
    double count = result->rounds;
    for (int32_t i = 0; i < result->rounds; i++) {
        sum += values[i];
    }
    result->simulated = sum / count;
    for (int32_t i = 0; i < result->rounds; i++) {
        double off = values[i] - result->simulated;
        squares += off * off;
    }
    result->standard_error = sqrt(squares / (count - 1) / count);
    double off = result->simulated - result->theory;
    result->z = off == 0 ? 0 : normal_score(off / result->standard_error, result->rounds);
    result->holds = fabs(result->z) <= VALIDATION_Z_MOST;
}

// NaN is neither equal nor at most.
static void judge_each(const double *values, enum closed_form_kind kind,
                       struct validation_result *result) {
    result->holds = true;
    result->simulated = values[0];
    for (int32_t i = 0; i < result->rounds && result->holds; i++) {
        bool most = kind == CLOSED_FORM_AT_MOST;
        result->holds = most ? values[i] <= result->theory : values[i] == result->theory;
        result->simulated = !result->holds || (most && values[i] > result->simulated)
                                ? values[i]
                                : result->simulated;
    }
}

static enum status read_answers(int in, const struct validation_options *options,
                                const size_t *first, size_t total, double *values,
                                struct error *error) {
    struct answer answer;
    size_t missing = total;
    bool failed = false;
    for (;;) {
        ssize_t got = read(in, &answer, sizeof answer);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got != (ssize_t)sizeof answer) {
            break;
        }
        failed = failed || answer.failed;
        values[first[answer.row] + (size_t)answer.round] = answer.value;
        missing--;
        if (options->progress != NULL) {
            options->progress(options->progress_context, 0, 1 - (double)missing / (double)total);
        }
    }
    if (failed || missing > 0) {
        return error_set(error, STATUS_INTERNAL, "validate: %s",
                         failed ? "a run failed" : "a process ended before its rounds did");
    }
    return STATUS_OK;
}

// Where the values of each row begin; first: (count + 1).
static void lay_out(const struct validation_row *rows, size_t count,
                    const struct validation_options *options, size_t *first) {
    first[0] = 0;
    for (size_t i = 0; i < count; i++) {
        first[i + 1] = first[i] + (size_t)rounds_of(&rows[i], options);
    }
}

static enum status start(const struct validation_row *rows, size_t count,
                         const struct validation_options *options, const int ends[2],
                         struct error *error) {
    fflush(stdout);
    fflush(stderr);
    for (int32_t i = 0; i < options->processes; i++) {
        pid_t child = fork();
        if (child == 0) {
            close(ends[0]);
            _exit(play(rows, count, options, i, ends[1]));
        }
        if (child < 0) {
            return error_set(error, STATUS_NO_MEMORY, "validate: no process: %s", strerror(errno));
        }
    }
    return STATUS_OK;
}

static enum status play_all(const struct validation_row *rows, size_t count,
                            const struct validation_options *options, const size_t *first,
                            double *values, struct error *error) {
    int ends[2];
    if (pipe(ends) != 0) {
        return error_set(error, STATUS_IO, "validate: no pipe: %s", strerror(errno));
    }
    enum status started = start(rows, count, options, ends, error);
    close(ends[1]);
    enum status status = started == STATUS_OK
                             ? read_answers(ends[0], options, first, first[count], values, error)
                             : started;
    close(ends[0]);
    while (wait(NULL) > 0) { // those of a start that failed end at their next answer
    }
    return status;
}

enum status validation_run(const struct validation_row *rows, size_t count,
                           const struct validation_options *options,
                           struct validation_result *results, struct error *error) {
    REQUIRE(options->rounds >= 2 && options->rounds <= VALIDATION_ROUNDS_MOST);
    REQUIRE(options->processes >= 1);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        struct scenario scenario;
        status = validation_parse(&rows[i], &scenario, error);
        if (status == STATUS_OK) {
            results[i] = (struct validation_result){.theory = rows[i].form->theory(&scenario),
                                                    .rounds = rounds_of(&rows[i], options)};
        }
    }
    size_t *first = memory_allocate(count + 1, sizeof *first);
    lay_out(rows, count, options, first);
    double *values = memory_allocate(first[count], sizeof *values);
    if (status == STATUS_OK) {
        status = play_all(rows, count, options, first, values, error);
    }
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        if (rows[i].form->kind == CLOSED_FORM_MEAN) {
            judge_mean(values + first[i], &results[i]);
        } else {
            judge_each(values + first[i], rows[i].form->kind, &results[i]);
        }
    }
    memory_free(first);
    memory_free(values);
    return status;
}

size_t validation_misses(const struct validation_result *results, size_t count) {
    size_t misses = 0;
    for (size_t i = 0; i < count; i++) {
        misses += !results[i].holds;
    }
    return misses;
}

double validation_relative_error(const struct validation_result *result) {
    return result->standard_error == 0 ? 0 : result->standard_error / fabs(result->theory);
}
