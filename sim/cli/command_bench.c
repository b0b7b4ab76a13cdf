// SPDX-License-Identifier: GPL-3.0-or-later
// desgd bench: speed on this machine.
#include <jansson.h>
#include <stdio.h>

#include "models/model.h"
#include "sim/cli/command.h"
#include "sim/run/bench.h"
#include "sim/run/data_folder.h"
#include "sim/run/run_scenario.h"

enum { OPTION_JSON = 256, OPTION_DATA, OPTION_THREADS, BATCH = 32 };

static const int32_t event_workers[] = {25, 10000};
enum { EVENT_CASES = sizeof event_workers / sizeof event_workers[0] };

struct arguments {
    const char *data;
    int32_t threads;
    bool json;
};

static const struct argp_option options[] = {
    {"json", OPTION_JSON, NULL, 0, "print JSON", 0},
    {"threads", OPTION_THREADS, "N", 0, "threads for 'all cores' (default: all processors)", 0},
    {"data", OPTION_DATA, "FOLDER", 0,
     "where the data sets are (default: $DESGD_DATA, ./data, the built-in folder)", 0},
    {0}};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case OPTION_JSON:
        arguments->json = true;
        return 0;
    case OPTION_THREADS:
        arguments->threads = (int32_t)command_integer(state, "--threads", text, 1, 64);
        return 0;
    case OPTION_DATA:
        arguments->data = text;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum status gradients_of(const char *model, const struct arguments *arguments,
                                json_t *report, struct error *error) {
    struct bench_gradient one;
    struct bench_threads all;
    const char *folder = data_folder(arguments->data);
    enum status status = bench_gradient(model, BATCH, folder, &one, error);
    if (status == STATUS_OK) {
        status = bench_threads(model, BATCH, arguments->threads, folder, &all, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    json_array_append_new(report,
                          json_pack("{s:s, s:i, s:f, s:f, s:i, s:f, s:f, s:f}", "model", model,
                                    "batch", BATCH, "microseconds_per_gradient", one.microseconds,
                                    "gflop_per_second", one.gflop_per_second, "threads",
                                    arguments->threads, "gradients_per_second", all.threads_rate,
                                    "processes_gradients_per_second", all.processes_rate, "ratio",
                                    all.ratio));
    if (!arguments->json) {
        printf("%-12s batch %d: %8.1f us a gradient on 1 thread (%.1f GFLOP/s)\n", model, BATCH,
               one.microseconds, one.gflop_per_second);
        printf("%-12s           %8.0f gradients/s on %d threads, %.0f by %d processes of 1 thread: "
               "ratio %.3f\n",
               "", all.threads_rate, arguments->threads, all.processes_rate, arguments->threads,
               all.ratio);
        fflush(stdout);
    }
    return STATUS_OK;
}

static enum status events_of(int32_t workers, const struct arguments *arguments, json_t *report,
                             struct error *error) {
    struct bench_events bench;
    enum status status = bench_events(workers, &bench, error);
    if (status != STATUS_OK) {
        return status;
    }
    double rate = (double)bench.events / bench.seconds;
    json_array_append_new(report, json_pack("{s:i, s:I, s:f, s:f}", "workers", workers, "events",
                                            (json_int_t)bench.events, "events_per_second", rate,
                                            "publish_seconds", bench.publish_seconds));
    if (!arguments->json) {
        printf("timing only  %5d workers: %.2f million events/s, logged, up to the closed journal;"
               " to HDF5 in %.2f s (%llu events)\n",
               workers, rate / 1e6, bench.publish_seconds, (unsigned long long)bench.events);
        fflush(stdout);
    }
    return STATUS_OK;
}

static enum status measure(const struct arguments *arguments, json_t *report, struct error *error) {
    json_t *gradients = json_array();
    json_t *events = json_array();
    json_object_set_new(report, "gradients", gradients);
    json_object_set_new(report, "events", events);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < model_catalogue_count() && status == STATUS_OK; i++) {
        status = gradients_of(model_catalogue_entry(i)->name, arguments, gradients, error);
    }
    for (int i = 0; i < EVENT_CASES && status == STATUS_OK; i++) {
        status = events_of(event_workers[i], arguments, events, error);
    }
    return status;
}

int command_bench(int argc, char **argv) {
    static const struct argp parser = {
        options,
        parse_option,
        NULL,
        "Measures gradients on one thread, on all cores against as many processes (the best this "
        "machine can do), and "
        "events of timing-only runs. Medians of five; quote ratios, the rest is this machine's.",
        NULL,
        NULL,
        NULL};
    struct arguments arguments = {.threads = run_default_threads()};
    argp_parse(&parser, argc, argv, 0, NULL, &arguments);
    struct error error = {0};
    json_t *report = json_object();
    enum status status = measure(&arguments, report, &error);
    if (status == STATUS_OK && arguments.json) {
        json_dumpf(report, stdout, JSON_INDENT(2));
        puts("");
    }
    json_decref(report);
    return status == STATUS_OK ? command_finish(STATUS_OK) : command_fail(&error);
}
