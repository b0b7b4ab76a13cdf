// SPDX-License-Identifier: GPL-3.0-or-later
// executor: real gradients of a small net on MNIST, computed by any number of threads, against the
// model called directly.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/data/dataset_files.h"
#include "models/data/minibatch.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"
#include "sim/executor/executor.h"
#include "sim/executor/thread_space.h"
#include "sim/run/data_folder.h"
#include "tests/support/batch_gradient.h"
#include "tests/support/nets.h"

enum {
    SEED = 9,
    BATCH = 39, // under portable arithmetic a block of 32 lanes and one of 8 that is filled up
    WORKERS = 5,
    THREADS_MAX = 4,
    JOBS = 40,
    TEST_SAMPLES = 600, // three chunks, the last of them not full
    TRAIN_SAMPLES = 130,
    VERSIONS = 3,
};

struct fixture {
    struct model *model;
    struct dataset *dataset;
    struct shard_plan *shards;
    size_t parameters;
    float *versions[VERSIONS];
    float
        *expected[JOBS]; // gradient j: of worker j % WORKERS, number j / WORKERS, on version j % 3
    double losses[JOBS];
    struct evaluation_result evaluations[VERSIONS];
};

// Block after block, as the model takes them.
static void gather(const struct fixture *f, enum dataset_split split, const int32_t *indices,
                   size_t count, float *inputs, uint8_t *labels) {
    for (size_t first = 0, lanes; first < count; first += lanes) {
        lanes = model_block_lanes(f->model, count - first);
        dataset_gather(f->dataset, split, indices + first,
                       count - first < lanes ? count - first : lanes, lanes,
                       inputs + first * model_input_count(f->model), labels + first);
    }
}

static void compute_expected_gradients(struct fixture *f, struct model_workspace *workspace,
                                       float *inputs, uint8_t *labels) {
    int32_t indices[BATCH];
    for (int32_t j = 0; j < JOBS; j++) {
        minibatch_indices(f->shards, SEED, j % WORKERS, j / WORKERS, BATCH, indices);
        gather(f, SPLIT_TRAIN, indices, BATCH, inputs, labels);
        f->expected[j] = memory_allocate(f->parameters, sizeof(float));
        f->losses[j] = batch_gradient(f->model, workspace, f->versions[j % VERSIONS], inputs,
                                      labels, BATCH, f->expected[j]);
    }
}

// The first samples of a split in batches of 64, one after the other.
static void evaluate_plainly(struct fixture *f, struct model_workspace *workspace, float *inputs,
                             uint8_t *labels, const float *parameters, enum dataset_split split,
                             int32_t samples, double *loss, double *accuracy) {
    double sum = 0;
    int32_t right = 0;
    for (int32_t first = 0; first < samples; first += 64) {
        size_t count = (size_t)(samples - first < 64 ? samples - first : 64);
        int32_t indices[64];
        double losses[64];
        uint8_t correct[64];
        for (size_t i = 0; i < count; i++) {
            indices[i] = first + (int32_t)i;
        }
        gather(f, split, indices, count, inputs, labels);
        model_evaluate(f->model, workspace, parameters, inputs, labels, count, losses, correct);
        for (size_t i = 0; i < count; i++) {
            sum += losses[i];
            right += correct[i];
        }
    }
    *loss = sum / samples;
    *accuracy = (double)right / samples;
}

static int setup_under(enum arithmetic arithmetic, void **state) {
    struct fixture *f = memory_allocate(1, sizeof *f);
    struct error error;
    if (dataset_open("mnist", data_folder(NULL), &f->dataset, &error) != STATUS_OK) {
        print_error("%s\n", error.message);
        return -1;
    }
    f->model = net_create("mnist_ray", arithmetic);
    f->parameters = model_parameter_count(f->model);
    f->shards = shard_plan_create(SHARDS_DISJOINT, SEED, 60000, WORKERS);
    struct model_workspace *workspace = model_workspace_create(f->model, 64);
    float *inputs = memory_allocate_aligned(64 * model_input_count(f->model), sizeof *inputs);
    uint8_t labels[64];
    for (uint64_t v = 0; v < VERSIONS; v++) {
        struct evaluation_result *result = &f->evaluations[v];
        f->versions[v] = memory_allocate_aligned(f->parameters, sizeof(float));
        model_initial_parameters(f->model, v, f->versions[v]);
        evaluate_plainly(f, workspace, inputs, labels, f->versions[v], SPLIT_TEST, TEST_SAMPLES,
                         &result->test_loss, &result->test_accuracy);
        evaluate_plainly(f, workspace, inputs, labels, f->versions[v], SPLIT_TRAIN, TRAIN_SAMPLES,
                         &result->train_loss, &result->train_accuracy);
    }
    compute_expected_gradients(f, workspace, inputs, labels);
    model_workspace_destroy(workspace);
    memory_free(inputs);
    *state = f;
    return 0;
}

static int setup_portable(void **state) {
    return setup_under(ARITHMETIC_PORTABLE, state);
}

static int setup_openblas(void **state) {
    return setup_under(ARITHMETIC_OPENBLAS, state);
}

static int teardown(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < JOBS; i++) {
        memory_free(f->expected[i]);
    }
    for (size_t i = 0; i < VERSIONS; i++) {
        memory_free(f->versions[i]);
    }
    shard_plan_destroy(f->shards);
    dataset_close(f->dataset);
    model_destroy(f->model);
    memory_free(f);
    return 0;
}

// With few workers announced there are few buffers: 2 * threads + 1.
static struct executor *create(const struct fixture *f, int32_t threads, int32_t workers) {
    struct executor_options options = {.threads = threads,
                                       .model = f->model,
                                       .dataset = f->dataset,
                                       .shards = f->shards,
                                       .seed = SEED,
                                       .batch = BATCH,
                                       .workers = workers,
                                       .test_samples = TEST_SAMPLES,
                                       .train_samples = TRAIN_SAMPLES};
    return executor_create(&options);
}

static struct gradient_job *submit(struct executor *executor, const struct fixture *f, int32_t j) {
    return executor_submit_gradient(executor, f->versions[j % VERSIONS], j % WORKERS, j / WORKERS,
                                    0);
}

static void expect_gradient(struct executor *executor, const struct fixture *f, int32_t j,
                            struct gradient_job *job) {
    double loss = 0;
    const float *gradient = executor_wait_gradient(executor, job, &loss);
    assert_memory_equal(gradient, f->expected[j], f->parameters * sizeof *gradient);
    assert_memory_equal(&loss, &f->losses[j], sizeof loss);
}

// Threads and memory must not change a bit of a gradient, nor the order in which they are asked
// for; and with fewer buffers than jobs nothing may block for ever.
static void executor__any_threads_and_buffers__give_the_model_s_gradients(void **state) {
    const struct fixture *f = *state;
    for (int32_t threads = 1; threads <= THREADS_MAX; threads++) {
        for (int32_t workers = 1; workers <= JOBS; workers += JOBS - 1) {
            struct executor *executor = create(f, threads, workers);
            struct gradient_job *jobs[JOBS];
            for (int32_t j = 0; j < JOBS; j++) {
                jobs[j] = submit(executor, f, j);
            }
            for (int32_t i = 0; i < JOBS; i++) {
                int32_t j = i * 27 % JOBS; // 27 and 40 have no common factor: every job once
                expect_gradient(executor, f, j, jobs[j]);
                executor_release_gradient(executor, jobs[j]);
            }
            assert_true(executor_gradients_computed(executor) == JOBS);
            executor_destroy(executor);
        }
    }
}

// A policy that drops gradients must not pay for them: with one thread nothing is computed ahead.
static void executor__one_thread__computes_only_what_is_waited_for(void **state) {
    const struct fixture *f = *state;
    struct executor *executor = create(f, 1, WORKERS);
    struct gradient_job *jobs[JOBS];
    for (int32_t j = 0; j < JOBS; j++) {
        jobs[j] = submit(executor, f, j);
    }
    for (int32_t j = 0; j < JOBS; j++) {
        if (j % 4 == 1) {
            expect_gradient(executor, f, j, jobs[j]);
        }
        executor_release_gradient(executor, jobs[j]);
    }
    assert_true(executor_gradients_computed(executor) == JOBS / 4);
    executor_destroy(executor);
}

// Jobs are given up not begun, under way and done, in a random order; what is kept stays right, and
// every buffer comes home (executor_destroy checks it).
static void executor__jobs_released_in_any_state__leave_the_others_right(void **state) {
    const struct fixture *f = *state;
    struct rng_stream stream;
    rng_stream_init(&stream, 1, RNG_TEST, 0, 0, 0);
    for (int32_t run = 0; run < 12; run++) {
        struct executor *executor = create(f, 1 + run % THREADS_MAX, run % 2 == 0 ? 1 : JOBS);
        struct gradient_job *jobs[JOBS] = {NULL};
        for (int step = 0; step < 200; step++) {
            int32_t j = (int32_t)(rng_stream_u32(&stream) % JOBS);
            if (jobs[j] == NULL) {
                jobs[j] = submit(executor, f, j);
                continue;
            }
            if (rng_stream_u32(&stream) % 2 == 0) {
                expect_gradient(executor, f, j, jobs[j]);
            }
            executor_release_gradient(executor, jobs[j]);
            jobs[j] = NULL;
        }
        for (int32_t j = 0; j < JOBS; j++) {
            if (jobs[j] != NULL) {
                executor_release_gradient(executor, jobs[j]);
            }
        }
        executor_destroy(executor);
    }
}

static void expect_evaluation(const struct evaluation_result *actual,
                              const struct evaluation_result *expected) {
    assert_memory_equal(actual, expected, sizeof *actual);
}

// Losses are summed in sample order whatever thread computed them; several evaluations and
// gradients may be under way together.
static void executor__evaluations__equal_a_plain_loop_for_any_threads(void **state) {
    const struct fixture *f = *state;
    for (int32_t threads = 1; threads <= THREADS_MAX; threads++) {
        struct executor *executor = create(f, threads, WORKERS);
        struct evaluation_job *evaluations[2 * VERSIONS];
        struct gradient_job *jobs[JOBS];
        for (int32_t j = 0; j < JOBS; j++) {
            jobs[j] = submit(executor, f, j);
            if (j < 2 * VERSIONS) {
                evaluations[j] = executor_submit_evaluation(executor, f->versions[j % VERSIONS]);
            }
        }
        for (int32_t i = 0; i < 2 * VERSIONS; i++) {
            struct evaluation_result result = executor_finish_evaluation(executor, evaluations[i]);
            expect_evaluation(&result, &f->evaluations[i % VERSIONS]);
        }
        for (int32_t j = 0; j < JOBS; j++) {
            expect_gradient(executor, f, j, jobs[j]);
            executor_release_gradient(executor, jobs[j]);
        }
        executor_destroy(executor);
    }
}

// While the owner waits for a gradient it may work on evaluations; "is_done" tells when finishing
// would not block, and never before.
static void executor__evaluation_is_done__when_every_chunk_is(void **state) {
    const struct fixture *f = *state;
    struct executor *executor = create(f, 1, WORKERS);
    struct evaluation_job *job = executor_submit_evaluation(executor, f->versions[0]);
    assert_false(executor_evaluation_is_done(executor, job)); // one thread, and that is ours
    struct evaluation_result result = executor_finish_evaluation(executor, job);
    expect_evaluation(&result, &f->evaluations[0]);
    executor_destroy(executor);

    executor = create(f, 3, WORKERS);
    job = executor_submit_evaluation(executor, f->versions[1]);
    while (!executor_evaluation_is_done(executor, job)) {
        struct gradient_job *other = submit(executor, f, 3);
        expect_gradient(executor, f, 3, other);
        executor_release_gradient(executor, other);
    }
    result = executor_finish_evaluation(executor, job);
    expect_evaluation(&result, &f->evaluations[1]);
    executor_destroy(executor);
}

// A scenario without evaluation samples has nothing to measure, and says so by NaN.
static void executor__evaluation_of_no_samples__is_nan_at_once(void **state) {
    const struct fixture *f = *state;
    struct executor_options options = {.threads = 2,
                                       .model = f->model,
                                       .dataset = f->dataset,
                                       .shards = f->shards,
                                       .batch = BATCH,
                                       .workers = 1};
    struct executor *executor = executor_create(&options);
    struct evaluation_job *job = executor_submit_evaluation(executor, f->versions[0]);
    assert_true(executor_evaluation_is_done(executor, job));
    struct evaluation_result result = executor_finish_evaluation(executor, job);
    assert_true(isnan(result.test_loss) && isnan(result.test_accuracy));
    assert_true(isnan(result.train_loss) && isnan(result.train_accuracy));
    executor_destroy(executor);
}

// A model without data goes through the same pool: its gradients are keyed by seed, worker and
// number, and an evaluation is the loss itself, with nothing to be right about.
static void executor__model_without_data__gives_its_noisy_gradients(void **state) {
    (void)state;
    struct model *model = net_create("quadratic", ARITHMETIC_PORTABLE);
    float parameters[10];
    float expected[10];
    model_initial_parameters(model, SEED, parameters);
    parameters[3] = 7;
    for (int32_t threads = 1; threads <= 3; threads++) {
        struct executor_options options = {
            .threads = threads, .model = model, .seed = SEED, .batch = 1, .workers = WORKERS};
        struct executor *executor = executor_create(&options);
        struct evaluation_job *evaluation = executor_submit_evaluation(executor, parameters);
        struct gradient_job *job = executor_submit_gradient(executor, parameters, 2, 5, 0);
        double loss = 0;
        const float *gradient = executor_wait_gradient(executor, job, &loss);
        const struct gradient_key key = {SEED, 2, 5};
        assert_true(loss == model_noisy_gradient(model, &key, parameters, expected));
        assert_memory_equal(gradient, expected, sizeof expected);
        executor_release_gradient(executor, job);
        struct evaluation_result result = executor_finish_evaluation(executor, evaluation);
        assert_true(result.test_loss == (9 + 49) / 2.0 && result.train_loss == (9 + 49) / 2.0);
        assert_true(isnan(result.test_accuracy) && isnan(result.train_accuracy));
        executor_destroy(executor);
    }
    model_destroy(model);
}

// Runs end with work under way: the pool must stop, and NULL is no executor to stop.
static void executor_destroy__idle_or_null__is_fine(void **state) {
    const struct fixture *f = *state;
    for (int32_t threads = 1; threads <= THREADS_MAX; threads++) {
        executor_destroy(create(f, threads, 1000));
    }
    executor_destroy(NULL);
}

// The pool would compute other gradients than a thread by itself.
static void thread_space__a_gradient__is_the_one_of_its_key(void **state) {
    struct fixture *f = *state;
    const struct executor_options options = {.threads = 1,
                                             .model = f->model,
                                             .dataset = f->dataset,
                                             .shards = f->shards,
                                             .seed = SEED,
                                             .batch = BATCH,
                                             .workers = WORKERS};
    struct thread_space space = {0};
    float *gradient = memory_allocate(f->parameters, sizeof *gradient);
    thread_space_prepare(&space, &options);
    for (int32_t j = 0; j < JOBS; j++) {
        const struct gradient_key key = {SEED, j % WORKERS, j / WORKERS};
        const struct local_way way = {.parameters = f->versions[j % VERSIONS]};
        double loss = thread_space_gradient(&space, &options, &key, &way, gradient);
        assert_true(loss == f->losses[j]);
        assert_memory_equal(gradient, f->expected[j], f->parameters * sizeof *gradient);
    }
    assert_int_equal(EVALUATION_BATCH % thread_space_evaluated_at_once(&options), 0);
    thread_space_reset(&space);
    memory_free(gradient);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(executor__any_threads_and_buffers__give_the_model_s_gradients),
        cmocka_unit_test(executor__one_thread__computes_only_what_is_waited_for),
        cmocka_unit_test(executor__jobs_released_in_any_state__leave_the_others_right),
        cmocka_unit_test(executor__evaluations__equal_a_plain_loop_for_any_threads),
        cmocka_unit_test(executor__evaluation_is_done__when_every_chunk_is),
        cmocka_unit_test(executor__evaluation_of_no_samples__is_nan_at_once),
        cmocka_unit_test(executor__model_without_data__gives_its_noisy_gradients),
        cmocka_unit_test(executor_destroy__idle_or_null__is_fine),
        cmocka_unit_test(thread_space__a_gradient__is_the_one_of_its_key),
    };
    int failed = cmocka_run_group_tests_name("executor, portable", tests, setup_portable, teardown);
    return failed +
           cmocka_run_group_tests_name("executor, openblas", tests, setup_openblas, teardown);
}
