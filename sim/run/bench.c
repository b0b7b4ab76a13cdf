// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/bench.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/data/data_options.h"
#include "models/data/dataset_catalogue.h"
#include "models/model.h"
#include "models/model_catalogue.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/wall_clock.h"
#include "sim/run/data_folder.h"
#include "sim/run/run_inputs.h"
#include "sim/run/run_scenario.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/training/optimizer.h"

enum { PROCESSES_MAX = 64 };

static int by_value(const void *left, const void *right) {
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double *values, int32_t count) {
    REQUIRE(count >= 1);
    qsort(values, (size_t)count, sizeof *values, by_value);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static enum status parse(const char *text, struct scenario *scenario, struct error *error) {
    return scenario_parse("bench", text, strlen(text), NULL, 0, scenario, error);
}

// A net for inputs of one shape goes with the first data set of that shape, others with MNIST.
static const char *data_of(const char *model) {
    const struct model_entry *entry = model_catalogue_find(model);
    const char *found = "mnist";
    if (entry != NULL && entry->family == MODEL_OF_ITS_DATA) {
        struct model *net = model_create(&(struct model_options){.name = model});
        for (size_t i = dataset_catalogue_count(); i-- > 0;) {
            const struct dataset_entry *data = dataset_catalogue_entry(i);
            found = data->input_count == model_input_count(net) ? data->name : found;
        }
        model_destroy(net);
    }
    return found;
}

static enum status training_scenario(const struct bench_subject *subject, int64_t gradients,
                                     struct scenario *scenario, struct error *error) {
    char text[512];
    snprintf(text, sizeof text,
             "model: %s\n"
             "data: {name: %s}\n"
             "arithmetic: %s\n"
             "end: %" PRId64 " gradients\n"
             "training: {batch: %d}\n"
             "policy: {name: async}\n"
             "cluster: {workers: 25, compute: {law: uniform, min: 180 ms, max: 220 ms}}\n"
             "evaluation: {every: 0 s, test_samples: 0, train_samples: 0}\n",
             subject->model, data_of(subject->model), subject->arithmetic, gradients,
             subject->batch);
    return parse(text, scenario, error);
}

// ---- one thread ----

static double seconds_of_gradients(const struct run_inputs *inputs, int64_t count) {
    REQUIRE(inputs->executor != NULL);
    int32_t workers = inputs->header.workers;
    double start = wall_clock_seconds();
    for (int64_t i = 0; i < count; i++) {
        double loss = 0;
        struct gradient_job *job = executor_submit_gradient(
            inputs->executor, inputs->header.initial, (int32_t)(i % workers), i / workers, 0);
        executor_wait_gradient(inputs->executor, job, &loss);
        executor_release_gradient(inputs->executor, job);
    }
    return wall_clock_seconds() - start;
}

static double seconds_of_evaluations(const struct run_inputs *inputs, int64_t count) {
    REQUIRE(inputs->executor != NULL);
    double start = wall_clock_seconds();
    for (int64_t i = 0; i < count; i++) {
        executor_finish_evaluation(
            inputs->executor, executor_submit_evaluation(inputs->executor, inputs->header.initial));
    }
    return wall_clock_seconds() - start;
}

// How many take about so long.
static int64_t repeats(double seconds, double seconds_of_one) {
    return 1 + (int64_t)(seconds / seconds_of_one);
}

static void measure_speed(const struct run_inputs *inputs, int32_t batch,
                          const struct bench_effort *effort, struct bench_speed *result) {
    double gradients[BENCH_TURNS_MAX];
    double samples[BENCH_TURNS_MAX];
    double shares[BENCH_TURNS_MAX];
    seconds_of_gradients(inputs, 1); // memory comes, caches fill
    int64_t many = repeats(effort->seconds, seconds_of_gradients(inputs, 1));
    int64_t some = repeats(effort->seconds, seconds_of_evaluations(inputs, 1));
    for (int32_t i = 0; i < effort->turns; i++) {
        gradients[i] = seconds_of_gradients(inputs, many) / (double)many;
        samples[i] = seconds_of_evaluations(inputs, some) / (double)some / effort->evaluated;
        shares[i] = samples[i] / gradients[i] * batch;
    }
    double gradient = median(gradients, effort->turns);
    result->gradient_us = gradient * 1e6;
    result->gflop_per_second = model_mflop_per_gradient(inputs->model) * batch / gradient / 1e3;
    result->sample_us = median(samples, effort->turns) * 1e6;
    result->sample_share = median(shares, effort->turns);
}

enum status bench_speed(const struct bench_subject *subject, const struct bench_effort *effort,
                        struct bench_speed *result, struct error *error) {
    REQUIRE(effort->turns >= 1 && effort->turns <= BENCH_TURNS_MAX && effort->evaluated >= 1);
    struct scenario scenario;
    struct run_inputs inputs;
    enum status status = training_scenario(subject, 1, &scenario, error);
    scenario.evaluation.test_samples = effort->evaluated;
    if (status == STATUS_OK) {
        status = run_inputs_open(&scenario,
                                 &(struct run_inputs_options){.data_folder = subject->data_folder,
                                                              .threads = 1,
                                                              .kernels = subject->kernels},
                                 &inputs, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    measure_speed(&inputs, subject->batch, effort, result);
    run_inputs_close(&inputs);
    return STATUS_OK;
}

// ---- what a run of a scenario is made of ----

// Seconds of one, the least of a few turns that take about so long together: what else the machine
// does only adds to it.
static double seconds_of_one(double (*seconds_of)(const struct run_inputs *inputs, int64_t count),
                             const struct run_inputs *inputs, double seconds) {
    REQUIRE(seconds_of != NULL);
    enum { TURNS = 10 };
    seconds_of(inputs, 1); // memory comes, caches fill
    double least = seconds_of(inputs, 1);
    int64_t many = repeats(seconds / TURNS, least);
    for (int32_t i = 0; i < TURNS; i++) {
        double turn = seconds_of(inputs, many) / (double)many;
        least = turn < least ? turn : least;
    }
    return least;
}

static double seconds_of_steps(const struct run_inputs *inputs, int64_t count) {
    size_t parameters = inputs->header.parameter_count;
    float *values = memory_allocate(parameters, sizeof *values);
    memcpy(values, inputs->header.initial, parameters * sizeof *values);
    double start = wall_clock_seconds();
    for (int64_t i = 0; i < count; i++) {
        optimizer_accumulate(values, inputs->header.initial, parameters);
        optimizer_distance(values, inputs->header.initial, parameters);
    }
    double seconds = wall_clock_seconds() - start;
    memory_free(values);
    return seconds;
}

static void measure_costs(const struct scenario *scenario, const struct run_inputs *inputs,
                          double seconds, struct bench_costs *costs) {
    costs->parameter_count = (int64_t)inputs->header.parameter_count;
    costs->train_count = inputs->train_count;
    costs->gradient_seconds = seconds_of_one(seconds_of_gradients, inputs, seconds);
    costs->step_seconds = seconds_of_one(seconds_of_steps, inputs, seconds / 10);
    costs->sample_seconds = seconds_of_one(seconds_of_evaluations, inputs, seconds / 2);
    if (scenario_has_data(scenario)) {
        int32_t tested = (int32_t)dataset_describe(inputs->dataset)->test_count;
        costs->test_count = tested;
        tested =
            tested < scenario->evaluation.test_samples ? tested : scenario->evaluation.test_samples;
        costs->sample_seconds /= tested;
    }
}

// Enough to tell what one costs, however many the scenario evaluates, if the data have so many; of
// a user's own data it is run_inputs that knows.
static int32_t samples_to_measure(const struct scenario *scenario) {
    enum { SAMPLES = 500 };
    size_t there =
        scenario_has_data(scenario) ? data_options_expect(&scenario->data).test_count : 0;
    return there > 0 && there < SAMPLES ? (int32_t)there : SAMPLES;
}

enum status bench_costs(const struct scenario *scenario, const char *folder, double seconds,
                        struct bench_costs *costs, struct error *error) {
    REQUIRE(costs != NULL && seconds > 0);
    struct scenario subject = *scenario;
    struct run_inputs inputs;
    *costs = (struct bench_costs){0};
    if (!scenario_computes(scenario)) {
        return STATUS_OK;
    }
    subject.evaluation.test_samples = samples_to_measure(scenario);
    subject.evaluation.train_samples = 0;
    double start = wall_clock_seconds();
    enum status status = run_inputs_open(
        &subject, &(struct run_inputs_options){.data_folder = data_folder(folder), .threads = 1},
        &inputs, error);
    if (status != STATUS_OK) {
        return status;
    }
    costs->start_up_seconds = wall_clock_seconds() - start;
    measure_costs(&subject, &inputs, seconds, costs);
    run_inputs_close(&inputs);
    return STATUS_OK;
}

// ---- all cores ----

// Gradients a second of one run, the inputs not counted.
static enum status rate_of_run(const struct bench_subject *subject, const struct scenario *scenario,
                               int32_t threads, double *rate, struct error *error) {
    struct run_options options = {
        .threads = threads, .kernels = subject->kernels, .data_folder = subject->data_folder};
    struct run_outcome outcome;
    enum status status = run_scenario(scenario, &options, &outcome, error);
    if (status == STATUS_OK) {
        *rate = (double)scenario->end.count / outcome.simulate_seconds;
    }
    return status;
}

static _Noreturn void run_as_process(const struct bench_subject *subject,
                                     const struct scenario *scenario, int result_pipe) {
    struct error error = {0};
    double rate = 0;
    if (rate_of_run(subject, scenario, 1, &rate, &error) != STATUS_OK) {
        rate = 0;
    }
    ssize_t written = write(result_pipe, &rate, sizeof rate);
    _exit(written == (ssize_t)sizeof rate ? 0 : 1);
}

// The sum of the rates of processes side by side.
static enum status rate_of_processes(const struct bench_subject *subject,
                                     const struct scenario *scenario, int32_t processes,
                                     double *sum, struct error *error) {
    int ends[2];
    if (pipe(ends) != 0) {
        return error_set(error, STATUS_IO, "bench: no pipe: %s", strerror(errno));
    }
    fflush(stdout);
    for (int32_t i = 0; i < processes; i++) {
        pid_t child = fork();
        if (child == 0) {
            run_as_process(subject, scenario, ends[1]);
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

// A run of about effort->seconds on all threads.
static enum status threads_scenario(const struct bench_subject *subject, int32_t threads,
                                    const struct bench_effort *effort, struct scenario *scenario,
                                    struct error *error) {
    struct bench_effort glance = {
        .seconds = effort->seconds / 10, .turns = 1, .evaluated = effort->evaluated};
    struct bench_speed one;
    enum status status = bench_speed(subject, &glance, &one, error);
    if (status != STATUS_OK) {
        return status;
    }
    int64_t gradients = (int64_t)(1e3 * effort->seconds) +
                        (int64_t)(1e6 * effort->seconds / one.gradient_us) * threads;
    gradients = gradients < 1 ? 1 : gradients;
    return training_scenario(subject, gradients, scenario, error);
}

enum status bench_threads(const struct bench_subject *subject, int32_t threads,
                          const struct bench_effort *effort, struct bench_threads *result,
                          struct error *error) {
    REQUIRE(threads <= PROCESSES_MAX);
    REQUIRE(effort->turns >= 1 && effort->turns <= BENCH_TURNS_MAX);
    struct scenario scenario;
    double with_threads[BENCH_TURNS_MAX] = {0};
    double with_processes[BENCH_TURNS_MAX] = {0};
    double ratios[BENCH_TURNS_MAX];
    enum status status = threads_scenario(subject, threads, effort, &scenario, error);
    for (int32_t i = 0; i < effort->turns && status == STATUS_OK; i++) {
        status = rate_of_run(subject, &scenario, threads, &with_threads[i], error);
        if (status == STATUS_OK) {
            status = rate_of_processes(subject, &scenario, threads, &with_processes[i], error);
        }
        ratios[i] = with_threads[i] / with_processes[i];
    }
    if (status == STATUS_OK) {
        result->ratio = median(ratios, effort->turns);
        result->threads_rate = median(with_threads, effort->turns);
        result->processes_rate = median(with_processes, effort->turns);
    }
    return status;
}

// ---- events ----

static enum status run_events_once(const struct scenario *scenario, const char *path,
                                   struct run_outcome *outcome, struct error *error) {
    struct run_options options = {.threads = 1, .output = path};
    enum status status = run_scenario(scenario, &options, outcome, error);
    unlink(path);
    return status;
}

static const char faults[] =
    "  network: {loss: 1 %, timeout: 50 ms}\n"
    "  groups: {slow: {workers: 20 %, slowdown: 2}}\n"
    "  events:\n"
    "    phases: {event: slowdown, slowdown: 3, workers: 100 %, every: {law: exponential, mean: "
    "60 s}, for: {law: exponential, mean: 10 s}}\n"
    "    crashes: {event: crash, workers: 100 %, every: {law: exponential, mean: 300 s}, for: 10 "
    "s}\n";

static enum status event_scenario(const struct bench_cluster *cluster, int32_t gradients,
                                  struct scenario *scenario, struct error *error) {
    char text[1024];
    snprintf(text, sizeof text,
             "model: none\n"
             "end: %d gradients\n"
             "policy: {name: async}\n"
             "cluster:\n"
             "  workers: %d\n"
             "  compute: {law: exponential, mean: 200 ms}\n"
             "%s",
             gradients, cluster->workers, cluster->faulty ? faults : "");
    return parse(text, scenario, error);
}

enum status bench_events(const struct bench_cluster *cluster, int32_t gradients,
                         const struct bench_effort *effort, struct bench_events *result,
                         struct error *error) {
    REQUIRE(effort->turns >= 1 && effort->turns <= BENCH_TURNS_MAX);
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
    enum status status = event_scenario(cluster, gradients, &scenario, error);
    double seconds[BENCH_TURNS_MAX];
    double publish_seconds[BENCH_TURNS_MAX];
    for (int32_t i = 0; i < effort->turns && status == STATUS_OK; i++) {
        struct run_outcome outcome;
        status = run_events_once(&scenario, path, &outcome, error);
        seconds[i] = outcome.simulate_seconds;
        publish_seconds[i] = outcome.publish_seconds;
        result->events = outcome.result.events;
    }
    rmdir(folder);
    if (status == STATUS_OK) {
        result->seconds = median(seconds, effort->turns);
        result->publish_seconds = median(publish_seconds, effort->turns);
    }
    return status;
}
