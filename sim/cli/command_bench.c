// SPDX-License-Identifier: GPL-3.0-or-later
// desgd bench: speed on this machine.
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "models/model_catalogue.h"
#include "sim/base/check.h"
#include "sim/base/wall_clock.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/cli/host_options.h"
#include "sim/run/bench.h"
#include "sim/run/bench_evaluation.h"
#include "sim/run/bench_peak.h"
#include "sim/run/data_folder.h"
#include "sim/scenario/scenario.h"

enum {
    OPTION_JSON = 256,
    OPTION_MODEL,
    OPTION_BATCH,
    OPTION_ARITHMETIC,
    OPTION_ONLY,
    OPTION_QUICK,
    OPTION_PEAK,
};

static const int32_t batches[] = {1, 8, 32, 64, 128};
enum {
    BATCH_COUNT = sizeof batches / sizeof batches[0],
    USUAL_BATCH = 32, // of all cores, and of a quick look
    EVALUATED_SAMPLES = 2000,
    QUICK_SECONDS_MAX = 10
};

static const struct bench_cluster event_clusters[] = {
    {.workers = 25}, {.workers = 10000}, {.workers = 25, .faulty = true}};
enum { EVENT_CASES = sizeof event_clusters / sizeof event_clusters[0] };

static const char *const parts[] = {"gradients", "evaluations", "threads", "events"};
enum part { PART_GRADIENTS, PART_EVALUATIONS, PART_THREADS, PART_EVENTS, PART_COUNT };

struct arguments {
    const char *model;      // NULL: every net for inputs of one shape; mnist_lenet on all cores
    const char *arithmetic; // NULL: all
    int32_t batch;          // 0: all
    struct host_options host;
    bool parts[PART_COUNT];
    bool quick;
    bool json;
    const char *peak_here; // the core, if it is wanted alone
};

static const struct argp_option options[] = {
    {"model", OPTION_MODEL, "NAME", 0, "only this one (default: all nets for images)", 0},
    {"batch", OPTION_BATCH, "N", 0, "only this size of a minibatch (default: 1, 8, 32, 64, 128)",
     0},
    {"arithmetic", OPTION_ARITHMETIC, "portable|openblas", 0, "only this one", 0},
    ISA_OPTION,
    {"only", OPTION_ONLY, "gradients|evaluations|threads|events", 0, "measure this alone", 0},
    {"quick", OPTION_QUICK, NULL, 0,
     "less than ten seconds in all: rough numbers of portable arithmetic, batch 32", 0},
    {"json", OPTION_JSON, NULL, 0, "print JSON", 0},
    {"threads", OPTION_THREADS, "N", 0, "threads for 'all cores' (default: all processors)", 0},
    DATA_OPTION,
    {BENCH_PEAK_OPTION, OPTION_PEAK, "CORE", OPTION_HIDDEN, NULL, 0},
    {0}};

static const char *known_word(struct argp_state *state, const char *option, const char *text,
                              const char *const *words, size_t count) {
    REQUIRE(count > 0);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], text) == 0) {
            return words[i];
        }
    }
    argp_error(state, "%s: there is no '%s'", option, text);
    return NULL;
}

static void choose_part(struct argp_state *state, struct arguments *arguments, const char *text) {
    const char *chosen = known_word(state, "--only", text, parts, PART_COUNT);
    for (int i = 0; i < PART_COUNT; i++) {
        arguments->parts[i] = parts[i] == chosen;
    }
}

static void choose_model(struct argp_state *state, struct arguments *arguments, const char *text) {
    const struct model_entry *entry = model_catalogue_find(text);
    if (entry == NULL || entry->family == MODEL_OF_NO_DATA) {
        argp_error(state, "--model: there is no net '%s'", text);
    }
    arguments->model = text;
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case OPTION_MODEL:
        choose_model(state, arguments, text);
        return 0;
    case OPTION_BATCH:
        arguments->batch = (int32_t)command_integer(state, "--batch", text, 1, 1000);
        return 0;
    case OPTION_ARITHMETIC:
        arguments->arithmetic =
            known_word(state, "--arithmetic", text, arithmetic_names, ARITHMETIC_COUNT);
        return 0;
    case OPTION_ONLY:
        choose_part(state, arguments, text);
        return 0;
    case OPTION_QUICK:
        arguments->quick = true;
        return 0;
    case OPTION_JSON:
        arguments->json = true;
        return 0;
    case OPTION_THREADS:
        arguments->host.threads = (int32_t)command_integer(state, "--threads", text, 1, 64);
        return 0;
    case OPTION_PEAK:
        arguments->peak_here = text;
        return 0;
    default:
        return host_options_take(&arguments->host, state, key, text) ? 0 : ARGP_ERR_UNKNOWN;
    }
}

static struct bench_effort effort_of(const struct arguments *arguments, double seconds) {
    REQUIRE(seconds > 0);
    return (struct bench_effort){.seconds = arguments->quick ? seconds / 10 : seconds,
                                 .turns = arguments->quick ? 3 : 7,
                                 .evaluated = arguments->quick ? 50 : EVALUATED_SAMPLES};
}

// ---- one thread ----

static enum status speed_of(const struct bench_subject *subject, const struct arguments *arguments,
                            double peak, json_t *report, struct error *error) {
    struct bench_effort effort = effort_of(arguments, 0.2);
    struct bench_speed speed;
    enum status status = bench_speed(subject, &effort, &speed, error);
    if (status != STATUS_OK) {
        return status;
    }
    json_array_append_new(
        report,
        json_pack("{s:s, s:s, s:i, s:f, s:f, s:f, s:f, s:f}", "model", subject->model, "arithmetic",
                  subject->arithmetic, "batch", subject->batch, "microseconds_per_gradient",
                  speed.gradient_us, "gflop_per_second", speed.gflop_per_second, "share_of_peak",
                  speed.gflop_per_second / peak, "microseconds_per_evaluated_sample",
                  speed.sample_us, "evaluated_sample_per_sample_of_gradient", speed.sample_share));
    if (!arguments->json) {
        printf("%-14s %-10s %5d %12.1f %9.1f %7.1f %% %14.2f %9.3f\n", subject->model,
               subject->arithmetic, subject->batch, speed.gradient_us, speed.gflop_per_second,
               100 * speed.gflop_per_second / peak, speed.sample_us, speed.sample_share);
        fflush(stdout);
    }
    return STATUS_OK;
}

static enum status speeds_of_model(const char *model, const struct arguments *arguments,
                                   double peak, json_t *report, struct error *error) {
    REQUIRE(model != NULL);
    struct bench_subject subject = {.model = model,
                                    .kernels = arguments->host.kernels,
                                    .data_folder = data_folder(arguments->host.data)};
    enum status status = STATUS_OK;
    for (int a = 0; a < ARITHMETIC_COUNT; a++) {
        subject.arithmetic = arithmetic_names[a];
        if (arguments->arithmetic != NULL && arguments->arithmetic != subject.arithmetic) {
            continue;
        }
        for (int b = 0; b < BATCH_COUNT && status == STATUS_OK; b++) {
            subject.batch = arguments->batch > 0 ? arguments->batch : batches[b];
            status = speed_of(&subject, arguments, peak, report, error);
            if (arguments->batch > 0) {
                break;
            }
        }
    }
    return status;
}

static enum status measure_gradients(const struct arguments *arguments, json_t *report,
                                     struct error *error) {
    struct bench_peak peak;
    enum status status = bench_peak(arguments->host.kernels, &peak, error);
    if (status != STATUS_OK) {
        return status;
    }
    json_t *rows = json_array();
    json_object_set_new(
        report, "peak",
        json_pack("{s:f, s:s}", "gflop_per_second", peak.gflop_per_second, "core", peak.core));
    json_object_set_new(report, "gradients", rows);
    if (!arguments->json) {
        printf("one thread; the peak is OpenBLAS's large product of matrices: %.1f GFLOP/s (%s)\n"
               "%-14s %-10s %5s %12s %9s %9s %14s %9s\n",
               peak.gflop_per_second, peak.core, "model", "arithmetic", "batch", "us/gradient",
               "GFLOP/s", "of peak", "us/evaluation", "ratio");
    }
    for (size_t i = 0; i < model_catalogue_count() && status == STATUS_OK; i++) {
        const struct model_entry *entry = model_catalogue_entry(i);
        bool wanted = arguments->model == NULL ? entry->family == MODEL_OF_ITS_DATA
                                               : strcmp(arguments->model, entry->name) == 0;
        if (wanted) {
            status = speeds_of_model(entry->name, arguments, peak.gflop_per_second, rows, error);
        }
    }
    if (!arguments->json && status == STATUS_OK) {
        printf("us/evaluation: of one sample; ratio: to one sample's part of a gradient (limit "
               "%.2f)\n",
               BENCH_EVALUATION_SHARE_MAX);
    }
    return status;
}

// ---- evaluations ----

static enum status evaluation_of(const struct bench_evaluation_work *work,
                                 const struct arguments *arguments, json_t *rows,
                                 struct error *error) {
    REQUIRE(json_is_array(rows));
    struct bench_evaluation result;
    int32_t turns = effort_of(arguments, 1.0).turns;
    enum status status = bench_evaluation(work, data_folder(arguments->host.data),
                                          arguments->host.kernels, turns, &result, error);
    if (status != STATUS_OK) {
        return status;
    }
    bool above = result.share > BENCH_EVALUATION_SHARE_MAX;
    json_array_append_new(rows, json_pack("{s:s, s:s, s:f, s:f, s:f, s:f}", "model", work->net,
                                          "data", work->data, "gradient_us", result.gradient_us,
                                          "sample_us", result.sample_us, "share", result.share,
                                          "share_max", BENCH_EVALUATION_SHARE_MAX));
    if (!arguments->json) {
        printf("%-14s %12.3f %14.3f %9.3f %9.2f%s\n", work->net, result.gradient_us,
               result.sample_us, result.share, BENCH_EVALUATION_SHARE_MAX,
               above ? "  above its limit" : "");
        fflush(stdout);
    }
    return STATUS_OK;
}

static enum status measure_evaluations(const struct arguments *arguments, json_t *report,
                                       struct error *error) {
    size_t count;
    const struct bench_evaluation_work *works = bench_evaluation_works(&count);
    json_t *rows = json_array();
    json_object_set_new(report, "evaluations", rows);
    if (!arguments->json) {
        printf("whole runs, async, 25 workers, portable, batch 32, one thread: of one sample\n"
               "%-14s %12s %14s %9s %9s\n",
               "model", "us/gradient", "us/evaluation", "ratio", "limit");
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        if (arguments->model == NULL || strcmp(arguments->model, works[i].net) == 0) {
            status = evaluation_of(&works[i], arguments, rows, error);
        }
    }
    return status;
}

// ---- all cores ----

static enum status measure_threads(const struct arguments *arguments, json_t *report,
                                   struct error *error) {
    REQUIRE(arguments->host.threads >= 1);
    struct bench_subject subject = {
        .model = arguments->model == NULL ? "mnist_lenet" : arguments->model,
        .arithmetic = arguments->arithmetic == NULL ? arithmetic_names[0] : arguments->arithmetic,
        .batch = arguments->batch == 0 ? USUAL_BATCH : arguments->batch,
        .kernels = arguments->host.kernels,
        .data_folder = data_folder(arguments->host.data)};
    // A quick look has two gradients of each worker at least; all of it is done three times over.
    struct bench_effort effort = effort_of(arguments, arguments->quick ? 0.4 : 1.0);
    struct bench_threads all;
    enum status status = bench_threads(&subject, arguments->host.threads, &effort, &all, error);
    if (status != STATUS_OK) {
        return status;
    }
    json_object_set_new(report, "threads",
                        json_pack("{s:s, s:s, s:i, s:i, s:f, s:f, s:f}", "model", subject.model,
                                  "arithmetic", subject.arithmetic, "batch", subject.batch,
                                  "threads", arguments->host.threads, "gradients_per_second",
                                  all.threads_rate, "processes_gradients_per_second",
                                  all.processes_rate, "ratio", all.ratio));
    if (!arguments->json) {
        printf("async, 25 workers, %s, %s, batch %d: %.0f gradients/s on %d threads, %.0f by %d "
               "processes of 1 thread: ratio %.3f\n",
               subject.model, subject.arithmetic, subject.batch, all.threads_rate,
               arguments->host.threads, all.processes_rate, arguments->host.threads, all.ratio);
        fflush(stdout);
    }
    return STATUS_OK;
}

// ---- events ----

static enum status events_of(const struct bench_cluster *cluster, const struct arguments *arguments,
                             json_t *report, struct error *error) {
    REQUIRE(cluster->workers >= 1);
    struct bench_effort effort = effort_of(arguments, 1.0);
    struct bench_events bench;
    int32_t gradients = arguments->quick ? 10000 : 500000;
    enum status status = bench_events(cluster, gradients, &effort, &bench, error);
    if (status != STATUS_OK) {
        return status;
    }
    double rate = (double)bench.events / bench.seconds;
    json_array_append_new(report, json_pack("{s:i, s:b, s:I, s:f, s:f}", "workers",
                                            cluster->workers, "faulty", cluster->faulty, "events",
                                            (json_int_t)bench.events, "events_per_second", rate,
                                            "publish_seconds", bench.publish_seconds));
    if (!arguments->json) {
        printf("timing only, %5d workers%s: %.2f million events/s, logged, up to the closed "
               "journal; to HDF5 in %.2f s (%llu events)\n",
               cluster->workers, cluster->faulty ? " with faults" : "", rate / 1e6,
               bench.publish_seconds, (unsigned long long)bench.events);
        fflush(stdout);
    }
    return STATUS_OK;
}

static enum status measure_events(const struct arguments *arguments, json_t *report,
                                  struct error *error) {
    json_t *events = json_array();
    json_object_set_new(report, "events", events);
    enum status status = STATUS_OK;
    for (int i = 0; i < EVENT_CASES && status == STATUS_OK; i++) {
        status = events_of(&event_clusters[i], arguments, events, error);
    }
    return status;
}

static enum status measure(const struct arguments *arguments, json_t *report, struct error *error) {
    REQUIRE(report != NULL);
    enum status status = STATUS_OK;
    if (arguments->parts[PART_GRADIENTS]) {
        status = measure_gradients(arguments, report, error);
    }
    if (arguments->parts[PART_EVALUATIONS] && status == STATUS_OK) {
        status = measure_evaluations(arguments, report, error);
    }
    if (arguments->parts[PART_THREADS] && status == STATUS_OK) {
        status = measure_threads(arguments, report, error);
    }
    if (arguments->parts[PART_EVENTS] && status == STATUS_OK) {
        status = measure_events(arguments, report, error);
    }
    return status;
}

// A quick look leaves out what nobody asked for by name.
static void make_quick(struct arguments *arguments) {
    REQUIRE(arguments->quick);
    bool everything = true;
    for (int i = 0; i < PART_COUNT; i++) {
        everything = everything && arguments->parts[i];
    }
    if (everything) {
        arguments->parts[PART_EVALUATIONS] = false;
    }
    if (arguments->arithmetic == NULL) {
        arguments->arithmetic = arithmetic_names[0];
    }
    if (arguments->batch == 0) {
        arguments->batch = USUAL_BATCH;
    }
}

static void say_how_long(const struct arguments *arguments, double seconds, json_t *report) {
    REQUIRE(seconds >= 0);
    json_object_set_new(report, "seconds", json_real(seconds));
    if (!arguments->json && arguments->quick) {
        printf("took %.1f s (limit of --quick: %d s)\n", seconds, QUICK_SECONDS_MAX);
    }
}

// What bench_peak reads.
static int print_peak_here(const char *core, struct error *error) {
    struct bench_peak peak = {0};
    enum status status = bench_peak_here(core, &peak, error);
    if (status != STATUS_OK) {
        return command_fail(error);
    }
    printf("%.6f %s\n", peak.gflop_per_second, peak.core);
    return command_finish(STATUS_OK);
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {.host = host_options_default(),
                                  .parts = {true, true, true, true}};
    argp_parse(&command_bench.parser, argc, argv, 0, NULL, &arguments);
    struct error error = {0};
    if (arguments.peak_here != NULL) {
        return print_peak_here(arguments.peak_here, &error);
    }
    json_t *report = json_object();
    if (arguments.quick) {
        make_quick(&arguments);
    }
    double start = wall_clock_seconds();
    enum status status = measure(&arguments, report, &error);
    say_how_long(&arguments, wall_clock_seconds() - start, report);
    if (status == STATUS_OK && arguments.json) {
        json_dumpf(report, stdout, JSON_INDENT(2));
        puts("");
    }
    json_decref(report);
    return status == STATUS_OK ? command_finish(STATUS_OK) : command_fail(&error);
}

const struct command command_bench = {
    .name = "bench",
    .arguments = "",
    .summary = "measure the speed on this machine",
    .parser = {.options = options,
               .parser = parse_option,
               .doc = "Measures gradients and evaluations on one thread, compared with the peak of "
                      "this machine's cores; what evaluations add to whole runs; gradients on all "
                      "cores, compared with as many processes (the best that this machine can do); "
                      "and events of runs without gradients. Prints medians. Quote the ratios; the "
                      "other numbers hold only for this machine."},
    .run = run_command,
};
