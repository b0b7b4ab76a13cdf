// SPDX-License-Identifier: GPL-3.0-or-later
// Real arithmetic on a pool of threads, ahead of the simulated time at which it is needed. A
// gradient depends only on (parameters, worker, number): it is submitted when the worker starts and
// waited for at the flush that uses it. Which thread computes it, and when, changes no bit.
//
// One thread, the simulation's, owns the executor and makes every call below. While it waits it
// works: first on what it waits for, then on anything else; so "threads" counts it, and one thread
// means no pool at all. Gradient buffers are few and bounded: the pool leaves one free, so that the
// owner can always go on.
#pragma once

#include "sim/executor/executor_options.h"

struct executor;
struct gradient_job;
struct evaluation_job;

struct executor *executor_create(const struct executor_options *options);
// Requires: every job has been released or finished. NULL is fine.
void executor_destroy(struct executor *executor);

// With local steps, a gradient is the sum of those of so many minibatches, each at the parameters
// that the ones before have led to: x <- x - rate g, each operation rounded to float; its loss is
// their mean, and its minibatches are numbered number * local_steps and following.
// parameters: (model_parameter_count), borrowed until the job is released. local_rate: of the steps
// between.
struct gradient_job *executor_submit_gradient(struct executor *executor, const float *parameters,
                                              int32_t worker, int64_t number, double local_rate);

// Waits for the job. Requires: the job waited for before has been released (one buffer is kept free
// for the owner, not more). Returns the gradient, (model_parameter_count), valid until the job is
// released, and its loss.
const float *executor_wait_gradient(struct executor *executor, struct gradient_job *job,
                                    double *loss);

// Gives the job up, in whatever state it is: not begun, it never is computed; under way, this waits
// for its end.
void executor_release_gradient(struct executor *executor, struct gradient_job *job);

// Means over the samples of a split, summed in double in sample order; NaN for a split of no
// samples. A model that takes no data has one loss, which stands for both, and no accuracies (NaN).
struct evaluation_result {
    double test_loss;
    double test_accuracy;
    double train_loss;
    double train_accuracy;
};

struct evaluation_job *executor_submit_evaluation(struct executor *executor,
                                                  const float *parameters);

// True when waiting for it would not block.
bool executor_evaluation_is_done(struct executor *executor, const struct evaluation_job *job);

// Waits, fetches the result and releases the job.
struct evaluation_result executor_finish_evaluation(struct executor *executor,
                                                    struct evaluation_job *job);

// Gradients computed so far: those never needed are not among them when nobody was idle.
int64_t executor_gradients_computed(struct executor *executor);
