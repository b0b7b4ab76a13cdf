// SPDX-License-Identifier: GPL-3.0-or-later
// What an evaluation costs beside training: a run's time for each evaluated sample against its time
// for each sample of a gradient, measured on this machine. Evaluations come every second of cluster
// time on thousands of samples: they must not become what a run spends its time on.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sim/run/run_scenario.h"
#include "sim/scenario/scenario_parse.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool measures_nothing = true;
#else
static const bool measures_nothing = false;
#endif

enum { WORKERS = 25, BATCH = 32, TURNS_MAX = 25, TURNS_MIN = 3 };

#define COST_MAX 0.35

// Every worker makes one gradient a second, so "seconds" are 25 gradients each, and there are
// seconds / every + 1 evaluations. The sizes make both take about a tenth of a second.
struct work {
    const char *net;
    const char *data;
    int seconds;
    int every;
    int tests;
};

static const struct work works[] = {
    {"mnist_ray", "mnist", 128, 4, 10000},
    {"mnist_lenet", "mnist", 10, 5, 10000},
    {"cifar_lenet", "cifar10", 8, 4, 10000},
    {"cifar_cnn", "cifar10", 1, 1, 2000},
    {"cifar_resnet8", "cifar10", 1, 1, 1000},
    {"softmax", "mnist", 128, 4, 10000},
    {"mlp", "mnist", 20, 2, 10000},
    {"mlp", "{name: random, features: 20, classes: 10, samples: 10000}", 400, 1, 2000},
};

// The time of a run on one thread, from its first event to its last.
static double seconds_of_run(const struct work *work, int every, int tests) {
    char text[1024];
    struct scenario scenario;
    struct run_outcome outcome;
    struct error error = {0};
    const struct run_options options = {.threads = 1};
    snprintf(text, sizeof text,
             "model: %s\ndata: %s\npolicy: {name: async}\nend: %d s\n"
             "training: {batch: %d, learning_rate: 0.0001}\n"
             "cluster: {workers: %d, compute: 1 s}\n"
             "evaluation: {every: %d s, test_samples: %d, train_samples: 0}\n",
             work->net, work->data, work->seconds, BATCH, WORKERS, every, tests);
    if (scenario_parse("work.yaml", text, strlen(text), NULL, 0, &scenario, &error) != STATUS_OK ||
        run_scenario(&scenario, &options, &outcome, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return outcome.simulate_seconds;
}

struct cost {
    double gradient_us; // a sample
    double evaluation_us;
};

// The shortest times of both, taken in turn, so that whatever else the machine does is left out:
// as many turns as that takes, up to a limit.
static struct cost cost_of(const struct work *work) {
    double samples = (double)work->seconds * WORKERS * BATCH;
    double evaluated = ((double)work->seconds / work->every + 1) * work->tests;
    double trained = INFINITY;
    double both = INFINITY;
    struct cost cost = {0};
    for (int turn = 0; turn < TURNS_MAX; turn++) {
        trained = fmin(trained, seconds_of_run(work, work->seconds, 1));
        both = fmin(both, seconds_of_run(work, work->every, work->tests));
        cost = (struct cost){1e6 * trained / samples, 1e6 * (both - trained) / evaluated};
        if (turn + 1 >= TURNS_MIN && cost.evaluation_us <= COST_MAX * cost.gradient_us) {
            break;
        }
    }
    return cost;
}

// A run would spend its time on looking at itself.
static void evaluation__of_a_sample__costs_a_third_of_its_gradient(void **state) {
    (void)state;
    if (measures_nothing) {
        skip();
    }
    for (size_t i = 0; i < sizeof works / sizeof works[0]; i++) {
        struct cost cost = cost_of(&works[i]);
        print_message("%-14s gradient %7.3f us a sample, evaluation %7.3f us: %.3f of it\n",
                      works[i].net, cost.gradient_us, cost.evaluation_us,
                      cost.evaluation_us / cost.gradient_us);
        assert_true(cost.evaluation_us <= COST_MAX * cost.gradient_us);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evaluation__of_a_sample__costs_a_third_of_its_gradient),
    };
    return cmocka_run_group_tests_name("evaluation_cost", tests, NULL, NULL);
}
