// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/bench.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/model.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/wall_clock.h"
#include "sim/run/run_inputs.h"
#include "sim/run/run_scenario.h"
#include "sim/scenario/scenario_parse.h"

enum { REPETITIONS = 5, PROCESSES_MAX = 64, EVENT_BENCH_GRADIENTS = 500000 };

// What one measurement should take at least.
#define SECONDS_PER_MEASUREMENT 0.5

static int by_value(const void *left, const void *right) {
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double *values, size_t count) {
    qsort(values, count, sizeof *values, by_value);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static enum status parse(const char *text, struct scenario *scenario, struct error *error) {
    return scenario_parse("bench", text, strlen(text), NULL, 0, scenario, error);
}

static enum status training_scenario(const char *model, int32_t batch, int64_t gradients,
                                     struct scenario *scenario, struct error *error) {
    char text[512];
    snprintf(text, sizeof text,
             "model: %s\n"
             "end: %" PRId64 " gradients\n"
             "training: {batch: %d}\n"
             "policy: {name: async}\n"
             "cluster: {workers: 25, compute: {law: uniform, min: 180 ms, max: 220 ms}}\n"
             "evaluation: {every: 0 s, test_samples: 0, train_samples: 0}\n",
             model, gradients, batch);
    return parse(text, scenario, error);
}

// ---- one thread ----

static double seconds_of_gradients(struct executor *executor, const float *parameters,
                                   int64_t count) {
    double start = wall_clock_seconds();
    for (int64_t i = 0; i < count; i++) {
        double loss = 0;
        struct gradient_job *job =
            executor_submit_gradient(executor, parameters, (int32_t)(i % 25), i / 25);
        executor_wait_gradient(executor, job, &loss);
        executor_release_gradient(executor, job);
    }
    return wall_clock_seconds() - start;
}

enum status bench_gradient(const char *model, int32_t batch, const char *data_folder,
                           struct bench_gradient *result, struct error *error) {
    struct scenario scenario;
    struct run_inputs inputs;
    enum status status = training_scenario(model, batch, 1, &scenario, error);
    if (status == STATUS_OK) {
        status = run_inputs_open(&scenario, data_folder, 1, NULL, &inputs, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    const float *parameters = inputs.header.initial;
    double warm_up = seconds_of_gradients(inputs.executor, parameters, 20) / 20;
    int64_t count = 1 + (int64_t)(SECONDS_PER_MEASUREMENT / warm_up);
    double seconds[REPETITIONS];
    for (int i = 0; i < REPETITIONS; i++) {
        seconds[i] = seconds_of_gradients(inputs.executor, parameters, count) / (double)count;
    }
    double each = median(seconds, REPETITIONS);
    result->microseconds = each * 1e6;
    result->gflop_per_second = model_mflop_per_gradient(inputs.model) * batch / each / 1e3;
    run_inputs_close(&inputs);
    return STATUS_OK;
}

// ---- all cores ----

// Gradients a second of one run, the inputs not counted.
static enum status rate_of_run(const struct scenario *scenario, int32_t threads,
                               const char *data_folder, double *rate, struct error *error) {
    struct run_options options = {.threads = threads, .data_folder = data_folder};
    struct run_outcome outcome;
    enum status status = run_scenario(scenario, &options, &outcome, error);
    if (status == STATUS_OK) {
        *rate = (double)scenario->end.count / outcome.simulate_seconds;
    }
    return status;
}

static _Noreturn void run_as_process(const struct scenario *scenario, const char *data_folder,
                                     int result_pipe) {
    struct error error = {0};
    double rate = 0;
    if (rate_of_run(scenario, 1, data_folder, &rate, &error) != STATUS_OK) {
        rate = 0;
    }
    ssize_t written = write(result_pipe, &rate, sizeof rate);
    _exit(written == (ssize_t)sizeof rate ? 0 : 1);
}

// The sum of the rates of processes side by side.
static enum status rate_of_processes(const struct scenario *scenario, int32_t processes,
                                     const char *data_folder, double *sum, struct error *error) {
    int ends[2];
    if (pipe(ends) != 0) {
        return error_set(error, STATUS_IO, "bench: no pipe: %s", strerror(errno));
    }
    fflush(stdout);
    for (int32_t i = 0; i < processes; i++) {
        pid_t child = fork();
        if (child == 0) {
            run_as_process(scenario, data_folder, ends[1]);
        }
        INVARIANT(child > 0);
    }
    close(ends[1]);
    *sum = 0;
    double rate = 0;
    int32_t answers = 0;
    while (read(ends[0], &rate, sizeof rate) == (ssize_t)sizeof rate) {
        *sum += rate;
        answers += rate > 0;
    }
    close(ends[0]);
    while (wait(NULL) > 0) {
    }
    return answers == processes ? STATUS_OK
                                : error_set(error, STATUS_IO, "bench: a process failed");
}

enum status bench_threads(const char *model, int32_t batch, int32_t threads,
                          const char *data_folder, struct bench_threads *result,
                          struct error *error) {
    REQUIRE(threads <= PROCESSES_MAX);
    struct bench_gradient one;
    struct scenario scenario;
    enum status status = bench_gradient(model, batch, data_folder, &one, error);
    if (status != STATUS_OK) {
        return status;
    }
    int64_t gradients =
        1000 + (int64_t)(2e6 * SECONDS_PER_MEASUREMENT / one.microseconds) * threads;
    status = training_scenario(model, batch, gradients, &scenario, error);
    double with_threads[REPETITIONS] = {0};
    double with_processes[REPETITIONS] = {0};
    double ratios[REPETITIONS];
    for (int i = 0; i < REPETITIONS; i++) {
        if (status == STATUS_OK) {
            status = rate_of_run(&scenario, threads, data_folder, &with_threads[i], error);
        }
        if (status == STATUS_OK) {
            status = rate_of_processes(&scenario, threads, data_folder, &with_processes[i], error);
        }
        if (status != STATUS_OK) {
            return status;
        }
        ratios[i] = with_threads[i] / with_processes[i];
    }
    result->ratio = median(ratios, REPETITIONS);
    result->threads_rate = median(with_threads, REPETITIONS);
    result->processes_rate = median(with_processes, REPETITIONS);
    return STATUS_OK;
}

// ---- events ----

static enum status run_events_once(const struct scenario *scenario, const char *path,
                                   struct run_outcome *outcome, struct error *error) {
    struct run_options options = {.threads = 1, .output = path};
    enum status status = run_scenario(scenario, &options, outcome, error);
    unlink(path);
    return status;
}

static enum status event_scenario(int32_t workers, struct scenario *scenario, struct error *error) {
    char text[512];
    snprintf(text, sizeof text,
             "model: none\n"
             "end: %d gradients\n"
             "policy: {name: async}\n"
             "cluster: {workers: %d, compute: {law: exponential, mean: 200 ms}}\n",
             EVENT_BENCH_GRADIENTS, workers);
    return parse(text, scenario, error);
}

enum status bench_events(int32_t workers, struct bench_events *result, struct error *error) {
    const char *temporary = getenv("TMPDIR");
    char folder[512];
    char path[600];
    snprintf(folder, sizeof folder, "%s/desgd-bench-XXXXXX",
             temporary == NULL ? "/tmp" : temporary);
    if (mkdtemp(folder) == NULL) {
        return error_set(error, STATUS_CANNOT_CREATE, "%s: %s", folder, strerror(errno));
    }
    snprintf(path, sizeof path, "%s/events.h5", folder);
    struct scenario scenario;
    enum status status = event_scenario(workers, &scenario, error);
    double seconds[REPETITIONS];
    double publish_seconds[REPETITIONS];
    for (int i = 0; i < REPETITIONS && status == STATUS_OK; i++) {
        struct run_outcome outcome;
        status = run_events_once(&scenario, path, &outcome, error);
        seconds[i] = outcome.simulate_seconds;
        publish_seconds[i] = outcome.publish_seconds;
        result->events = outcome.result.events;
    }
    rmdir(folder);
    if (status == STATUS_OK) {
        result->seconds = median(seconds, REPETITIONS);
        result->publish_seconds = median(publish_seconds, REPETITIONS);
    }
    return status;
}
